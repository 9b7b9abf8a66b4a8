"""A database that is damaged, too new, somebody else's, or not to be had."""

import asyncio
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
import sqlite3

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import (
    LibraryClosedError,
    LibraryError,
    Reconciled,
    Totals,
)

from .clips import film, make_clip, tag_of, write_file


@pytest.mark.parametrize(
    ("content", "damaged"),
    [
        (b"this is not a database, and longer than its header " * 100, True),
        (b"SQLite format 3\0" + b"\xff" * 8192, True),
        (b"", False),
    ],
    ids=["text", "header", "empty"],
)
async def test_a_damaged_database_is_set_aside_and_rebuilt(
    database: Path, root: Path, content: bytes, damaged: bool
) -> None:
    """The clips are all there again, and the damage is kept for the curious."""
    clip = make_clip(1, root, UTC)
    film(root, clip, tag=tag_of(clip))
    database.parent.mkdir(parents=True)
    database.write_bytes(content)

    library = Library(database, root)
    await library.open()
    await library.reconcile()

    assert await library.get(clip.clip_id) is not None
    await library.close()
    aside = database.with_name("library.db.damaged")
    assert aside.exists() == damaged
    assert not damaged or aside.read_bytes() == content


async def test_pages_overwritten_in_a_closed_database_are_noticed(
    library: Library, database: Path, root: Path
) -> None:
    """Garbage behind the header is found at the next start."""
    for number in range(500):
        await library.add(make_clip(number, root, UTC))
    await library.close()
    data = bytearray(database.read_bytes())
    assert len(data) > 40_000
    data[8192:32768] = b"\xa5" * 24576
    database.write_bytes(data)

    await library.open()

    assert await library.totals() == Totals(0, 0)
    assert database.with_name("library.db.damaged").exists()


def _damage_once() -> Callable[[object], None]:
    """Return a job that finds the database damaged at its first try."""
    tries = iter(range(9))

    def job(_: object) -> None:
        if next(tries) == 0:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

    return job


async def test_damage_while_running_stops_nobody(
    library: Library, database: Path, root: Path
) -> None:
    """The clip being added is kept, and the others come back by themselves."""
    old, new = make_clip(1, root, UTC), make_clip(2, root, UTC)
    film(root, old, tag=tag_of(old))
    await library.add(old)
    write_file(root, new, b"", thumbnail=False)

    await library._run(_damage_once())
    await library.add(new)
    async with asyncio.timeout(20):
        while (await library.totals()).count < 2:
            await asyncio.sleep(0.01)

    assert await library.get(new.clip_id) == new
    assert database.with_name("library.db.damaged").exists()


async def test_closing_ends_a_rebuild(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that is being built anew closes like any other."""
    clip = make_clip(1, root, UTC)
    film(root, clip, tag=tag_of(clip))
    started = asyncio.Event()

    async def endless(*_: object, **__: object) -> Reconciled:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(library, "reconcile", endless)
    await library._run(_damage_once())
    await started.wait()

    await library.close()

    with pytest.raises(LibraryClosedError):
        await library.totals()


async def test_a_full_disk_is_said_and_nothing_is_set_aside(
    library: Library, database: Path, root: Path
) -> None:
    """What is no damage costs this call only."""
    clip = make_clip(1, root, UTC)
    await library.add(clip)

    def fail(_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with pytest.raises(LibraryError):
        await library._run(fail)

    assert await library.get(clip.clip_id) == clip
    assert not database.with_name("library.db.damaged").exists()


async def test_a_folder_in_place_of_the_database_stops_nobody(
    database: Path, root: Path
) -> None:
    """The library then lives in memory until the next start."""
    database.mkdir(parents=True)
    library = Library(database, root)
    await library.open()

    await library.add(make_clip(1, root, UTC))

    assert (await library.totals()).count == 1
    await library.close()


async def test_a_newer_database_is_not_written_to(
    library: Library, database: Path, root: Path
) -> None:
    """After going back a version, the newer rows are kept aside."""
    await library.add(make_clip(1, root, UTC))
    await library.close()
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    await library.open()

    assert await library.totals() == Totals(0, 0)
    aside = database.with_name("library.db.newer")
    with sqlite3.connect(aside) as connection:
        assert connection.execute("SELECT count(*) FROM clip").fetchone() == (1,)
    connection.close()


async def test_somebody_elses_database_is_set_aside(database: Path, root: Path) -> None:
    """A table of the same name with other columns is no library."""
    database.parent.mkdir(parents=True)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE clip (other TEXT)")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    library = Library(database, root)

    await library.open()
    await library.add(make_clip(1, root, UTC))

    assert (await library.totals()).count == 1
    await library.close()
