"""Retention: what `retention` plans is deleted, a few clips at a time."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
import logging
from pathlib import Path
import time
from typing import Final

from . import aging, queries
from .base import WORK_SECONDS
from .files import remove_empty_day, unlink
from .keeping import Keeping
from .models import MEDIA, SPOOL, Clip, Enforced, MediaState, StorageError
from .retention import DAY, AgeClock, Limits, Room, expired, oldest

_LOGGER = logging.getLogger(__name__)

BATCH: Final = 50
"""Clips deleted at once: others wait that long for the files."""
EVENTS_BATCH: Final = 200
"""Rows of events dropped in one transaction."""
_PASSED_KEY: Final = "passed_at"

type FreeReader = Callable[[], int]
"""Returns the bytes free on the media folder's disk; may block and raise OSError."""


class _Pass:
    """What one pass did."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.deleted = 0
        self.bytes = 0
        # Clips whose files cannot be deleted: not tried again in this pass.
        self.stuck: set[str] = set()


class Pruning(Keeping):
    """Deletes what is too old or too much."""

    def __init__(self, database: Path, root: Path, spool: Path | None = None) -> None:
        """Prepare; see `base.Base`."""
        super().__init__(database, root, spool)
        self._age_clock = AgeClock()

    async def enforce(
        self,
        limits: Limits,
        free: FreeReader,
        *,
        now: float | None = None,
        steady: float | None = None,
    ) -> Enforced:
        """Delete what the limits do not allow, the oldest first; protected clips never.

        ``free`` is called in one of the media folder's threads. ``now`` and
        ``steady`` stand in for the clocks. A media folder that is away keeps what it
        has. Raises StorageError where the disk cannot be read or does not answer.
        """
        doing = _Pass(await self._age_now(now, steady))
        here = await self.check_media() is MediaState.HERE
        for camera_id, kind in await self._run(aging.camera_kinds):
            await self._age_out(doing, limits, camera_id, kind, here)
        await self._age_out_misdated(doing, limits, here)
        await self._age_out_events(doing.now, limits)
        await self._shrink_spool(doing, limits.spool_size)
        short_by = await self._make_space(doing, limits, free) if here else 0
        return Enforced(doing.deleted, doing.bytes, short_by)

    async def make_room(
        self, needed: int, limits: Limits, free: FreeReader
    ) -> Enforced:
        """Make space for ``needed`` bytes in the media folder beside the limits.

        Deletes for their size only, whatever their age; otherwise as `enforce`.
        """
        doing = _Pass(await self._age_now(None, None))
        if await self.check_media() is not MediaState.HERE:
            raise StorageError("the media folder is away")
        most = limits.max_size
        limits = replace(
            limits,
            min_free=limits.min_free + needed,
            max_size=None if most is None else max(0, most - needed),
        )
        short_by = await self._make_space(doing, limits, free)
        return Enforced(doing.deleted, doing.bytes, short_by)

    async def _age_now(self, now: float | None, steady: float | None) -> float:
        last = await self._run(lambda database: database.meta(_PASSED_KEY))
        result = self._age_clock.now(
            time.time() if now is None else now,
            time.monotonic() if steady is None else steady,
            None if last is None else float(last),
        )
        if last is None or abs(result - float(last)) > 60:
            await self._run(
                lambda database: database.set_meta(_PASSED_KEY, str(result))
            )
        return result

    async def _age_out(
        self, doing: _Pass, limits: Limits, camera_id: str, kind: str, here: bool
    ) -> None:
        if (cutoff := limits.cutoff(camera_id, kind, doing.now)) is None:
            return
        stores = (MEDIA, SPOOL) if here else (SPOOL,)
        after = -1.0
        while True:
            clips, events = await self._run(
                partial(
                    aging.candidates,
                    camera_id=camera_id,
                    kind=kind,
                    cutoff=cutoff,
                    after=after,
                    limit=BATCH,
                )
            )
            if not clips:
                return
            old = expired(clips, events, limits, doing.now)
            await self._delete(doing, [clip for clip in old if clip.store in stores])
            after = clips[-1].start

    async def _age_out_misdated(self, doing: _Pass, limits: Limits, here: bool) -> None:
        stores = (MEDIA, SPOOL) if here else (SPOOL,)
        aged = await self._run(lambda database: aging.misdated(database, doing.now))
        old = []
        for recorded, clip in aged:
            cutoff = limits.cutoff(clip.camera_id, clip.kind, doing.now)
            if clip.store in stores and cutoff is not None and recorded < cutoff:
                old.append(clip)
        await self._delete(doing, old)

    async def _age_out_events(self, now: float, limits: Limits) -> None:
        for camera_id, kind in await self._run(aging.event_kinds):
            if (cutoff := limits.cutoff(camera_id, kind, now)) is None:
                continue
            drop = partial(
                aging.drop_events,
                camera_id=camera_id,
                kind=kind,
                cutoff=cutoff,
                limit=EVENTS_BATCH,
            )
            while await self._run(drop):
                pass
        if (longest := limits.longest()) is not None:
            before = now - longest * DAY
            await self._run(lambda database: aging.drop_away(database, before))

    async def _shrink_spool(self, doing: _Pass, most: int | None) -> None:
        if most is None:
            return
        while True:
            totals = await self._run(lambda database: queries.totals(database, SPOOL))
            if not await self._delete_oldest(doing, SPOOL, totals.size - most):
                return

    async def _make_space(self, doing: _Pass, limits: Limits, free: FreeReader) -> int:
        """Return by how many bytes the limits are still exceeded."""
        room: Room | None = None
        while True:
            size = (await self._run(lambda db: queries.totals(db, MEDIA))).size
            try:
                left = await self._disk(MEDIA, free)
            except OSError as error:
                raise StorageError("the media folder cannot be read") from error
            over = size - limits.max_size if limits.max_size is not None else 0
            lacking = limits.min_free - left
            needed = max(over, lacking)
            if needed <= 0:
                return 0
            room = room or Room(left, max(0, lacking))
            if over <= 0 and not room.helps(left):
                _LOGGER.warning("Deleting clips does not make room on their disk")
                return needed
            before = doing.bytes
            if not await self._delete_oldest(doing, MEDIA, needed):
                return needed
            room.deleted(doing.bytes - before)

    async def _delete_oldest(self, doing: _Pass, store: str, needed: int) -> bool:
        """Delete some of the store's oldest clips; False if there is nothing to."""
        if needed <= 0:
            return False
        count = BATCH + len(doing.stuck)
        clips = await self._run(
            lambda database: aging.oldest(database, store, doing.now, count)
        )
        clips = [clip for clip in clips if clip.clip_id not in doing.stuck]
        chosen = oldest(clips[:BATCH], needed)
        await self._delete(doing, chosen)
        return bool(chosen)

    async def _delete(self, doing: _Pass, clips: list[Clip]) -> None:
        for store in (MEDIA, SPOOL):
            chosen = [clip for clip in clips if clip.store == store]
            for begin in range(0, len(chosen), BATCH):
                await self._delete_batch(doing, store, chosen[begin : begin + BATCH])

    async def _delete_batch(self, doing: _Pass, store: str, clips: list[Clip]) -> None:
        ids = [clip.clip_id for clip in clips]
        root = self.root_of(store)
        # Nobody writes to a day that is over.
        before = datetime.fromtimestamp(doing.now - DAY, self._zone).date()
        async with self._files:
            # Read again: somebody may have protected one, or moved it.
            clips = await self._run(
                lambda database: aging.unprotected(database, ids, store)
            )
            gone = await self._disk(
                store, lambda: _unlink_all(root, store, clips, before), WORK_SECONDS
            )
            await self._run(
                lambda database: database.drop([(clip_id, store) for clip_id in gone])
            )
        for clip in clips:
            if clip.clip_id in gone:
                doing.deleted += 1
                doing.bytes += clip.size
            else:
                doing.stuck.add(clip.clip_id)
        if clips and not gone:
            raise StorageError("no clip can be deleted")


def _unlink_all(
    root: Path, store: str, clips: Iterable[Clip], before: date
) -> set[str]:
    """Return the ids of the clips that are deleted. Blocks."""
    gone: set[str] = set()
    folders: set[str] = set()
    for clip in clips:
        try:
            unlink(root, store, clip.path)
        except OSError as error:
            _LOGGER.debug("A clip cannot be deleted: %s", error.strerror)
        else:
            gone.add(clip.clip_id)
            folders.add(clip.path.rpartition("/")[0])
    for folder in folders:
        remove_empty_day(root, folder, before=before)
    return gone
