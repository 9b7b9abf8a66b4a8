"""What `detection` found, as Markdown and as plain data; and the issue's targets."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .detection import DETECTORS, OURS, ClipResult, Detection, total
from .detection_peers import PEERS
from .detection_score import Score

RECALL = 0.97
FALSE_PER_HOUR = 1.0
ZONES = 0.95


def tables(found: Detection) -> str:
    """Return all tables, and the targets."""
    return "\n\n".join(
        (
            _group_table(found),
            _misses(found),
            _clip_table(found.results),
            *([_zone_table(found)] if found.zones else []),
            "\n".join(("Targets:", "", *verdicts(found))),
            _notes(found),
        )
    )


def verdicts(found: Detection) -> list[str]:
    """Return a line for each target of detection: met, or missed by how much."""
    ours = total(found.results, OURS)
    lines = [
        _at_least("recall of all labelled intervals", ours.recall, RECALL),
        _at_most("persons missed that are taller than 5 %", ours.persons_missed, 0),
        _at_most(
            f"false motions per hour ({ours.empty / 3600:.2f} h empty)",
            ours.false_per_hour,
            FALSE_PER_HOUR,
        ),
        _at_most("motions told of for a switch of light", ours.switch_events, 0),
    ]
    if found.zones:
        right = sum(verdict.right for verdict in found.zones) / len(found.zones)
        lines.append(_at_least("zone intervals right", right, ZONES))
    behind = []
    for group, results in found.groups.items():
        best = max(total(results, peer).rank for peer in PEERS)
        mine = total(results, OURS).rank
        if mine < best:
            behind.append(f"{group} (F1 {mine[0]:.2f}, best peer {best[0]:.2f})")
    told = f"missed: behind in {', '.join(behind)}" if behind else "met"
    lines.append(f"- no worse than the best peer in any group: {told}")
    best = max(total(found.results, peer).rank for peer in PEERS)
    ahead = "met" if ours.rank > best else "missed"
    lines.append(
        f"- ahead of the best peer overall: {ahead} (F1 {ours.f1:.3f}, {best[0]:.3f})"
    )
    return lines


def as_data(found: Detection) -> dict[str, Any]:
    """Return all of it for JSON."""
    return {
        "clips": [asdict(result) for result in found.results],
        "groups": {
            group: {name: _figures(total(results, name)) for name in DETECTORS}
            for group, results in found.groups.items()
        },
        "total": {name: _figures(total(found.results, name)) for name in DETECTORS},
        "zones": [asdict(verdict) for verdict in found.zones],
        "verdicts": verdicts(found),
        "skipped": found.skipped,
    }


def _figures(score: Score) -> dict[str, Any]:
    names = ("recall", "coverage", "false_per_hour", "false_share", "f1")
    figures = asdict(score) | {name: getattr(score, name) for name in names}
    return figures | {
        "onset_p50": score.onset(0.5),
        "onset_p95": score.onset(0.95),
    }


def _at_least(what: str, value: float | None, target: float) -> str:
    if value is None:
        return f"- {what}: not measured"
    if value >= target:
        return f"- {what}: met ({value:.3f}, asked {target})"
    return f"- {what}: missed by {target - value:.3f} ({value:.3f}, asked {target})"


def _at_most(what: str, value: float | None, target: float) -> str:
    if value is None:
        return f"- {what}: not measured"
    if value <= target:
        return f"- {what}: met ({value:g}, at most {target:g})"
    return f"- {what}: missed by {value - target:.3g} ({value:.3g}, at most {target:g})"


def _group_table(found: Detection) -> str:
    lines = [
        "| clips | detector | recall | intervals | time covered | false motions "
        "| per hour | time falsely moving | onset p50, p95 s | ms a camera-second | F1 |",
        "| --- | --- |" + " ---: |" * 9,
    ]
    for group, results in (*found.groups.items(), ("**all**", found.results)):
        lines += [_group_line(group, results, name) for name in DETECTORS]
    return "\n".join(lines)


def _group_line(group: str, results: Sequence[ClipResult], name: str) -> str:
    score = total(results, name)
    onset = f"{_number(score.onset(0.5))}, {_number(score.onset(0.95))}"
    cells = [
        f"{group} ({len(results)})" if name == OURS else "",
        name,
        _number(score.recall, 3),
        f"{score.hits}/{score.intervals}",
        _percent(score.coverage),
        str(score.false),
        _number(score.false_per_hour, 1),
        _percent(score.false_share),
        onset if score.onsets else "-",
        _number(score.cpu / score.seconds * 1000 if score.seconds else None, 1),
        f"{score.f1:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _misses(found: Detection) -> str:
    ours = total(found.results, OURS)
    missed = ", ".join(ours.missed) or "nothing"
    wrong = ", ".join(ours.wrong) or "nothing"
    return f"Hearthcam missed: {missed}.\n\nHearthcam told for nothing: {wrong}."


def _clip_table(results: Sequence[ClipResult]) -> str:
    lines = [
        f"| clip (intervals told, false motions) | {' | '.join(DETECTORS)} |",
        "| --- |" + " ---: |" * len(DETECTORS),
    ]
    for result in sorted(results, key=lambda r: (r.group.startswith("drawn"), r.name)):
        cells = []
        for name in DETECTORS:
            score = result.scores[name]
            told = f"{score.hits}/{score.intervals}, " if score.intervals else ""
            cells.append(f"{told}{score.false}" if score.empty else told.strip(", "))
        lines.append(f"| {result.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _zone_table(found: Detection) -> str:
    lines = ["| clip | zone | right | wrong |", "| --- | --- | ---: | --- |"]
    zones = {(v.clip, v.zone): None for v in found.zones}
    for clip, zone in zones:
        mine = [v for v in found.zones if (v.clip, v.zone) == (clip, zone)]
        wrong = [
            f"{'not told' if v.moving else 'told'} {v.span.start:.1f}-{v.span.end:.1f}"
            for v in mine
            if not v.right
        ]
        right = sum(v.right for v in mine)
        lines.append(f"| {clip} | {zone} | {right}/{len(mine)} | {', '.join(wrong)} |")
    return "\n".join(lines)


def _notes(found: Detection) -> str:
    lines = [f"{name}: {words}." for name, words in PEERS.items()]
    lines += [f"Left out: {reason}." for reason in found.skipped]
    return "\n".join(lines)


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
