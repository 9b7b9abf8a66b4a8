"""The ledger's rows: what became of each camera's armed time.

The last span of an armed camera, which grows, has a table of its own: what is
written every few seconds is then one page for all cameras together, and after a kill
it tells until when each of them was known to be armed.
"""

from collections.abc import Mapping, Sequence
import math
from typing import Final

from .account import KEPT_DAYS, Entry, Open
from .base import Base
from .database import Database
from .spans import Paint, Reach, Span, State, clipped, faded, paint

FADED_DAYS: Final = 60
"""After that only gaps are told from what was there."""
MOST_ROWS: Final = 20_000
"""Of one camera; beyond that the oldest go, whatever their age."""
_DAY: Final = 86_400.0
# Rows do not overlap: of those that begin before, the last one reaches furthest, and
# only it may touch.
_AROUND: Final = """
    SELECT start, end, state, cause FROM ledger WHERE camera_id = :camera AND start <= :end
    AND start >= coalesce(
        (SELECT max(start) FROM ledger WHERE camera_id = :camera AND start < :start),
        :start
    ) ORDER BY start
"""


class Ledger(Base):
    """Keeps and tells what became of armed time; times are seconds of the epoch."""

    async def ledger_opened(self) -> dict[str, Open]:
        """Return the open span of every camera that was armed last."""
        return await self._run(_opened)

    async def ledger_write(self, entries: Mapping[str, Entry]) -> None:
        """Write what happened since the last time, all of it or nothing."""
        await self._run(lambda database: _write(database, entries))

    async def ledger_spans(
        self, camera_id: str, start: float, end: float
    ) -> list[Span]:
        """Return what became of ``start`` <= t < ``end``, in order."""
        return await self._run(lambda database: _spans(database, camera_id, start, end))

    async def ledger_forget(self, camera_id: str) -> None:
        """Drop all that is known of a camera."""
        await self._run(lambda database: _forget(database, camera_id))

    async def ledger_tidy(self, now: float) -> None:
        """Drop what is too old, and keep of long ago only the gaps."""
        for camera_id in await self._run(_cameras):
            await self._run(lambda database: _tidy(database, camera_id, now))  # noqa: B023 - awaited at once


def _opened(database: Database) -> dict[str, Open]:
    rows = database.connection.execute(
        "SELECT camera_id, orderly, start, end, state, cause FROM ledger_open"
    )
    return {
        camera_id: Open(_span(span), bool(orderly))
        for camera_id, orderly, *span in rows
    }


def _write(database: Database, entries: Mapping[str, Entry]) -> None:
    with database.transaction():
        for camera_id, entry in entries.items():
            for each in entry.paints:
                old = _around(database, camera_id, each.span.start, each.span.end)
                if old or each.reach is Reach.FILL:
                    _replace(database, camera_id, old, paint(old, each))
            _put_open(database, camera_id, entry.open)


def _put_open(database: Database, camera_id: str, growing: Open | None) -> None:
    if growing is None:
        database.connection.execute(
            "DELETE FROM ledger_open WHERE camera_id = ?", (camera_id,)
        )
        return
    database.connection.execute(
        "INSERT OR REPLACE INTO ledger_open"
        " (camera_id, orderly, start, end, state, cause) VALUES (?, ?, ?, ?, ?, ?)",
        (camera_id, growing.orderly, *_values(growing.span)),
    )


def _spans(database: Database, camera_id: str, start: float, end: float) -> list[Span]:
    spans = _around(database, camera_id, start, end)
    row = database.connection.execute(
        "SELECT start, end, state, cause FROM ledger_open WHERE camera_id = ?",
        (camera_id,),
    ).fetchone()
    if row is not None and (growing := _span(row)).seconds > 0:
        spans = paint(spans, Paint(growing))
    return clipped(spans, start, end)


def _forget(database: Database, camera_id: str) -> None:
    with database.transaction():
        for statement in (
            "DELETE FROM ledger WHERE camera_id = ?",
            "DELETE FROM ledger_open WHERE camera_id = ?",
        ):
            database.connection.execute(statement, (camera_id,))


def _cameras(database: Database) -> list[str]:
    # Goes from one camera to the next, so that it does not read every row.
    cameras: list[str] = []
    while row := database.connection.execute(
        "SELECT min(camera_id) FROM ledger WHERE camera_id > ?",
        (cameras[-1] if cameras else "",),
    ).fetchone():
        if row[0] is None:
            break
        cameras.append(row[0])
    return cameras


def _tidy(database: Database, camera_id: str, now: float) -> None:
    with database.transaction():
        database.connection.execute(
            "DELETE FROM ledger WHERE camera_id = ? AND end < ?",
            (camera_id, now - KEPT_DAYS * _DAY),
        )
        database.connection.execute(
            "DELETE FROM ledger WHERE camera_id = ? AND start < ("
            " SELECT start FROM ledger WHERE camera_id = ?"
            " ORDER BY start DESC LIMIT 1 OFFSET ?)",
            (camera_id, camera_id, MOST_ROWS - 1),
        )
        old = _around(database, camera_id, -math.inf, now - FADED_DAYS * _DAY)
        _replace(database, camera_id, old, faded(old))


def _around(database: Database, camera_id: str, start: float, end: float) -> list[Span]:
    """Return the rows that overlap a time, or touch it."""
    rows = database.connection.execute(
        _AROUND, {"camera": camera_id, "start": start, "end": end}
    )
    return [_span(row) for row in rows]


def _replace(
    database: Database, camera_id: str, old: Sequence[Span], new: Sequence[Span]
) -> None:
    before, after = set(old), set(new)
    database.connection.executemany(
        "DELETE FROM ledger WHERE camera_id = ? AND start = ?",
        [(camera_id, span.start) for span in before - after],
    )
    database.connection.executemany(
        "INSERT INTO ledger (camera_id, start, end, state, cause)"
        " VALUES (?, ?, ?, ?, ?)",
        [(camera_id, *_values(span)) for span in after - before],
    )


def _values(span: Span) -> tuple[float, float, str, str | None]:
    return span.start, span.end, span.state.value, span.cause


def _span(row: Sequence[object]) -> Span:
    start, end, state, cause = row
    assert isinstance(start, float)
    assert isinstance(end, float)
    return Span(start, end, State(str(state)), None if cause is None else str(cause))
