"""What a camera reports, through the engine's parts: clips, classes, the detector."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Condition
import time
from typing import Any

import pytest

from custom_components.hearthcam.engine.camera import Camera
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.feed import Feed
from custom_components.hearthcam.engine.ladder import Ladder, Rung
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import (
    CameraSaw,
    CameraStats,
    ClipClosed,
    ConfigureCamera,
    Mode,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    Point,
    Profile,
    Rejected,
    Report,
    SetZones,
    StreamSource,
    Zone,
    ZoneKind,
)
from custom_components.hearthcam.engine.seen import HOLD
from tests.engine.motion.drawn import EPOCH, Walker, encode, pictures
from tests.unhidden import UNHIDDEN

from .conftest import configuration, simulated
from .process import EngineProcess

type Stream = tuple[VideoParameters, list[Packet]]
type Motion = MotionStarted | MotionUpdated | MotionEnded


@pytest.fixture(scope="module")
def street() -> Stream:
    """Return 40 s in which somebody walks by from 20 s to 24 s."""
    return encode(pictures(40, fps=10, walkers=[Walker(20.0, 24.0)]))


@pytest.fixture(scope="module")
def nothing() -> Stream:
    """Return 40 s without anybody."""
    return encode(pictures(40, fps=10))


class Watched:
    """A camera in the engine whose stream and clock are the test's."""

    def __init__(self, folder: Path, stream: Stream, **changes: Any) -> None:
        """Add it."""
        self.time = EPOCH
        self.reports: list[Report] = []
        self._changed = Condition()
        self._packets = list(stream[1])
        config = ConfigureCamera(
            "test",
            "Test",
            str(folder / "test"),
            StreamSource("rtsp://127.0.0.1:1/nothing"),
            pre_roll=3.0,
            post_roll=2.0,
            sync=False,
            **UNHIDDEN,
        )
        self.config = config.__replace__(**changes)
        self.camera = Camera(
            self.config, self._report, Clock(lambda: EPOCH, lambda: self.time - EPOCH)
        )
        self.camera.stream_opened(Profile.MAIN, stream[0], None)

    def _report(self, report: Report) -> None:
        with self._changed:
            self.reports.append(report)
            self._changed.notify_all()

    def play(self, until: float) -> None:
        """Let the stream come up to a time (s), and what is due each second be done."""
        while self._packets and self._packets[0].time < EPOCH + until:
            packet = self._packets.pop(0)
            if int(packet.time) > int(self.time):
                self.camera.look_after()
                self.camera.tick()
            self.time = packet.time
            self.camera.stream_packet(Profile.MAIN, packet)
        self.time = EPOCH + until
        self.camera.look_after()

    def says(self, kind: str, at: float, active: bool | None = True) -> None:
        """Let the camera report something of a time (s)."""
        self.camera.saw(CameraSaw("test", kind, active, EPOCH + at))

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what comes of other threads."""
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.reports
            with self._changed:
                self._changed.wait(0.02)

    def of[R](self, kind: type[R]) -> list[R]:
        """Return the reports of a kind."""
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def motions(self) -> list[Motion]:
        """What was told of motions."""
        return [
            report
            for report in self.reports
            if isinstance(report, MotionStarted | MotionUpdated | MotionEnded)
        ]

    def clips(self) -> list[ClipClosed]:
        """Close all and return the clips."""
        self.camera.close()
        return self.of(ClipClosed)


@pytest.fixture
def watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Watched]]:
    """Return what adds a camera."""
    monkeypatch.setattr(Feed, "start", lambda self: None)
    added: list[Watched] = []

    def add(stream: Stream, **changes: Any) -> Watched:
        added.append(Watched(tmp_path, stream, **changes))
        return added[-1]

    yield add
    for watched in added:
        watched.camera.close()


def test_clip_begins_before_what_the_camera_saw_however_late_it_tells(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing)
    watched.play(20.0)
    watched.says("person", 17.0)
    watched.play(22.0)
    watched.says("person", 21.5, active=False)
    watched.play(30.0)
    (clip,) = watched.clips()
    assert (clip.kind, clip.event_start) == ("person", EPOCH + 17.0)
    # From the keyframe before the pre-roll up to the post-roll, or a moment longer.
    assert EPOCH + 12.0 <= clip.start <= EPOCH + 14.0
    assert EPOCH + 23.5 <= clip.end <= EPOCH + 24.5 + HOLD
    begun, over = watched.motions
    assert isinstance(begun, MotionStarted)
    assert isinstance(over, MotionEnded)
    assert (begun.kind, begun.time) == ("person", EPOCH + 17.0)
    assert (over.event_id, over.end) == (begun.event_id, EPOCH + 21.5)
    assert clip.event_id == begun.event_id


def test_times_that_no_picture_is_of_are_brought_into_the_ring(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing)
    watched.play(20.0)
    watched.says("person", -5000.0)
    watched.says("doorbell", 5000.0)
    early, late = watched.of(MotionStarted)
    assert EPOCH < early.time <= EPOCH + 17.0
    assert late.time == EPOCH + 20.0


def test_what_both_see_is_one_event_and_one_clip_of_the_cameras_class(
    watch: Callable[..., Watched], street: Stream
) -> None:
    watched = watch(street)
    watched.play(22.5)
    watched.until(lambda: bool(watched.of(MotionStarted)))
    watched.says("person", 21.0)
    watched.play(26.0)
    watched.says("person", 25.0, active=False)
    watched.play(39.9)
    watched.until(lambda: bool(watched.of(MotionEnded)))
    (begun,), (over,) = watched.of(MotionStarted), watched.of(MotionEnded)
    assert begun.kind == "motion"
    assert over.kind == "person"
    assert begun.time == pytest.approx(EPOCH + 20.0, abs=0.7)
    assert over.end == EPOCH + 25.0
    assert {report.event_id for report in watched.motions} == {begun.event_id}
    (clip,) = watched.clips()
    assert (clip.kind, clip.event_id) == ("person", begun.event_id)
    assert clip.start <= EPOCH + 17.7


def test_only_chosen_classes_are_recorded_and_all_are_told(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing, record_classes=("person",))
    watched.play(15.0)
    watched.says("vehicle", 14.0, None)
    watched.play(22.0)
    watched.play(25.0)
    watched.says("person", 24.5, None)
    watched.play(35.0)
    assert [begun.kind for begun in watched.of(MotionStarted)] == ["vehicle", "person"]
    assert [clip.kind for clip in watched.clips()] == ["person"]


def test_vehicle_that_turns_out_to_bring_a_person_is_recorded_from_its_start(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing, record_classes=("person",))
    watched.play(15.0)
    watched.says("vehicle", 14.0)
    watched.play(24.0)
    watched.says("person", 23.5)
    watched.play(30.0)
    (clip,) = watched.clips()
    assert clip.kind == "person"
    assert clip.start <= EPOCH + 11.0


def test_detection_alone_tells_and_records_nothing(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing, mode=Mode.DETECT)
    watched.play(15.0)
    watched.says("person", 14.0, None)
    watched.play(25.0)
    assert [report.kind for report in watched.motions] == ["person", "person"]
    assert watched.clips() == []


def test_nothing_is_told_in_mode_off_and_arming_meets_who_is_there(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing, mode=Mode.OFF)
    watched.play(15.0)
    watched.says("person", 14.0)
    assert watched.motions == []
    watched.camera.set_mode(Mode.RECORD)
    (begun,) = watched.of(MotionStarted)
    assert (begun.kind, begun.time) == ("person", EPOCH + 15.0)
    watched.play(20.0)
    assert [clip.kind for clip in watched.clips()] == ["person"]


def test_doorbell_during_a_motion_is_recorded_beside_it_in_spite_of_zones(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing, record_zones=("door",))
    watched.play(15.0)
    watched.says("person", 14.0)
    watched.play(16.0)
    watched.says("doorbell", 15.5, None)
    watched.play(30.0)
    watched.says("person", 29.0, active=False)
    watched.play(30.0 + HOLD)
    assert [begun.kind for begun in watched.of(MotionStarted)] == ["person", "doorbell"]
    (clip,) = watched.clips()
    assert (clip.kind, clip.event_start) == ("doorbell", EPOCH + 15.5)


def test_plain_motion_of_the_camera_waits_for_the_detector_where_there_are_zones(
    watch: Callable[..., Watched], nothing: Stream
) -> None:
    watched = watch(nothing)
    left = (Point(0, 0), Point(0.1, 0), Point(0.1, 0.1))
    zone = Zone("Z", ZoneKind.IGNORE, left)
    watched.camera.analyst.order(SetZones("test", (zone,)))
    watched.play(15.0)
    watched.until(lambda: bool(watched.camera.analyst.zones))
    watched.says("motion", 14.0)
    assert watched.motions == []
    watched.says("vehicle", 14.5)
    assert [begun.kind for begun in watched.of(MotionStarted)] == ["vehicle"]


def test_what_the_camera_saw_wakes_the_detector(nothing: Stream) -> None:
    ladder = Ladder(NOTHING)
    ladder.set_parameters(nothing[0])
    packets = iter(nothing[1])
    for packet in packets:
        ladder.feed(packet)
        if packet.time > EPOCH + 25.0 and ladder.rung is Rung.REST:
            break
    rungs = [ladder.rung]
    ladder.sight.rouse()
    for packet in packets:
        ladder.feed(packet)
        rungs.append(ladder.rung)
    # For as long as it takes to see that there is nothing.
    assert (rungs[0], rungs[1], rungs[-1]) == (Rung.REST, Rung.FULL, Rung.REST)
    assert 20 <= rungs.count(Rung.FULL) <= 80


def test_real_engine_records_what_a_real_stream_showed_when_the_camera_saw_it(
    tmp_path: Path,
) -> None:
    with simulated() as simulator, EngineProcess() as engine:
        engine.send(
            configuration(
                simulator.cameras[0],
                str(tmp_path / "test"),
                pre_roll=1.0,
                post_roll=0.5,
                sync=False,
            )
        )
        engine.wait_for(CameraStats, lambda stats: stats.ring_seconds > 2.5)
        engine.send(CameraSaw("test", "ghost", True, time.time()))
        assert engine.wait_for(Rejected).reason == "kind"
        saw = time.time() - 0.5
        engine.send(CameraSaw("test", "package", True, saw))
        engine.send(CameraSaw("test", "package", False, saw))
        clip = engine.wait_for(ClipClosed, lambda clip: clip.kind == "package")
        assert clip.event_start == pytest.approx(saw, abs=0.1)
        assert clip.start <= saw - 1.0
