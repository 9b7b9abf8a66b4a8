"""When to push, to wait, and to poll."""

from dataclasses import replace

from custom_components.hearthcam.onvif.events import CameraEvent, EventKind, Rung
from custom_components.hearthcam.onvif.events.ladder import (
    CHECK_INTERVAL,
    GRACE,
    LONG_WAIT,
    LONGEST_HOLD,
    PATIENCE,
    POLL_INTERVAL,
    QUICK_LIMIT,
    RETRY_AFTER,
    SHORT_WAIT,
    EventLadder,
    Plan,
)

EVENT = CameraEvent(EventKind.MOTION, True, topic="Motion", operation="Changed")


def proven() -> EventLadder:
    """Return a ladder whose push has shown one event that was pulled too."""
    ladder = EventLadder()
    ladder.push_began()
    assert not ladder.paired(EVENT, pushed=True, now=0)
    assert ladder.rung is Rung.LONG_POLL
    assert ladder.paired(EVENT, pushed=False, now=0.1)
    return ladder


def is_long(ladder: EventLadder) -> bool:
    """Tell whether it waits for events (mypy takes a property for a constant)."""
    return ladder.rung is Rung.LONG_POLL


def test_long_poll_goes_on_without_a_pause() -> None:
    ladder = EventLadder()
    assert ladder.pulled(0, LONG_WAIT, LONG_WAIT, 0) == Plan(0.0, LONG_WAIT)
    assert ladder.pulled(1, 3.0, LONG_WAIT, 0) == Plan(0.0, LONG_WAIT)
    assert ladder.rung is Rung.LONG_POLL


def test_flood_of_answers_is_slowed_down() -> None:
    assert EventLadder().pulled(5, 0.01, LONG_WAIT, 0).pause > 0


def test_camera_that_does_not_wait_is_polled_and_tried_again_later() -> None:
    ladder = EventLadder()
    for _ in range(QUICK_LIMIT):
        assert is_long(ladder)
        assert ladder.pulled(0, 0.01, LONG_WAIT, 0).pause == POLL_INTERVAL
    assert ladder.rung is Rung.POLL
    assert ladder.pulled(0, 0.01, SHORT_WAIT, 10) == Plan(POLL_INTERVAL, SHORT_WAIT)
    assert ladder.pulled(0, 0.01, SHORT_WAIT, RETRY_AFTER).wait == LONG_WAIT
    assert is_long(ladder)


def test_empty_answers_that_took_their_time_are_no_hurry() -> None:
    ladder = EventLadder()
    for _ in range(QUICK_LIMIT * 3):
        ladder.pulled(0, 0.01, LONG_WAIT, 0)
        ladder.pulled(0, LONG_WAIT, LONG_WAIT, 0)
    assert ladder.rung is Rung.LONG_POLL


def test_camera_that_holds_answers_is_given_time_then_polled_then_given_up() -> None:
    ladder = EventLadder()
    assert ladder.timed_out(0) == Plan(0.0, LONG_WAIT, PATIENCE)
    # That was all it took, and is remembered.
    assert ladder.pulled(0, 60.0, LONG_WAIT, 0) == Plan(0.0, LONG_WAIT, PATIENCE)
    ladder.begin()
    assert ladder.pulled(0, 60.0, LONG_WAIT, 0) == Plan(0.0, LONG_WAIT, PATIENCE)
    for _ in range(LONGEST_HOLD):
        assert ladder.timed_out(0) == Plan(POLL_INTERVAL, SHORT_WAIT)
        assert ladder.rung is Rung.POLL
    assert ladder.timed_out(0) is None


def test_patience_that_was_not_needed_is_not_kept() -> None:
    for is_new in (True, False):
        ladder = EventLadder()
        ladder.timed_out(0)
        if is_new:
            ladder.begin()
        else:
            ladder.pulled(0, LONG_WAIT, LONG_WAIT, 0)
        assert ladder.pulled(1, 3.0, LONG_WAIT, 0) == Plan(0.0, LONG_WAIT)


def test_push_proves_itself_against_the_pull_point() -> None:
    ladder = proven()
    assert ladder.rung is Rung.PUSH
    assert ladder.pulled(1, 0.1, LONG_WAIT, 1) == Plan(CHECK_INTERVAL, SHORT_WAIT)


def test_states_at_the_beginning_prove_nothing() -> None:
    ladder = EventLadder()
    ladder.push_began()
    event = replace(EVENT, operation="Initialized")
    assert not ladder.paired(event, pushed=True, now=0)
    assert not ladder.paired(event, pushed=False, now=0)
    assert ladder.rung is Rung.LONG_POLL


def test_old_events_are_not_the_same_events() -> None:
    ladder = EventLadder()
    assert not ladder.paired(EVENT, pushed=True, now=0)
    assert not ladder.paired(EVENT, pushed=False, now=1000)


def test_silent_push_is_given_up_and_has_to_prove_more() -> None:
    ladder = proven()
    missed = replace(EVENT, active=False)
    assert not ladder.paired(missed, pushed=False, now=12)
    # It may be on its way.
    assert ladder.pulled(1, 0.1, 0, 12) == Plan(GRACE, SHORT_WAIT)
    assert ladder.rung is Rung.PUSH
    ladder.pulled(0, 0.1, 0, 12 + GRACE)
    assert is_long(ladder)
    assert ladder.missed == 1
    for number in range(4):
        assert is_long(ladder)
        ladder.paired(EVENT, pushed=True, now=100 + number)
        assert ladder.paired(EVENT, pushed=False, now=100 + number)
    assert ladder.rung is Rung.PUSH


def test_push_that_is_a_little_late_is_no_miss() -> None:
    ladder = proven()
    assert not ladder.paired(EVENT, pushed=False, now=12)
    assert ladder.paired(EVENT, pushed=True, now=14)
    ladder.pulled(0, 0.1, 0, 18)
    assert ladder.rung is Rung.PUSH


def test_end_of_push_is_a_step_down() -> None:
    ladder = proven()
    ladder.push_ended()
    assert ladder.rung is Rung.LONG_POLL
