"""Clips of before in which a privacy zone is to be made black yet."""

from collections.abc import Collection
from dataclasses import replace

from .database import Database
from .doubts import with_doubt
from .files import remove_preview, unlink, write_preview
from .keeping import Keeping
from .models import MEDIA, SPOOL, Clip, StorageError
from .packing import SELECT

type Shape = tuple[int, int]


class Hiding(Keeping):
    """Finds them, and notes what was made black."""

    async def lacking(
        self,
        camera_id: str,
        marks: Collection[str],
        doubts: Collection[str] = (),
        *,
        limit: int = 20,
        offset: int = 0,
    ) -> list[Clip]:
        """Return a camera's clips in which not all of ``marks`` is black, newest first.

        And those that carry one of ``doubts``, which are marks, and are not believed
        to. Only those in the media folder: what is spooled may be moved at any moment.
        """
        return await self._run(
            lambda database: _lacking(database, camera_id, marks, doubts, limit, offset)
        )

    async def count_lacking(
        self, camera_id: str, marks: Collection[str], doubts: Collection[str] = ()
    ) -> int:
        """Return how many there are, spooled ones as well."""
        return await self._run(
            lambda database: _count_lacking(database, camera_id, marks, doubts)
        )

    async def distrust(
        self, camera_id: str, marks: Collection[str], since: float, until: float
    ) -> int:
        """Believe no clip of ``since`` < t < ``until`` any more that carries ``marks``.

        Those in media folders that are not here are among them. On disk, or nothing of
        it is, when this returns how many there were; doing it again changes nothing.
        """
        return await self._run(
            lambda database: _distrust(database, camera_id, marks, since, until)
        )

    async def put_preview(self, clip: Clip, data: bytes) -> None:
        """Keep a clip's preview, unless more is black in the clip by now.

        Raises StorageError where that cannot be written.
        """
        async with self._files:
            row = await self._run(lambda database: database.get(clip.clip_id))
            if row is None or row.mask != clip.mask:
                return
            root = self.root_of(row.store)
            try:
                await self._disk(row.store, lambda: write_preview(root, row.path, data))
            except OSError as error:
                raise StorageError("the preview cannot be written") from error

    async def forget_preview(self, clip: Clip) -> None:
        """Delete a clip's preview, which can be made again. Raises StorageError."""
        async with self._files:
            root = self.root_of(clip.store)
            try:
                await self._disk(clip.store, lambda: remove_preview(root, clip.path))
            except OSError as error:
                raise StorageError("the preview cannot be deleted") from error

    async def blacked_out(
        self, clip_id: str, mask: Collection[str], size: int, codec: str, shape: Shape
    ) -> Clip | None:
        """Note what a clip's new file is like; its preview of before is deleted.

        ``shape`` is (width, height) in pixels. None for a clip that is gone. Raises
        StorageError, and the row stays, where what shows more cannot be deleted.
        """
        async with self._files:
            clip = await self._run(lambda database: database.get(clip_id))
            if clip is None:
                return None
            root, path = self.root_of(clip.store), clip.path
            # First, for it may be shown as soon as the row says that all is black.
            try:
                await self._disk(clip.store, lambda: remove_preview(root, path))
                if clip.store == MEDIA and (spool := self.spool) is not None:
                    # A move may have left its source, which is found where the media
                    # folder is away.
                    await self._disk(SPOOL, lambda: unlink(spool, SPOOL, path))
            except OSError as error:
                raise StorageError("what shows more cannot be deleted") from error
            width, height = shape
            clip = replace(
                clip,
                mask=tuple(sorted(mask)),
                size=size,
                codec=codec,
                width=width,
                height=height,
            )
            await self._run(lambda database: database.put(clip))
            return clip


def _condition(
    database: Database, marks: Collection[str], doubts: Collection[str]
) -> tuple[str, list[str]]:
    """Return what tells that one of ``marks`` is missing, or one of ``doubts`` there."""
    sought = [database.packing.sought(mark) for mark in sorted(marks)]
    texts = [text for text in sought if text is not None]
    if len(texts) < len(sought):
        # No clip at all has one of them.
        return "1", []
    condition = f"NOT ({' AND '.join(['instr(mask, ?) > 0'] * len(texts)) or '1'})"
    for mark in sorted(doubts):
        if (text := database.packing.sought(with_doubt(mark))) is not None:
            condition += " OR instr(mask, ?) > 0"
            texts.append(text)
    return f"({condition})", texts


def _lacking(
    database: Database,
    camera_id: str,
    marks: Collection[str],
    doubts: Collection[str],
    limit: int,
    offset: int,
) -> list[Clip]:
    condition, texts = _condition(database, marks, doubts)
    rows = database.connection.execute(
        f"{SELECT} INDEXED BY clip_by_camera WHERE camera_id = ? AND store = ?"
        f" AND {condition} ORDER BY start DESC LIMIT ? OFFSET ?",
        (camera_id, MEDIA, *texts, limit, offset),
    )
    return list(map(database.packing.clip, rows))


def _count_lacking(
    database: Database, camera_id: str, marks: Collection[str], doubts: Collection[str]
) -> int:
    condition, texts = _condition(database, marks, doubts)
    (count,) = database.connection.execute(
        f"SELECT count(*) FROM clip WHERE camera_id = ? AND {condition}",
        (camera_id, *texts),
    ).fetchone()
    return int(count)


def _distrust(
    database: Database,
    camera_id: str,
    marks: Collection[str],
    since: float,
    until: float,
) -> int:
    changed = 0
    with database.transaction():
        for mark in sorted(marks):
            if (carried := database.packing.sought(mark)) is None:
                # No clip at all has it.
                continue
            for table in ("clip", "away"):
                changed += database.connection.execute(
                    f"UPDATE {table} SET mask = replace(mask, ?, ?) WHERE camera_id = ?"
                    " AND end > ? AND start < ? AND instr(mask, ?) > 0",
                    (
                        carried,
                        database.packing.packed((with_doubt(mark),)),
                        camera_id,
                        since,
                        until,
                        carried,
                    ),
                ).rowcount
    return changed
