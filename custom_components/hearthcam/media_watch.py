"""How the media folder fares: whether it is there, is ours, takes files, and is full."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
import errno
import os
from pathlib import Path
import shutil
from typing import Final

from .library.index import Library
from .library.models import MediaState, StorageError
from .library.workers import Workers

LOOK_SECONDS: Final = 10.0
"""What a look may take before the disk counts as one that hangs."""
TRIAL_FILE: Final = ".hearthcam-trial"

type SpaceReader = Callable[[Path], tuple[int, int]]
"""Returns (bytes in all, bytes free) of the disk that holds a folder; may raise OSError."""


class MediaTrouble(StrEnum):
    """Why no clip can be written to the media folder."""

    AWAY = "away"
    """It is not there."""
    STRANGE = "strange"
    """There is a folder, but not the one that the clips are in."""
    READ_ONLY = "read_only"
    FAILING = "failing"
    """It does not answer, or answers with errors."""


@dataclass(frozen=True, slots=True)
class MediaView:
    """What a look found; sizes in bytes, of the whole disk."""

    trouble: MediaTrouble | None = None
    total: int = 0
    free: int = 0


def disk_space(folder: Path) -> tuple[int, int]:
    """Return (bytes in all, bytes free); blocks, raises OSError."""
    usage = shutil.disk_usage(folder)
    return usage.total, usage.free


class MediaWatch:
    """Looks at the media folder, in a thread of its own and never for ever."""

    def __init__(self, library: Library, space: SpaceReader = disk_space) -> None:
        """Prepare to look at the root of an open library."""
        self.view: MediaView | None = None
        self._library = library
        self._space = space
        self._workers = Workers("hearthcam-media", 1)

    async def look(self, *, thorough: bool = False) -> MediaView:
        """Return how the folder fares now; raises LibraryClosedError.

        A ``thorough`` look writes a file, which wakes a disk that sleeps; so is one
        after a look that found trouble.
        """
        if self.view is None or self.view.trouble is not None:
            thorough = True
        self.view = await self._look(thorough)
        return self.view

    def free(self) -> int:
        """Return the bytes free now; blocks, raises OSError."""
        return self._space(self._library.root)[1]

    async def make_root(self) -> None:
        """Make the folder where it is missing; that it cannot be made is seen later."""
        with suppress(StorageError):
            await self._workers.run(self._make_root, LOOK_SECONDS)

    async def _look(self, thorough: bool) -> MediaView:
        state = await self._library.check_media()
        if state is MediaState.STRANGE:
            return MediaView(MediaTrouble.STRANGE)
        try:
            view = await self._workers.run(
                lambda: self._look_inside(thorough), LOOK_SECONDS
            )
        except StorageError:
            return MediaView(MediaTrouble.FAILING)
        if state is MediaState.AWAY and view.trouble is None:
            # It was mounted just now; or its marker can neither be read nor made.
            state = await self._library.check_media()
            if state is MediaState.STRANGE:
                return MediaView(MediaTrouble.STRANGE)
            if state is MediaState.AWAY:
                return MediaView(MediaTrouble.FAILING, view.total, view.free)
        return view

    def close(self) -> None:
        """End the thread; blocks a moment."""
        self._workers.close()

    # --- in the watch's thread ----------------------------------------------------

    def _look_inside(self, thorough: bool) -> MediaView:
        root = self._library.root
        try:
            total, free = self._space(root)
            if thorough:
                return MediaView(_try_writing(root), total, free)
            # That of a mount as well, not only the folder's own mode.
            writable = os.access(root, os.W_OK)
            trouble = None if writable else MediaTrouble.READ_ONLY
            return MediaView(trouble, total, free)
        except FileNotFoundError, NotADirectoryError:
            return MediaView(MediaTrouble.AWAY)
        except OSError:
            return MediaView(MediaTrouble.FAILING)

    def _make_root(self) -> None:
        with suppress(OSError):
            self._library.root.mkdir(parents=True, exist_ok=True)


def _try_writing(root: Path) -> MediaTrouble | None:
    """Make a file and delete it: what a mount's flags say is not always so."""
    trial = root / TRIAL_FILE
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        os.close(os.open(trial, flags, 0o600))
        trial.unlink()
    except OSError as err:
        match err.errno:
            case errno.EROFS | errno.EACCES | errno.EPERM:
                return MediaTrouble.READ_ONLY
            case errno.ENOSPC | errno.EDQUOT:
                # Full is no trouble of the folder: making room is what helps.
                return None
            case _:
                return MediaTrouble.FAILING
    return None
