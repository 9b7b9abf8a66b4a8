"""Continuous recording, recording on request, and cameras that record along."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import av
from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.packet import TIME_BASE, AudioParameters, Packet
from custom_components.hearthcam.engine.policy import Begin, End
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    Mode,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    RecordNow,
)
from custom_components.hearthcam.engine.recording import Common, Recording
from custom_components.hearthcam.engine.session import next_cut
from custom_components.hearthcam.library.layout import clip_path
from tests.unhidden import hiding_nothing

from .recording import ZERO, Bench, tenths, times
from .samples import START, video


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a recorder that knows its stream."""
    made = Bench(tmp_path, segment=4.0)
    made.recorder.parameters(video()[0], None)
    yield made
    made.close()


def test_segments_tile_the_stream_exactly(bench: Bench) -> None:
    """Cut at keyframes; no frame is lost or doubled, and each segment plays alone."""
    bench.recorder.set_continuous(True)
    bench.feed(video(20.0)[1])
    clips = bench.closed()
    assert [moment for clip in clips for moment in times(clip)] == tenths(0.0, 19.9)
    assert len(clips) in (5, 6)
    assert {clip.kind for clip in clips} == {"continuous"}
    assert len({clip.event_id for clip in clips}) == len(clips)


@pytest.mark.parametrize("sample", [{"codec": "hevc"}, {"b_frames": 2}])
def test_segments_tile_any_stream(tmp_path: Path, sample: dict[str, Any]) -> None:
    """Also where the order of decoding is not that of showing."""
    bench = Bench(tmp_path, segment=3.0)
    parameters, packets = video(12.0, **sample)
    bench.recorder.parameters(parameters, None)
    bench.recorder.set_continuous(True)
    bench.feed(packets)
    clips = bench.closed()
    assert [moment for clip in clips for moment in times(clip)] == tenths(0.0, 11.9)
    for clip in clips:
        with av.open(clip.path) as container:
            tag = container.streams.video[0].codec_context.codec_tag
        assert tag == ("hvc1" if parameters.codec == "hevc" else "avc1")
    bench.close()


def test_cameras_finish_their_segments_at_different_times() -> None:
    """Sixteen files that are closed at once would be a burst for the disk."""
    cuts = {round(next_cut(f"camera_{n}", ZERO, 300.0)) for n in range(16)}
    assert len(cuts) >= 14
    for cut in cuts:
        assert ZERO < cut <= ZERO + 300


@given(
    start=st.floats(1e9, 3e9),
    segment=st.floats(10.0, 3600.0),
    name=st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True),
)
def test_segment_ends_within_its_length_and_the_next_is_whole(
    start: float, segment: float, name: str
) -> None:
    """However the times lie: at most the first one is short."""
    first = next_cut(name, start, segment)
    assert start < first <= start + segment + 1e-3
    assert next_cut(name, first + 0.01, segment) == pytest.approx(first + segment)


def test_motion_during_continuous_recording_makes_no_second_file(bench: Bench) -> None:
    """It is an event; the segments that it touches carry its zones and score."""
    bench.recorder.set_continuous(True)
    packets = video(20.0)[1]
    bench.feed(packets[:100])
    bench.begin("EVENT0001", ZERO + 9.0, zones={"door"})
    bench.recorder.end("EVENT0001", ZERO + 9.5, ZERO + 9.2, 0.7)
    bench.feed(packets[100:])
    clips = bench.closed()
    assert [moment for clip in clips for moment in times(clip)] == tenths(0.0, 19.9)
    touched = [clip for clip in clips if clip.zones]
    assert touched
    for clip in touched:
        assert (clip.zones, clip.score, clip.kind) == (("door",), 0.7, "continuous")
        assert clip.start <= ZERO + 10.5
        assert clip.end >= ZERO + 9.0


