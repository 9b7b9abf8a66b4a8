"""What to do when the library's database cannot be used. Everything here blocks."""

from contextlib import suppress
import logging
from pathlib import Path
import sqlite3

from .database import Database, NewerSchemaError

_LOGGER = logging.getLogger(__name__)

_PLACE_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""What speaks of the place, not of the database, which may be sound."""


def open_or_renew(path: Path) -> Database:
    """Open the database; its rows may have to be rebuilt from files afterwards.

    A damaged database, or one that a newer version wrote, is set aside for a
    new one; where none can be kept on disk, it is kept in memory. Only what
    SQLite cannot do even in memory raises.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Database(path)
    except NewerSchemaError:
        _LOGGER.warning(
            "The clip library was written by a newer version; it is set aside"
            " and built anew from the clips' files"
        )
        suffix = ".newer"
    except OSError as error:
        return _in_memory(error)
    except sqlite3.Error as error:
        if _code(error) in _PLACE_TROUBLE:
            return _in_memory(error)
        _LOGGER.error(
            "The clip library's database is damaged; it is set aside and built"
            " anew from the clips' files"
        )
        suffix = ".damaged"
    try:
        set_aside(path, suffix)
        return Database(path)
    except (OSError, sqlite3.Error) as error:
        return _in_memory(error)


def _in_memory(error: Exception) -> Database:
    _LOGGER.error(
        "The clip library cannot be kept on disk (%s); it is kept in memory until"
        " the next start",
        type(error).__name__,
    )
    return Database(None)


def set_aside(path: Path, suffix: str) -> None:
    """Rename the database and what belongs to it; the one set aside before goes."""
    for part in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{part}").replace(
                path.with_name(f"{path.name}{suffix}{part}")
            )


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the error means that the database itself is beyond use."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 where Python raised the error."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
