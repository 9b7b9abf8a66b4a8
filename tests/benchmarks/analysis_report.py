"""What `analysis` found, as Markdown and as plain data; and the issue's targets."""

from typing import Any

from .analysis import Analysis, Cost
from .analysis_peers import motion_version
from .cameras import Picture
from .measure import Usage
from .nvr import ffmpeg_version
from .report import as_data as plain

_LIMITS = {Picture.REST: 0.1, Picture.BUSY: 0.5}
_DETECTOR = 0.3
_RSS = 15.0


def tables(found: Analysis) -> str:
    """Return the table, and the targets."""
    lines = [
        "| picture, streams | engine | of it the ladder | ffmpeg, recorder's "
        "| ffmpeg, decoding only | motion | engine / recorder's | ladder / decoding "
        "| engine / motion |",
        "| --- |" + " ---: |" * 8,
        *(_line(cost) for cost in found.costs),
        "",
        "CPU in ms a camera-second, of one 1080p15 camera of 4 Mbit/s with a sub stream",
        "of 640x360 at 10 fps. The engine receives both, keeps 10 s, looks for motion",
        "and, while busy, records; the ladder is its analysis, fed with the same video",
        "by itself. The recorder's ffmpeg decodes what is analysed to 5",
        "pictures a second (its detector is not counted) and copies the main stream",
        f"(ffmpeg {ffmpeg_version()}); motion {motion_version()} only detects.",
        "",
        f"Grid and detector: {found.detector_idle:.2f} ms a picture of 640x360 with "
        f"nobody there, {found.detector_busy:.2f} with somebody.",
        f"Memory of the engine: {found.rss_first:.0f} MiB with one camera, "
        f"{found.rss_further:.1f} MiB for each further one.",
        "",
        "Targets:",
        "",
        *verdicts(found),
        *(f"\nNote: {note}" for note in found.notes),
    ]
    return "\n".join(lines)


def verdicts(found: Analysis) -> list[str]:
    """Return a line for each target of cost: met, or missed by how much."""
    lines = []
    for cost in found.costs:
        limit = _LIMITS[cost.picture]
        value = cost.ratio(cost.recorder)
        lines.append(
            _verdict(f"{_name(cost)}: engine / recorder's ffmpeg", value, limit)
        )
    worst = max(found.detector_idle, found.detector_busy)
    lines.append(_verdict("detector, ms a picture", worst, _DETECTOR))
    lines.append(_verdict("MiB for a further camera", found.rss_further, _RSS))
    return lines


def as_data(found: Analysis) -> dict[str, Any]:
    """Return all of it for JSON."""
    data: dict[str, Any] = plain(found)
    return data | {"verdicts": verdicts(found)}


def _verdict(what: str, value: float | None, limit: float) -> str:
    if value is None:
        return f"- {what}: not measured"
    if value <= limit:
        return f"- {what}: met ({value:.2f}, at most {limit:g})"
    return f"- {what}: missed by {value - limit:.2f} ({value:.2f}, at most {limit:g})"


def _name(cost: Cost) -> str:
    return f"{cost.picture.value}, {'main + sub' if cost.sub else 'main only'}"


def _line(cost: Cost) -> str:
    others = (cost.recorder, cost.decode, cost.motion)
    saturated = any(usage is not None and usage.saturated for usage in others)
    doubt = " !" if saturated or cost.engine.saturated or not cost.on_rung else ""
    cells = [
        _name(cost) + doubt,
        f"{cost.ours:.1f}",
        f"{cost.ladder:.1f}",
        *(_cpu(usage) for usage in others),
        _ratio(cost.ratio(cost.recorder)),
        _ratio(cost.ladder / cost.decode.cpu["program"] if cost.decode else None),
        _ratio(cost.ratio(cost.motion)),
    ]
    return f"| {' | '.join(cells)} |"


def _cpu(usage: Usage | None) -> str:
    return "-" if usage is None else f"{usage.cpu['program']:.1f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
