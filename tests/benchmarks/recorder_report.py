"""What `recorder` found, as Markdown and as plain data; and the issue's targets."""

from typing import Any

from .nvr import ffmpeg_version
from .recorder import Recorder
from .recorder_cost import Recorded
from .recorder_library import COMPARED, INDEXED, Pass
from .report import as_data as plain, start_table

_RATIO = 1.0
_BYTES = 1.02
_PAGE = 200.0
_PASS = 50.0
_SIZE = 100.0
_RATE = 1000.0


def tables(found: Recorder) -> str:
    """Return the tables, and the targets."""
    library = found.library
    lines = [
        "| cameras, disk | engine, receiving | recording as well | of it recording "
        "| ffmpeg -c copy | recording / ffmpeg | all / ffmpeg | bytes handed over "
        "| bytes written | others |",
        "| --- |" + " ---: |" * 9,
        *(_line(cost) for cost in found.costs),
        "",
        "CPU in ms a camera-second of 1080p15 H.264 at 4 Mbit/s by RTSP, the engine and",
        f"ffmpeg ({ffmpeg_version()}, one process a camera) at the same time on the same",
        "cameras. Bytes by byte of clip: those that the engine handed to the system, and",
        "those of the pages that it changed, thumbnail included. Others: in ms a second,",
        "what all else on the machine used meanwhile (cameras included).",
        *_notes(found),
        "",
        start_table(found.ends),
        "",
        "| page at 100,000 clips, in milliseconds | median | longest |",
        "| --- | ---: | ---: |",
        *(
            f"| {page.name} | {page.median:.1f} | {page.longest:.1f} |"
            for page in library.pages
        ),
        *(
            f"| query: {name} (best of three) | {took:.1f} | - |"
            for name, took in library.queries.items()
        ),
        "",
        "| pass of retention | clips deleted | seconds | ms in the event loop "
        "| longest step, ms | blocking calls |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(_pass(each) for each in library.passes),
        "",
        f"Index of 100,000 clips and events: {library.size:.0f} MB. Rows and files: "
        f"{library.compared:.0f} clips a second compared",
        f"({COMPARED} of them), {library.indexed:.0f} files a second read and indexed "
        f"({INDEXED}).",
        "",
        "Targets:",
        "",
        *verdicts(found),
    ]
    return "\n".join(lines)


def verdicts(found: Recorder) -> list[str]:
    """Return a line for each target: met, or missed by how much."""
    library, lines = found.library, []
    for cost in found.costs:
        name = _name(cost)
        if cost.ffmpeg is not None:
            added = cost.added / cost.ffmpeg
            lines.append(_verdict(f"{name}: recording / ffmpeg -c copy", added, _RATIO))
        if cost.ratio is not None:
            what = f"{name}: receiving and recording / ffmpeg -c copy"
            lines.append(_verdict(what, cost.ratio, _RATIO))
        worst = max(cost.handed, cost.written or 0.0)
        lines.append(_verdict(f"{name}: bytes by byte of clip", worst, _BYTES, 3))
    slowest = max(*(page.longest for page in library.pages), *library.queries.values())
    lines.append(_verdict("slowest page, ms", slowest, _PAGE))
    in_loop = max(each.in_loop for each in library.passes)
    lines.append(_verdict("a pass of retention in the event loop, ms", in_loop, _PASS))
    blocking = sum(len(each.blocking) for each in library.passes)
    lines.append(_verdict("blocking calls of it", blocking, 0, 0))
    lines.append(_verdict("index, MB", library.size, _SIZE))
    slow = _RATE / library.compared
    lines.append(_verdict("ms a clip compared", slow, 1.0, 3))
    return lines


def as_data(found: Recorder) -> dict[str, Any]:
    """Return all of it for JSON."""
    data: dict[str, Any] = plain(found)
    names = ("receiving", "recording", "added", "ffmpeg", "ratio", "handed", "written")
    for cost, values in zip(found.costs, data["costs"], strict=True):
        values |= {name: getattr(cost, name) for name in (*names, "complaints")}
    return data | {"verdicts": verdicts(found)}


def _verdict(what: str, value: float, limit: float, digits: int = 2) -> str:
    if value <= limit:
        return f"- {what}: met ({value:.{digits}f}, at most {limit:g})"
    missed = f"missed by {value - limit:.{digits}f}"
    return f"- {what}: {missed} ({value:.{digits}f}, at most {limit:g})"


def _name(cost: Recorded) -> str:
    return f"{cost.cameras}, {'synced' if cost.synced else 'not synced'}"


def _notes(found: Recorder) -> list[str]:
    notes = [(cost, "; ".join(cost.complaints)) for cost in found.costs]
    told = [f"- {_name(cost)}: {note}" for cost, note in notes if note]
    return ["", "Rows marked with ! are not to be taken at their word:", *told] * bool(
        told
    )


def _line(cost: Recorded) -> str:
    by_ffmpeg = None if cost.ffmpeg is None else cost.added / cost.ffmpeg
    cells = [
        _name(cost) + " !" * bool(cost.complaints),
        f"{cost.receiving:.1f}",
        f"{cost.recording:.1f}",
        f"{cost.added:.2f}",
        _cell(cost.ffmpeg, 1),
        _cell(by_ffmpeg, 2),
        _cell(cost.ratio, 2),
        f"{cost.handed:.4f}",
        _cell(cost.written, 4),
        f"{cost.others:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _cell(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _pass(each: Pass) -> str:
    cells = [
        each.what,
        str(each.deleted),
        f"{each.seconds:.2f}",
        f"{each.in_loop:.1f}",
        f"{each.longest:.2f}",
        str(len(each.blocking)),
    ]
    return f"| {' | '.join(cells)} |"
