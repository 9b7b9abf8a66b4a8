"""The library: which clips there are. The rows are SQLite's, the truth is the disk's."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, tzinfo
import logging
import math
from pathlib import Path
import sqlite3

from . import recovery
from .database import Database
from .layout import clip_file, parse_clip, relative_thumbnail, thumbnail_file
from .models import (
    LATEST_TIME,
    CameraSummary,
    Clip,
    Day,
    LibraryClosedError,
    LibraryError,
    Reconciled,
    Totals,
)
from .recovery import TagReader
from .repair import is_damage, open_or_renew, set_aside

_LOGGER = logging.getLogger(__name__)

_READ_BATCH = 50
"""Files read at once while rows are rebuilt; removals wait this long."""


class Library:
    """The index of all clips below one root.

    The methods are for one event loop. Rows are read and written in a thread of
    the library's own, one call after the other; files are looked at in the
    loop's executor, so that a share that hangs keeps nobody from the rows.

    Every method may raise `LibraryClosedError`, and `LibraryError` where the
    database cannot do it (a full disk). A damaged database does not raise: it
    is set aside and rebuilt from the files in the background.
    """

    def __init__(self, database: Path, root: Path) -> None:
        """Prepare a library; nothing is touched before `open`.

        ``database`` belongs on the local config disk; ``root`` is the folder
        that holds the cameras' folders, and may be missing.
        """
        self._path = database
        self._root = root
        self._database: Database | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._files = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rebuild: asyncio.Task[None] | None = None
        self._read_tag: TagReader | None = None
        self._zone: tzinfo = UTC

    @property
    def root(self) -> Path:
        """Return the folder that paths of clips are relative to."""
        return self._root

    async def open(self) -> None:
        """Open the database; one that is damaged is replaced (see `reconcile`)."""
        self._loop = asyncio.get_running_loop()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="hearthcam-library")
        try:
            await self._loop.run_in_executor(self._executor, self._open)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the database and end the thread; may be called twice."""
        if (rebuild := self._rebuild) is not None:
            self._rebuild = None
            rebuild.cancel()
            await asyncio.gather(rebuild, return_exceptions=True)
        if (executor := self._executor) is None or self._loop is None:
            return
        self._executor = None
        try:
            await self._loop.run_in_executor(executor, self._close)
        finally:
            # The queue is empty: this only waits for the thread to leave.
            executor.shutdown()

    async def add(self, clip: Clip) -> None:
        """Add a finished clip; on disk when this returns.

        Adding the same id again replaces what is known of it. Raises ValueError
        if the clip's paths are not those of its ids (see `layout`).
        """
        _check(clip)
        await self._run(lambda database: database.put(clip))

    async def get(self, clip_id: str) -> Clip | None:
        """Return the clip of that id."""
        return await self._run(lambda database: database.get(clip_id))

    async def days(self, camera_id: str, zone: tzinfo) -> list[Day]:
        """Return the local days on which clips of the camera start, newest first."""
        return await self._run(lambda database: database.days(camera_id, zone))

    async def clips(
        self,
        camera_id: str,
        *,
        start: float = 0,
        end: float = math.inf,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Clip]:
        """Return the camera's clips that start in start <= t < end, newest first."""
        return await self._run(
            lambda database: database.clips(camera_id, start, end, limit, offset)
        )

    async def cameras(self) -> list[CameraSummary]:
        """Return the cameras that have clips."""
        return await self._run(lambda database: database.cameras())

    async def latest(self, camera_id: str) -> Clip | None:
        """Return the camera's newest clip."""
        clips = await self.clips(camera_id, limit=1)
        return clips[0] if clips else None

    async def totals(self) -> Totals:
        """Return how many clips there are, and their size."""
        return await self._run(lambda database: database.totals())

    async def clip_file(self, clip: Clip) -> Path | None:
        """Return the clip's file, None if it is gone or not truly below the root."""
        return await self._disk(lambda: clip_file(self._root, clip.path))

    async def thumbnail_file(self, clip: Clip) -> Path | None:
        """Return the file of the clip's thumbnail, None as for `clip_file`."""
        if clip.thumbnail is None:
            return None
        return await self._disk(lambda: thumbnail_file(self._root, clip.path))

    async def remove(self, clip_id: str) -> None:
        """Delete a clip: its file, its thumbnail, its row; unknown ids are fine.

        Raises LibraryError, and keeps the row, if the file cannot be deleted.
        """
        async with self._files:
            if (clip := await self.get(clip_id)) is None:
                return
            try:
                # The file first: after a crash in between, the row goes at the
                # next comparison; the other way round the clip would come back.
                await self._disk(lambda: self._unlink(clip))
            except OSError as error:
                raise LibraryError("the clip's file cannot be deleted") from error
            await self._run(lambda database: database.drop([(clip_id, clip.path)]))

    async def reconcile(
        self, read_tag: TagReader | None = None, *, zone: tzinfo = UTC
    ) -> Reconciled:
        """Compare rows and files, folder by folder, and make the rows true.

        Other calls go on meanwhile. ``read_tag`` replaces the reading of a
        file's own tag; ``zone`` is the local time in the names of files without
        one. Where the root is missing or empty while there are rows, a share is
        taken to be away: nothing is dropped. Folders that cannot be read are
        left as they are.
        """
        self._read_tag, self._zone = read_tag, zone
        added = dropped = 0
        try:
            on_disk = await self._disk(lambda: recovery.clip_folders(self._root))
        except OSError as error:
            raise LibraryError("the clips' folder cannot be read") from error
        known = await self._run(lambda database: database.folders())
        if known and not on_disk:
            _LOGGER.warning("The clips' folder is missing or empty; the rows are kept")
            return Reconciled(0, 0)
        for folder in sorted({*on_disk, *known}):
            try:
                changed = await self._reconcile_folder(folder, folder in on_disk)
            except OSError:
                _LOGGER.warning("A folder of clips cannot be read; its rows are kept")
                continue
            added += changed.added
            dropped += changed.dropped
        return Reconciled(added, dropped)

    async def _reconcile_folder(self, folder: str, exists: bool) -> Reconciled:
        files = (
            await self._disk(lambda: recovery.clips_in(self._root, folder))
            if exists
            else []
        )
        rows = await self._run(lambda database: database.paths_in(folder))
        dropped = 0
        if gone := rows.keys() - set(files):
            # Looked at again, for a clip may have come since the listing.
            missing = await self._disk(lambda: recovery.still_missing(self._root, gone))
            pairs = [(rows[path], path) for path in missing]
            dropped = await self._run(lambda database: database.drop(pairs))
        added = 0
        new = [path for path in files if path not in rows]
        for index in range(0, len(new), _READ_BATCH):
            added += await self._index(new[index : index + _READ_BATCH])
        return Reconciled(added, dropped)

    async def _index(self, paths: list[str]) -> int:
        # Under the lock, or a clip deleted in between would get a row again.
        async with self._files:
            clips = await self._disk(
                lambda: recovery.read_clips(
                    self._root, paths, self._read_tag, self._zone
                )
            )
            return await self._run(lambda database: database.put_found(clips))

    def _unlink(self, clip: Clip) -> None:
        for file in (
            clip_file(self._root, clip.path),
            thumbnail_file(self._root, clip.path),
        ):
            if file is not None:
                file.unlink(missing_ok=True)

    async def _disk[T](self, job: Callable[[], T]) -> T:
        if self._loop is None:
            raise LibraryClosedError("the library is not open")
        return await self._loop.run_in_executor(None, job)

    async def _run[T](self, job: Callable[[Database], T]) -> T:
        """Do a job in the library's thread; it ends also if the caller is cancelled."""
        if self._executor is None or self._loop is None:
            raise LibraryClosedError("the library is not open")
        return await self._loop.run_in_executor(self._executor, self._do, job)

    # --- in the library's thread ----------------------------------------------

    def _open(self) -> None:
        self._database = open_or_renew(self._path)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _do[T](self, job: Callable[[Database], T]) -> T:
        if self._database is None:
            raise LibraryClosedError("the library is not open")
        try:
            return job(self._database)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise LibraryError("the clip library's database failed") from error
        _LOGGER.error("The clip library's database is damaged; it is built anew")
        try:
            return job(self._renew())
        except sqlite3.Error as error:
            raise LibraryError("the clip library's database failed") from error

    def _renew(self) -> Database:
        """Replace the database that turned out damaged, and have it rebuilt."""
        self._close()
        with suppress(OSError):
            set_aside(self._path, ".damaged")
        self._database = open_or_renew(self._path)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._rebuild_soon)
        return self._database

    def _rebuild_soon(self) -> None:
        if self._executor is not None and self._rebuild is None:
            self._rebuild = asyncio.create_task(self._rebuild_rows())

    async def _rebuild_rows(self) -> None:
        try:
            result = await self.reconcile(self._read_tag, zone=self._zone)
        except LibraryError as error:
            _LOGGER.error("The clip library could not be built anew: %s", error)
        else:
            _LOGGER.info("The clip library was built anew: %d clips", result.added)
        finally:
            self._rebuild = None


def _check(clip: Clip) -> None:
    name = parse_clip(clip.path)
    if name is None or (name.clip_id, name.camera_id) != (clip.clip_id, clip.camera_id):
        raise ValueError("the clip's path is not that of its ids")
    if clip.thumbnail not in (None, relative_thumbnail(clip.path)):
        raise ValueError("the thumbnail's path is not that of the clip")
    if not 0 <= clip.start < LATEST_TIME or not math.isfinite(clip.end):
        raise ValueError("the clip's times are out of range")
