"""Measures what Hearthcam costs; nothing fails on a figure."""

import argparse
import json
from pathlib import Path
import sys
import time
from typing import Any

from . import (
    analysis,
    analysis_report,
    cost,
    detection,
    detection_report,
    latency,
    latency_report,
    privacy,
    privacy_report,
    recorder,
    recorder_report,
    start,
)
from .cameras import DESCRIPTION, Picture
from .nvr import ffmpeg_version
from .report import as_data, cost_tables, machine, start_table

COUNTS = (1, 4, 8, 16)
BENCHMARKS = (
    "cost",
    "start",
    "detection",
    "latency",
    "analysis",
    "recorder",
    "privacy",
)


def main() -> int:
    """Run the benchmarks that were named, or all."""
    parser = argparse.ArgumentParser("scripts/bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; or all"
    )
    parser.add_argument(
        "--cameras",
        type=lambda text: [int(part) for part in text.split(",")],
        help="counts of cameras, such as 1,4 (default: 1,4,8,16; recorder: 1,4,8)",
    )
    parser.add_argument(
        "--pictures",
        type=lambda text: [Picture(part) for part in text.split(",")],
        default=list(Picture),
        help="rest, busy or both",
    )
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="length of a window (2 s a GOP)"
    )
    parser.add_argument(
        "--windows", type=int, default=3, help="windows of which the median is taken"
    )
    parser.add_argument(
        "--repeats", type=int, default=7, help="how often a start is measured"
    )
    parser.add_argument("--no-ffmpeg", action="store_true", help="leave the peer out")
    parser.add_argument(
        "--quick", action="store_true", help="detection, latency, privacy: less of it"
    )
    parser.add_argument(
        "--long", action="store_true", help="detection: empty clips of ten minutes"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="detection: of what is drawn"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures there")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if not Path("/proc/self/smaps_rollup").exists():
        parser.error("this reads Linux's /proc, which is not here")
    names = arguments.names or BENCHMARKS
    began = time.monotonic()
    result: dict[str, Any] = {"machine": machine(), "cameras": DESCRIPTION}
    print(f"cameras: {DESCRIPTION}")
    print(*(f"{key}: {value}" for key, value in result["machine"].items()), sep=", ")
    if "cost" in names:
        result["cost"] = as_data(_cost(arguments))
        _write(arguments.json, result)
    if "start" in names:
        timings = start.measure(arguments.repeats)
        print(f"\n{start_table(timings)}", flush=True)
        result["start"] = as_data(timings)
        _write(arguments.json, result)
    if "detection" in names:
        found = detection.measure(_empty_seconds(arguments), arguments.seed)
        print(f"\n{detection_report.tables(found)}", flush=True)
        result["detection"] = detection_report.as_data(found)
        _write(arguments.json, result)
    if "latency" in names:
        late = latency.measure(quick=arguments.quick)
        print(f"\n{latency_report.tables(late)}", flush=True)
        result["latency"] = latency_report.as_data(late)
        _write(arguments.json, result)
    if "analysis" in names:
        costs = analysis.measure(seconds=arguments.seconds, windows=arguments.windows)
        print(f"\n{analysis_report.tables(costs)}", flush=True)
        result["analysis"] = analysis_report.as_data(costs)
        _write(arguments.json, result)
    if "recorder" in names:
        recorded = recorder.measure(
            arguments.cameras or recorder.COUNTS,
            seconds=arguments.seconds,
            windows=arguments.windows,
            repeats=arguments.repeats,
            with_ffmpeg=_with_ffmpeg(arguments),
        )
        print(f"\n{recorder_report.tables(recorded)}", flush=True)
        result["recorder"] = recorder_report.as_data(recorded)
        _write(arguments.json, result)
    if "privacy" in names:
        masked = privacy.measure(
            seconds=arguments.seconds if arguments.quick else privacy.SECONDS,
            rounds=arguments.windows,
            windows=arguments.windows,
            window=arguments.seconds,
            with_ffmpeg=_with_ffmpeg(arguments),
        )
        print(f"\n{privacy_report.tables(masked)}", flush=True)
        result["privacy"] = privacy_report.as_data(masked)
        _write(arguments.json, result)
    print(f"\n{time.monotonic() - began:.0f} s in all")
    return 0


def _write(path: Path | None, result: dict[str, Any]) -> None:
    if path is not None:
        path.write_text(json.dumps(result, indent=1))


def _empty_seconds(arguments: argparse.Namespace) -> float:
    if arguments.quick:
        return detection.QUICK_SECONDS
    return detection.LONG_SECONDS if arguments.long else detection.EMPTY_SECONDS


def _with_ffmpeg(arguments: argparse.Namespace) -> bool:
    if arguments.no_ffmpeg:
        return False
    if ffmpeg_version() is None:
        print("There is no ffmpeg program here to measure beside.")
        return False
    return True


def _cost(arguments: argparse.Namespace) -> list[cost.Row]:
    with_ffmpeg = _with_ffmpeg(arguments)
    rows = []
    for row in cost.measure(
        arguments.cameras or COUNTS,
        arguments.pictures,
        seconds=arguments.seconds,
        windows=arguments.windows,
        with_ffmpeg=with_ffmpeg,
    ):
        rows.append(row)
        # Minutes go by until the table: something should be seen meanwhile.
        told = ", ".join(row.complaints)
        print(
            f"{row.picture.value}, {row.cameras} cameras: {row.engine:.1f} ms {told}",
            file=sys.stderr,
            flush=True,
        )
    print(f"\n{cost_tables(rows)}", flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
