"""The library's SQLite database: its connection, and the rows of single clips.

Everything here blocks and belongs to one thread, that of `base.Base`. What reads
many rows is in `queries`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
import sqlite3
from typing import Final

from .models import Clip
from .packing import COLUMNS, INSERT, SELECT, Packing
from .schema import SCHEMA, UPGRADES

# What the user said of a clip stays when the clip is told of again.
_PUT: Final = (
    f"{INSERT} ON CONFLICT (clip_id) DO UPDATE SET "
    + ", ".join(
        f"{name} = excluded.{name}"
        for name in COLUMNS
        if name not in ("clip_id", "protected")
    )
    + ", protected = max(protected, excluded.protected)"
)
_PUT_FOUND: Final = f"{INSERT} ON CONFLICT DO NOTHING"


class NewerSchemaError(Exception):
    """The database was written by a newer version of the integration."""


class Database:
    """One open connection. Errors of SQLite come through as they are."""

    def __init__(self, path: Path | None) -> None:
        """Open, check and upgrade the database; None keeps it in memory only."""
        self.connection: Final = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, timeout=5
        )
        self.packing: Final = Packing(self.connection)
        try:
            self._prepare()
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise NewerSchemaError
        # WAL with FULL syncs at each commit: what was acknowledged stays, also
        # over a power cut.
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        (verdict,) = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        for number, statements in enumerate(UPGRADES[version:], version + 1):
            with self.transaction():
                for statement in statements:
                    self.connection.execute(statement)
                self.connection.execute(f"PRAGMA user_version = {number}")
        # Where the file is somebody else's this fails now, not at the first clip.
        columns = self.connection.execute("SELECT * FROM clip LIMIT 0").description
        if {name for name, *_ in columns} != {"id", *COLUMNS}:
            raise sqlite3.DatabaseError("not a library")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do what is inside wholly or not at all, durably."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            self.packing.forget()
            raise
        self.connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection (which folds the write-ahead log in)."""
        self.connection.close()

    def put(self, clip: Clip) -> None:
        """Add the clip, or replace what is known of it; it stays protected."""
        self.connection.execute(_PUT, self.packing.values(clip))

    def put_found(self, clips: Iterable[Clip]) -> int:
        """Add clips that were found as files; what is already there stays as it is."""
        with self.transaction():
            rows = [self.packing.values(clip) for clip in clips]
            return self.connection.executemany(_PUT_FOUND, rows).rowcount

    def drop(self, rows: Sequence[tuple[str, str]]) -> int:
        """Remove the rows with these (clip id, store) and return how many there were."""
        with self.transaction():
            return self.connection.executemany(
                "DELETE FROM clip WHERE clip_id = ? AND store = ?", rows
            ).rowcount

    def get(self, clip_id: str) -> Clip | None:
        """Return the clip of that id."""
        row = self.connection.execute(
            f"{SELECT} WHERE clip_id = ?", (clip_id,)
        ).fetchone()
        return None if row is None else self.packing.clip(row)

    def set_protected(self, clip_ids: Iterable[str], protected: bool) -> None:
        """Protect clips, or no longer."""
        with self.transaction():
            self.connection.executemany(
                "UPDATE clip SET protected = ? WHERE clip_id = ?",
                [(protected, clip_id) for clip_id in clip_ids],
            )

    def set_thumbnails(self, clip_ids: Iterable[str], present: bool) -> None:
        """Note which clips have a thumbnail, or have none."""
        with self.transaction():
            self.connection.executemany(
                "UPDATE clip SET thumbnail = ? WHERE clip_id = ?",
                [(present, clip_id) for clip_id in clip_ids],
            )

    def set_store(self, clip_id: str, store: str) -> None:
        """Note that the clip's file lies in another store now."""
        self.connection.execute(
            "UPDATE clip SET store = ? WHERE clip_id = ?", (store, clip_id)
        )

    def meta(self, key: str) -> str | None:
        """Return what was noted of the library as a whole."""
        row = self.connection.execute(
            "SELECT value FROM meta WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str | None) -> None:
        """Note something of the library as a whole, or forget it."""
        if value is None:
            self.connection.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            self.connection.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value)
            )
