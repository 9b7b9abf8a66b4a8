"""What is news, and what ends by itself."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, strategies as st

from custom_components.hearthcam.onvif.events import (
    CameraEvent,
    EventKind,
    StickyWatchdog,
    WatchdogSettings,
)
from custom_components.hearthcam.onvif.events.tracker import MAX_STATES, EventTracker
from custom_components.hearthcam.onvif.events.unknown import MAX_TOPICS, UnknownTopics

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GATE = (("Source", "gate"),)
YARD = (("Source", "yard"),)
ON = CameraEvent(
    EventKind.MOTION, True, NOON, "gate", "Motion", "Changed", source_items=GATE
)
OFF = replace(ON, active=False, time=NOON.replace(minute=1))
LATER = 1000.0


def tracker(sticky: float = 60.0) -> EventTracker:
    """Return a tracker that subscribed long ago."""
    return EventTracker(StickyWatchdog(WatchdogSettings(sticky, 5.0)))


def test_state_is_news_when_it_changes() -> None:
    found = tracker()
    assert found.take(ON, 0) == [ON]
    assert found.take(replace(ON, time=None), 1) == []
    assert found.active_kinds == {EventKind.MOTION}
    assert found.take(OFF, 2) == [OFF]
    assert found.take(replace(OFF, time=None), 3) == []
    assert not found.active


def test_first_word_on_a_state_is_news() -> None:
    assert tracker().take(OFF, 0) == [OFF]


def test_sources_are_apart_and_one_kind_is_active_while_any_is() -> None:
    found = tracker()
    other = replace(ON, source="yard", source_items=YARD)
    assert found.take(ON, 0)
    assert found.take(other, 0)
    assert found.take(OFF, 1) == [OFF]
    assert found.active == (other,)


def test_end_without_a_source_ends_all_sources_of_its_topic() -> None:
    found = tracker()
    found.take(ON, 0)
    found.take(replace(ON, source_items=YARD), 0)
    ends = found.take(replace(OFF, source_items=(), source=""), 1)
    assert [end.source_items for end in ends] == [GATE, YARD]
    assert not found.active
    assert found.take(replace(OFF, source_items=(), source="", time=None), 2) == []


def test_end_with_a_source_ends_what_began_without() -> None:
    found = tracker()
    found.take(replace(ON, source_items=()), 0)
    assert len(found.take(OFF, 1)) == 1
    assert not found.active


def test_implied_end_is_news_only_for_what_goes_on() -> None:
    found = tracker()
    implied = replace(OFF, is_implied=True)
    assert found.take(implied, 0) == []
    found.take(ON, 1)
    assert len(found.take(implied, 2)) == 1


def test_old_events_of_a_new_subscription_are_no_news() -> None:
    found = tracker()
    found.take(ON, 0)
    found.take(OFF, 1)
    found.subscribed(LATER)
    assert found.take(ON, LATER + 1) == []
    assert found.take(OFF, LATER + 1) == []
    assert found.duplicates == 2
    # The same again much later: a camera without a clock.
    assert found.take(ON, LATER + 60) == [ON]


def test_moments_repeat_and_end() -> None:
    found = tracker()
    moment = replace(ON, kind=EventKind.LINE_CROSSING, active=None)
    assert found.take(moment, 0) == [moment]
    again = replace(moment, time=NOON.replace(second=3))
    assert found.take(again, 3) == [again]
    assert found.due(6) == []
    (end,) = found.due(8)
    assert (end.kind, end.active, end.time) == (EventKind.LINE_CROSSING, False, None)
    assert found.ended_by_watchdog == 0


def test_sticking_state_is_ended_and_stays_ended_until_something_happens() -> None:
    found = tracker()
    found.take(ON, 0)
    assert found.due(59) == []
    (end,) = found.due(60)
    assert (end.active, end.source_items) == (False, GATE)
    assert found.ended_by_watchdog == 1
    assert found.take(replace(ON, operation="Initialized"), 61) == []
    assert found.take(replace(ON, time=None), 62)


def test_what_lasts_is_not_ended() -> None:
    found = tracker()
    for kind in (EventKind.PACKAGE, EventKind.DIGITAL_INPUT, EventKind.TAMPER):
        found.take(replace(ON, kind=kind), 0)
    assert found.watchdog.next_deadline is None
    never = tracker(sticky=0)
    never.take(ON, 0)
    assert never.due(1e9) == []


def test_states_are_bounded_and_those_that_go_on_are_kept() -> None:
    found = tracker()
    found.take(ON, 0)
    for number in range(MAX_STATES * 2):
        items = (("Source", str(number)),)
        found.take(replace(OFF, source_items=items), 0)
    assert len(found._states) == MAX_STATES
    assert found.active == (ON,)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([True, False, None]),
            st.sampled_from(["Initialized", "Changed", "Deleted", None]),
            st.sampled_from([(), GATE, YARD]),
            st.booleans(),
            st.floats(0, 30),
        ),
        max_size=40,
    )
)
def test_every_beginning_has_an_end(
    steps: list[
        tuple[bool | None, str | None, tuple[tuple[str, str], ...], bool, float]
    ],
) -> None:
    found = tracker()
    on: set[object] = set()
    now = 0.0

    def note(events: list[CameraEvent]) -> None:
        for event in events:
            (on.discard if event.active is False else on.add)(event.key)

    for active, operation, items, moment, passed in steps:
        now += passed
        note(found.due(now))
        kind = EventKind.LINE_CROSSING if moment else EventKind.MOTION
        event = replace(
            ON,
            active=active,
            operation=operation,
            source_items=items,
            kind=kind,
            time=None,
        )
        note(found.take(event, now))
        assert {event.key for event in found.active} == on
    note(found.due(now + 61))
    assert not on
    assert not found.active


def test_unknown_topics_are_bounded() -> None:
    unknown = UnknownTopics()
    for number in range(MAX_TOPICS + 10):
        unknown.add(CameraEvent(EventKind.UNKNOWN, None, topic=f"t{number}"))
    assert len(unknown.all) == MAX_TOPICS
    assert unknown.dropped == 10
    unknown.add(CameraEvent(EventKind.UNKNOWN, None, topic="t0"))
    assert unknown.all[0].count == 2
