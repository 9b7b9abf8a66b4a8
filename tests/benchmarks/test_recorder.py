"""What is said of recording follows from what was measured."""

import asyncio
from pathlib import Path

from . import recorder_report
from .measure import Usage
from .recorder import Recorder
from .recorder_cost import Io, Recorded, Round
from .recorder_library import LibraryCosts, Page, Pass, _watched
from .start import Timing


def usage(engine: float, ffmpeg: float) -> Usage:
    """Return what both used, of one good window."""
    return Usage({"engine": engine, "ffmpeg": ffmpeg}, 0.2, 0.0, 1, 1)


def recorder(engine: float, handed: float, *, in_loop: float = 20.0) -> Recorder:
    """Return what was measured of two cameras: 8 ms to receive, 12 of `ffmpeg`."""
    made = Round(usage(8.0, 10.0), usage(engine, 12.0), 1000, handed, 1000.0)
    cost = Recorded(2, True, (made,), True, True)
    timing = Timing("it", (0.2, 0.3))
    library = LibraryCosts(
        {"a query": 9.0},
        (Page("a page", 100.0, 150.0),),
        70.0,
        (Pass("it", 10, 0.1, in_loop, 1.0, ()),),
        20_000.0,
        4_000.0,
    )
    return Recorder((cost,), (timing,), library)


def test_recording_is_compared_with_ffmpeg_of_the_same_moment() -> None:
    told = recorder_report.verdicts(recorder(14.0, 1010.0))
    assert told[0].endswith("met (0.50, at most 1)")
    assert told[1].endswith("missed by 0.17 (1.17, at most 1)")
    assert told[2].endswith("met (1.010, at most 1.02)")
    table = recorder_report.tables(recorder(14.0, 1010.0))
    assert "| 2, synced | 4.0 | 7.0 | 3.00 | 6.0 | 0.50 | 1.17 | 1.0100 |" in table


def test_bytes_and_the_event_loop_have_limits() -> None:
    told = recorder_report.verdicts(recorder(10.0, 1030.0, in_loop=60.0))
    assert [line for line in told if "missed" in line] == [
        "- 2, synced: bytes by byte of clip: missed by 0.010 (1.030, at most 1.02)",
        "- a pass of retention in the event loop, ms: missed by 10.00 (60.00, at most 50)",
    ]


def test_bytes_that_this_process_writes_are_counted(tmp_path: Path) -> None:
    before = Io.of(_own())
    (tmp_path / "file").write_bytes(bytes(100_000))
    assert Io.of(_own()).handed - before.handed >= 100_000


async def test_what_blocks_the_event_loop_is_seen_and_elsewhere_is_not(
    tmp_path: Path,
) -> None:
    elsewhere, here, later = (tmp_path / name for name in ("1", "2", "3"))
    with _watched() as (steps, blocking):
        await asyncio.to_thread(elsewhere.write_bytes, b"")
        here.write_bytes(b"")
        # A thread that was quick enough is not waited for: see to it that the loop
        # makes a whole step.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    later.write_bytes(b"")
    # Python itself reads its source where asyncio is being debugged.
    ours = [event for event in blocking if str(tmp_path) in event]
    assert ours == [f"open ('{here}',)"]
    assert steps


def _own() -> int:
    return int(Path("/proc/self").resolve().name)
