"""What of a camera's events the engine is told, and as of when."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from custom_components.hearthcam.camera_control import CameraControl
from custom_components.hearthcam.const import CONF_MAC, CONF_SERIAL
from custom_components.hearthcam.engine.protocol import APART, CameraSaw
from custom_components.hearthcam.engine.seen import CLASSES as ENGINE_CLASSES
from custom_components.hearthcam.onvif import CameraDescription, MediaProfile
from custom_components.hearthcam.onvif.events import CameraEvent, EventKind
from custom_components.hearthcam.session_identity import is_another_camera
from custom_components.hearthcam.session_look import Looked
from custom_components.hearthcam.session_pace import (
    REFUSALS,
    SessionPace,
    SessionTiming,
)
from custom_components.hearthcam.session_relay import CLASSES, LATEST, EngineRelay

NOW = 1_800_000_000.0


class Relayed:
    """A relay, and what it told."""

    def __init__(self) -> None:
        """Make one."""
        self.told: list[CameraSaw] = []
        self.relay = EngineRelay("front_door", self.told.append, lambda: NOW)

    def take(
        self,
        kind: EventKind,
        active: bool | None,
        at: float | None = NOW,
        offset: float | None = 0.0,
        **more: Any,
    ) -> None:
        """Let the camera report something, ``at`` by its own clock."""
        time = None if at is None else datetime.fromtimestamp(at, UTC)
        self.relay.take(CameraEvent(kind, active, time, **more), offset)

    @property
    def words(self) -> list[tuple[str, bool | None]]:
        """What was told."""
        return [(saw.kind, saw.active) for saw in self.told]


def test_every_class_is_one_that_the_engine_knows() -> None:
    assert set(CLASSES.values()) == {*ENGINE_CLASSES, *APART}


@pytest.mark.parametrize(
    ("at", "offset", "expected"),
    [
        (NOW - 2, 0.0, NOW - 2),
        (NOW + 3600 - 2, 3600.0, NOW - 2),
        (NOW - 3600, -3600.0, NOW),
        # Whole seconds, and a clock that is a little ahead.
        (NOW + 1, 0.5, NOW),
        # Local time told as UTC, and the past.
        (NOW + 7200, 0.0, NOW),
        (NOW - LATEST - 1, 0.0, NOW),
        (None, 0.0, NOW),
        (NOW - 2, None, NOW),
    ],
)
def test_time_is_the_cameras_as_far_as_it_can_be_believed(
    at: float | None, offset: float | None, expected: float
) -> None:
    relayed = Relayed()
    relayed.take(EventKind.PERSON, True, at, offset)
    assert relayed.told == [CameraSaw("front_door", "person", True, expected)]


def test_two_rules_of_one_class_end_with_the_last() -> None:
    relayed = Relayed()
    relayed.take(EventKind.PERSON, True, topic="Left")
    relayed.take(EventKind.FACE, True, topic="Right")
    relayed.take(EventKind.PERSON, False, topic="Left")
    assert relayed.words == [("person", True), ("person", True)]
    relayed.take(EventKind.FACE, False, topic="Right")
    relayed.take(EventKind.FACE, False, topic="Right")
    assert relayed.words[2:] == [("person", False)]


def test_end_that_the_watchdog_made_ends_the_engines_event_too() -> None:
    relayed = Relayed()
    relayed.take(EventKind.MOTION, True, topic="Cell")
    relayed.take(EventKind.MOTION, False, None, topic="Cell")
    assert relayed.words == [("motion", True), ("motion", False)]


def test_what_lasts_for_hours_is_told_as_a_moment() -> None:
    relayed = Relayed()
    for kind in (EventKind.PACKAGE, EventKind.TAMPER):
        relayed.take(kind, True)
        relayed.take(kind, False)
    assert relayed.words == [("package", None), ("motion", None)]


@pytest.mark.parametrize(
    "kind", [EventKind.DIGITAL_INPUT, EventKind.RELAY, EventKind.DAY_NIGHT]
)
def test_states_of_the_camera_are_no_scene(kind: EventKind) -> None:
    relayed = Relayed()
    relayed.take(kind, True)
    relayed.take(kind, False)
    assert relayed.told == []


def test_state_that_was_found_begins_now_and_an_old_ring_not_at_all() -> None:
    relayed = Relayed()
    relayed.take(EventKind.MOTION, True, NOW - 15, operation="Initialized")
    relayed.take(EventKind.DOORBELL, True, NOW - 15, operation="Initialized")
    relayed.take(EventKind.PACKAGE, True, NOW - 15, operation="Initialized")
    assert relayed.told == [CameraSaw("front_door", "motion", True, NOW)]


def test_new_engine_is_told_what_goes_on_and_a_lost_camera_ends_it() -> None:
    relayed = Relayed()
    relayed.take(EventKind.VEHICLE, True, NOW - 9)
    relayed.take(EventKind.PERSON, True, NOW - 9)
    relayed.take(EventKind.PERSON, False, NOW - 8)
    relayed.told.clear()
    relayed.relay.repeat()
    relayed.relay.end_all()
    relayed.relay.end_all()
    assert relayed.told == [
        CameraSaw("front_door", "vehicle", True, NOW),
        CameraSaw("front_door", "vehicle", False, NOW),
    ]


@pytest.mark.parametrize(
    ("main", "expected"),
    [("a1", {"ch2", "vsc3", "vsc1"}), ("b1", {"ch1", "vsc2"}), (None, set())],
)
def test_other_channels_of_a_recorder_are_known_by_their_tokens(
    main: str | None, expected: set[str]
) -> None:
    """One token is used for both."""
    profiles = (
        MediaProfile("a1", "a1", source="ch1", source_configuration="vsc0"),
        MediaProfile("a2", "a2", source="ch1", source_configuration="vsc2"),
        MediaProfile("b1", "b1", source="ch2", source_configuration="vsc3"),
        MediaProfile("b2", "b2", source="ch2", source_configuration="vsc1"),
        MediaProfile("b3", "b3", source="ch2", source_configuration="vsc0"),
        MediaProfile("c1", "c1"),
    )
    looked = Looked(cast(CameraControl, None), profiles)
    assert looked.other_channels(main) == expected


@pytest.mark.parametrize(
    ("mac", "serial", "expected"),
    [
        ("00:00:00:00:00:01", "S1", False),
        ("00:00:00:00:00:02", "S1", False),
        ("00:00:00:00:00:01", "S2", False),
        ("00:00:00:00:00:02", "S2", True),
        ("00:00:00:00:00:02", None, True),
        (None, "S2", True),
        (None, None, False),
    ],
)
def test_another_camera_is_one_that_shares_nothing(
    mac: str | None, serial: str | None, expected: bool
) -> None:
    data = {CONF_MAC: "00:00:00:00:00:01", CONF_SERIAL: "S1"}
    about = CameraDescription(mac=mac, serial=serial)
    assert is_another_camera(about, data) is expected
    assert not is_another_camera(about, {})


def test_silent_camera_is_tried_ever_more_rarely_but_every_few_seconds() -> None:
    pace = SessionPace(SessionTiming())
    delays = []
    for _ in range(6):
        pace.failed("camera_unreachable")
        delays.append(pace.delay(has_events=False, events_refused=False))
    assert delays == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    pace.well()
    assert pace.delay(has_events=True, events_refused=False) == 900.0


def test_refused_logins_become_rare_and_count_in_a_row_only() -> None:
    pace = SessionPace(SessionTiming())
    seen: list[tuple[bool, float]] = []

    def look() -> None:
        delay = pace.delay(has_events=False, events_refused=False)
        seen.append((pace.is_refused, delay))

    for _ in range(REFUSALS):
        pace.failed("camera_login_refused")
        look()
    pace.let_in()
    look()
    assert seen == [(False, 20.0), (False, 20.0), (True, 300.0), (False, 20.0)]
