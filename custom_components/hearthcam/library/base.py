"""What all parts of the library stand on: its threads, its database, its roots."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, tzinfo
import logging
from pathlib import Path
import sqlite3
from typing import Final

from .database import Database
from .models import (
    MEDIA,
    SPOOL,
    Clip,
    HiddenError,
    LibraryClosedError,
    LibraryError,
    StorageError,
)
from .recovery import TagReader
from .repair import is_damage, open_or_renew, set_aside
from .workers import Workers

_LOGGER = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 10.0
"""For one look at the disk; a share that is asleep needs some seconds to wake."""
WORK_SECONDS: Final = 60.0
"""For a batch of work on the disk."""
_THREADS: Final = 3
"""For each store: one batch of work and, beside it, what somebody waits for."""


def _nothing(_camera_id: str, _mask: Collection[str]) -> bool:
    """Hide no clip."""
    return False


def _as_told(clip: Clip) -> Clip:
    """Believe a clip."""
    return clip


class Base:
    """Rows are read and written in one thread, files in a few, never in the loop.

    The methods are for one event loop.
    """

    def __init__(self, database: Path, root: Path, spool: Path | None = None) -> None:
        """Prepare a library; nothing is touched before `open`.

        ``database`` belongs on the local config disk; ``root`` and ``spool`` are the
        folders that hold the cameras' folders, and may be missing.
        """
        self._path = database
        self._roots = {MEDIA: root}
        if spool is not None:
            self._roots[SPOOL] = spool
        self._database: Database | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._workers: dict[str, Workers] = {}
        # Held while files go or come, and their rows with them.
        self._files = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rebuild: asyncio.Task[None] | None = None
        self._read_tag: TagReader | None = None
        self._zone: tzinfo = UTC
        self.hides: Callable[[str, Collection[str]], bool] = _nothing
        """Tells whether a camera's clip must not be shown, by the marks of what is
        black in it. Whoever wants to show a file of a clip is asked."""
        self.judge: Callable[[Clip], Clip] = _as_told
        """Returns a clip that is to have a row, with the marks that are believed of it
        (see `doubts`). Asked in the event loop."""

    def check_shown(self, camera_id: str, mask: Collection[str]) -> None:
        """Raise HiddenError where a clip in which so much is black must not be shown.

        For who hands something on later than it was looked up: a privacy zone may have
        been drawn meanwhile.
        """
        if self.hides(camera_id, mask):
            raise HiddenError("the clip shows a privacy zone")

    @property
    def root(self) -> Path:
        """Return the folder that paths of clips in the media folder are relative to."""
        return self._roots[MEDIA]

    @property
    def spool(self) -> Path | None:
        """Return the folder that paths of spooled clips are relative to."""
        return self._roots.get(SPOOL)

    def root_of(self, store: str) -> Path:
        """Return the folder that paths of a store are relative to."""
        return self._roots.get(store, self.root)

    def place_of(self, path: Path) -> tuple[str, str]:
        """Return (store, path relative to its root); ValueError outside of both."""
        for store, root in self._roots.items():
            if path.is_relative_to(root):
                return store, path.relative_to(root).as_posix()
        raise ValueError("the file is in no folder of the library")

    async def open(self) -> None:
        """Open the database; one that is damaged is replaced (see `reconcile`)."""
        self._loop = asyncio.get_running_loop()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="hearthcam-library")
        self._workers = {
            store: Workers(f"hearthcam-library-{store}", _THREADS)
            for store in self._roots
        }
        try:
            await self._loop.run_in_executor(self._executor, self._open)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the database and end the threads; may be called twice."""
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

    async def reconcile(
        self, read_tag: TagReader | None = None, *, zone: tzinfo = UTC
    ) -> object:
        """Compare rows and files; called by itself after a database was replaced."""
        raise NotImplementedError

    async def _disk[T](
        self, store: str, job: Callable[[], T], timeout: float = ANSWER_SECONDS
    ) -> T:
        """Look at a store's files; raises StorageError where that hangs."""
        if self._executor is None:
            raise LibraryClosedError("the library is not open")
        if (workers := self._workers.get(store)) is None:
            raise StorageError("there is no such folder")
        return await workers.run(job, timeout)

    async def _run[T](self, job: Callable[[Database], T]) -> T:
        """Do a job in the rows' thread; it ends also if the caller is cancelled."""
        if self._executor is None or self._loop is None:
            raise LibraryClosedError("the library is not open")
        return await self._loop.run_in_executor(self._executor, self._do, job)

    # --- in the rows' thread ----------------------------------------------------

    def _open(self) -> None:
        self._database = open_or_renew(self._path)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        for workers in self._workers.values():
            workers.close()

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
        if self._database is not None:
            self._database.close()
            self._database = None
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
            await self.reconcile(self._read_tag, zone=self._zone)
        except LibraryError as error:
            _LOGGER.error("The clip library could not be built anew: %s", error)
        else:
            _LOGGER.info("The clip library was built anew")
        finally:
            self._rebuild = None
