"""From observations to motions."""

from hypothesis import given, strategies as st
import numpy as np

from custom_components.hearthcam.engine.motion import (
    EventTracker,
    MotionBegan,
    MotionEvent,
    MotionOver,
    Observation,
)
from custom_components.hearthcam.engine.protocol import Reason

_NONE = np.zeros((1, 1), dtype=np.float32)


def _seen(time: float, *, moving: bool, since: float | None = None) -> Observation:
    began = time if since is None else since
    return Observation(time, moving, moving, began, time % 1.0, (), _NONE)


def test_a_motion_starts_where_it_was_first_seen_and_ends_with_its_last_picture() -> (
    None
):
    tracker = EventTracker(hold=2.0)
    assert tracker.feed(_seen(9.5, moving=False)) == []
    assert tracker.feed(_seen(10.25, moving=True, since=9.75)) == [
        MotionBegan(9.75, 0.25, (), Reason(0.0, 0.0, 0.5))
    ]
    assert tracker.feed(_seen(10.5, moving=True)) == []
    assert tracker.feed(_seen(12.5, moving=False)) == []
    assert tracker.feed(_seen(12.6, moving=False)) == [
        MotionOver(9.75, 10.5, 10.5, 0.5, Reason(0.0, 0.0, 0.75))
    ]
    assert not tracker.is_open


def test_a_pause_shorter_than_the_hold_does_not_end_a_motion() -> None:
    tracker = EventTracker(hold=2.0)
    assert len(tracker.feed(_seen(1.0, moving=True))) == 1
    assert tracker.feed(_seen(2.9, moving=False)) == []
    assert tracker.feed(_seen(3.0, moving=True)) == []


def test_a_gap_in_the_stream_ends_a_motion() -> None:
    tracker = EventTracker(hold=2.0)
    tracker.feed(_seen(1.0, moving=True))
    events = tracker.feed(_seen(60.0, moving=True))
    assert [type(event) for event in events] == [MotionOver, MotionBegan]


@given(st.lists(st.tuples(st.floats(0.01, 4.0), st.booleans(), st.floats(0.0, 3.0))))
def test_starts_and_ends_alternate_and_never_overlap(
    steps: list[tuple[float, bool, float]],
) -> None:
    tracker, time = EventTracker(hold=2.0), 100.0
    events: list[MotionEvent] = []
    for step, moving, back in steps:
        time += step
        events += tracker.feed(_seen(time, moving=moving, since=time - back))
    events += tracker.finish()
    kinds = [type(event) for event in events]
    assert kinds == [MotionBegan, MotionOver] * (len(events) // 2)
    last = float("-inf")
    for began, over in zip(events[::2], events[1::2], strict=True):
        assert isinstance(began, MotionBegan)
        assert isinstance(over, MotionOver)
        assert last <= began.time == over.start <= over.end
        assert over.start <= over.peak <= over.end
        last = over.end
