"""Clips of a camera with privacy zones: black where they must be, and nothing missing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
import errno
import json
from pathlib import Path
import shutil
from threading import Event
from typing import Any

import av
import pytest

from custom_components.hearthcam.engine import repairs, storage
from custom_components.hearthcam.engine.clip_queue import ClipQueue
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask
from custom_components.hearthcam.engine.mux import Muxer
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipFailed,
    ClipOpened,
    Lost,
    PrivacyZone,
    StorageState,
)
from custom_components.hearthcam.engine.recover import recover_file
from custom_components.hearthcam.engine.thumbnail import jpeg

from .disks import Broken
from .films import SOUND, sound
from .hidden_clips import (
    Benches,
    Gate,
    benches,
    is_black,
    leaks,
    leaky,
    pictures,
    slow_veils,
)
from .masking.moving import CORNER, MASK, STAR, film
from .recording import ZERO, tenths, times

ONE, OTHER = Mask((STAR,)), Mask((CORNER,))
FILM = film(100, gop=10)
PACKETS = FILM[1]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Benches]:
    """Return how to make a recorder that knows its stream."""
    monkeypatch.setattr(storage, "PROBE_WAITS", (0.02,))
    monkeypatch.setattr(repairs, "WAIT", 0.02)
    with benches(tmp_path, NOTHING, FILM) as make:
        yield make


def all_times(clips: Iterable[ClipClosed]) -> list[float]:
    """Return the times of all pictures of some clips."""
    return [moment for clip in clips for moment in times(clip)]


@pytest.mark.parametrize("source", [{}, {"codec": "hevc"}, {"b_frames": 2}])
def test_clip_is_black_from_pre_roll_to_post_roll(
    bench: Benches, source: dict[str, Any]
) -> None:
    """Every picture is there, as H.264, and so is what is beside the zones."""
    parameters, packets = film(100, gop=10, **source)
    made = bench(MASK, (parameters, packets))
    made.feed(packets[:55])
    made.begin("EVENT0001", ZERO + 4.5)
    made.feed(packets[55:60])
    made.recorder.end("EVENT0001", ZERO + 5.7, ZERO + 5.0, 0.9)
    made.feed(packets[60:])
    (clip,) = made.closed()
    assert times(clip)[: 47 - 2] == tenths(2.0, 6.7)[: 47 - 2]
    assert clip.end == pytest.approx(ZERO + times(clip)[-1] + 0.1)
    assert (clip.codec, clip.width, clip.height) == ("h264", 192, 108)
    assert clip.mask == tuple(sorted(MASK.marks))
    assert leaks(clip.path, MASK) == 0
    assert clip.thumbnail is not None
    assert is_black(clip.thumbnail, MASK)
    with av.open(clip.path) as container:
        tag = json.loads(container.metadata["comment"])
    assert tag["mask"] == sorted(MASK.marks)
    assert made.worked == 1


@pytest.mark.parametrize("changes", [{"max_clip": 3.0}, {"segment": 3.0}])
def test_clips_that_follow_each_other_are_masked_without_a_gap(
    bench: Benches, changes: dict[str, Any]
) -> None:
    """A long event, and all of the time: each picture once."""
    made = bench(MASK, **changes)
    made.recorder.set_continuous("segment" in changes)
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:])
    clips = made.closed()
    assert len(clips) >= 3
    assert all_times(clips) == tenths(0.0, 9.9)
    assert sum(leaks(clip.path, MASK) for clip in clips) == 0


@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize("before", [NOTHING, OTHER])
def test_zone_that_is_added_ends_the_clip_at_once(
    bench: Benches, continuous: bool, before: Mask
) -> None:
    """In the middle of a GOP: the next clip hides it, and each picture is in one."""
    made = bench(before)
    made.recorder.set_continuous(continuous)
    made.feed(PACKETS[:20])
    if not continuous:
        made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:47])
    made.settle()
    made.hide(before.union(ONE))
    made.feed(PACKETS[47:])
    first, second = made.closed()
    assert times(first) == tenths(0.0, 4.6)
    assert times(second) == tenths(4.7, 9.9)
    assert second.start == pytest.approx(ZERO + 4.7)
    assert set(first.mask) == before.marks
    assert set(second.mask) == before.union(ONE).marks
    assert leaky(first, ONE) == times(first)
    assert leaks(second.path, before.union(ONE)) == 0
    if not continuous:
        assert first.event_id == second.event_id == "EVENT0001"
    assert not made.of(Lost) + made.of(ClipFailed)


def test_what_waits_for_a_slow_disk_is_masked_when_a_zone_is_added(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was captured before, but it is not written as it came any more."""
    write, go = Muxer.write, Event()
    reached = Event()

    def slow(self: Muxer, packet: Any) -> None:
        if packet.pts == PACKETS[23].pts:
            reached.set()
            assert go.wait(30)
        write(self, packet)

    monkeypatch.setattr(Muxer, "write", slow)
    made = bench()
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:60])
    assert reached.wait(20)
    made.hide(ONE)
    made.feed(PACKETS[60:])
    go.set()
    first, second = made.closed()
    assert (times(first), times(second)) == (tenths(0.0, 2.3), tenths(2.4, 9.9))
    assert leaks(second.path, ONE) == 0


