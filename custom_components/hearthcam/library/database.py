"""The rows of the library in SQLite: schema and statements.

Everything here blocks and belongs to one thread, that of `index.Library`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
import sqlite3

from .models import CameraSummary, Clip, Day, Totals

_PUT = """
    INSERT OR REPLACE INTO clip (
        clip_id, camera_id, event_id, kind, start, end, event_start, path, thumbnail,
        size, codec, width, height, has_audio, score, recovered
    ) VALUES (
        :clip_id, :camera_id, :event_id, :kind, :start, :end, :event_start, :path,
        :thumbnail, :size, :codec, :width, :height, :has_audio, :score, :recovered
    )
"""
_PUT_FOUND = _PUT.replace("OR REPLACE", "OR IGNORE", 1)

_UPGRADES: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE clip (
            clip_id TEXT NOT NULL PRIMARY KEY,
            camera_id TEXT NOT NULL,
            event_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL NOT NULL,
            event_start REAL NOT NULL,
            path TEXT NOT NULL UNIQUE,
            thumbnail TEXT,
            size INTEGER NOT NULL,
            codec TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            has_audio INTEGER NOT NULL,
            score REAL NOT NULL,
            recovered INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        # Covers counting and summing, so that neither reads the rows.
        "CREATE INDEX clip_by_camera ON clip (camera_id, start, size)",
    ),
)
"""Step n leads from schema n to n + 1; a step once released never changes."""

SCHEMA = len(_UPGRADES)


class NewerSchemaError(Exception):
    """The database was written by a newer version of the integration."""


class Database:
    """One open connection. Errors of SQLite come through as they are."""

    def __init__(self, path: Path | None) -> None:
        """Open, check and upgrade the database; None keeps it in memory only."""
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, timeout=5
        )
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise NewerSchemaError
        # WAL with FULL syncs at each commit: what was acknowledged stays, also
        # over a power cut.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        for number, statements in enumerate(_UPGRADES[version:], version + 1):
            with self._transaction():
                for statement in statements:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {number}")
        # Where the file is somebody else's this fails now, not at the first clip.
        columns = self._connection.execute("SELECT * FROM clip LIMIT 0").description
        if {name for name, *_ in columns} != {field.name for field in fields(Clip)}:
            raise sqlite3.DatabaseError("not a library")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection (which folds the write-ahead log in)."""
        self._connection.close()

    def put(self, clip: Clip) -> None:
        """Add the clip, or replace what is known of it."""
        self._connection.execute(_PUT, asdict(clip))

    def put_found(self, clips: Sequence[Clip]) -> int:
        """Add clips that were found as files; what is already there stays as it is."""
        with self._transaction():
            before = self._connection.total_changes
            self._connection.executemany(_PUT_FOUND, map(asdict, clips))
            return self._connection.total_changes - before

    def drop(self, rows: Sequence[tuple[str, str]]) -> int:
        """Remove the rows with these (clip id, path) and return how many there were."""
        with self._transaction():
            before = self._connection.total_changes
            self._connection.executemany(
                "DELETE FROM clip WHERE clip_id = ? AND path = ?", rows
            )
            return self._connection.total_changes - before

    def get(self, clip_id: str) -> Clip | None:
        """Return the clip of that id."""
        row = self._connection.execute(
            "SELECT * FROM clip WHERE clip_id = ?", (clip_id,)
        ).fetchone()
        return None if row is None else _clip(row)

    def clips(
        self, camera_id: str, start: float, end: float, limit: int, offset: int
    ) -> list[Clip]:
        """Return clips that start in start <= t < end, newest first."""
        rows = self._connection.execute(
            "SELECT * FROM clip WHERE camera_id = ? AND start >= ?"
            " AND start < ? ORDER BY start DESC LIMIT ? OFFSET ?",
            (camera_id, start, end, limit, offset),
        )
        return [_clip(row) for row in rows]

    def days(self, camera_id: str, zone: tzinfo) -> list[Day]:
        """Return the local days with clips, newest first.

        Goes from one day with clips to the one before, so that the cost follows
        the days that have some, not the number of clips.
        """
        days: list[Day] = []
        before = float("inf")
        while True:
            (latest,) = self._connection.execute(
                "SELECT max(start) FROM clip WHERE camera_id = ? AND start < ?",
                (camera_id, before),
            ).fetchone()
            if latest is None:
                return days
            day = datetime.fromtimestamp(latest, zone).date()
            # Never above the clip itself, whatever the zone's history is like.
            first = min(day_bounds(day, zone)[0], latest)
            (count,) = self._connection.execute(
                "SELECT count(*) FROM clip"
                " WHERE camera_id = ? AND start >= ? AND start < ?",
                (camera_id, first, before),
            ).fetchone()
            pictured = self._connection.execute(
                "SELECT clip_id FROM clip WHERE camera_id = ? AND start >= ?"
                " AND start < ? AND thumbnail IS NOT NULL"
                " ORDER BY start DESC LIMIT 1",
                (camera_id, first, before),
            ).fetchone()
            days.append(Day(day, count, None if pictured is None else pictured[0]))
            before = first

    def cameras(self) -> list[CameraSummary]:
        """Return what there is per camera, in the order of their ids."""
        rows = self._connection.execute(
            "SELECT camera_id, count(*), sum(size), max(start) FROM clip"
            " GROUP BY camera_id ORDER BY camera_id"
        )
        return [CameraSummary(*row) for row in rows]

    def totals(self) -> Totals:
        """Return how many clips there are, and their bytes."""
        row = self._connection.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM clip"
        ).fetchone()
        return Totals(*row)

    def folders(self) -> list[str]:
        """Return every ``<camera_id>/<date>`` that rows point into."""
        rows = self._connection.execute(
            # A date is ten characters, see `layout`.
            "SELECT DISTINCT substr(path, 1, length(camera_id) + 11) FROM clip"
        )
        return [folder for (folder,) in rows]

    def paths_in(self, folder: str) -> dict[str, str]:
        """Return path -> clip id of the rows that point into ``<camera_id>/<date>``."""
        rows = self._connection.execute(
            "SELECT path, clip_id FROM clip WHERE path > ? AND path < ?",
            # "0" is the character after "/".
            (f"{folder}/", f"{folder}0"),
        )
        return dict(rows.fetchall())


def day_bounds(day: date, zone: tzinfo) -> tuple[float, float]:
    """Return when a local day begins and ends, in seconds of the epoch."""
    first = datetime.combine(day, time(), zone)
    last = datetime.combine(day + timedelta(days=1), time(), zone)
    return first.timestamp(), last.timestamp()


def _clip(row: sqlite3.Row) -> Clip:
    columns = dict(zip(row.keys(), row, strict=True))
    for name in ("has_audio", "recovered"):
        columns[name] = bool(columns[name])
    return Clip(**columns)
