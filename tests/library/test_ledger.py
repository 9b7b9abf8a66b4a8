"""The ledger on disk: the same as in mind, small, and whole after a kill."""

import asyncio
from pathlib import Path
import sqlite3
import time

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.library.account import Account, Entry, Open
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.ledger import FADED_DAYS, MOST_ROWS
from custom_components.hearthcam.library.spans import Paint, Reach, Span, State, paint

from .accounts import LOST, RECORDED, T0, WATCHED, check

DAY = 86_400.0
CAMERA = "front_door"

_numbers = st.integers(0, 40)
_paints = st.lists(
    st.builds(
        lambda start, seconds, state, reach: Paint(
            Span(
                T0 + start,
                T0 + start + seconds + 1,
                state,
                "offline" if state is LOST else None,
            ),
            reach,
        ),
        _numbers,
        _numbers,
        st.sampled_from(State),
        st.sampled_from(Reach),
    ),
    max_size=10,
)


def rows(database: Path) -> list[tuple[object, ...]]:
    """Return the rows as another connection sees them."""
    with sqlite3.connect(database) as connection:
        found = connection.execute(
            "SELECT camera_id, start, end, state, cause FROM ledger ORDER BY 1, 2"
        ).fetchall()
    connection.close()
    return found


@settings(max_examples=40)
@given(st.lists(_paints, max_size=4))
def test_rows_are_what_was_painted(batches: list[list[Paint]]) -> None:
    async def run() -> None:
        # In memory, since such a place cannot be written.
        library = Library(Path("/dev/null/library.db"), Path("/dev/null"))
        await library.open()
        try:
            expected: list[Span] = []
            for batch in batches:
                for each in batch:
                    expected = paint(expected, each)
                entry = Entry(tuple(batch), None)
                await library.ledger_write({CAMERA: entry, "other": entry})
                spans = await library.ledger_spans(CAMERA, 0, T0 + 1000)
                check(spans)
                assert spans == expected
            assert await library.ledger_spans("other", 0, T0 + 1000) == expected
        finally:
            await library.close()

    asyncio.run(run())


async def test_an_armed_camera_is_known_after_a_kill(
    library: Library, database: Path, root: Path
) -> None:
    """Nothing is closed: another connection finds what was written last."""
    account = Account(T0, Open(Span(T0, T0, WATCHED)))
    account.covered(T0, T0 + 10, recorded=False)
    await library.ledger_write({CAMERA: account.take()})
    account.covered(T0 + 10, T0 + 20, recorded=False)
    await library.ledger_write({CAMERA: account.take()})
    after = Library(database, root)
    await after.open()
    opened = await after.ledger_opened()
    assert opened == {CAMERA: Open(Span(T0, T0 + 20, WATCHED))}
    assert await after.ledger_spans(CAMERA, T0 + 5, T0 + 50) == [
        Span(T0 + 5, T0 + 20, WATCHED)
    ]
    await after.close()


async def test_a_stream_that_goes_on_writes_one_row_over_and_over(
    library: Library, database: Path
) -> None:
    account = Account(T0, Open(Span(T0, T0, WATCHED)))
    for number in range(50):
        account.covered(T0 + 5 * number, T0 + 5 * number + 5, recorded=False)
        await library.ledger_write({CAMERA: account.take()})
    assert rows(database) == []
    account.close(T0 + 250, online=True)
    await library.ledger_write({CAMERA: account.take()})
    assert rows(database) == [(CAMERA, T0, T0 + 250, "watched", None)]
    assert await library.ledger_opened() == {}


async def test_continuous_recording_stays_one_row(
    library: Library, database: Path
) -> None:
    """Segment after segment is whole, and only two rows are left of hours."""
    account = Account(T0, Open(Span(T0, T0, WATCHED)))
    for number in range(24):
        begin = T0 + 300 * number
        for step in range(0, 300, 10):
            account.covered(begin + step, begin + step + 10, recorded=True)
        if number:
            account.clip(begin - 300, begin)
        await library.ledger_write({CAMERA: account.take()})
    assert len(rows(database)) <= 2
    spans = await library.ledger_spans(CAMERA, 0, T0 + DAY)
    assert spans[0] == Span(T0, T0 + 300 * 23 + 2, RECORDED)


async def test_long_ago_only_gaps_are_kept_and_then_nothing(
    library: Library, database: Path
) -> None:
    now = T0 + 500 * DAY
    paints = []
    for day in (50, 430, 480):
        for number in range(100):
            start = T0 + day * DAY + 100 * number
            paints.append(Paint(Span(start, start + 60, WATCHED)))
            paints.append(Paint(Span(start + 60, start + 100, RECORDED)))
        gap = Span(T0 + day * DAY + 1010, T0 + day * DAY + 1020, LOST, "offline")
        # Stronger only than what was watched.
        paints.append(Paint(gap))
    await library.ledger_write({CAMERA: Entry(tuple(paints), None)})
    assert len(rows(database)) == 3 * 202
    await library.ledger_tidy(now)
    old = T0 + 430 * DAY
    assert await library.ledger_spans(CAMERA, 0, T0 + 470 * DAY) == [
        Span(old, old + 1010, WATCHED),
        Span(old + 1010, old + 1020, LOST, "offline"),
        Span(old + 1020, old + 10_000, WATCHED),
    ]
    assert FADED_DAYS > 500 - 480
    recent = await library.ledger_spans(CAMERA, T0 + 470 * DAY, now)
    assert len(recent) == 202
    before = rows(database)
    await library.ledger_tidy(now)
    assert rows(database) == before


async def test_a_camera_that_flaps_for_ever_does_not_fill_the_disk(
    library: Library, database: Path
) -> None:
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
            [
                (CAMERA, T0 + 2 * number, T0 + 2 * number + 1, "lost", "offline")
                for number in range(MOST_ROWS + 5000)
            ],
        )
    connection.close()
    await library.ledger_tidy(T0 + DAY)
    found = rows(database)
    assert len(found) == MOST_ROWS
    assert found[0][1] == T0 + 2 * 5000
    begun = time.perf_counter()
    spans = await library.ledger_spans(CAMERA, T0 + 40_000, T0 + 40_100)
    assert time.perf_counter() - begun < 0.5
    assert len(spans) == 50


async def test_what_cannot_be_written_is_not_half_written(
    library: Library, database: Path
) -> None:
    good = Entry((Paint(Span(T0, T0 + 1, WATCHED)),), None)
    bad = Entry((Paint(Span(T0, T0 + 1, "rubbish")),), None)  # type: ignore[arg-type]  # what must not be
    with pytest.raises(Exception, match="value"):
        await library.ledger_write({CAMERA: good, "other": bad})
    assert rows(database) == []
    await library.ledger_write({CAMERA: good})
    assert len(rows(database)) == 1


async def test_a_removed_camera_is_forgotten(library: Library, database: Path) -> None:
    entry = Entry(
        (Paint(Span(T0, T0 + 1, WATCHED)),), Open(Span(T0 + 1, T0 + 2, WATCHED))
    )
    await library.ledger_write({CAMERA: entry, "garden": entry})
    await library.ledger_forget(CAMERA)
    assert [row[0] for row in rows(database)] == ["garden"]
    assert set(await library.ledger_opened()) == {"garden"}
