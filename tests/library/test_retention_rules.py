"""How long a clip is kept, which goes first, and whose clock counts."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.library.models import Event
from custom_components.hearthcam.library.retention import (
    DAY,
    DOUBT_SECONDS,
    AgeClock,
    Limits,
    Room,
    expired,
    oldest,
)

from .aged_clips import NOW, clip_of_age
from .clips import make_clip


@pytest.mark.parametrize(
    ("camera_id", "kind", "days"),
    [
        ("garden", "motion", 30),
        ("garden", "continuous", 3),
        ("street", "motion", 7),
        ("street", "person", 7),
        ("garden", "person", 90),
        ("barn", "motion", None),
        ("barn", "person", 90),
    ],
)
def test_the_shorter_of_a_kinds_and_a_cameras_days_counts(
    camera_id: str, kind: str, days: float | None
) -> None:
    limits = Limits(
        kinds={"continuous": 3, "person": 90}, cameras={"street": 7, "barn": None}
    )

    assert limits.days_of(camera_id, kind) == days
    assert limits.longest() is None


def test_a_segment_is_kept_as_long_as_what_happened_in_it(tmp_path: Path) -> None:
    limits = Limits(kinds={"continuous": 3, "person": 90})
    quiet, seen = (
        clip_of_age(number, tmp_path, 10 + number, kind="continuous")
        for number in range(2)
    )
    visit = Event("01JE00000001", "front_door", "person", seen.end + 30, seen.end + 40)

    assert expired([quiet, seen], [visit], limits, NOW) == [quiet]
    assert expired([quiet, seen], [visit], limits, NOW + 90 * DAY) == [quiet, seen]


def test_an_event_without_an_end_is_not_one_without_end(tmp_path: Path) -> None:
    segment = clip_of_age(1, tmp_path, 10, kind="continuous")
    begun = Event("01JE00000001", "front_door", "motion", segment.start - 200)
    old = replace(begun, start=segment.start - 3600)

    assert expired([segment], [begun], Limits(), NOW) == []
    assert expired([segment], [old], Limits(), NOW) == [segment]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=30),
    st.integers(-5, 500),
)
def test_no_more_than_needed_is_chosen_and_nothing_protected(
    clips: list[tuple[int, bool]], needed: int
) -> None:
    offered = [
        make_clip(n, Path("r"), UTC, size=size, protected=protected)
        for n, (size, protected) in enumerate(clips)
    ]

    chosen = oldest(offered, needed)

    free = [clip for clip in offered if not clip.protected]
    assert chosen == free[: len(chosen)]
    size = sum(clip.size for clip in chosen)
    assert size >= needed or chosen == free
    assert not chosen or size - chosen[-1].size < needed


def test_deleting_stops_where_it_makes_no_room() -> None:
    """A disk with snapshots, or one that others fill as fast."""
    room = Room(free=100, needed=1000)
    assert room.helps(100)
    room.deleted(600)
    assert room.helps(100)
    room.deleted(600)
    assert not room.helps(100)
    assert not room.helps(300)
    assert room.helps(1200)


def test_a_clock_that_jumps_ahead_ages_nothing_for_hours() -> None:
    clock = AgeClock()
    assert clock.now(1000, 0, None) == 1000
    assert clock.now(1300, 300, 1000) == 1300
    assert clock.now(1300 + 900 * DAY, 400, 1300) == 1400
    assert clock.now(1310 + 900 * DAY, 410, 1400) == 1410
    # It was wrong: it is back.
    assert clock.now(1420, 420, 1410) == 1420
    # It was right: it stays.
    assert clock.now(1500 + 900 * DAY, 500, 1420) == 1500
    later = 500 + DOUBT_SECONDS
    assert clock.now(1000 + later + 900 * DAY, later, 1500) == 1000 + later + 900 * DAY


def test_a_clock_that_jumps_back_is_believed() -> None:
    """Nothing is older by it; what was deleted by then is gone anyway."""
    clock = AgeClock()
    assert clock.now(10**9, 0, None) == 10**9
    assert clock.now(1000, 10, 10**9) == 1000


def test_after_a_long_standstill_nothing_ages_at_once() -> None:
    """The clock of a machine without a battery may start anywhere."""
    clock = AgeClock()
    assert clock.now(1000 + 30 * DAY, 0, 1000) == 1000
    later = DOUBT_SECONDS
    assert clock.now(1000 + later + 30 * DAY, later, 1000) == 1000 + later + 30 * DAY
