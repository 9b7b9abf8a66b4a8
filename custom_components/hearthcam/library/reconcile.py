"""Rows and files made to agree, folder by folder, in both stores.

What the rows say of a clip is dropped only where its file is certainly gone; files
without a row get one. A comparison that is broken off goes on where it was.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, timedelta, tzinfo
import logging
from pathlib import Path
import time
from typing import Final, override

from . import queries, recovery
from .base import WORK_SECONDS
from .files import keep, remove_empty_day, today
from .layout import clip_file, keep_file, parse_day
from .models import MEDIA, SPOOL, MediaState, Reconciled, StorageError
from .moving import Moving, bring_along
from .queries import Row
from .recovery import Folder, TagReader

_LOGGER = logging.getLogger(__name__)

READ_BATCH: Final = 50
"""Files read at once while rows are rebuilt; removals wait this long."""
FRESH_DAYS: Final = 2
"""Folders so young are compared each time: clips may have come since."""
NOTE_SECONDS: Final = 2.0
"""How often it is noted how far a comparison has come."""


class Reconciling(Moving):
    """Compares rows and files."""

    def __init__(self, database: Path, root: Path, spool: Path | None = None) -> None:
        """Prepare; see `base.Base`."""
        super().__init__(database, root, spool)
        self._comparing = asyncio.Lock()

    @override
    async def reconcile(
        self, read_tag: TagReader | None = None, *, zone: tzinfo = UTC
    ) -> Reconciled:
        """Compare rows and files, the newest days first, and make the rows true.

        Other calls go on meanwhile. ``read_tag`` replaces the reading of a
        file's own tag; ``zone`` is the local time in the names of files without
        one. Where the media folder is not ours (see `check_media`), or goes away
        meanwhile, nothing of it is dropped. Folders that cannot be read are left
        as they are. What was left over by a kill is tidied up.
        """
        self._read_tag, self._zone = read_tag, zone
        added = dropped = 0
        away = False
        async with self._comparing:
            for store in self._roots:
                try:
                    result = await self._compare_store(store)
                except StorageError as error:
                    _LOGGER.warning("Rows of clips are kept as they are: %s", error)
                    away = True
                    continue
                added += result.added
                dropped += result.dropped
        return Reconciled(added, dropped, away)

    async def _compare_store(self, store: str) -> Reconciled:
        root, key = self.root_of(store), f"compared_{store}"
        if store == MEDIA and await self.check_media() is not MediaState.HERE:
            raise StorageError("the media folder is away")
        try:
            on_disk = await self._disk(
                store, lambda: recovery.clip_folders(root), WORK_SECONDS
            )
        except OSError as error:
            raise StorageError("the clips' folder cannot be read") from error
        known = await self._run(lambda database: queries.folders(database, store))
        reached = await self._run(lambda database: database.meta(key))
        fresh = today(self._zone) - timedelta(days=FRESH_DAYS)
        added = dropped = 0
        noted = time.monotonic()
        for folder in sorted({*on_disk, *known}, key=_newest, reverse=True):
            if _day(folder) < fresh and reached and _newest(folder) >= _newest(reached):
                continue
            try:
                changed = await self._compare(store, folder)
            except OSError:
                _LOGGER.warning("A folder of clips cannot be read; its rows are kept")
                continue
            added += changed.added
            dropped += changed.dropped
            if time.monotonic() - noted >= NOTE_SECONDS:
                await self._run(lambda db: db.set_meta(key, folder))  # noqa: B023  awaited at once
                noted = time.monotonic()
        if reached or await self._run(lambda database: database.meta(key)):
            await self._run(lambda database: database.set_meta(key, None))
        return Reconciled(added, dropped)

    async def _compare(self, store: str, folder: str) -> Reconciled:
        root = self.root_of(store)
        found = await self._disk(
            store, lambda: recovery.look_into(root, folder), WORK_SECONDS
        )
        rows = await self._run(lambda database: queries.rows_in(database, folder))
        mine = {path: row for path, row in rows.items() if row.store == store}
        dropped = 0
        if gone := mine.keys() - found.clips:
            dropped = await self._drop_missing(store, gone)
        for path in sorted(found.clips & rows.keys() - mine.keys()):
            await self._settle(path, rows[path].clip_id)
            mine |= await self._row_in(store, path, rows[path].clip_id)
        added = 0
        new = sorted(found.clips - rows.keys())
        for begin in range(0, len(new), READ_BATCH):
            added += await self._index(store, new[begin : begin + READ_BATCH])
        there = {path: row for path, row in mine.items() if path in found.clips}
        await self._correct_thumbnails(store, found, there)
        await self._correct_protection(store, found, there)
        await self._tidy(store, folder, found)
        return Reconciled(added, dropped)

    async def _row_in(self, store: str, path: str, clip_id: str) -> dict[str, Row]:
        """Return the clip's row, as it is by now, if it is in the store."""
        clip = await self._run(lambda database: database.get(clip_id))
        if clip is None or clip.store != store:
            return {}
        return {path: Row(clip_id, store, clip.protected, clip.thumbnail is not None)}

    async def _drop_missing(self, store: str, gone: Iterable[str]) -> int:
        """Drop rows whose file is gone from every store."""
        # Looked at again, for a clip may have come since the listing.
        root = self.root_of(store)
        missing = await self._disk(
            store, lambda: recovery.still_missing(root, store, gone), WORK_SECONDS
        )
        elsewhere: list[str] = []
        for other, place in self._roots.items():
            if other != store:
                with suppress(StorageError):
                    elsewhere += await self._disk(
                        other,
                        lambda: recovery.present(place, missing),  # noqa: B023  awaited at once
                    )
        for path in elsewhere:
            await self._settle(path, recovery.clip_id_of(path))
        lost = [(recovery.clip_id_of(path), store) for path in missing]
        lost = [
            row for row in lost if row[0] not in map(recovery.clip_id_of, elsewhere)
        ]
        return await self._run(lambda database: database.drop(lost)) if lost else 0

    async def _settle(self, path: str, clip_id: str) -> None:
        """Decide which of two copies counts: a kill interrupted a move."""
        if (spool := self.spool) is None:
            return
        root = self.root
        async with self._files:
            clip = await self._run(lambda database: database.get(clip_id))
            if clip is None or clip.path != path:
                return
            here = await self._disk(MEDIA, lambda: _size(root, path))
            there = await self._disk(SPOOL, lambda: _size(spool, path))
            if here == clip.size or (there is None and here is not None):
                await self._run(lambda database: database.set_store(clip_id, MEDIA))
                if there is not None:
                    if there == here:
                        # Else a zone was made black since: pictures would show it.
                        await self._disk(MEDIA, lambda: bring_along(root, spool, path))
                    await self._leave_spool(path)
            elif there is not None:
                await self._run(lambda database: database.set_store(clip_id, SPOOL))

    async def _index(self, store: str, paths: list[str]) -> int:
        root = self.root_of(store)
        # Under the lock, or a clip deleted in between would get a row again.
        async with self._files:
            clips = await self._disk(
                store,
                lambda: recovery.read_clips(
                    root, store, paths, self._read_tag, self._zone
                ),
                WORK_SECONDS,
            )
            clips = [self.judge(clip) for clip in clips]
            return await self._run(lambda database: database.put_found(clips))

    async def _correct_thumbnails(
        self, store: str, found: Folder, rows: dict[str, Row]
    ) -> None:
        root = self.root_of(store)
        with_one = {path for path, row in rows.items() if row.thumbnail}
        come = (found.thumbnails & rows.keys()) - with_one
        gone = with_one - found.thumbnails
        if gone:
            still = await self._disk(store, lambda: recovery.pictured(root, gone))
            gone -= still
        for paths, present in ((come, True), (gone, False)):
            if ids := [rows[path].clip_id for path in paths]:
                await self._run(lambda db: db.set_thumbnails(ids, present))  # noqa: B023  awaited at once

    async def _correct_protection(
        self, store: str, found: Folder, rows: dict[str, Row]
    ) -> None:
        """Protect what either the row or the file beside the clip says is so."""
        root = self.root_of(store)
        protected = {path for path, row in rows.items() if row.protected}
        for path in sorted(protected - found.keeps):
            # Somebody may have given it free since.
            async with self._files:
                clip = await self._run(lambda db: db.get(rows[path].clip_id))  # noqa: B023  awaited at once
                if clip is not None and clip.protected:
                    with suppress(OSError, StorageError):
                        await self._disk(store, lambda: keep(root, path))  # noqa: B023  awaited at once
        for path in sorted((found.keeps & rows.keys()) - protected):
            async with self._files:
                if await self._disk(store, lambda: keep_file(root, path)):  # noqa: B023  awaited at once
                    ids = [rows[path].clip_id]
                    await self._run(lambda db: db.set_protected(ids, True))  # noqa: B023  awaited at once

    async def _tidy(self, store: str, folder: str, found: Folder) -> None:
        """Delete what belongs to no clip, and the folder if nothing is in it."""
        root = self.root_of(store)
        before = today(self._zone) - timedelta(days=1)
        moving = self._moves.locked()
        if found.has_orphans or not found.clips:
            await self._disk(
                store,
                lambda: _tidy_folder(root, folder, found, before, moving),
                WORK_SECONDS,
            )


def _tidy_folder(
    root: Path, folder: str, found: Folder, before: date, moving: bool
) -> None:
    with suppress(OSError):
        recovery.delete_orphans(root, folder, found, copies=not moving)
    remove_empty_day(root, folder, before=before)


def _size(root: Path, path: str) -> int | None:
    file = clip_file(root, path)
    return None if file is None else file.stat().st_size


def _newest(folder: str) -> tuple[str, str]:
    camera_id, _, day = folder.rpartition("/")
    return day, camera_id


def _day(folder: str) -> date:
    return parse_day(folder.rpartition("/")[2]) or date.max
