"""What `privacy` found, as Markdown and as plain data."""

from typing import Any

from .nvr import ffmpeg_version
from .privacy import Cost, Privacy
from .report import as_data as plain


def tables(found: Privacy) -> str:
    """Return the tables."""
    lines = [
        "| stream, for | preset | masked by the engine | ffmpeg drawbox + libx264 "
        "| ratio | kbit/s | of ffmpeg |",
        "| --- | --- |" + " ---: |" * 5,
        *(_line(cost) for cost in found.costs),
        "",
        "CPU in ms a second of video (10 is one per cent of a processor), medians; the",
        f"ratio is that of the same round. {found.seconds:g} s of video, H.264, a zone",
        f"over a tenth of the picture; ffmpeg {ffmpeg_version()}, one thread.",
        "",
        "Painting alone: "
        + ", ".join(
            f"{ms:.2f} ms a picture of {size}" for size, ms in found.painting.items()
        )
        + ".",
        "A camera that nobody watches, in ms a second: "
        f"{found.idle_without.cpu['engine']:.1f} without a zone, "
        f"{found.idle_with.cpu['engine']:.1f} with one (nothing is encoded).",
    ]
    complaints = [
        f"{cost.size}, {cost.kind}, {cost.preset}: pictures are missing, or not black"
        for cost in found.costs
        if not cost.sound
    ]
    if found.idle_with.saturated or found.idle_without.saturated:
        complaints.append("machine saturated while nobody watched")
    lines += [f"\nNote: {complaint}" for complaint in complaints]
    return "\n".join(lines)


def as_data(found: Privacy) -> dict[str, Any]:
    """Return all of it for a program."""
    data: dict[str, Any] = plain(found)
    return data


def _line(cost: Cost) -> str:
    mark = "" if cost.sound else " !"
    bitrate = cost.ours[-1].bitrate / 1000
    theirs = f"{cost.theirs[-1].bitrate / 1000:.0f}" if cost.theirs else "–"
    return (
        f"| {cost.size}, {cost.kind}{mark} | {cost.preset} | {cost.engine:.0f} "
        f"| {_cell(cost.ffmpeg, 0)} | {_cell(cost.ratio, 2)} | {bitrate:.0f} "
        f"| {theirs} |"
    )


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
