"""What of the main stream came is told in spans, up to the last picture."""

from dataclasses import replace
import itertools
from pathlib import Path
import time

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.engine.camera import Camera
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.coverage import SILENCE, Coverage
from custom_components.hearthcam.engine.feed import Feed
from custom_components.hearthcam.engine.ids import new_id
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.protocol import (
    ConfigureCamera,
    Covered,
    Mode,
    Profile,
    Report,
    StreamSource,
    StreamState,
    StreamStatus,
)
from custom_components.hearthcam.engine.session import Reason
from tests.engine.motion.drawn import EPOCH, encode, pictures
from tests.unhidden import UNHIDDEN

T0 = 1_700_000_000.0
FRAME = TIME_BASE // 10


def picture(seconds: float, *, duration: int = FRAME, audio: bool = False) -> Packet:
    """Return a packet of so many seconds after `T0`."""
    pts = int((T0 + seconds) * TIME_BASE)
    return Packet(b"", pts, pts, duration, is_keyframe=True, is_audio=audio)


class Told:
    """A coverage, and what it tells."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.reports: list[Report] = []
        self.coverage = Coverage("front_door", self.reports.append)

    def feed(self, *seconds: float, recorded: bool = False) -> None:
        """Have pictures come."""
        for each in seconds:
            self.coverage.packet(picture(each), recorded)

    @property
    def spans(self) -> list[tuple[float, float, bool]]:
        """Return the spans told of, in seconds after `T0`."""
        return [
            (round(span.start - T0, 3), round(span.end - T0, 3), span.recorded)
            for span in self.reports
            if isinstance(span, Covered)
        ]


def test_spans_follow_each_other() -> None:
    told = Told()
    told.feed(0, 1, 2)
    told.coverage.flush()
    told.coverage.flush()
    told.feed(3, 4)
    told.coverage.flush()
    assert told.spans == [(0, 2, False), (2, 4, False)]


def test_recording_that_begins_and_ends_cuts_the_span() -> None:
    told = Told()
    told.feed(0, 1)
    told.feed(2, 3, recorded=True)
    told.feed(4)
    told.coverage.interrupted()
    assert told.spans == [(0, 2, False), (2, 4, True), (4, 4.1, False)]


def test_a_stream_that_is_lost_ends_with_its_last_picture() -> None:
    told = Told()
    told.feed(0, 1)
    told.coverage.interrupted()
    told.coverage.interrupted()
    told.coverage.flush()
    told.feed(60, 61)
    told.coverage.flush()
    assert told.spans == [(0, 1.1, False), (60, 61, False)]


def test_silence_within_a_connection_is_a_gap() -> None:
    told = Told()
    told.feed(0, 2.5, 5, 5 + SILENCE / TIME_BASE + 0.1, 9)
    told.coverage.flush()
    assert told.spans == [(0, 5.1, False), (8.1, 9, False)]


def test_sound_alone_is_no_picture() -> None:
    told = Told()
    for second in range(20):
        told.coverage.packet(picture(second, audio=True), recorded=False)
    told.coverage.flush()
    assert told.spans == []


def test_a_last_picture_counts_for_a_second_at_most() -> None:
    told = Told()
    told.coverage.packet(picture(0), recorded=False)
    told.coverage.packet(picture(1, duration=-5), recorded=False)
    told.coverage.interrupted()
    told.coverage.packet(picture(10), recorded=False)
    told.coverage.packet(picture(11, duration=3600 * TIME_BASE), recorded=False)
    told.coverage.interrupted()
    assert told.spans == [(0, 1, False), (10, 12, False)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("picture", "recorded", "b-frame", "flush", "lost")),
            st.integers(0, 45),
        ),
        max_size=40,
    )
)
def test_spans_are_in_order_and_hold_every_picture(
    happenings: list[tuple[str, int]],
) -> None:
    told = Told()
    now = 0.0
    seen: list[float] = []
    for what, tenths in happenings:
        match what:
            case "picture" | "recorded" | "b-frame":
                now += tenths / 10
                at = now - 0.2 if what == "b-frame" and tenths > 3 else now
                seen.append(at)
                told.feed(at, recorded=what == "recorded")
            case "flush":
                told.coverage.flush()
            case "lost":
                told.coverage.interrupted()
                now += 0.2 + tenths / 10
    told.coverage.interrupted()
    for start, end, _ in told.spans:
        assert start < end
    for before, after in itertools.pairwise(told.spans):
        assert before[1] <= after[0] + 1e-6
    for at in seen:
        # To the millisecond, as they were rounded above.
        assert any(start - 2e-3 <= at <= end + 2e-3 for start, end, _ in told.spans)


def test_a_packet_costs_next_to_nothing() -> None:
    told = Told()
    packets = [picture(number / 10) for number in range(20_000)]
    begun = time.process_time()
    for packet in packets:
        told.coverage.packet(packet, recorded=False)
    # 30 cameras of 30 frames a second: under half a percent of a core here; ten
    # times that is allowed for slow machines.
    assert (time.process_time() - begun) / len(packets) < 50e-6


def test_camera_tells_what_came_and_what_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test is the stream.
    monkeypatch.setattr(Feed, "start", lambda self: None)
    parameters, packets = encode(pictures(8, fps=10))
    reports: list[Report] = []
    source = StreamSource("rtsp://127.0.0.1:1/nothing")
    config = ConfigureCamera("test", "Test", str(tmp_path / "test"), source, **UNHIDDEN)
    camera = Camera(config, reports.append, Clock())
    try:
        camera.stream_opened(Profile.MAIN, parameters, None)
        for number, packet in enumerate(packets):
            camera.stream_packet(Profile.MAIN, packet)
            if number == 20:
                camera.tick()
            if number == 30:
                camera.recorder.begin(Reason(new_id(EPOCH), "motion", EPOCH + 3.0))
            if number == 60:
                camera.set_mode(Mode.DETECT)
        camera.stream_state(Profile.MAIN, StreamStatus.OFFLINE, None, None)
        camera.stream_packet(Profile.MAIN, replace(packets[0], pts=packets[-1].pts + 9))
        camera.configure(replace(config, main=StreamSource("rtsp://127.0.0.1:2/other")))
    finally:
        camera.close()
    spans = [report for report in reports if isinstance(report, Covered)]
    assert [(round(span.end - EPOCH, 1), span.recorded) for span in spans[:4]] == [
        *((2.0, False), (3.1, False), (6.1, True), (8.0, False)),
    ]
    assert spans[0].start == EPOCH
    for before, after in itertools.pairwise(spans[:4]):
        assert before.end == after.start
    # Told before the stream is: what is missing begins at its last picture.
    state = next(report for report in reports if isinstance(report, StreamState))
    assert reports.index(spans[3]) < reports.index(state)
