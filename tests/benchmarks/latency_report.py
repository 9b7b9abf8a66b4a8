"""What `latency` found, as Markdown and as plain data; and the issue's targets."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from .detection_score import percentile
from .latency import SOON, Latency, Live, Onset

_GOP = 2.0
_CLOCK = 0.005
"""Seconds by which a picture's time may be off for being rounded."""
_WOKEN = 0.8


def tables(found: Latency) -> str:
    """Return all tables, and the targets."""
    return "\n".join(
        (
            "| the engine's camera is | times | p50 s | p95 s | longest s | missed |",
            "| --- |" + " ---: |" * 5,
            *(_live_line(live) for live in found.live),
            "",
            "| labelled onsets | times | woken within 0.6 s | told within 0.6 s "
            "| within a GOP + 0.6 s | told p50 s | p95 s | missed |",
            "| --- |" + " ---: |" * 7,
            *(
                _onset_line(f"{kind}, {name}", [o for o in group if belongs(o)])
                for kind, belongs in _KINDS.items()
                for name, group in (
                    ("at rest", [o for o in found.onsets if o.rung == "rest"]),
                    ("in analysis", [o for o in found.onsets if o.rung != "rest"]),
                )
            ),
            "",
            "Targets:",
            "",
            *verdicts(found),
        )
    )


_KINDS: dict[str, Callable[[Onset], bool]] = {
    "footage": lambda onset: not onset.drawn,
    "drawn": lambda onset: onset.drawn,
    "all": lambda onset: True,
}


def verdicts(found: Latency) -> list[str]:
    """Return a line for each target of latency: met, or missed by how much."""
    lines = []
    for live in found.live:
        limit = SOON + (_GOP if live.state == "rest" else 0.0)
        value = percentile(live.seconds, 0.95)
        name = f"{live.state}, live: p95 within {limit:g} s"
        if value is None:
            lines.append(f"- {name}: not measured")
        elif value <= limit and not live.missed:
            lines.append(f"- {name}: met ({value:.2f} s)")
        else:
            over = max(value - limit, 0.0)
            lines.append(
                f"- {name}: missed by {over:.2f} s ({value:.2f} s, "
                f"{live.missed} not told of)"
            )
    for kind, belongs in _KINDS.items():
        resting = [o for o in found.onsets if o.rung == "rest" and belongs(o)]
        share = _share(
            resting, lambda o: o.told is not None and o.told <= SOON + _CLOCK
        )
        if share is None:
            continue
        met = "met" if share >= _WOKEN else f"missed by {_WOKEN - share:.2f}"
        lines.append(
            f"- at rest, {kind}: told within 0.6 s of at least 80 % of the labelled "
            f"events: {met} ({share:.2f} of {len(resting)})"
        )
    return lines


def as_data(found: Latency) -> dict[str, Any]:
    """Return all of it for JSON."""
    return asdict(found) | {"verdicts": verdicts(found)}


def _live_line(live: Live) -> str:
    values = [percentile(live.seconds, share) for share in (0.5, 0.95, 1.0)]
    cells = [
        {"rest": "at rest", "full": "in full analysis"}[live.state]
        + ("" if live.on_rung else " (but never said so)"),
        str(len(live.seconds)),
        *("-" if value is None else f"{value:.2f}" for value in values),
        str(live.missed),
    ]
    return f"| {' | '.join(cells)} |"


def _onset_line(name: str, onsets: Sequence[Onset]) -> str:
    told = [onset.told for onset in onsets if onset.told is not None]
    values = [percentile(told, share) for share in (0.5, 0.95)]
    woken = _share(onsets, lambda o: o.woken is not None and o.woken <= SOON + _CLOCK)
    soon = _share(onsets, lambda o: o.told is not None and o.told <= SOON + _CLOCK)
    gop = _share(
        onsets, lambda o: o.told is not None and o.told <= SOON + o.gop + _CLOCK
    )
    cells = [
        name,
        str(len(onsets)),
        "-" if "analysis" in name or woken is None else f"{woken:.0%}",
        *("-" if share is None else f"{share:.0%}" for share in (soon, gop)),
        *("-" if value is None else f"{value:.2f}" for value in values),
        str(len(onsets) - len(told)),
    ]
    return f"| {' | '.join(cells)} |"


def _share(onsets: Sequence[Onset], holds: Callable[[Onset], bool]) -> float | None:
    return sum(map(holds, onsets)) / len(onsets) if onsets else None
