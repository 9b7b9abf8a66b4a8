"""Which disk the media folder is: a marker file tells, and the rows follow it.

A share that is away leaves an empty mount point behind; believing that would drop
every row, and fill the local disk with clips that nobody finds once the share is back.
So the media folder holds a small file with an id that is also in the database. The
rows of a folder with another id are set aside, and come back when their folder does.
"""

from dataclasses import dataclass
import os
from pathlib import Path
import re
import sqlite3
import stat
from typing import Final
from uuid import uuid4

from .base import Base
from .database import Database
from .files import sync_folder
from .layout import MARKER, is_camera_id
from .models import MEDIA, MediaState, StorageError
from .packing import COLUMNS
from .recovery import folder_names

_ID: Final = re.compile(r"[0-9a-f]{32}")
_MAX_MARKER: Final = 256
_ID_KEY: Final = "media_id"
_ROOT_KEY: Final = "media_root"

_KEPT: Final = ", ".join(name for name in COLUMNS if name != "store")


@dataclass(frozen=True, slots=True)
class _Look:
    """What is at the root: the marker's id, and whether there are cameras' folders."""

    marker: str | None
    cameras: frozenset[str]


class Volumes(Base):
    """Keeps the rows with the disk that they speak of."""

    @property
    def marker(self) -> Path:
        """Return the path of the marker, which is there while the folder is ours."""
        return self.root / MARKER

    async def check_media(self) -> MediaState:
        """Tell whether the media folder is ours; a new one is marked as such.

        Where it is another one that was in use before, or the folder was changed in
        the settings, its rows are taken up and those of the other one set aside.
        """
        async with self._files:
            return await self._look(anew=False)

    async def adopt_media(self) -> MediaState:
        """Take the folder that is there (`STRANGE`) for ours from now on.

        The rows of the one before are set aside.
        """
        async with self._files:
            return await self._look(anew=True)

    async def _look(self, *, anew: bool) -> MediaState:
        """Do `check_media` or, ``anew``, `adopt_media`, under the files' lock."""
        try:
            look = await self._disk(MEDIA, lambda: _look(self.root))
            volume = look.marker
            if volume is None:
                volume = await self._run(
                    lambda database: _to_mark(database, self.root, look, anew)
                )
                if volume is None:
                    return MediaState.STRANGE
                marked = volume
                await self._disk(MEDIA, lambda: _write_marker(self.root, marked))
        except OSError, StorageError:
            return MediaState.AWAY
        bound = volume
        await self._run(lambda database: _bind(database, bound, self.root))
        return MediaState.HERE


def _look(root: Path) -> _Look:
    return _Look(read_marker(root), frozenset(filter(is_camera_id, folder_names(root))))


def read_marker(root: Path) -> str | None:
    """Return the id in the root's marker, None without one. Blocks.

    Raises OSError where there is no root, or the disk cannot be read.
    """
    path = root / MARKER
    if not stat.S_ISDIR(root.stat().st_mode):
        raise NotADirectoryError
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with path.open("rb") as file:
            text = file.read(_MAX_MARKER).decode(errors="replace").strip()
    except FileNotFoundError:
        return None
    return text if _ID.fullmatch(text) else None


def _write_marker(root: Path, volume: str) -> None:
    """Mark the root, durably. Raises OSError."""
    draft = root / f"{MARKER}.new"
    # Whatever has that name may be a link to somewhere else.
    draft.unlink(missing_ok=True)
    with draft.open("x") as file:
        file.write(f"{volume}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(root / MARKER)
    sync_folder(root)


def _to_mark(database: Database, root: Path, look: _Look, anew: bool) -> str | None:
    """Return the id to mark the root with, None if it is not to be ours."""
    bound = database.meta(_ID_KEY)
    rows = database.connection.execute(
        "SELECT DISTINCT camera_id FROM clip WHERE store = 'media'"
    )
    known = {camera_id for (camera_id,) in rows}
    if anew:
        return uuid4().hex
    if not known:
        return bound or uuid4().hex
    if bound is None:
        # Rows of a version that knew no marker: the folder is theirs if it looks so.
        return uuid4().hex if known & look.cameras else None
    if database.meta(_ROOT_KEY) != str(root):
        # Another folder was chosen.
        return uuid4().hex
    return None


def _bind(database: Database, volume: str, root: Path) -> None:
    """Make the rows those of this volume."""
    bound = database.meta(_ID_KEY)
    if (bound, database.meta(_ROOT_KEY)) == (volume, str(root)):
        return
    with database.transaction():
        if bound is not None and bound != volume:
            _swap(database.connection, bound, volume)
        database.set_meta(_ID_KEY, volume)
        database.set_meta(_ROOT_KEY, str(root))


def _swap(connection: sqlite3.Connection, gone: str, come: str) -> None:
    connection.execute(
        f"INSERT OR REPLACE INTO away (volume, {_KEPT})"
        f" SELECT ?, {_KEPT} FROM clip WHERE store = 'media'",
        (gone,),
    )
    connection.execute("DELETE FROM clip WHERE store = 'media'")
    connection.execute(
        f"INSERT OR IGNORE INTO clip ({_KEPT}, store)"
        f" SELECT {_KEPT}, 'media' FROM away WHERE volume = ? ORDER BY start",
        (come,),
    )
    connection.execute("DELETE FROM away WHERE volume = ?", (come,))
