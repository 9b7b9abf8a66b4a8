"""Retention of whatever clips there are, with whatever limits."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
import tempfile

from hypothesis import given, settings, strategies as st

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import (
    MEDIA,
    SPOOL,
    Clip,
    Enforced,
    Event,
)
from custom_components.hearthcam.library.retention import DAY, EVENT_MARGIN, Limits

from .aged_clips import NOW, clip_of_age, free_of, keep_in


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
