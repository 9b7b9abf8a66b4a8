"""Real disks that fill up, hang, break or may not be written, while a clip is."""

from collections.abc import Iterator
import errno
import os
from pathlib import Path
import threading
import time
from typing import Any

import pytest

from custom_components.hearthcam.engine import repairs, storage
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipFailed,
    Lost,
    LostCause,
    StoragePlace,
    StorageState,
)
from tests.engine.recording import ZERO, Bench, tenths, times
from tests.engine.samples import video

from .disks import fail, fill, freeze, image_disk, memory_disk, run, thaw

pytestmark = pytest.mark.faults

STEP = max(1, 64 // int(os.environ.get("HEARTHCAM_FAULT_RUNS", "8")))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Do not wait long between probes; leave no thread behind."""
    monkeypatch.setattr(storage, "PROBE_WAITS", (0.05,))
    monkeypatch.setattr(storage, "_SPARE", 0)
    monkeypatch.setattr(repairs, "WAIT", 0.05)
    monkeypatch.setattr(repairs, "AGAIN", 0.05)
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(("storage", "clip ", "repairs")):
            thread.join(20.0)


def recorder(tmp_path: Path, **changes: Any) -> Bench:
    """Return a recorder whose media folder is on the disk at ``media``."""
    spool = str(tmp_path / "config" / "test")
    bench = Bench(tmp_path, spool=spool, sync=True, **changes)
    bench.recorder.parameters(video(12.0, width=640, height=360)[0], None)
    return bench


def record(bench: Bench) -> None:
    """Record an event from 1.0 s to 10.0 s of the sample, each frame at once."""
    packets = video(12.0, width=640, height=360)[1]
    bench.feed(packets[:40])
    bench.begin("EVENT0001", ZERO + 3.5)
    for packet in packets[40:]:
        if packet is packets[95]:
            bench.recorder.end("EVENT0001", ZERO + 9.0, ZERO + 9.0, 0.5)
        bench.feed([packet])
        deadline = time.monotonic() + 10.0
        while time.monotonic() < deadline and any(
            writer._queue for writer in tuple(bench.recorder._clips._writers)
        ):
            time.sleep(0.0002)


def covered(clips: list[ClipClosed]) -> set[float]:
    """Return the times of all frames of some clips."""
    return {moment for each in clips for moment in times(each)}


def test_disk_that_fills_up_at_any_page_of_a_clip(tmp_path: Path) -> None:
    """Every frame is on one of the two disks, and every file plays."""
    met = 0
    for pages in range(0, 64, STEP):
        folder = tmp_path / str(pages)
        with memory_disk(folder / "media", 16 * 1024 * 1024) as disk:
            bench = recorder(folder)
            fill(disk, pages * 4096)
            record(bench)
            bench.recorder.close(20.0)
            full = bool(bench.of(StorageState))
            met += full
            (disk / "filler").unlink()
            clips = bench.closed() + bench.repaired(disk)
            assert covered(clips) >= set(tenths(1.0, 10.0)), f"{pages} pages free"
            assert not bench.of(Lost) + bench.of(ClipFailed)
            assert not list(folder.rglob("*.mp4.*"))
            if full:
                state = bench.of(StorageState)[0]
                assert state.cause is LostCause.STORAGE_FULL
            bench.close()
    assert met


def test_disk_that_refuses_any_one_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its first byte, its fragments, its index: also half of a write is taken."""
    write = os.pwrite
    count, broken = 0, -1

    def refuse(descriptor: int, data: bytes, offset: int) -> int:
        nonlocal count
        count += 1
        if count == broken:
            if offset == os.fstat(descriptor).st_size:
                write(descriptor, data[: len(data) // 2], offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", refuse)
    writes = 1
    while broken < writes:
        broken, count = max(broken + STEP, 1), 0
        folder = tmp_path / str(broken)
        bench = recorder(folder)
        record(bench)
        clips = bench.closed() + bench.repaired(folder)
        writes = max(writes, count)
        assert covered(clips) >= set(tenths(1.0, 10.0)), f"write {broken}"
        assert not bench.of(Lost) + bench.of(ClipFailed)
        bench.close()
    assert writes > 10


def test_disk_that_may_only_be_read_for_a_while(tmp_path: Path) -> None:
    """Clips go to the spool, and to the media folder again when that is possible."""
    with image_disk(tmp_path / "media", tmp_path / "image") as disk:
        run("mount", "-o", "remount,ro", str(disk))
        bench = recorder(tmp_path)
        record(bench)
        state = bench.of(StorageState)[0]
        assert state.cause is LostCause.STORAGE_READ_ONLY
        assert state.place is StoragePlace.SPOOL
        run("mount", "-o", "remount,rw", str(disk))
        bench.wait_for(StorageState, 2)
        bench.begin("EVENT0002", ZERO + 11.0)
        clips = bench.closed()
        assert ["config" in clip.path for clip in clips] == [True, False]
        assert covered(clips[:1]) == set(tenths(1.0, 10.0))
        bench.close()


def test_drive_that_breaks_while_it_is_written(tmp_path: Path) -> None:
    """What it held is repaired when it is back, the rest is in the spool."""
    image = tmp_path / "image"
    packets = video(12.0, width=640, height=360)[1]
    with image_disk(tmp_path / "media", image) as disk:
        bench = recorder(tmp_path)
        bench.feed(packets[:40])
        bench.begin("EVENT0001", ZERO + 3.5)
        for packet in packets[40:]:
            bench.feed([packet])
            time.sleep(0.002)
            if packet is packets[70]:
                fail(disk)
        state = bench.wait_for(StorageState)
        assert state.place is StoragePlace.SPOOL
        clips = bench.closed()
        bench.close()
    with image_disk(tmp_path / "media", image) as disk:
        clips += bench.repaired(disk)
        assert covered(clips) >= set(tenths(1.0, 11.9))
    assert not bench.of(Lost) + bench.of(ClipFailed)


def test_share_that_hangs_for_seconds(tmp_path: Path) -> None:
    """Recording goes on within two seconds, and no frame is missing afterwards."""
    packets = video(12.0, width=640, height=360)[1]
    with image_disk(tmp_path / "media", tmp_path / "image") as disk:
        bench = recorder(tmp_path)
        bench.feed(packets[:40])
        bench.begin("EVENT0001", ZERO + 3.5)
        frozen = 0.0
        for packet in packets[40:]:
            bench.feed([packet])
            time.sleep(0.04)
            if packet is packets[50]:
                freeze(disk)
                frozen = time.monotonic()
            if frozen and bench.of(StorageState):
                # The machine may have other things to do.
                assert time.monotonic() - frozen < 5.0
                frozen = 0.0
        try:
            state = bench.wait_for(StorageState)
            assert state.place is StoragePlace.SPOOL
            assert state.cause is LostCause.SLOW_STORAGE
            bench.recorder.cancel()
            spooled = bench.wait_for(ClipClosed)
            assert "config" in spooled.path
        finally:
            thaw(disk)
        clips = bench.closed()
        assert covered(clips) >= set(tenths(1.0, 11.9))
        assert not bench.of(Lost) + bench.of(ClipFailed)
        bench.close()
