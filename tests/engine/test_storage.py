"""A folder that refuses, fills up or hangs: recording goes on, and nothing is missing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
import errno
from pathlib import Path
import threading
import time
from typing import Any

import pytest

from custom_components.hearthcam.engine import clip, repairs, storage
from custom_components.hearthcam.engine.clip_steps import STALLED
from custom_components.hearthcam.engine.packet import Packet
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipFailed,
    ClipOpened,
    Lost,
    LostCause,
    StoragePlace,
    StorageState,
)

from .disks import Broken, Hanging
from .recording import ZERO, Bench, tenths, times
from .samples import video

MB = 1024 * 1024


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Do not wait between probes, nor leave threads behind."""
    monkeypatch.setattr(storage, "PROBE_WAITS", (0.02,))
    monkeypatch.setattr(repairs, "WAIT", 0.02)
    monkeypatch.setattr(repairs, "AGAIN", 0.02)
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(("storage", "clip ", "repairs")):
            thread.join(20.0)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a recorder with a spool."""
    made = Bench(tmp_path, spool=str(tmp_path / "config" / "test"))
    made.recorder.parameters(video()[0], None)
    yield made
    made.close()


def covered(clips: list[ClipClosed]) -> set[float]:
    """Return the times of all frames of some clips."""
    return {moment for each in clips for moment in times(each)}


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, LostCause.STORAGE_FULL),
        (errno.EROFS, LostCause.STORAGE_READ_ONLY),
        (errno.EIO, LostCause.STORAGE_ERROR),
        (errno.ESTALE, LostCause.STORAGE_AWAY),
    ],
)
@pytest.mark.parametrize("after", [0, 3_000, 30_000])
def test_refused_clip_goes_on_in_the_spool_without_a_missing_frame(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    cause: LostCause,
    after: int,
) -> None:
    """Whatever the disk says and wherever: each frame is in a file in the end."""
    broken = Broken(monkeypatch, tmp_path / "media", number)
    broken.after = after
    packets = video(12.0, width=640, height=360)[1]
    bench.feed(packets[:40])
    bench.begin("EVENT0001", ZERO + 3.5)
    slowly(bench, packets[40:100])
    bench.recorder.end("EVENT0001", ZERO + 9.0, ZERO + 9.0, 0.5)
    bench.feed(packets[100:])
    bench.wait_for(StorageState)
    state = bench.of(StorageState)[0]
    assert (state.place, state.cause) == (StoragePlace.SPOOL, cause)
    assert state.needed > 0
    broken.mended.set()
    clips = bench.closed() + bench.repaired(tmp_path / "media")
    assert covered(clips) >= set(tenths(1.0, 10.0))
    assert not bench.of(Lost) + bench.of(ClipFailed)
    assert any("config" in each.path for each in clips)
    assert not list(tmp_path.rglob("*.part"))


def slowly(bench: Bench, packets: tuple[Packet, ...]) -> None:
    """Let packets come one after the other, each written before the next."""
    for packet in packets:
        bench.feed([packet])
        deadline = time.monotonic() + 10
        while any(
            writer._queue for writer in tuple(bench.recorder._clips._writers)
        ) and (time.monotonic() < deadline):
            time.sleep(0.0005)


def test_next_clip_is_in_the_media_folder_again(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was left there is repaired while the engine runs."""
    broken = Broken(monkeypatch, tmp_path / "media", errno.ENOSPC)
    broken.after = 6_000
    packets = video(20.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    slowly(bench, packets[30:80])
    bench.wait_for(StorageState)
    broken.mended.set()
    bench.wait_for(StorageState, 2)
    assert bench.of(StorageState)[-1].place is StoragePlace.MEDIA
    bench.recorder.end("EVENT0001", ZERO + 8.0, ZERO + 8.0, 0.5)
    slowly(bench, packets[80:120])
    bench.begin("EVENT0002", ZERO + 14.0)
    bench.feed(packets[120:])
    bench.wait_until(lambda: any(each.recovered for each in bench.of(ClipClosed)))
    clips = bench.closed()
    assert {
        (each.event_id, "config" in each.path, each.recovered) for each in clips
    } == {
        ("EVENT0001", False, True),
        ("EVENT0001", True, False),
        ("EVENT0002", False, False),
    }
    opened = bench.of(ClipOpened)
    assert opened[1].follows == opened[0].clip_id
    assert covered(clips) >= set(tenths(1.0, 9.0))


def test_recording_waits_in_memory_while_there_is_no_place_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Space that is made within seconds costs nothing."""
    bench = Bench(tmp_path)
    bench.recorder.parameters(video()[0], None)
    broken = Broken(monkeypatch, tmp_path / "media", errno.ENOSPC)
    packets = video(12.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    assert broken.met.wait(20)
    bench.wait_for(StorageState)
    assert bench.of(StorageState)[0].place is StoragePlace.NONE
    bench.feed(packets[30:80])
    assert bench.recorder.recording
    broken.mended.set()
    bench.wait_for(StorageState, 2)
    bench.feed(packets[80:])
    (whole,) = bench.closed()
    assert times(whole) == tenths(0.0, 11.9)
    assert not bench.of(Lost)


def test_what_memory_cannot_hold_is_lost_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest pictures go, whole GOPs at a time, each second accounted for."""
    monkeypatch.setattr("custom_components.hearthcam.engine.waiting.MAX_QUEUED", 20_000)
    bench = Bench(tmp_path)
    bench.recorder.parameters(video()[0], None)
    broken = Broken(monkeypatch, tmp_path / "media", errno.ENOSPC)
    packets = video(20.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.wait_for(StorageState)
    bench.feed(packets[30:])
    broken.mended.set()
    bench.wait_for(StorageState, 2)
    (rest,) = bench.closed()
    lost = bench.of(Lost)
    assert lost[0].start == ZERO
    assert {each.cause for each in lost} == {LostCause.STORAGE_FULL}
    assert lost[-1].end == rest.start
    assert times(rest)[-1] == 19.9


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return how to let time pass for the writers."""
    now = [1000.0]
    init = clip.ClipWriter.__init__

    def made(self: clip.ClipWriter, order: Any, backlog: Any, owner: Any) -> None:
        init(self, order, backlog, owner, lambda: now[0])

    monkeypatch.setattr(clip.ClipWriter, "__init__", made)

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


@pytest.mark.parametrize("size", [0, 6_000])
def test_share_that_hangs_costs_nothing(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: Callable[[float], None],
    size: int,
) -> None:
    """The clip goes on in the spool; what the share took ends as a clip there."""
    share = Hanging(monkeypatch, tmp_path / "media", size)
    packets = video(14.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.feed(packets[30:60])
    assert share.hung.wait(20)
    clock(STALLED - 0.1)
    bench.feed(packets[60:61])
    assert not bench.of(StorageState)
    clock(0.2)
    bench.feed(packets[61:])
    assert bench.of(StorageState)[0].cause is LostCause.SLOW_STORAGE
    bench.recorder.end("EVENT0001", ZERO + 14.0, ZERO + 13.0, 0.5)
    bench.recorder.cancel()
    spooled = bench.wait_for(ClipClosed)
    assert "config" in spooled.path
    share.go.set()
    clips = bench.closed()
    assert covered(clips) == set(tenths(0.0, 13.9))
    assert not bench.of(Lost)


def test_engine_leaves_while_a_share_hangs(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the share did not take is put into the spool before leaving."""
    monkeypatch.setattr(
        "custom_components.hearthcam.engine.clip_places._HUNG_AFTER", 0.2
    )
    share = Hanging(monkeypatch, tmp_path / "media", 0)
    packets = video(8.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.feed(packets[30:])
    assert share.hung.wait(20)
    bench.recorder.close(3.0)
    (spooled,) = bench.of(ClipClosed)
    assert times(spooled) == tenths(0.0, 7.9)
    share.go.set()


def test_engine_that_leaves_has_patience_with_a_slow_disk(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it takes what it is given, and though there is a spool."""
    monkeypatch.setattr("custom_components.hearthcam.engine.clip_places._HUNG_AFTER", 0)
    synced = 0

    def sync(_descriptor: int) -> None:
        nonlocal synced
        synced += 1
        time.sleep(0.15)

    bench.recorder.configure(replace(bench.config, sync=True))
    packets = video(8.0)[1]
    bench.feed(packets[:30])
    monkeypatch.setattr("os.fsync", sync)
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.feed(packets[30:])
    bench.recorder.close(0.1)
    (whole,) = bench.of(ClipClosed)
    assert "config" not in whole.path
    assert times(whole) == tenths(0.0, 7.9)
    # Not each fragment any more, but the end, which is all of them.
    assert synced < 8


def test_missing_marker_means_that_the_share_is_away(tmp_path: Path) -> None:
    """An empty mount point is not filled with clips."""
    marker = tmp_path / "media" / ".hearthcam"
    bench = Bench(tmp_path, spool=str(tmp_path / "config" / "test"), marker=str(marker))
    bench.recorder.parameters(video()[0], None)
    packets = video(10.0)[1]
    bench.feed(packets[:40])
    bench.begin("EVENT0001", ZERO + 3.5)
    state = bench.wait_for(StorageState)
    assert state.cause is LostCause.STORAGE_AWAY
    bench.feed(packets[40:60])
    assert not marker.parent.exists()
    marker.parent.mkdir()
    marker.write_text("id")
    bench.wait_for(StorageState, 2)
    bench.feed(packets[60:])
    (spooled,) = bench.closed()
    assert times(spooled) == tenths(1.0, 9.9)


def test_spool_holds_no_more_than_its_limit(tmp_path: Path) -> None:
    """Of all cameras together; the media folder is a file here, in the way."""
    (tmp_path / "media").write_text("in the way")
    spool = tmp_path / "config"
    bench = Bench(tmp_path, spool=str(spool / "test"), spool_limit=40_000)
    bench.recorder.parameters(video()[0], None)
    packets = video(30.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    slowly(bench, packets[30:])
    bench.closed()
    states = [state.place for state in bench.of(StorageState)]
    assert states[0] is StoragePlace.SPOOL
    assert StoragePlace.NONE in states
    held = sum(p.stat().st_size for p in spool.rglob("*") if p.is_file())
    assert 0 < held <= 40_000 + 25_000  # The thumbnail is not counted.
    assert bench.of(Lost)


def test_second_camera_does_not_ask_a_folder_that_just_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each camera hanging on the same dead share would lose its own seconds."""
    broken = Broken(monkeypatch, tmp_path / "media", errno.EIO)
    stores = storage.Stores()
    benches = [
        Bench(
            tmp_path,
            stores=stores,
            camera_id=name,
            directory=str(tmp_path / "media" / name),
            spool=str(tmp_path / "config" / name),
        )
        for name in ("one", "two")
    ]
    packets = video(6.0)[1]
    for bench in benches:
        bench.recorder.parameters(video()[0], None)
        bench.feed(packets[:30])
    benches[0].begin("EVENT0001", ZERO + 2.5)
    assert broken.met.wait(20)
    state = benches[1].wait_for(StorageState)
    assert (state.camera_id, state.place) == ("two", StoragePlace.SPOOL)
    broken.met.clear()
    benches[1].begin("EVENT0002", ZERO + 2.5)
    for bench in benches:
        (spooled,) = bench.closed()
        assert "config" in spooled.path


def test_what_waits_is_written_as_soon_as_another_folder_is_chosen(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when the next clip begins: memory holds a minute, a clip may be longer."""
    Broken(monkeypatch, tmp_path / "media", errno.EROFS)
    Broken(monkeypatch, tmp_path / "config", errno.EROFS)
    packets = video(10.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.wait_until(
        lambda: (
            [state.place for state in bench.of(StorageState)][-1:]
            == [StoragePlace.NONE]
        )
    )
    other = tmp_path / "nas" / "test"
    bench.recorder.configure(replace(bench.config, directory=str(other)))
    opened = bench.wait_for(ClipOpened)
    assert Path(opened.path).is_relative_to(other)
    bench.feed(packets[30:60])
    (clip,) = bench.closed()
    assert covered([clip]) == set(tenths(0, 5.9))


@pytest.mark.parametrize(
    ("linked", "place"),
    [("test", "config"), ("test/{day}", "config"), ("test/{day}/.thumbs", "media")],
)
def test_nothing_is_written_through_a_link(
    bench: Bench, tmp_path: Path, linked: str, place: str
) -> None:
    """The clip is spooled instead; where only its picture cannot be, it has none."""
    outside = tmp_path / "outside"
    outside.mkdir()
    day = datetime.fromtimestamp(ZERO, UTC).date().isoformat()
    link = tmp_path / "media" / linked.format(day=day)
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    packets = video(6.0)[1]
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.feed(packets[30:])
    (clip,) = bench.closed()
    assert Path(clip.path).is_relative_to(tmp_path / place)
    assert (clip.thumbnail is None) is (place == "media")
    assert covered([clip]) == set(tenths(0, 5.9))
    assert list(outside.iterdir()) == []
