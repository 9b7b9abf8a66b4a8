"""What was measured, as Markdown for people and as plain data for JSON."""

from collections.abc import Sequence
import dataclasses
from enum import Enum
import os
from pathlib import Path
import platform
from typing import Any

import av

from .cost import Ours, Row
from .measure import Lag
from .nvr import ffmpeg_version
from .start import Timing


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "processors": os.cpu_count(),
        "model": model,
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "av": av.__version__,
        "ffmpeg": ffmpeg_version(),
    }


def cost_tables(rows: Sequence[Row]) -> str:
    """Return the tables of CPU and memory, and of the lag."""
    lines = [
        *_head(
            "picture, cameras",
            *("engine CPU", "HA CPU", "ffmpeg CPU", "ratio"),
            *("engine RSS", "HA RSS", "ffmpeg RSS", "ffmpeg PSS"),
            *("simulator CPU", "others CPU", "machine"),
        )
    ]
    lines += [_cost_line(row) for row in rows]
    lines += [
        "",
        "CPU in ms a camera-second (others: in ms a second, of all else on the machine);",
        "memory in MiB, HA's as growth; ratio = (engine + HA) / ffmpeg;",
        "machine: share of all processors in use while the engine ran.",
        "",
        *_head("lag of Home Assistant's loop, ms", "p50", "p99", "p99.9", "max"),
    ]
    if rows:
        lines.append(_lag_line("no cameras, all runs", _pooled(rows)))
    lines += [_lag_line(_name(row), row.ours.lag, _mark(row)) for row in rows]
    notes = [f"- {_name(row)}: {'; '.join(row.complaints)}" for row in rows]
    notes = [note for row, note in zip(rows, notes, strict=True) if row.complaints]
    if notes:
        lines += ["", "Rows marked with ! are not to be taken at their word:", *notes]
    return "\n".join(lines)


def start_table(timings: Sequence[Timing]) -> str:
    """Return the table of durations."""
    lines = _head("what, in milliseconds", "median", "longest", "times")
    for timing in timings:
        median, longest = timing.median * 1000, timing.longest * 1000
        count = len(timing.seconds)
        lines.append(f"| {timing.what} | {median:.0f} | {longest:.0f} | {count} |")
    return "\n".join(lines)


def as_data(value: Any) -> Any:
    """Return dataclasses as mappings, their figures from properties included."""
    if isinstance(value, Row):
        names = ("engine", "home", "ffmpeg", "ratio", "complaints")
        return _fields(value) | {name: getattr(value, name) for name in names}
    if isinstance(value, Ours):
        summed = as_data(Lag.of(value.lags_before))
        return _fields(value) | {"lags_before": summed}
    if isinstance(value, Timing):
        return _fields(value) | {"median": value.median, "longest": value.longest}
    if dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: as_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(item) for item in value]
    return value


def _fields(value: Any) -> dict[str, Any]:
    return {
        field.name: as_data(getattr(value, field.name))
        for field in dataclasses.fields(value)
    }


def _head(first: str, *others: str) -> list[str]:
    return [
        f"| {' | '.join((first, *others))} |",
        f"| --- |{' ---: |' * len(others)}",
    ]


def _name(row: Row) -> str:
    return f"{row.picture.value}, {row.cameras}"


def _mark(row: Row) -> str:
    return " !" if row.complaints else ""


def _cost_line(row: Row) -> str:
    grown = row.ours.home_memory.rss - row.ours.home_memory_before.rss
    cells = [
        _name(row) + _mark(row),
        f"{row.engine:.1f}",
        f"{row.home:+.1f}",
        "-" if row.ffmpeg is None else f"{row.ffmpeg:.1f}",
        "-" if row.ratio is None else f"{row.ratio:.2f}",
        f"{row.ours.memory.rss:.0f}",
        f"{grown:+.0f}",
        "-" if row.theirs is None else f"{row.theirs.memory.rss:.0f}",
        "-" if row.theirs is None else f"{row.theirs.memory.pss:.0f}",
        f"{row.ours.usage.cpu['simulator'] / row.cameras:.1f}",
        f"{row.ours.usage.others:.0f}",
        f"{row.ours.usage.machine:.0%}",
    ]
    return f"| {' | '.join(cells)} |"


def _lag_line(name: str, lag: Lag | None, mark: str = "") -> str:
    if lag is None:
        return f"| {name}{mark} |{' - |' * 4}"
    figures = (lag.p50, lag.p99, lag.p999, lag.max)
    return f"| {name}{mark} | {' | '.join(f'{figure:.1f}' for figure in figures)} |"


def _pooled(rows: Sequence[Row]) -> Lag:
    """Take all baselines together: each alone is too short for its rare ticks."""
    return Lag.of([lag for row in rows for lag in row.ours.lags_before])
