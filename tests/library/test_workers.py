"""Threads for disks that may hang."""

import asyncio
from collections.abc import Iterator
import threading

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import (
    LibraryClosedError,
    StorageError,
    Totals,
)
from custom_components.hearthcam.library.workers import Workers

from .clips import CLIP


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Return two workers, ended afterwards."""
    workers = Workers("test-worker", 2)
    yield workers
    workers.close()


async def test_jobs_return_and_raise(workers: Workers) -> None:
    assert await workers.run(lambda: 7, 5) == 7
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0, 5)
    # One at a time needs one thread.
    names = [await workers.run(lambda: threading.current_thread().name, 5)] * 3
    assert set(names) == {"test-worker-0"}


async def test_a_disk_that_hangs_is_said_and_harms_nobody_for_ever(
    workers: Workers,
) -> None:
    released = threading.Event()

    with pytest.raises(StorageError):
        await workers.run(released.wait, 0.01)
    assert await workers.run(lambda: "the other thread", 5) == "the other thread"
    with pytest.raises(StorageError):
        await workers.run(released.wait, 0.01)
    # All hang: nobody waits for them any more.
    with pytest.raises(StorageError):
        await workers.run(lambda: pytest.fail("this never begins"), 1000)

    released.set()
    async with asyncio.timeout(10):
        while True:
            try:
                assert await workers.run(lambda: "again", 5) == "again"
                break
            except StorageError:
                await asyncio.sleep(0.001)


async def test_a_job_that_was_given_up_before_it_began_is_not_done(
    workers: Workers,
) -> None:
    released = threading.Event()
    done: list[str] = []
    hanging = [asyncio.create_task(workers.run(released.wait, 5)) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(StorageError):
        await workers.run(lambda: done.append("too late"), 0.01)
    released.set()
    await asyncio.gather(*hanging)
    await workers.run(lambda: None, 5)

    assert done == []


async def test_closing_leaves_a_thread_that_hangs_behind() -> None:
    workers = Workers("test-worker", 1)
    released = threading.Event()
    with pytest.raises(StorageError):
        await workers.run(released.wait, 0.01)

    await asyncio.to_thread(workers.close)

    with pytest.raises(LibraryClosedError):
        await workers.run(lambda: None, 5)
    (thread,) = [t for t in threading.enumerate() if t.name == "test-worker-0"]
    assert thread.daemon
    released.set()
    thread.join(10)
    assert not thread.is_alive()


async def test_rows_are_told_while_the_share_hangs(library: Library) -> None:
    released = threading.Event()
    looking = [
        asyncio.create_task(library._disk("media", released.wait)) for _ in range(5)
    ]
    await asyncio.sleep(0)

    async with asyncio.timeout(10):
        assert await library.totals() == Totals(0, 0)
        assert await library.get(CLIP.clip_id) is None
        # The local disk has threads of its own.
        assert await library._disk("spool", lambda: "quick") == "quick"

    released.set()
    await asyncio.gather(*looking)