def test_clip_that_has_no_disk_yet_hides_what_is_hidden_when_it_gets_one(
    bench: Benches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, also what came before the zone was drawn."""
    broken = Broken(monkeypatch, tmp_path / "media", errno.ENOSPC)
    made = bench()
    made.feed(PACKETS[:30])
    made.begin("EVENT0001", ZERO + 2.5)
    made.wait_for(StorageState)
    made.feed(PACKETS[30:55])
    made.hide(ONE)
    made.feed(PACKETS[55:70])
    broken.mended.set()
    made.wait_for(ClipOpened)
    made.feed(PACKETS[70:])
    (clip,) = made.closed()
    assert times(clip) == tenths(0.0, 9.9)
    assert leaks(clip.path, ONE) == 0


def test_zone_that_is_removed_stays_black_until_the_next_keyframe(
    bench: Benches,
) -> None:
    """From there on the picture is what came, untouched."""
    made = bench(MASK)
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:47])
    made.hide(NOTHING)
    made.feed(PACKETS[47:])
    first, second = made.closed()
    assert (times(first), times(second)) == (tenths(0.0, 4.9), tenths(5.0, 9.9))
    assert leaks(first.path, MASK) == 0
    assert leaky(second, MASK) == times(second)
    assert second.mask == ()


def test_zone_that_is_moved_is_black_in_both_places_until_the_next_keyframe(
    bench: Benches,
) -> None:
    """What was captured before the change shows neither."""
    made = bench(ONE)
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:47])
    made.settle()
    made.hide(OTHER)
    made.feed(PACKETS[47:])
    clips = made.closed()
    assert [set(clip.mask) for clip in clips] == [ONE.marks, MASK.marks, OTHER.marks]
    assert [times(clip)[0] for clip in clips] == [0.0, 4.7, 5.0]
    assert all_times(clips) == tenths(0.0, 9.9)
    for clip, mask in zip(clips, (ONE, MASK, OTHER), strict=True):
        assert leaks(clip.path, mask) == 0


def test_second_zone_is_added_before_anything_of_the_first_was_masked(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same GOP: what the clip before both has is in no other."""
    gate = Gate()
    slow_veils(monkeypatch, gate)
    made = bench()
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:44])
    made.settle()
    gate.open.clear()
    made.hide(ONE)
    assert gate.met.wait(20)
    made.feed(PACKETS[44:47])
    made.hide(MASK)
    gate.open.set()
    made.feed(PACKETS[47:])
    first, second = made.closed()
    assert (times(first), times(second)) == (tenths(0.0, 4.3), tenths(4.4, 9.9))
    assert leaks(second.path, MASK) == 0
    assert not made.of(Lost) + made.of(ClipFailed)


@pytest.mark.parametrize("mask", [NOTHING, MASK])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_what_is_forgotten_is_on_the_disk(
    bench: Benches, monkeypatch: pytest.MonkeyPatch, mask: Mask, b_frames: int
) -> None:
    """Each time, read from the file as a kill would leave it."""
    settle = ClipQueue.settle
    checked: list[int] = []

    def check(self: ClipQueue, keyframe: int) -> None:
        settle(self, keyframe)
        (part,) = Path(made.config.directory).rglob("*.part")
        with av.open(str(part)) as container:
            held = sum(bool(packet.size) for packet in container.demux(video=0))
        assert packets.index(self._tail[0]) <= held
        checked.append(keyframe)

    monkeypatch.setattr(ClipQueue, "settle", check)
    stream = film(100, gop=4, b_frames=b_frames)
    packets = stream[1]
    made = bench(mask, stream)
    made.recorder.set_continuous(True)
    for packet in packets:
        made.feed([packet])
        made.settle()
    (clip,) = made.closed()
    assert len(times(clip)) >= 98
    assert len(checked) > 8


