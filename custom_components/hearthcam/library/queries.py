"""What is asked of many rows at once, so that 100,000 clips stay quick.

Filters read indexes that hold every column they name (see `schema`); the rows
themselves are read for one page only. Everything here blocks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
import math
from typing import Final, override

from .database import Database
from .layout import day_bounds
from .models import SPOOL, CameraSummary, Clip, ClipQuery, Day, Event, KindCount, Totals
from .packing import SELECT, path_of

_EVENT: Final = "SELECT event_id, camera_id, kind, start, end, score, zones FROM event"
_LONGEST: Final = 2**62
"""As good as no limit; SQLite takes 64 bits."""


class _Where:
    """Conditions and their values."""

    def __init__(self) -> None:
        self._terms: list[str] = []
        self.values: list[object] = []

    def add(self, term: str, *values: object) -> None:
        self._terms.append(term)
        self.values.extend(values)

    def one_of(self, column: str, wanted: Iterable[str]) -> None:
        if values := list(wanted):
            marks = ", ".join("?" * len(values))
            self.add(f"{column} IN ({marks})", *values)

    def in_zones(self, database: Database, zones: Iterable[str]) -> None:
        if sought := [database.packing.sought(zone) for zone in zones]:
            # What no row knows is found in none.
            texts = [text or "-" for text in sought]
            terms = " OR ".join(["instr(zones, ?) > 0"] * len(texts))
            self.add(f"({terms})", *texts)

    def within(self, start: float, end: float) -> None:
        if start > 0:
            self.add("start >= ?", start)
        if end < math.inf:
            self.add("start < ?", end)

    @override
    def __str__(self) -> str:
        return f" WHERE {' AND '.join(self._terms)}" if self._terms else ""


def search(database: Database, query: ClipQuery) -> list[Clip]:
    """Return the clips of a query, newest first."""
    where = _Where()
    where.one_of("camera_id", query.camera_ids)
    where.one_of("kind", query.kinds)
    where.in_zones(database, query.zones)
    where.within(query.start, query.end)
    if query.protected is not None:
        where.add("protected = ?", query.protected)
    # SQLite cannot know which of the two has the rows in order already.
    alone = len(query.camera_ids) == 1 and not query.zones
    index = "clip_by_camera" if alone else "clip_by_start"
    rows = database.connection.execute(
        f"{SELECT} INDEXED BY {index}{where} ORDER BY start DESC LIMIT ? OFFSET ?",
        (*where.values, query.limit, query.offset),
    )
    return list(map(database.packing.clip, rows))


def span(database: Database, camera_id: str, start: float, end: float) -> list[Clip]:
    """Return the camera's clips with something of start <= t < end, oldest first."""
    rows = database.connection.execute(
        f"{SELECT} INDEXED BY clip_by_camera"
        " WHERE camera_id = ? AND start < ? AND end > ? ORDER BY start",
        (camera_id, min(end, _LONGEST), start),
    )
    return list(map(database.packing.clip, rows))


def days(
    database: Database, camera_id: str, zone: tzinfo, kind: str | None
) -> list[Day]:
    """Return the local days with clips, newest first.

    Goes from one day with clips to the one before, so that the cost follows
    the days that have some, not the number of clips.
    """
    condition, values = "camera_id = ?", [camera_id]
    if kind is not None:
        condition, values = f"{condition} AND kind = ?", [camera_id, kind]
    result: list[Day] = []
    before = float("inf")
    while True:
        newest = database.connection.execute(
            f"SELECT start FROM clip INDEXED BY clip_by_camera WHERE {condition}"
            " AND start < ? ORDER BY start DESC LIMIT 1",
            (*values, before),
        ).fetchone()
        if newest is None:
            return result
        (latest,) = newest
        day = datetime.fromtimestamp(latest, zone).date()
        # Never above the clip itself, whatever the zone's history is like.
        first = min(day_bounds(day, zone)[0], latest)
        (count,) = database.connection.execute(
            f"SELECT count(*) FROM clip INDEXED BY clip_by_camera WHERE {condition}"
            " AND start >= ? AND start < ?",
            (*values, first, before),
        ).fetchone()
        pictured = database.connection.execute(
            f"SELECT clip_id FROM clip INDEXED BY clip_by_camera WHERE {condition}"
            " AND start >= ? AND start < ? AND thumbnail ORDER BY start DESC LIMIT 1",
            (*values, first, before),
        ).fetchone()
        result.append(Day(day, count, None if pictured is None else pictured[0]))
        before = first


def kinds(database: Database, camera_id: str | None) -> list[KindCount]:
    """Return the kinds of clips there are, in the order of their names."""
    where = _Where()
    if camera_id is not None:
        where.add("camera_id = ?", camera_id)
    index = "clip_by_start" if camera_id is None else "clip_by_camera"
    rows = database.connection.execute(
        f"SELECT kind, count(*), max(start) FROM clip INDEXED BY {index}{where}"
        " GROUP BY kind ORDER BY kind",
        where.values,
    )
    return [KindCount(*row) for row in rows]


