"""Clips that are not believed to hide what their marks say."""

from datetime import UTC
from pathlib import Path

import pytest

from custom_components.hearthcam.library.doubts import believed, doubted, with_doubts
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import Clip, LibraryError

from .clips import make_clip

WINDOW, DOOR = "a" * 12, "b" * 12


async def masked(library: Library, number: int, *marks: str) -> Clip:
    """Add a clip that is said to hide so much."""
    clip = make_clip(number, library.root, UTC, mask=marks)
    await library.add(clip)
    return clip


async def marks(library: Library, *clips: Clip) -> list[tuple[str, ...]]:
    """Return what the rows of clips say."""
    rows = [await library.get(clip.clip_id) for clip in clips]
    return [() if row is None else row.mask for row in rows]


def test_marks_that_are_doubted_are_told_from_those_that_are_believed() -> None:
    mask = with_doubts((WINDOW, DOOR), {DOOR})
    assert believed(mask) == (WINDOW,)
    assert doubted(mask) == {DOOR}
    # Doubting it again changes nothing.
    assert with_doubts(mask, {DOOR}) == mask


async def test_clips_of_a_span_and_a_mark_are_doubted_and_no_others(
    library: Library,
) -> None:
    before = await masked(library, 1, WINDOW)
    both = await masked(library, 3, DOOR, WINDOW)
    other = await masked(library, 4, DOOR)
    after = await masked(library, 6, WINDOW)

    for expected in (1, 0):
        found = await library.distrust(
            "front_door", {WINDOW, "c" * 12}, both.start + 5, after.start
        )
        assert found == expected

    assert await marks(library, before, both, other, after) == [
        *((WINDOW,), (DOOR, f"?{WINDOW}")),
        *((DOOR,), (WINDOW,)),
    ]
    assert await library.count_lacking("front_door", (), {WINDOW}) == 1
    assert [c.clip_id for c in await library.lacking("front_door", {DOOR})] == [
        after.clip_id,
        before.clip_id,
    ]


async def test_clips_on_a_disk_that_is_away_are_doubted_too(
    library: Library, database: Path, root: Path, spool: Path
) -> None:
    await library.check_media()
    clip = await masked(library, 1, WINDOW)
    await library.close()
    elsewhere = root.with_name("big_disk")
    elsewhere.mkdir()
    other = Library(database, elsewhere, spool)
    await other.open()
    await other.check_media()
    assert await other.get(clip.clip_id) is None
    assert await other.distrust("front_door", {WINDOW}, 0.0, clip.end) == 1
    await other.close()

    await library.open()
    await library.check_media()
    assert await marks(library, clip) == [(f"?{WINDOW}",)]


async def test_clips_are_doubted_all_together_or_not_at_all(
    library: Library,
) -> None:
    """A kill in between leaves none that is believed by half."""
    clips = [await masked(library, 1, WINDOW), await masked(library, 2, DOOR)]
    await library._run(
        lambda database: database.connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON clip WHEN old.start > "
            f"{clips[1].start - 1} BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    )
    with pytest.raises(LibraryError):
        await library.distrust("front_door", {WINDOW, DOOR}, 0.0, clips[1].end)
    assert await marks(library, *clips) == [(WINDOW,), (DOOR,)]
