"""Clips and events found by camera, class, zone and time."""

from dataclasses import replace
from datetime import UTC
import math
from pathlib import Path

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.library import queries
from custom_components.hearthcam.library.database import Database
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import (
    SPOOL,
    Clip,
    ClipQuery,
    Event,
    KindCount,
    ProtectedError,
    Totals,
)

from .clips import make_clip, write_file

CAMERAS = ("front_door", "garden", "yard")
KINDS = ("motion", "person", "vehicle")
ZONES = ("drive", "path", "driveway")
EVENT = Event("01JE0000000A", "front_door", "motion", 1000.0)


def _clips() -> list[Clip]:
    root = Path("r")
    return [
        make_clip(
            number,
            root,
            UTC,
            camera_id=CAMERAS[number % 3],
            kind=KINDS[number // 3 % 3],
            zones=tuple(
                zone for bit, zone in enumerate(ZONES) if number * 7 >> bit & 1
            ),
            protected=number % 5 == 0,
            store=SPOOL if number % 7 == 0 else "media",
        )
        for number in range(60)
    ]


CLIPS = _clips()


@pytest.fixture(scope="module")
def filled() -> Database:
    """Return a database in memory with sixty clips."""
    database = Database(None)
    database.put_found(CLIPS)
    return database


@settings(max_examples=200)
@given(
    cameras=st.lists(st.sampled_from((*CAMERAS, "nowhere")), max_size=2, unique=True),
    kinds=st.lists(st.sampled_from((*KINDS, "nothing")), max_size=2, unique=True),
    zones=st.lists(st.sampled_from((*ZONES, "drive_", "a,b")), max_size=2, unique=True),
    span=st.tuples(st.integers(0, 60), st.integers(0, 60)) | st.none(),
    protected=st.none() | st.booleans(),
    limit=st.integers(0, 30),
    offset=st.integers(0, 70),
)
def test_a_search_finds_what_was_asked_for_newest_first(
    filled: Database,
    cameras: list[str],
    kinds: list[str],
    zones: list[str],
    span: tuple[int, int] | None,
    protected: bool | None,
    limit: int,
    offset: int,
) -> None:
    start, end = 0.0, math.inf
    if span is not None:
        start, end = (CLIPS[0].start + 60 * number for number in span)
    query = ClipQuery(
        tuple(cameras), tuple(kinds), tuple(zones), start, end, protected, limit, offset
    )

    wanted = [
        clip
        for clip in reversed(CLIPS)
        if (not cameras or clip.camera_id in cameras)
        and (not kinds or clip.kind in kinds)
        and (not zones or set(clip.zones) & set(zones))
        and start <= clip.start < end
        and protected in (None, clip.protected)
    ]
    assert queries.search(filled, query) == wanted[offset : offset + limit]


@given(st.floats(-100, 4000), st.floats(-100, 4000))
def test_a_span_holds_what_overlaps_it_oldest_first(
    filled: Database, start: float, end: float
) -> None:
    start, end = CLIPS[0].start + start, CLIPS[0].start + end

    assert queries.span(filled, "garden", start, end) == [
        clip
        for clip in CLIPS
        if clip.camera_id == "garden" and clip.start < end and clip.end > start
    ]


async def test_kinds_are_counted_of_one_camera_and_of_all(
    library: Library, root: Path
) -> None:
    kinds = ["motion", "person", "motion"]
    clips = [make_clip(n, root, UTC, kind=kind) for n, kind in enumerate(kinds)]
    clips.append(make_clip(9, root, UTC, camera_id="garden", kind="person"))
    for clip in clips:
        await library.add(clip)

    assert await library.kinds("front_door") == [
        KindCount("motion", 2, clips[2].start),
        KindCount("person", 1, clips[1].start),
    ]
    assert await library.kinds() == [
        KindCount("motion", 2, clips[2].start),
        KindCount("person", 2, clips[3].start),
    ]
    (day,) = await library.days("front_door", UTC, "person")
    assert day.count == 1
    assert await library.days("front_door", UTC, "vehicle") == []
    assert await library.oldest() == clips[0].start


async def test_stores_are_summed_up_alone_and_together(
    library: Library, root: Path
) -> None:
    await library.add(make_clip(1, root, UTC, size=3))
    await library.add(make_clip(2, root, UTC, size=4, store=SPOOL))

    assert await library.totals() == Totals(2, 7)
    assert await library.totals("media") == Totals(1, 3)
    assert await library.totals(SPOOL) == Totals(1, 4)


async def test_an_event_is_written_at_its_begin_and_again_at_its_end(
    library: Library,
) -> None:
    await library.put_event(EVENT)
    assert await library.event(EVENT.event_id) == EVENT

    ended = replace(EVENT, end=1010.0, kind="person", score=0.5, zones=ZONES)
    await library.put_event(ended)

    assert await library.event(EVENT.event_id) == ended
    assert await library.event("unknown0") is None


async def test_events_are_found_by_camera_class_zone_and_time(
    library: Library,
) -> None:
    door = [replace(EVENT, event_id=f"01JE000{n}", start=1000.0 + n) for n in range(4)]
    door[1] = replace(door[1], kind="person", zones=("drive",))
    garden = replace(EVENT, event_id="01JE0009", camera_id="garden", start=1002.5)
    for event in (*door, garden):
        await library.put_event(event)

    assert await library.events() == [door[3], garden, *door[2::-1]]
    assert await library.events("front_door", limit=2, offset=1) == [door[2], door[1]]
    assert await library.events(start=1001, end=1003) == [garden, door[2], door[1]]
    assert await library.events(kinds=("person",)) == [door[1]]
    assert await library.events(zones=("drive",)) == [door[1]]
    assert await library.events("garden", zones=("drive",)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": "../x"},
        {"camera_id": "Front Door"},
        {"kind": "<b>"},
        {"start": math.nan},
        {"end": math.inf},
    ],
)
async def test_a_malformed_event_is_refused(
    library: Library, changes: dict[str, object]
) -> None:
    with pytest.raises(ValueError):
        await library.put_event(replace(EVENT, **changes))  # type: ignore[arg-type]  # given above


async def test_malformed_zones_do_not_cost_the_clip(
    library: Library, root: Path
) -> None:
    zones = ("drive", "a,b", "drive", "", "x" * 65, *(f"z{n}" for n in range(40)))
    clip = make_clip(1, root, UTC, zones=zones)

    await library.add(clip)

    found = await library.get(clip.clip_id)
    assert found is not None
    assert found.zones == ("drive", *(f"z{n}" for n in range(31)))


async def test_a_clip_told_of_again_stays_protected(
    library: Library, root: Path
) -> None:
    """A recovery tells of clips that the user may have starred long ago."""
    clip = make_clip(1, root, UTC)
    await library.add(clip)
    await library.protect(clip.clip_id)

    await library.add(replace(clip, recovered=True))

    assert await library.get(clip.clip_id) == replace(
        clip, recovered=True, protected=True
    )


async def test_a_protected_clip_is_removed_only_by_force(
    library: Library, root: Path
) -> None:
    clip = make_clip(1, root, UTC)
    path = write_file(root, clip, b"1")
    await library.add(clip)
    await library.protect(clip.clip_id)

    with pytest.raises(ProtectedError):
        await library.remove(clip.clip_id)
    assert path.exists()

    await library.remove(clip.clip_id, force=True)
    assert not path.exists()
    assert await library.get(clip.clip_id) is None
    assert list(path.parent.rglob("*.*")) == [path.parent / ".thumbs"]