def test_continuous_recording_ends_when_it_is_switched_off(bench: Bench) -> None:
    """The open segment is whole at once; a motion that goes on is still recorded."""
    bench.recorder.set_continuous(True)
    packets = video(20.0)[1]
    bench.feed(packets[:62])
    bench.recorder.set_continuous(False)
    bench.feed(packets[62:100])
    assert not bench.recorder.recording
    clips = bench.closed()
    assert [moment for clip in clips for moment in times(clip)] == tenths(0.0, 6.1)


class Cameras:
    """Two cameras beside each other, fed the same stream."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        """The first takes the second along."""
        self.now = START
        clock = Clock(lambda: self.now / TIME_BASE, lambda: 0.0)
        clock.now = lambda: self.now  # type: ignore[method-assign]  # injected time
        self.benches: dict[str, Bench] = {}
        self.parts: dict[str, Recording] = {}
        common = Common(accompany=lambda name, step: self.parts[name].accompany(step))
        for name, along in (("one", ("two",)), ("two", ())):
            bench = Bench(
                folder,
                camera_id=name,
                directory=str(folder / "media" / name),
                incident=along,
                **changes,
            )
            part = Recording(
                bench.config, bench.ring, bench.report, clock, common, hiding_nothing()
            )
            bench.recorder = part.recorder
            bench.recorder.parameters(video()[0], None)
            self.benches[name], self.parts[name] = bench, part

    def feed(self, packets: tuple[Packet, ...]) -> None:
        """Let packets come from both."""
        for packet in packets:
            self.now = packet.pts
            for bench in self.benches.values():
                bench.feed([packet])

    def saw(self, report: MotionStarted | MotionUpdated | MotionEnded) -> None:
        """Let the first camera see something."""
        part = self.parts["one"]
        part.pass_on(part.saw(report))

    def closed(self, name: str) -> list[ClipClosed]:
        """Return a camera's clips."""
        clips = self.benches[name].closed()
        self.benches[name].close()
        return clips


def started(at: float, *zones: str, kind: str = "motion") -> MotionStarted:
    """Return a motion's begin."""
    return MotionStarted("one", "EVENT0001", ZERO + at, 0.5, zones=zones, kind=kind)


def ended(start: float, end: float, *zones: str, kind: str = "motion") -> MotionEnded:
    """Return its end."""
    return MotionEnded(
        "one", "EVENT0001", ZERO + start, ZERO + end, ZERO + start, 0.8, kind, zones
    )


def test_motion_that_enters_a_chosen_zone_is_recorded_from_its_start(
    tmp_path: Path,
) -> None:
    """Seconds after it began elsewhere; the ring still has them."""
    cameras = Cameras(tmp_path, record_zones=("door",))
    packets = video(20.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0, "street"))
    cameras.feed(packets[60:100])
    assert not cameras.benches["one"].recorder.recording
    assert cameras.parts["one"].undecided == pytest.approx(4.9)
    cameras.saw(
        MotionUpdated("one", "EVENT0001", ZERO + 10, 0.6, zones=("street", "door"))
    )
    cameras.feed(packets[100:120])
    cameras.saw(ended(5.0, 11.5, "street", "door"))
    cameras.feed(packets[120:])
    (clip,) = cameras.closed("one")
    assert times(clip) == tenths(3.0, 12.5)
    assert clip.zones == ("door", "street")
    cameras.closed("two")


@pytest.mark.parametrize(
    ("choice", "recorded"),
    [
        ({}, True),
        ({"record_classes": ("person",)}, True),
        ({"record_classes": ("vehicle",)}, False),
        ({"record_classes": ("person",), "record_zones": ("door",)}, False),
    ],
)
def test_only_chosen_classes_are_recorded(
    tmp_path: Path, choice: dict[str, Any], recorded: bool
) -> None:
    """Also when the class is known only at the end."""
    cameras = Cameras(tmp_path, **choice)
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0, "street"))
    cameras.feed(packets[60:80])
    cameras.saw(ended(5.0, 7.0, "street", kind="person"))
    cameras.feed(packets[80:])
    clips = cameras.closed("one")
    assert [clip.kind for clip in clips] == ["person"] * recorded
    if recorded:
        assert times(clips[0]) == tenths(3.0, 8.0)
    cameras.closed("two")


