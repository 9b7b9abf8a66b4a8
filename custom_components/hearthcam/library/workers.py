"""A few threads for the files of one store, which may hang for ever.

Not Home Assistant's shared executor: a network share that does not answer would
take its threads one by one. These are few, nobody waits for them without end, and
the process may leave while they hang.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
import time
from typing import Final

from .models import LibraryClosedError, StorageError

type _Work = tuple[Future[object], Callable[[], object]]

JOIN_SECONDS: Final = 0.5
"""How long an ended thread may take to leave; one that hangs is left behind."""


class Workers:
    """Threads that do jobs in the order of asking, begun when there is work."""

    def __init__(self, name: str, count: int) -> None:
        """Prepare up to ``count`` threads with that name."""
        self._name = name
        self._count = count
        self._queue = SimpleQueue[_Work | None]()
        self._threads: list[Thread] = []
        self._lock = Lock()
        self._busy = 0
        self._abandoned = 0
        self._closed = False

    async def run[T](self, job: Callable[[], T], timeout: float) -> T:
        """Do a job; raises what it raises.

        Raises StorageError after ``timeout`` s, and at once while every thread
        hangs. The job then may still be done; one that has not begun is not. It
        goes on where the caller is cancelled.
        """
        if self._closed:
            raise LibraryClosedError("the library is not open")
        future: Future[T] = Future()
        with self._lock:
            if self._abandoned >= self._count:
                raise StorageError("the folder does not answer")
            if self._busy >= len(self._threads) < self._count:
                self._begin()
            self._busy += 1
        self._queue.put((future, job))  # type: ignore[arg-type]  # of one type inside
        waiting = asyncio.wrap_future(future)
        # Of a caller that is cancelled nobody else would take the error.
        waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
        done, _ = await asyncio.wait({waiting}, timeout=timeout)
        if not done:
            if not future.cancel():
                with self._lock:
                    self._abandoned += 1
                future.add_done_callback(lambda _: self._answered())
            waiting.cancel()
            raise StorageError("the folder does not answer")
        return waiting.result()

    def _answered(self) -> None:
        with self._lock:
            self._abandoned -= 1

    def _begin(self) -> None:
        thread = Thread(
            target=self._work,
            name=f"{self._name}-{len(self._threads)}",
            # The interpreter must not wait for one that hangs.
            daemon=True,
        )
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            future, job = work
            if future.set_running_or_notify_cancel():
                try:
                    result = job()
                except BaseException as error:  # noqa: BLE001  the caller gets it
                    future.set_exception(error)
                else:
                    future.set_result(result)
            # Held until the next job otherwise, with all that it refers to.
            del work, future, job
            with self._lock:
                self._busy -= 1

    def close(self) -> None:
        """End the threads. Blocks a moment; jobs that wait are still begun."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        until = time.monotonic() + JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