def cameras(database: Database) -> list[CameraSummary]:
    """Return what there is per camera, in the order of their ids."""
    rows = database.connection.execute(
        "SELECT camera_id, count(*), sum(size), max(start) FROM clip"
        " INDEXED BY clip_by_camera GROUP BY camera_id ORDER BY camera_id"
    )
    return [CameraSummary(*row) for row in rows]


def oldest(database: Database) -> float | None:
    """Return when the oldest clip starts, None without clips."""
    (start,) = database.connection.execute(
        "SELECT min(start) FROM clip INDEXED BY clip_by_start"
    ).fetchone()
    return None if start is None else float(start)


def totals(database: Database, store: str | None) -> Totals:
    """Return how many clips there are, and their bytes."""
    where = _Where()
    if store is not None:
        where.add("store = ?", store)
    row = database.connection.execute(
        "SELECT count(*), coalesce(sum(size), 0) FROM clip"
        f" INDEXED BY clip_by_camera{where}",
        where.values,
    ).fetchone()
    return Totals(*row)


def folders(database: Database, store: str) -> list[str]:
    """Return every ``<camera_id>/<date>`` that rows of the store may point into."""
    few = " INDEXED BY clip_spooled WHERE store = 'spool'"
    rows = database.connection.execute(
        "SELECT DISTINCT camera_id || '/' || substr(place, 1, 10) FROM clip"
        f"{few if store == SPOOL else ' INDEXED BY clip_by_place'}"
    )
    return [folder for (folder,) in rows]


@dataclass(frozen=True, slots=True)
class Row:
    """What a comparison needs of a clip's row."""

    clip_id: str
    store: str
    protected: bool
    thumbnail: bool


def rows_in(database: Database, folder: str) -> dict[str, Row]:
    """Return path -> row of those that point into ``<camera_id>/<date>``."""
    camera_id, _, day = folder.rpartition("/")
    rows = database.connection.execute(
        "SELECT place, clip_id, store, protected, thumbnail FROM clip"
        " INDEXED BY clip_by_place WHERE camera_id = ? AND place > ? AND place < ?",
        # "0" is the character after "/".
        (camera_id, f"{day}/", f"{day}0"),
    )
    return {
        path_of(camera_id, place, clip_id): Row(
            clip_id, store, bool(protected), bool(thumbnail)
        )
        for place, clip_id, store, protected, thumbnail in rows
    }


def put_event(database: Database, event: Event) -> None:
    """Add an event, or replace what is known of it."""
    database.connection.execute(
        """
        INSERT INTO event (event_id, camera_id, kind, start, end, score, zones)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (event_id) DO UPDATE SET camera_id = excluded.camera_id,
            kind = excluded.kind, start = excluded.start, end = excluded.end,
            score = excluded.score, zones = excluded.zones
        """,
        (
            event.event_id,
            event.camera_id,
            event.kind,
            event.start,
            event.end,
            event.score,
            database.packing.packed(event.zones),
        ),
    )


def event(database: Database, event_id: str) -> Event | None:
    """Return the event of that id."""
    row = database.connection.execute(
        f"{_EVENT} WHERE event_id = ?", (event_id,)
    ).fetchone()
    return None if row is None else _event(database, row)


def events(
    database: Database,
    camera_id: str | None,
    start: float,
    end: float,
    wanted: Iterable[str],
    zones: tuple[str, ...],
    limit: int,
    offset: int,
) -> list[Event]:
    """Return events that start in start <= t < end, newest first."""
    where = _Where()
    if camera_id is not None:
        where.add("camera_id = ?", camera_id)
    where.one_of("kind", wanted)
    where.in_zones(database, zones)
    where.within(start, end)
    alone = camera_id is not None and not zones
    index = "event_by_camera" if alone else "event_by_start"
    rows = database.connection.execute(
        f"{_EVENT} INDEXED BY {index}{where} ORDER BY start DESC LIMIT ? OFFSET ?",
        (*where.values, limit, offset),
    )
    return [_event(database, row) for row in rows]


def events_around(
    database: Database, camera_id: str, start: float, end: float
) -> list[Event]:
    """Return the camera's events with something of the span, or without an end."""
    rows = database.connection.execute(
        f"{_EVENT} INDEXED BY event_by_camera"
        " WHERE camera_id = ? AND start < ? AND (end IS NULL OR end > ?)",
        (camera_id, end, start),
    )
    return [_event(database, row) for row in rows]


def _event(
    database: Database, row: tuple[str, str, str, float, float | None, float, str]
) -> Event:
    event_id, camera_id, kind, start, end, score, zones = row
    return Event(
        event_id, camera_id, kind, start, end, score, database.packing.unpacked(zones)
    )