def test_neighbour_records_along_under_the_same_event(tmp_path: Path) -> None:
    """Its own pre-roll and the whole event."""
    cameras = Cameras(tmp_path)
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0))
    cameras.feed(packets[60:80])
    cameras.saw(ended(5.0, 7.5))
    cameras.feed(packets[80:])
    (own,), (along,) = cameras.closed("one"), cameras.closed("two")
    assert times(own) == times(along) == tenths(3.0, 8.5)
    assert own.event_id == along.event_id
    assert (own.kind, along.kind) == ("motion", "incident")
    assert along.event_start == own.event_start


def test_neighbour_that_is_not_armed_does_not_record_along(tmp_path: Path) -> None:
    """Its own mode is what its owner chose for it."""
    cameras = Cameras(tmp_path)
    cameras.parts["two"].set_mode(Mode.DETECT)
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0))
    cameras.feed(packets[60:])
    assert cameras.closed("one")
    assert not cameras.closed("two")


@pytest.mark.parametrize("mode", list(Mode))
def test_recording_on_request_works_in_every_mode(tmp_path: Path, mode: Mode) -> None:
    """For so long, from so much before."""
    cameras = Cameras(tmp_path)
    part = cameras.parts["one"]
    part.set_mode(mode)
    packets = video(12.0)[1]
    cameras.feed(packets[:50])
    part.record_now(RecordNow("one", "EVENT0009", 3.0, pre_roll=1.0))
    cameras.feed(packets[50:60])
    part.set_mode(Mode.DETECT)
    cameras.feed(packets[60:])
    (clip,) = cameras.closed("one")
    assert (clip.kind, clip.event_id) == ("manual", "EVENT0009")
    assert times(clip) == tenths(3.0, 7.9)
    cameras.closed("two")


def test_recording_on_request_is_extended_and_stopped(tmp_path: Path) -> None:
    """A further request adds to the clip; stopping ends both."""
    cameras = Cameras(tmp_path)
    part = cameras.parts["one"]
    packets = video(20.0)[1]
    cameras.feed(packets[:50])
    part.record_now(RecordNow("one", "EVENT0008", 3.0))
    cameras.feed(packets[50:70])
    part.record_now(RecordNow("one", "EVENT0009", 60.0))
    cameras.feed(packets[70:100])
    part.stop_now()
    cameras.feed(packets[100:])
    (clip,) = cameras.closed("one")
    assert times(clip) == tenths(4.0, 9.9)
    cameras.closed("two")


def test_motion_during_a_request_gets_its_pre_roll_all_the_same(tmp_path: Path) -> None:
    """As a clip of its own, which ends where the other one begins."""
    cameras = Cameras(tmp_path)
    packets = video(20.0)[1]
    cameras.feed(packets[:75])
    cameras.parts["one"].record_now(RecordNow("one", "EVENT0009", 3.0))
    cameras.feed(packets[75:90])
    cameras.saw(started(7.2, "door"))
    cameras.feed(packets[90:100])
    cameras.saw(ended(7.2, 9.5, "door"))
    cameras.feed(packets[100:])
    before, clip = cameras.closed("one")
    assert times(before) == tenths(5.0, 6.9)
    assert times(clip) == tenths(7.0, 10.5)
    assert (before.event_id, clip.event_id) == ("EVENT0001", "EVENT0009")
    assert before.zones == clip.zones == ("door",)
    cameras.closed("two")


def test_leaving_the_mode_ends_what_neighbours_record(tmp_path: Path) -> None:
    """Otherwise they would record until they are told of an end that never comes."""
    cameras = Cameras(tmp_path)
    part = cameras.parts["one"]
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0))
    cameras.feed(packets[60:70])
    part.pass_on(part.set_mode(Mode.OFF))
    cameras.feed(packets[70:])
    (own,), (along,) = cameras.closed("one"), cameras.closed("two")
    assert times(own) == tenths(3.0, 6.9)
    assert times(along) == tenths(3.0, 7.9)


