"""What retention deletes, and above all what it does not."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
import tempfile

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import keep_path, thumbnail_path
from custom_components.hearthcam.library.models import (
    MEDIA,
    SPOOL,
    Clip,
    Enforced,
    Event,
    StorageError,
)
from custom_components.hearthcam.library.retention import (
    DAY,
    DOUBT_SECONDS,
    EVENT_MARGIN,
    AgeClock,
    Limits,
    Room,
    expired,
    oldest,
)

from .clips import make_clip, write_file

NOW = 1_795_350_000.0
PLENTY = 10**15
FOREVER = Limits(days=None, kinds={})


def clip_of_age(number: int, root: Path, days: float, **changes: object) -> Clip:
    """Return a clip of 20 s that ended so many days ago."""
    end = NOW - days * DAY
    clip = make_clip(number, root, UTC, start=end - 20, **changes)
    return replace(clip, end=end)


async def keep_in(
    library: Library, clip: Clip, size: int = 100, *, thumbnail: bool = True
) -> Clip:
    """Add a clip with a file of that size, in the store that it names."""
    root = library.root_of(clip.store)
    write_file(root, clip, b"x" * size, thumbnail=thumbnail)
    clip = replace(clip, size=size)
    await library.add(clip)
    return clip


def free_of(library: Library, capacity: int) -> Callable[[], int]:
    """Return what tells the free bytes of a disk that holds the media folder only."""

    def free() -> int:
        files = library.root.glob("*/*/*.mp4")
        return capacity - sum(file.stat().st_size for file in files)

    return free


# --- the rules ---


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


# --- the clock ---


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


async def test_a_year_that_was_skipped_by_mistake_costs_no_clip(
    library: Library, root: Path
) -> None:
    clips = [await keep_in(library, clip_of_age(n, root, n)) for n in range(5)]
    assert await library.enforce(Limits(), lambda: PLENTY, now=NOW, steady=0) == (
        Enforced(0, 0)
    )

    ahead = NOW + 365 * DAY
    await library.enforce(Limits(), lambda: PLENTY, now=ahead, steady=60)
    assert (await library.totals()).count == len(clips)

    later = DOUBT_SECONDS + 60
    done = await library.enforce(
        Limits(), lambda: PLENTY, now=ahead + later, steady=later
    )
    assert done.deleted == len(clips)


async def test_clips_from_the_future_go_with_those_recorded_with_them(
    library: Library, root: Path
) -> None:
    """A clock that was wrong for an hour must not leave clips for a century."""
    first = await keep_in(library, clip_of_age(1, root, 20))
    wrong = await keep_in(library, clip_of_age(2, root, -40_000))
    second = await keep_in(library, clip_of_age(3, root, 19))
    last = await keep_in(library, clip_of_age(4, root, 0))

    done = await library.enforce(
        replace(FOREVER, max_size=200), lambda: PLENTY, now=NOW
    )
    assert done == Enforced(2, 200)
    assert await library.get(first.clip_id) is None
    assert await library.get(wrong.clip_id) is None
    assert await library.clips("front_door") == [last, second]


# --- files and rows ---


async def test_clips_go_with_all_that_belongs_to_them(
    library: Library, root: Path
) -> None:
    old = await keep_in(library, clip_of_age(1, root, 31))
    young = await keep_in(library, clip_of_age(2, root, 29))

    done = await library.enforce(Limits(), lambda: PLENTY, now=NOW)

    assert done == Enforced(1, old.size)
    assert await library.get(old.clip_id) is None
    assert await library.get(young.clip_id) == young
    # Nothing is left of its day.
    assert not (root / old.path).parent.exists()
    assert thumbnail_path(root / young.path).exists()


async def test_room_is_made_before_it_is_needed(library: Library, root: Path) -> None:
    clips = [await keep_in(library, clip_of_age(n, root, 10 - n)) for n in range(5)]
    free = free_of(library, 1000)
    limits = replace(FOREVER, min_free=400)
    assert await library.enforce(limits, free, now=NOW) == Enforced(0, 0)

    assert await library.make_room(250, limits, free) == Enforced(2, 200)

    left = await library.clips("front_door")
    assert left == list(reversed(clips[2:]))
    assert await library.make_room(10_000, limits, free) == Enforced(3, 300, 9_400)


async def test_protected_clips_are_kept_even_if_the_disk_stays_full(
    library: Library, root: Path
) -> None:
    kept = await keep_in(library, clip_of_age(1, root, 300))
    gone = await keep_in(library, clip_of_age(2, root, 1))
    await library.protect(kept.clip_id)

    done = await library.enforce(
        replace(Limits(), min_free=950), free_of(library, 1000), now=NOW
    )

    assert done == Enforced(1, gone.size, 50)
    assert await library.get(kept.clip_id) == replace(kept, protected=True)
    assert (root / kept.path).exists()


async def test_a_clip_that_is_protected_while_it_is_about_to_go_stays(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chosen in one moment, protected in the next."""
    clip = await keep_in(library, clip_of_age(1, root, 100))
    real = library._delete

    async def late(doing: object, clips: list[Clip]) -> None:
        await library.protect(clip.clip_id)
        await real(doing, clips)  # type: ignore[arg-type]  # what it was called with

    monkeypatch.setattr(library, "_delete", late)

    assert await library.enforce(Limits(), lambda: PLENTY, now=NOW) == Enforced(0, 0)
    assert (root / clip.path).exists()


