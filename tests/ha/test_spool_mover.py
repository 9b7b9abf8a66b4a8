"""Clips that had to go to the local disk come to the media folder, all of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from unittest.mock import patch

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import (
    MEDIA,
    SPOOL,
    Clip,
    ClipGoneError,
    LibraryError,
    StorageError,
)
from custom_components.hearthcam.spool_mover import SpoolMover

from .conftest import wait_for
from .storage_fixtures import library, put_clips, roots

__all__ = ["library", "roots"]


class Moves:
    """A mover, and what it did."""

    def __init__(self, library: Library, *back_off: float) -> None:
        """Begin with room for everything."""
        self.room = True
        self.asked: list[int] = []
        self.moved: list[str] = []
        self.mover = SpoolMover(
            library, self.make_room, self.note, back_off or (3_600.0,)
        )

    async def make_room(self, size: int) -> bool:
        """Tell whether there is room."""
        self.asked.append(size)
        return self.room

    async def note(self, clip: Clip) -> None:
        """Note a clip."""
        assert clip.store == MEDIA
        self.moved.append(clip.clip_id)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run it for a while."""
        task = asyncio.create_task(self.mover.run())
        yield
        assert not task.done()
        task.cancel()


async def settled(condition: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    await wait_for(condition)


async def test_spooled_clips_are_moved_the_oldest_first_with_room_made_for_each(
    library: Library,
) -> None:
    clips = await put_clips(library, 3, store=SPOOL)
    moves = Moves(library)
    async with moves.running():
        await settled(lambda: len(moves.moved) == 3)
    assert moves.moved == [clip.clip_id for clip in clips]
    assert moves.asked == [clip.size for clip in clips]
    assert await library.spooled() == []
    spool = library.root_of(SPOOL)
    for clip in clips:
        assert (library.root / clip.path).stat().st_size == 10_000
        assert not (spool / clip.path).exists()


async def test_clips_wait_for_room_and_are_moved_when_there_is_some(
    library: Library,
) -> None:
    await put_clips(library, 2, store=SPOOL)
    moves = Moves(library)
    moves.room = False
    async with moves.running():
        await settled(lambda: len(moves.asked) == 1)
        assert len(await library.spooled()) == 2
        moves.room = True
        moves.mover.wake()
        await settled(lambda: len(moves.moved) == 2)


async def test_failing_folder_is_tried_again_later_each_time(library: Library) -> None:
    await put_clips(library, 1, store=SPOOL)
    moves = Moves(library, 0.0, 0.001, 0.002)
    tries = 0
    move = library.move_to_media

    async def fail(clip: Clip) -> Clip:
        nonlocal tries
        tries += 1
        if tries < 5:
            raise StorageError("the folder does not answer")
        return await move(clip)

    with patch.object(library, "move_to_media", fail):
        async with moves.running():
            await settled(lambda: bool(moves.moved))
    assert tries == 5


async def test_clip_that_cannot_be_moved_keeps_no_other_one_from_it(
    library: Library,
) -> None:
    bad, gone, good = await put_clips(library, 3, store=SPOOL)
    move = library.move_to_media

    async def choosy(clip: Clip) -> Clip:
        if clip.clip_id == bad.clip_id:
            raise StorageError("the clip cannot be read")
        if clip.clip_id == gone.clip_id:
            await library.remove(clip.clip_id)
            raise ClipGoneError("the clip was deleted")
        return await move(clip)

    moves = Moves(library)
    with patch.object(library, "move_to_media", choosy):
        async with moves.running():
            await settled(lambda: moves.moved == [good.clip_id])
    assert [clip.clip_id for clip in await library.spooled()] == [bad.clip_id]


async def test_error_of_the_database_is_survived(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    await put_clips(library, 1, store=SPOOL)
    moves = Moves(library)
    spooled = library.spooled
    answers = iter([LibraryError("busy")])

    async def once(limit: int) -> list[Clip]:
        for error in answers:
            raise error
        return await spooled(limit)

    with patch.object(library, "spooled", once):
        async with moves.running():
            await settled(lambda: "stay on the local disk" in caplog.text)
            moves.mover.wake()
            await settled(lambda: bool(moves.moved))


async def test_clips_are_moved_later_whatever_went_wrong(library: Library) -> None:
    """Without a mover the local disk would fill up."""
    await put_clips(library, 1, store=SPOOL)
    moves = Moves(library, 0.01)
    errors = [RuntimeError("unforeseen")]
    spooled = library.spooled

    async def once(limit: int) -> list[Clip]:
        if errors:
            raise errors.pop()
        return await spooled(limit)

    with patch.object(library, "spooled", once):
        async with moves.running():
            await settled(lambda: bool(moves.moved))