def test_armed_during_a_motion_records_it_from_its_start(tmp_path: Path) -> None:
    """That is what arming is for."""
    cameras = Cameras(tmp_path, mode=Mode.DETECT)
    part = cameras.parts["one"]
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    assert part.saw(started(5.0)) == []
    cameras.feed(packets[60:80])
    (begin,) = part.set_mode(Mode.RECORD)
    assert isinstance(begin, Begin)
    assert isinstance(part.saw(ended(5.0, 8.0))[-1], End)
    cameras.feed(packets[80:])
    (clip,) = cameras.closed("one")
    assert times(clip) == tenths(3.0, 9.0)
    cameras.closed("two")


def test_opened_clip_is_told_of_when_it_can_be_played(bench: Bench) -> None:
    """With the path it will have; its first fragment is on the disk by then."""
    packets = video(8.0)[1]
    bench.feed(packets[:40])
    bench.begin("EVENT0001", ZERO + 3.5)
    opened = bench.wait_for(ClipOpened)
    with av.open(f"{opened.path}.part") as part:
        assert list(part.decode(video=0))
    assert (opened.kind, opened.event_id) == ("motion", "EVENT0001")
    (clip,) = bench.closed()
    assert clip.path == opened.path


def test_other_sound_starts_another_clip(bench: Bench) -> None:
    """One MP4 cannot hold both, and a camera may change its codec."""
    packets = video(8.0)[1]
    bench.feed(packets[:40])
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.recorder.parameters(
        video()[0], AudioParameters("pcm_mulaw", 8000, 1, extradata=b"")
    )
    bench.feed(packets[40:])
    first, second = bench.closed()
    assert times(first) + times(second) == tenths(0.0, 7.9)


@pytest.mark.parametrize("night", [1_774_745_990, 1_792_890_000 - 10])
def test_nights_when_local_time_jumps(tmp_path: Path, night: int) -> None:
    """Names are local times; ids, order and lengths do not care."""
    bench = Bench(tmp_path, segment=10.0, time_zone="Europe/Berlin")
    parameters, packets = video(30.0)
    shift = night * TIME_BASE - START
    moved = [replace(p, pts=p.pts + shift, dts=p.dts + shift) for p in packets]
    bench.recorder.parameters(parameters, None)
    bench.recorder.set_continuous(True)
    bench.feed(moved)
    clips = bench.closed()
    bench.close()
    assert clips[0].start == night
    for one, other in pairwise(clips):
        assert one.clip_id < other.clip_id
        assert one.path != other.path
        assert other.start == pytest.approx(one.end)
    zone = ZoneInfo("Europe/Berlin")
    for clip in clips:
        folder = Path(bench.config.directory)
        assert Path(clip.path) == clip_path(folder, clip.start, zone, clip.clip_id)


def test_sound_is_left_out_from_the_moment_it_is_switched_off(tmp_path: Path) -> None:
    """The open clip ends at the next keyframe; no frame is missing between."""
    bench = Bench(tmp_path)
    parameters, packets = video(8.0)
    sound = [
        Packet(b"\xff" * 800, p.pts, p.dts, TIME_BASE // 10, True, True)
        for p in packets
    ]
    mixed = [each for pair in zip(packets, sound, strict=True) for each in pair]
    bench.recorder.parameters(parameters, AudioParameters("pcm_alaw", 8000, 1, b""))
    bench.feed(mixed[:80])
    bench.begin("EVENT0001", ZERO + 3.0)
    bench.feed(mixed[80:90])
    bench.recorder.configure(replace(bench.config, record_audio=False))
    bench.feed(mixed[90:])
    first, second = bench.closed()
    bench.close()
    assert (first.has_audio, second.has_audio) == (True, False)
    assert times(first) == tenths(1.0, 4.9)
    assert times(second) == tenths(5.0, 7.9)
