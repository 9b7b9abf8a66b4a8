"""Spooled clips go to the media folder when it is back, a kill at any step or not.

The copy grows under another name and is synced before it takes the clip's; then the
row follows, and only then the source goes. So there is one good copy at any moment;
of two, `reconcile` keeps the one that the row speaks of.
"""

import asyncio
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
import os
from pathlib import Path
import shutil
from threading import Lock
from typing import Final

from .base import WORK_SECONDS
from .database import Database
from .files import (
    has_marker,
    keep,
    own_folder,
    remove_empty_day,
    sync_folder,
    today,
    unlink,
)
from .layout import (
    clip_file,
    keep_file,
    moving_path,
    preview_file,
    preview_path,
    thumbnail_file,
    thumbnail_path,
)
from .models import MEDIA, SPOOL, Clip, ClipGoneError, MediaState, StorageError
from .packing import SELECT
from .pruning import Pruning

SLICE: Final = 8 * 1024 * 1024
"""Bytes copied at once: each must be done within `WORK_SECONDS`."""


class Moving(Pruning):
    """Moves clips from the spool to the media folder."""

    def __init__(self, database: Path, root: Path, spool: Path | None = None) -> None:
        """Prepare; see `base.Base`."""
        super().__init__(database, root, spool)
        self._moves = asyncio.Lock()

    async def use_root(self, root: Path) -> None:
        """Use another media folder from now on; `check_media` is to follow.

        Nothing is moved; clips that are being moved to the old one are waited for.
        """
        async with self._moves, self._files:
            self._roots[MEDIA] = root

    async def spooled(self, limit: int = 100) -> list[Clip]:
        """Return spooled clips, the oldest first."""
        return await self._run(lambda database: _spooled(database, limit))

    async def move_to_media(self, clip: Clip) -> Clip:
        """Move one clip and what belongs to it; return its row as it is then.

        A clip that is in the media folder already is returned as it is. Raises
        ClipGoneError for one that was deleted meanwhile, StorageError where a folder
        is away or full: the clip then stays where it was.
        """
        if clip.store != SPOOL:
            return clip
        async with self._moves:
            try:
                return await self._move(clip)
            except OSError as error:
                raise StorageError("the clip cannot be moved") from error

    async def _move(self, clip: Clip) -> Clip:
        root, spool = self.root, self.root_of(SPOOL)
        if await self.check_media() is not MediaState.HERE:
            raise StorageError("the media folder is away")
        copy = _Copy(root, spool, clip.path)
        try:
            # A slow share is not one that hangs: each slice has its own time.
            while await self._disk(MEDIA, copy.step, WORK_SECONDS):
                pass
            async with self._files:
                row = await self._run(lambda database: database.get(clip.clip_id))
                if row is None:
                    raise ClipGoneError("the clip was deleted")
                if row.store != SPOOL:
                    return row
                await self._disk(
                    MEDIA, lambda: _publish(root, spool, clip.path), WORK_SECONDS
                )
                await self._run(
                    lambda database: database.set_store(clip.clip_id, MEDIA)
                )
                # What stays now is tidied by the next comparison.
                with suppress(OSError, StorageError):
                    await self._leave_spool(clip.path)
                return replace(row, store=MEDIA)
        finally:
            with suppress(OSError, StorageError):
                await self._disk(MEDIA, copy.end)

    async def _leave_spool(self, path: str) -> None:
        """Delete the spool's copy of a clip that is in the media folder."""
        spool, now = self.root_of(SPOOL), today(self._zone)
        await self._disk(SPOOL, lambda: _leave(spool, path, now))


def _spooled(database: Database, limit: int) -> list[Clip]:
    rows = database.connection.execute(
        f"{SELECT} INDEXED BY clip_spooled WHERE store = 'spool'"
        " ORDER BY start LIMIT ?",
        (limit,),
    )
    return list(map(database.packing.clip, rows))


class _Copy:
    """A clip's file that is copied slice by slice, until somebody ends it.

    Who ends it may be another thread than the one that copies, and that may hang: its
    files are then closed by the slice that goes on one day.
    """

    def __init__(self, root: Path, spool: Path, relative: str) -> None:
        """Prepare; nothing is opened before the first step."""
        self._slices = _copying(root, spool, relative)
        self._draft = moving_path(root / relative)
        self._lock = Lock()
        self._ended = False

    def step(self) -> bool:
        """Copy a slice; False when there was none left. Blocks."""
        try:
            with self._lock:
                return not self._ended and next(self._slices, False)
        finally:
            if self._ended:
                self._close()

    def end(self) -> None:
        """Close the files, and take away a copy that has not got its name. Blocks."""
        self._ended = True
        if self._close():
            self._draft.unlink(missing_ok=True)

    def _close(self) -> bool:
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._slices.close()
        finally:
            self._lock.release()
        return True


def _copying(root: Path, spool: Path, relative: str) -> Generator[bool]:
    """Copy a clip's file under its name for copies; each step is a slice."""
    if (source := clip_file(spool, relative)) is None:
        raise StorageError("the clip's file is missing")
    own_folder(root, relative.rpartition("/")[0])
    draft = moving_path(root / relative)
    draft.unlink(missing_ok=True)
    with source.open("rb") as file, draft.open("xb", buffering=0) as copy:
        while data := file.read(SLICE):
            copy.write(data)
            # Slice by slice, or the last sync would take as long as the whole.
            os.fsync(copy.fileno())
            yield True


def _publish(root: Path, spool: Path, relative: str) -> None:
    """Give the copy its name, and the clip what belongs to it."""
    final = root / relative
    draft = moving_path(final)
    source = clip_file(spool, relative)
    if source is None or not has_marker(root):
        raise StorageError("a folder of clips is away")
    if draft.stat().st_size != source.stat().st_size:
        raise StorageError("the copy is not whole")
    draft.replace(final)
    sync_folder(final.parent)
    bring_along(root, spool, relative)


def bring_along(root: Path, spool: Path, relative: str) -> None:
    """Copy what belongs to a spooled clip that is in the media folder by now. Blocks.

    Raises OSError.
    """
    final = root / relative
    for find, path in (
        (thumbnail_file, thumbnail_path(final)),
        (preview_file, preview_path(final)),
    ):
        if (picture := find(spool, relative)) is not None:
            own_folder(root, path.parent.relative_to(root).as_posix())
            path.unlink(missing_ok=True)
            shutil.copyfile(picture, path)
    if keep_file(spool, relative) is not None:
        keep(root, relative)


def _leave(spool: Path, relative: str, now: date) -> None:
    unlink(spool, SPOOL, relative)
    remove_empty_day(spool, relative.rpartition("/")[0], before=now - timedelta(days=1))
