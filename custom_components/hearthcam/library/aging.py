"""What retention asks of the rows: what is old, and what is oldest. Blocks."""

from collections.abc import Sequence
from typing import Final

from .database import Database
from .models import CONTINUOUS, Clip, Event
from .packing import SELECT, SELECT_AND
from .queries import events_around
from .retention import DAY, EVENT_MARGIN, UNENDED_SECONDS

_MISDATED_AT_ONCE: Final = 500


def camera_kinds(database: Database) -> list[tuple[str, str]]:
    """Return every camera id with every kind that it has clips of."""
    return database.connection.execute(
        "SELECT DISTINCT camera_id, kind FROM clip INDEXED BY clip_by_camera"
    ).fetchall()


def candidates(
    database: Database,
    camera_id: str,
    kind: str,
    cutoff: float,
    after: float,
    limit: int,
) -> tuple[list[Clip], list[Event]]:
    """Return clips that ended before ``cutoff`` and start behind ``after``.

    The oldest come first; with segments come the events that may overlap them.
    """
    rows = database.connection.execute(
        f"{SELECT} INDEXED BY clip_by_camera WHERE camera_id = ? AND start > ?"
        " AND start < ? AND end < ? AND kind = ? AND protected = 0"
        " ORDER BY start LIMIT ?",
        (camera_id, after, cutoff, cutoff, kind, limit),
    )
    clips = list(map(database.packing.clip, rows))
    if kind != CONTINUOUS or not clips:
        return clips, []
    start = clips[0].start - EVENT_MARGIN
    end = max(clip.end for clip in clips) + EVENT_MARGIN
    return clips, events_around(database, camera_id, start, end)


def oldest(database: Database, store: str, now: float, limit: int) -> list[Clip]:
    """Return unprotected clips of a store, the oldest first (see `misdated`)."""
    rows = database.connection.execute(
        f"{SELECT} INDEXED BY clip_by_start WHERE protected = 0 AND store = ?"
        " AND start <= ? ORDER BY start LIMIT ?",
        (store, now + DAY, limit),
    )
    clips = [(clip.start, clip) for clip in map(database.packing.clip, rows)]
    wrong = [
        (age, clip) for age, clip in misdated(database, now) if clip.store == store
    ]
    # It was added before what it is as old as.
    ordered = sorted(wrong + clips, key=lambda aged: aged[0])
    return [clip for _, clip in ordered[:limit]]


def misdated(database: Database, now: float) -> list[tuple[float, Clip]]:
    """Return unprotected clips from the future, and when they were recorded at last.

    They come of a clock that was wrong, and are as old as what was added after them.
    """
    rows = database.connection.execute(
        f"""
        {SELECT_AND} coalesce((
            SELECT later.start FROM clip AS later
            WHERE later.id > clip.id AND later.start <= :latest
            ORDER BY later.id LIMIT 1
        ), :now) FROM clip INDEXED BY clip_by_start
        WHERE protected = 0 AND start > :latest ORDER BY start LIMIT :limit
        """,
        {"latest": now + DAY, "now": now, "limit": _MISDATED_AT_ONCE},
    )
    return [(age, database.packing.clip(columns)) for *columns, age in rows]


def unprotected(database: Database, ids: Sequence[str], store: str) -> list[Clip]:
    """Return those of the clips that are still there, in that store, unprotected."""
    clips = (database.get(clip_id) for clip_id in ids)
    return [
        clip
        for clip in clips
        if clip is not None and not clip.protected and clip.store == store
    ]


def event_kinds(database: Database) -> list[tuple[str, str]]:
    """Return every camera id with every kind that it has events of."""
    return database.connection.execute(
        "SELECT DISTINCT camera_id, kind FROM event INDEXED BY event_by_camera"
    ).fetchall()


def drop_events(
    database: Database, camera_id: str, kind: str, cutoff: float, limit: int
) -> bool:
    """Drop events that ended before ``cutoff``; False when there are no more.

    An event stays while a protected clip shows it.
    """
    cursor = database.connection.execute(
        """
        DELETE FROM event WHERE id IN (
            SELECT id FROM event AS old INDEXED BY event_by_camera
            WHERE camera_id = :camera AND start < :cutoff AND kind = :kind
            AND coalesce(end, start + :unended) < :cutoff AND NOT EXISTS (
                SELECT 1 FROM clip INDEXED BY clip_protected
                WHERE protected = 1 AND camera_id = old.camera_id
                AND start < coalesce(old.end, old.start + :unended) + :margin
                AND end > old.start - :margin
            ) LIMIT :limit
        )
        """,
        {
            "camera": camera_id,
            "kind": kind,
            "cutoff": cutoff,
            "unended": UNENDED_SECONDS,
            "margin": EVENT_MARGIN,
            "limit": limit,
        },
    )
    return cursor.rowcount == limit


def drop_away(database: Database, before: float) -> None:
    """Drop rows of media folders that never came back; protected ones stay."""
    database.connection.execute(
        "DELETE FROM away WHERE protected = 0 AND start < ?", (before,)
    )
