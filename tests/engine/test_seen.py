"""What detector and camera both see, as one event."""

import pytest

from custom_components.hearthcam.engine.protocol import (
    CameraSaw,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    Point,
    Report,
    Zone,
    ZoneKind,
)
from custom_components.hearthcam.engine.seen import (
    HOLD,
    LONGEST,
    MOMENT,
    Seen,
    begins_event,
)

NOW = 1_800_000_000.0


class Witnessed:
    """A camera's events, and a clock."""

    def __init__(self, *, enabled: bool = True) -> None:
        """Begin with nothing seen."""
        self.seen = Seen("test", enabled=enabled)
        self.told: list[Report] = []

    def camera(
        self,
        kind: str,
        at: float,
        active: bool | None = True,
        *,
        late: float = 0.0,
        holds: bool = True,
    ) -> None:
        """Let the camera report something, ``late`` s after it was."""
        command = CameraSaw("test", kind, active, NOW + at)
        self.told += self.seen.said(command, NOW + at + late, holds=holds)

    def begins(self, at: float, *zones: str) -> None:
        """Let the detector find something."""
        report = MotionStarted("test", "", NOW + at, 0.7, zones=zones)
        self.told += self.seen.found(report)

    def moves(self, at: float, *zones: str) -> None:
        """Let the detector see it in other zones."""
        self.told += self.seen.found(MotionUpdated("test", "", NOW + at, 0.8, zones))

    def ends(self, start: float, end: float, *zones: str) -> None:
        """Let the detector see it no more."""
        report = MotionEnded(
            "test", "", NOW + start, NOW + end, NOW + end, 0.9, zones=zones
        )
        self.told += self.seen.found(report)

    def pass_to(self, at: float) -> None:
        """Let time pass."""
        self.told += self.seen.expire(NOW + at)

    @property
    def words(self) -> list[tuple[str, str]]:
        """What was told: the kinds of reports, and of events."""
        return [
            (type(report).__name__.removeprefix("Motion"), report.kind)
            for report in self.told
            if isinstance(report, MotionStarted | MotionUpdated | MotionEnded)
        ]

    @property
    def ids(self) -> set[str]:
        """The events that were told of."""
        return {
            report.event_id
            for report in self.told
            if isinstance(report, MotionStarted | MotionUpdated | MotionEnded)
        }


def ended(report: Report) -> MotionEnded:
    """Return an end."""
    assert isinstance(report, MotionEnded)
    return report


def test_person_during_our_motion_is_the_same_event_with_a_class() -> None:
    both = Witnessed()
    both.begins(0, "door")
    both.camera("person", 1)
    both.moves(2, "door", "path")
    both.camera("person", 4, False)
    both.ends(0, 5, "door", "path")
    both.pass_to(10)
    assert both.words == [
        ("Started", "motion"),
        ("Updated", "person"),
        ("Updated", "person"),
        ("Updated", "person"),
        ("Ended", "person"),
    ]
    (event_id,) = both.ids
    assert event_id
    last = ended(both.told[-1])
    assert (last.start, last.end) == (NOW, NOW + 5)
    assert last.zones == ("door", "path")
    assert last.score == pytest.approx(0.9)


def test_zones_of_the_detector_are_told_with_the_new_class() -> None:
    both = Witnessed()
    both.begins(0, "door")
    both.camera("vehicle", 1)
    assert isinstance(both.told[-1], MotionUpdated)
    assert both.told[-1].zones == ("door",)


def test_our_motion_during_the_cameras_event_begins_no_second_one() -> None:
    both = Witnessed()
    both.camera("person", 0)
    both.begins(1, "door")
    both.ends(1, 3, "door")
    both.begins(5, "path")
    both.ends(5, 6, "path")
    both.camera("person", 8, False)
    both.pass_to(8 + HOLD)
    assert both.words[0] == ("Started", "person")
    assert both.words[-1] == ("Ended", "person")
    assert {name for name, _ in both.words[1:-1]} == {"Updated"}
    assert len(both.ids) == 1
    last = ended(both.told[-1])
    assert (last.start, last.end) == (NOW, NOW + 8)
    assert last.zones == ("door", "path")


