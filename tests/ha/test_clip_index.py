"""A finished clip gets its row, also from a database that cannot take it at once."""

import asyncio
from unittest.mock import patch

import pytest

from custom_components.hearthcam import clip_index
from custom_components.hearthcam.clip_index import ClipIndex
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import MEDIA, Clip, LibraryError

from .conftest import wait_for
from .storage_fixtures import library, roots
from .test_entities import write_clip

__all__ = ["library", "roots"]


async def test_clip_whose_row_could_not_be_written_gets_it_later_and_is_told_of_once(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the next start only: the disk of the database was full for a moment."""
    monkeypatch.setattr(clip_index, "RETRY_SECONDS", (0.0, 0.0))
    report = write_clip(library.root_of(MEDIA))
    add, errors = library.add, [LibraryError("full"), LibraryError("busy")]
    told: list[str] = []

    async def failing(clip: Clip) -> None:
        if errors:
            raise errors.pop()
        await add(clip)

    async def indexed(clip: Clip) -> None:
        told.append(clip.clip_id)
        # What is told then is no matter of the row.
        raise LibraryError("busy")

    index = ClipIndex(library, indexed)
    with patch.object(library, "add", failing):
        task = asyncio.create_task(index.run())
        index.put(report)
        await index.idle()
    assert await library.get(report.clip_id) is not None
    assert told == [report.clip_id]
    assert not task.done()
    task.cancel()
    await wait_for(task.done)
