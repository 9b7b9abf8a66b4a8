"""Whatever comes: an event, or an error of our own, within bounds."""

from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif.errors import OnvifError
from custom_components.hearthcam.onvif.events import (
    EventKind,
    parse_notifications,
    parse_properties,
)
from custom_components.hearthcam.onvif.events.classify import rule_kind, topic_kind
from custom_components.hearthcam.onvif.events.times import duration, moment
from custom_components.hearthcam.onvif.events.words import state, topic_path, words
from tests.onvif.fuzz import run
from tests.onvif.fuzz_inputs import corpus, mutated

from .payloads import notification, pulled

COUNT = 400
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60)
PAIRS = st.none() | st.lists(
    st.tuples(
        TEXT | st.sampled_from(["State", "IsPeople", "ClassTypes", "Rule", "ObjectId"]),
        TEXT | st.sampled_from(["true", "0", "", "Human Animal", "inactive"]),
    ),
    max_size=6,
)
TOPICS = TEXT | st.lists(
    st.sampled_from(
        ["tns1:RuleEngine", "tnsx:Motion", "PeopleDetect", ".", "", "IVA", "//."]
    )
).map("/".join)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_parsed(data: bytes) -> None:
    for parser in (parse_notifications, parse_properties):
        with pytest.raises(OnvifError):
            # Random bytes never are an answer.
            parser(data)


@given(
    topic=TOPICS,
    data=PAIRS,
    source=PAIRS,
    operation=st.none() | TEXT | st.sampled_from(["Initialized", "deleted"]),
    utc=st.none() | TEXT | st.sampled_from(["0000-00-00T00:00:00Z"]),
    message=st.booleans(),
)
def test_any_notification_is_understood(
    topic: str,
    data: list[tuple[str, str]] | None,
    source: list[tuple[str, str]] | None,
    operation: str | None,
    utc: str | None,
    message: bool,
) -> None:
    events = parse_notifications(
        pulled(notification(topic, data, source, operation, utc, message=message))
    )
    assert len(events) <= len(EventKind)
    assert len({event.kind for event in events}) == len(events)
    for event in events:
        assert event.topic == topic_path(event.topic)
        assert event.operation in (None, "Initialized", "Changed", "Deleted")
        assert event.operation != "Deleted" or event.active is False
        assert not event.is_implied or event.active is False
        hash(event)


@given(TEXT)
def test_words_of_any_name_are_found(name: str) -> None:
    assert words(name) == words(name).strip()
    assert topic_path(topic_path(name)) == topic_path(name)
    assert state(name) in (None, True, False)
    assert topic_kind(name) in EventKind
    assert rule_kind(name) in EventKind
    moment(name)


@given(st.floats(0, 1e6))
def test_durations_are_whole_seconds(seconds: float) -> None:
    assert duration(seconds) == f"PT{round(seconds)}S"


@pytest.mark.parametrize("with_recordings", [False, True])
def test_mutated_messages_stay_within_their_bounds(
    request: pytest.FixtureRequest, with_recordings: bool
) -> None:
    shared: Path | None = None
    if with_recordings:
        shared = request.getfixturevalue("shared")
    result = run(7, range(COUNT), corpus(shared))
    assert result.inputs == COUNT
    assert not result.failures
    assert result.parsed["parse_notifications"] > COUNT // 5


def test_mutations_are_the_same_each_time() -> None:
    messages = corpus(None)
    assert mutated(3, 5, messages) == mutated(3, 5, messages)
    assert mutated(3, 5, messages) != mutated(3, 6, messages)