def test_class_only_ever_says_more() -> None:
    both = Witnessed()
    for kind in ("motion", "package", "motion", "person", "vehicle", "animal"):
        both.camera(kind, 0)
    assert [kind for _, kind in both.words] == ["motion", "package", "person"]


def test_camera_that_flaps_makes_one_event() -> None:
    both = Witnessed()
    for second in range(5):
        both.camera("motion", second)
        both.camera("motion", second + 0.5, False)
        both.pass_to(second + 0.9)
    both.pass_to(4.5 + HOLD)
    assert both.words == [("Started", "motion"), ("Ended", "motion")]
    assert ended(both.told[-1]).end == NOW + 4.5


def test_moment_ends_by_itself() -> None:
    both = Witnessed()
    both.camera("motion", 0, None)
    both.pass_to(MOMENT - 0.1)
    assert both.words == [("Started", "motion")]
    both.pass_to(MOMENT)
    assert ended(both.told[-1]).end == NOW + MOMENT


def test_moment_does_not_shorten_what_goes_on() -> None:
    both = Witnessed()
    both.camera("motion", 0)
    both.camera("motion", 1, None)
    both.pass_to(60)
    assert both.words == [("Started", "motion")]


def test_end_that_never_comes_is_made() -> None:
    both = Witnessed()
    both.camera("person", 0)
    both.pass_to(LONGEST)
    assert both.words == [("Started", "person"), ("Ended", "person")]
    both.camera("person", LONGEST + 1, False)
    assert len(both.told) == 2


@pytest.mark.parametrize("kind", ["doorbell", "sound"])
def test_doorbells_and_sounds_are_events_beside_a_motion(kind: str) -> None:
    both = Witnessed()
    both.begins(0)
    both.camera(kind, 1, holds=False)
    both.camera(kind, 2, False)
    both.pass_to(2 + HOLD)
    both.ends(0, 9)
    assert both.words == [
        ("Started", "motion"),
        ("Started", kind),
        ("Ended", kind),
        ("Ended", "motion"),
    ]
    assert len(both.ids) == 2


def test_nothing_is_told_while_detection_is_off() -> None:
    both = Witnessed(enabled=False)
    both.camera("person", 0)
    both.camera("person", 1, False)
    both.pass_to(9)
    assert both.told == []


def test_switching_off_ends_the_event_and_on_begins_what_still_goes_on() -> None:
    both = Witnessed()
    both.camera("person", 0)
    both.told += both.seen.enable(False, NOW + 2)
    assert both.words == [("Started", "person"), ("Ended", "person")]
    both.told += both.seen.enable(True, NOW + 3)
    assert both.words[2:] == [("Started", "person")]
    assert isinstance(both.told[2], MotionStarted)
    assert both.told[2].time == NOW + 3
    assert len(both.ids) == 2


def zone(kind: ZoneKind) -> Zone:
    """Return a zone."""
    return Zone("Z", kind, (Point(0, 0), Point(1, 0), Point(1, 1)))


@pytest.mark.parametrize(
    ("kind", "zones", "begins"),
    [
        ("motion", (), True),
        ("person", (), True),
        ("motion", (zone(ZoneKind.IGNORE),), False),
        ("person", (zone(ZoneKind.IGNORE),), True),
        ("motion", (zone(ZoneKind.MOTION),), False),
        ("person", (zone(ZoneKind.MOTION), zone(ZoneKind.IGNORE)), False),
        ("doorbell", (zone(ZoneKind.MOTION),), True),
    ],
)
def test_camera_that_cannot_say_where_minds_the_zones(
    kind: str, zones: tuple[Zone, ...], begins: bool
) -> None:
    assert begins_event(kind, zones) is begins


def test_word_that_is_not_enough_names_what_the_detector_finds() -> None:
    both = Witnessed()
    both.camera("person", 0, holds=False)
    assert both.told == []
    both.begins(1, "door")
    assert both.words == [("Started", "person")]
    # It does not keep the event open, for outside of the zones it is none.
    both.ends(1, 3, "door")
    assert both.words == [("Started", "person"), ("Ended", "person")]