def test_reordered_pictures_are_all_there_when_a_zone_is_added(bench: Benches) -> None:
    """Those that were still to come are masked; a few may be in both clips."""
    parameters, packets = film(100, gop=10, b_frames=2)
    made = bench(NOTHING, (parameters, packets))
    made.feed(packets[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(packets[20:48])
    made.settle()
    newest = max(packet.pts for packet in packets[:48])
    made.hide(ONE)
    made.feed(packets[48:])
    first, second = made.closed()
    held = Counter(all_times((first, second)))
    assert set(held) >= set(tenths(0.0, 9.7))
    assert sum(held.values()) - len(held) <= 3
    assert times(first)[-1] <= newest / TIME_BASE - ZERO
    assert leaks(second.path, ONE) == 0


@pytest.mark.parametrize("after", [0, 4_000, 20_000])
def test_masked_clip_goes_on_in_the_spool_without_a_missing_picture(
    bench: Benches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Wherever the disk fails; what it holds is repaired, and still said to be masked."""
    broken = Broken(monkeypatch, tmp_path / "media", errno.EIO)
    broken.after = after
    made = bench(MASK, spool=str(tmp_path / "config" / "test"))
    made.feed(PACKETS[:40])
    made.begin("EVENT0001", ZERO + 3.5)
    for packet in PACKETS[40:]:
        made.feed([packet])
        if not after or not broken.met.is_set():
            made.settle()
    made.recorder.end("EVENT0001", ZERO + 9.9, ZERO + 9.0, 0.5)
    assert broken.met.wait(20)
    broken.mended.set()
    clips = made.closed() + made.repaired(tmp_path / "media")
    assert set(all_times(clips)) >= set(tenths(1.0, 9.9))
    for clip in clips:
        assert clip.mask == tuple(sorted(MASK.marks))
        assert leaks(clip.path, MASK) == 0
    assert any("config" in clip.path for clip in clips)
    assert not made.of(Lost) + made.of(ClipFailed)


def test_killed_masked_clip_is_repaired_and_knows_what_is_black(
    bench: Benches, tmp_path: Path
) -> None:
    """The file that a kill leaves, as it is on the disk then."""
    made = bench(MASK)
    made.feed(PACKETS[:40])
    made.begin("EVENT0001", ZERO + 3.5)
    made.feed(PACKETS[40:80])
    opened = made.wait_for(ClipOpened)
    made.settle()
    part = Path(f"{opened.path}.part")
    left = tmp_path / "left" / "test" / part.parent.name / part.name
    left.parent.mkdir(parents=True)
    shutil.copy(part, left)
    clip = recover_file(left)
    assert clip is not None
    assert clip.mask == tuple(sorted(MASK.marks))
    assert times(clip)[:50] == tenths(1.0, 5.9)
    assert leaks(clip.path, MASK) == 0


def test_sound_stays_with_the_pictures_of_masked_clips(bench: Benches) -> None:
    """Also where a zone is added in between: none of it is in both clips."""
    parameters, packets = film(100, gop=10)
    mixed: list[Packet] = sorted(
        (*packets, *sound(10.0)), key=lambda packet: (packet.dts, packet.is_audio)
    )
    cut = mixed.index(packets[47])
    made = bench(OTHER)
    made.recorder.parameters(parameters, SOUND)
    made.feed(mixed[:60])
    made.begin("EVENT0001", ZERO + 1.0)
    made.feed(mixed[60:cut])
    made.settle()
    made.hide(MASK)
    made.feed(mixed[cut:])
    first, second = made.closed()
    assert all_times((first, second)) == tenths(0.0, 9.9)
    heard = [seconds_of_sound(clip) for clip in (first, second)]
    assert heard == pytest.approx([4.7, 5.3], abs=0.3)
    assert first.has_audio
    assert second.has_audio


def seconds_of_sound(clip: ClipClosed) -> float:
    """Return how much sound a clip has."""
    with av.open(clip.path) as container:
        stream = container.streams.audio[0]
        return sum(
            frame.samples / frame.sample_rate for frame in container.decode(stream)
        )


def test_zone_that_the_camera_blacks_out_is_told_at_the_end_of_the_clip(
    bench: Benches,
) -> None:
    """Not if it stopped doing so before; and never of a clip that was cut by a kill."""
    zones = (PrivacyZone("one", STAR, True), PrivacyZone("two", CORNER, True))
    made = bench(privacy=zones)
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:40])
    made.settle()
    # The second one is found to be visible.
    made.hide(OTHER)
    made.feed(PACKETS[40:])
    first, second = made.closed()
    assert set(first.mask) == ONE.marks
    assert set(second.mask) == MASK.marks
    with av.open(first.path) as container:
        assert "mask" not in json.loads(container.metadata["comment"])
    assert leaks(second.path, OTHER) == 0
    # While it grew it could be watched: both were black.
    assert [set(told.mask) for told in made.of(ClipOpened)] == [MASK.marks] * 2


def test_thumbnail_hides_a_zone_that_was_added_before_it_was_made(
    bench: Benches,
) -> None:
    """Of a clip that shows it: nothing is written of it any more."""
    made = bench()
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:47])
    made.settle()
    made.hide(ONE)
    made.feed(PACKETS[47:])
    first, _ = made.closed()
    assert first.mask == ()
    assert leaky(first, ONE) == times(first)
    assert first.thumbnail is not None
    assert is_black(first.thumbnail, ONE)


def test_zone_that_the_camera_showed_for_a_moment_is_not_said_to_be_black(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the camera is believed again when the clip is at its end at last."""
    write, go, reached = Muxer.write, Event(), Event()

    def slow(self: Muxer, packet: Any) -> None:
        if packet.pts == PACKETS[43].pts:
            reached.set()
            assert go.wait(30)
        write(self, packet)

    monkeypatch.setattr(Muxer, "write", slow)
    made = bench(privacy=(PrivacyZone("one", STAR, True),))
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:45])
    assert reached.wait(20)
    made.hide(ONE)
    made.feed(PACKETS[45:60])
    made.hide(NOTHING)
    go.set()
    made.feed(PACKETS[60:])
    first, second, third = made.closed()
    assert first.mask == ()
    assert set(second.mask) == set(third.mask) == ONE.marks
    assert leaks(second.path, ONE) == 0


def test_zone_that_is_removed_from_the_camera_is_not_said_to_be_black(
    bench: Benches,
) -> None:
    """Nobody looks any more whether the camera blacks it out."""
    zones = (PrivacyZone("one", STAR, True), PrivacyZone("two", CORNER, True))
    made = bench(privacy=zones)
    made.feed(PACKETS[:20])
    made.begin("EVENT0001", ZERO + 1.5)
    made.feed(PACKETS[20:40])
    made.recorder.configure(replace(made.config, privacy=zones[1:]))
    made.feed(PACKETS[40:60])
    made.recorder.configure(made.config)
    made.feed(PACKETS[60:])
    (clip,) = made.closed()
    assert set(clip.mask) == OTHER.marks


def test_raw_packets_and_pictures_are_refused_by_what_writes(
    bench: Benches, tmp_path: Path
) -> None:
    """Also where nobody checked the types."""
    parameters, packets = film(100, gop=10)
    raw: Any = packets[0]
    with pytest.raises(TypeError):
        Muxer(str(tmp_path / "a.mp4"), "mp4", raw, parameters, None, options={})
    assert not list(tmp_path.iterdir())
    clip = bench(MASK)
    clip.feed(PACKETS[:30])
    clip.begin("EVENT0001", ZERO + 1.5)
    (closed,) = clip.closed()
    frame: Any = pictures(closed.path)[0]
    with pytest.raises(TypeError):
        jpeg(frame)


def test_other_parameters_of_a_masked_stream_start_another_clip(bench: Benches) -> None:
    """Each is masked at its own size."""
    made = bench(MASK)
    parameters, small = film(40, gop=10, width=160, height=90)
    made.feed(PACKETS[:40])
    made.begin("EVENT0001", ZERO + 2.5)
    made.recorder.parameters(parameters, None)
    made.ring.clear()
    shift = 4 * TIME_BASE
    made.feed([replace(p, pts=p.pts + shift, dts=p.dts + shift) for p in small])
    first, second = made.closed()
    assert (first.width, second.width) == (192, 160)
    assert len(times(second)) == 40
    assert leaks(second.path, MASK) == 0