async def test_a_media_folder_that_is_away_keeps_its_clips(
    library: Library, root: Path
) -> None:
    """Old or not: who knows what a share holds that is not there."""
    clip = await keep_in(library, clip_of_age(1, root, 100))
    await library.check_media()
    root.rename(root.with_name("elsewhere"))
    root.mkdir()

    full = replace(Limits(), min_free=10**12)
    assert await library.enforce(full, lambda: 0, now=NOW) == Enforced(0, 0)
    with pytest.raises(StorageError):
        await library.make_room(1, full, lambda: 0)

    assert await library.get(clip.clip_id) == clip


async def test_a_file_that_cannot_be_deleted_is_not_tried_for_ever(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go; a folder that refuses all is said."""
    stuck = await keep_in(library, clip_of_age(1, root, 3))
    for number in (2, 3):
        await keep_in(library, clip_of_age(number, root, 3 - number / 9))
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if stuck.clip_id in self.name:
            raise PermissionError
        real(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    none = replace(FOREVER, max_size=0)

    assert await library.enforce(none, lambda: PLENTY, now=NOW) == (
        Enforced(2, 200, stuck.size)
    )
    with pytest.raises(StorageError):
        await library.enforce(none, lambda: PLENTY, now=NOW)
    assert await library.clips("front_door") == [stuck]


async def test_nothing_else_is_ever_touched(
    library: Library, root: Path, tmp_path: Path
) -> None:
    """Neither names that are not ours nor what links lead to."""
    clip = await keep_in(library, clip_of_age(1, root, 100), thumbnail=False)
    day = (root / clip.path).parent
    outside = tmp_path / "outside"
    outside.mkdir()
    precious = outside / "precious.jpg"
    precious.write_bytes(b"precious")
    (outside / Path(clip.path).name).with_suffix(".jpg").write_bytes(b"precious")
    (day / ".thumbs").symlink_to(outside)
    note = day / "note.txt"
    note.write_text("of the user")
    linked = clip_of_age(2, root, 101)
    (root / linked.path).parent.mkdir(parents=True)
    (root / linked.path).symlink_to(precious)
    await library.add(linked)

    done = await library.enforce(Limits(), lambda: PLENTY, now=NOW)

    assert done.deleted == 2
    assert note.exists()
    assert len(list(outside.iterdir())) == 2
    assert precious.read_bytes() == b"precious"


async def test_old_events_go_unless_a_protected_clip_shows_them(
    library: Library, root: Path
) -> None:
    kept = await keep_in(library, clip_of_age(1, root, 100))
    await library.protect(kept.clip_id)
    shown = Event("01JE00000001", "front_door", "motion", kept.start, kept.end)
    old = replace(shown, event_id="01JE00000002", start=shown.start - DAY)
    old = replace(old, end=old.start + 5)
    young = replace(shown, event_id="01JE00000003", start=NOW - DAY, end=NOW)
    for event in (shown, old, young):
        await library.put_event(event)

    await library.enforce(Limits(), lambda: PLENTY, now=NOW)

    assert await library.events() == [young, shown]


async def test_the_spool_has_a_limit_of_its_own(library: Library, root: Path) -> None:
    media = await keep_in(library, clip_of_age(1, root, 9))
    spooled = [
        await keep_in(library, clip_of_age(n, root, 9 - n / 9, store=SPOOL))
        for n in (2, 3, 4)
    ]

    done = await library.enforce(
        replace(FOREVER, spool_size=150), lambda: PLENTY, now=NOW
    )

    assert done == Enforced(2, 200)
    assert await library.clips("front_door") == [spooled[2], media]


# --- whatever there is, and whatever the limits ---


@dataclass(frozen=True)
class Given:
    """One clip of a property test."""

    camera_id: str
    kind: str
    hours: int
    size: int
    protected: bool
    store: str


GIVEN = st.builds(
    Given,
    st.sampled_from(["door", "garden"]),
    st.sampled_from(["motion", "person", "continuous"]),
    st.integers(0, 24 * 12),
    st.integers(1, 300),
    st.booleans(),
    st.sampled_from([MEDIA, MEDIA, SPOOL]),
)
AGES = st.none() | st.integers(0, 12)
LIMITS = st.builds(
    Limits,
    days=AGES,
    kinds=st.dictionaries(st.sampled_from(["person", "continuous"]), AGES),
    cameras=st.dictionaries(st.just("garden"), AGES),
    max_size=st.none() | st.integers(0, 1500),
    min_free=st.integers(0, 1500),
    spool_size=st.none() | st.integers(0, 500),
)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["door", "garden"]), st.integers(0, 24 * 12)), max_size=4
)


@settings(max_examples=30)
@given(st.lists(GIVEN, max_size=12), LIMITS, EVENTS, st.integers(0, 4000))
def test_limits_hold_wherever_they_can_and_protected_clips_stay(
    given: list[Given],
    limits: Limits,
    happened: list[tuple[str, int]],
    capacity: int,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_check(Path(folder), given, limits, happened, capacity))


async def _check(
    folder: Path,
    given: list[Given],
    limits: Limits,
    happened: list[tuple[str, int]],
    capacity: int,
) -> None:
    root = folder / "media" / "hearthcam"
    root.mkdir(parents=True)
    library = Library(folder / "library.db", root, folder / "spool")
    await library.open()
    clips = [await _given(library, n, one) for n, one in enumerate(given)]
    events = [
        Event(f"01JE{n:022d}", camera_id, "person", NOW - hours * 3600, NOW)
        for n, (camera_id, hours) in enumerate(happened)
    ]
    events = [replace(event, end=event.start + 60) for event in events]
    for event in events:
        await library.put_event(event)
    free = free_of(library, capacity)

    done = await library.enforce(limits, free, now=NOW)

    left = {clip.clip_id for clip in clips if await library.get(clip.clip_id)}
    here = {
        clip.clip_id
        for clip in clips
        if (library.root_of(clip.store) / clip.path).exists()
    }
    assert left == here
    assert done.deleted == len(clips) - len(left)
    stay = [clip for clip in clips if clip.clip_id in left]
    gone = [clip for clip in clips if clip.clip_id not in left]
    assert not any(clip.protected for clip in gone)
    assert done.bytes == sum(clip.size for clip in gone)
    _check_ages(stay, limits, events)
    _check_sizes(stay, gone, limits, events, free(), done)
    assert await library.enforce(limits, free, now=NOW) == (
        Enforced(0, 0, done.short_by)
    )
    await library.close()


async def _given(library: Library, number: int, one: Given) -> Clip:
    clip = clip_of_age(
        number,
        library.root,
        # No two are of the same age.
        one.hours / 24 + number / 1000,
        camera_id=one.camera_id,
        kind=one.kind,
        protected=one.protected,
        store=one.store,
    )
    return await keep_in(library, clip, one.size, thumbnail=False)


def _old(clip: Clip, limits: Limits, events: list[Event]) -> bool:
    """Tell whether a clip is too old, as the documentation says it."""
    days = [limits.days_of(clip.camera_id, clip.kind)]
    if clip.kind == "continuous":
        days += [
            limits.days_of(clip.camera_id, event.kind)
            for event in events
            if event.camera_id == clip.camera_id
            and event.start - EVENT_MARGIN < clip.end
            and clip.start < (event.end or 0) + EVENT_MARGIN
        ]
    return all(one is not None and clip.end < NOW - one * DAY for one in days)


def _check_ages(stay: list[Clip], limits: Limits, events: list[Event]) -> None:
    for clip in stay:
        assert clip.protected or not _old(clip, limits, events)


def _check_sizes(
    stay: list[Clip],
    gone: list[Clip],
    limits: Limits,
    events: list[Event],
    free: int,
    done: Enforced,
) -> None:
    media = [clip for clip in stay if clip.store == MEDIA]
    deletable = [clip for clip in media if not clip.protected]
    size = sum(clip.size for clip in media)
    over = size - limits.max_size if limits.max_size is not None else 0
    assert done.short_by == max(0, over, limits.min_free - free)
    assert done.short_by == 0 or not deletable
    spooled = [clip for clip in stay if clip.store == SPOOL]
    if limits.spool_size is not None and any(not clip.protected for clip in spooled):
        assert sum(clip.size for clip in spooled) <= limits.spool_size
    # What went without being too old was older than what stayed.
    for clip in gone:
        if clip.store == MEDIA and not _old(clip, limits, events):
            assert all(clip.start < other.start for other in deletable)


async def test_protection_is_noted_beside_the_clip(
    library: Library, root: Path
) -> None:
    """So that a rebuilt library knows; given free, the note goes first."""
    clip = await keep_in(library, clip_of_age(1, root, 1))
    note = keep_path(root / clip.path)

    assert await library.protect(clip.clip_id) == replace(clip, protected=True)
    assert note.exists()
    assert await library.protect(clip.clip_id, False) == clip
    assert not note.exists()
    assert await library.protect("unknown0") is None
