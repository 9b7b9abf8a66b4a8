"""Clips for players: their reels, read from files that may still grow."""

from collections import OrderedDict
from dataclasses import dataclass
import os
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from .base import Base
from .layout import clip_file, part_file
from .reel import Reel

READ_SECONDS: Final = 20.0
"""For one piece of a clip; a share that is asleep needs some seconds to wake."""
_KEPT: Final = 32
"""Reels that are remembered: about 30 bytes for each frame, and each bit of sound."""

type _Identity = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class OpenReel:
    """A reel with its clip's file, to be read from until it is closed."""

    reel: Reel
    store: str
    file: BinaryIO

    @property
    def size(self) -> int:
        """How many bytes there are so far."""
        return self.reel.size


class _Reels:
    """The reels of the clips that were played last; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reels: OrderedDict[str, tuple[_Identity | None, Reel]] = OrderedDict()

    def of(self, clip_id: str, identity: _Identity | None) -> Reel:
        """Return the clip's reel; None as identity means that its file grows."""
        with self._lock:
            known, reel = self._reels.pop(clip_id, (None, Reel()))
            if known != identity:
                reel = Reel()
            self._reels[clip_id] = (identity, reel)
            if len(self._reels) > _KEPT:
                self._reels.popitem(last=False)
            return reel

    def forget(self, clip_id: str) -> None:
        """Begin anew with a clip whose file is not what it should be."""
        with self._lock:
            self._reels.pop(clip_id, None)


class Playback(Base):
    """Opens and reads clips as players take them; see `reel`."""

    def __init__(self, database: Path, root: Path, spool: Path | None = None) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__(database, root, spool)
        self._reels: Final = _Reels()

    async def open_reel(self, clip_id: str, store: str, path: str) -> OpenReel | None:
        """Open the clip at ``path``, finished or not; None if there is no file.

        Raises BoxError for a file that is no clip, StorageError, OSError.
        """
        # It may be moved to the other store at any moment.
        for place in (store, *(other for other in self._roots if other != store)):
            root = self.root_of(place)
            opened = await self._disk(
                place,
                lambda: self._open_reel(clip_id, root, place, path),  # noqa: B023  awaited at once
                READ_SECONDS,
            )
            if opened is not None:
                return opened
        return None

    async def part_of(self, store: str, path: str) -> Path | None:
        """Return the unfinished file of the clip at ``path``; None if there is none."""
        root = self.root_of(store)
        return await self._disk(store, lambda: part_file(root, path))

    async def read_reel(self, opened: OpenReel, position: int, amount: int) -> bytes:
        """Return bytes of the reel, fewer at its end. Raises as `open_reel` does."""
        return await self._disk(
            opened.store,
            lambda: opened.reel.read(opened.file, position, amount),
            READ_SECONDS,
        )

    async def close_reel(self, opened: OpenReel) -> None:
        """Close the file. Raises StorageError."""
        await self._disk(opened.store, opened.file.close)

    def _open_reel(
        self, clip_id: str, root: Path, store: str, path: str
    ) -> OpenReel | None:
        # What is finished has the last word; it may become so at any moment.
        for find, whole in ((clip_file, True), (part_file, False), (clip_file, True)):
            if (place := find(root, path)) is None:
                continue
            try:
                file = os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW), "rb")
            except FileNotFoundError:
                continue
            try:
                status = os.fstat(file.fileno())
                identity = (status.st_ino, status.st_size, status.st_mtime_ns)
                reel = self._reels.of(clip_id, identity if whole else None)
                reel.update(file, whole=whole)
            except BaseException:
                file.close()
                self._reels.forget(clip_id)
                raise
            return OpenReel(reel, store, file)
        return None
