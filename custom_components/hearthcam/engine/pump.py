"""The thread that moves the bytes of every relayed connection."""

from collections.abc import Collection
from contextlib import suppress
import os
import selectors
import socket
from threading import Lock, Thread
import time
from typing import Any, Final, Protocol

_STEP: Final = 0.03
_LOOK_AROUND: Final = 0.5


class Pumped(Protocol):
    """A connection, as far as the pump is concerned."""

    @property
    def is_playing(self) -> bool:
        """Whether it may wait for a few milliseconds."""

    def interests(self) -> dict[socket.socket, int]:
        """Return the sockets to watch, and for which events."""

    def advance(self, ready: Collection[socket.socket]) -> bool:
        """Pass on what the ready sockets have; False when it is over."""

    def dispose(self) -> None:
        """Close everything."""


class Pump:
    """Serves connections in a thread that runs while there is one.

    It lets bytes gather between two steps, so that it wakes up some thirty times a
    second however many cameras there are.
    """

    def __init__(self) -> None:
        """Prepare; the thread starts with the first connection."""
        self._lock = Lock()
        self._new: list[Pumped] = []
        self._thread: Thread | None = None
        self._waker: int | None = None

    def add(self, connection: Pumped) -> None:
        """Serve a connection until it is over."""
        with self._lock:
            self._new.append(connection)
            if self._thread is None:
                reader, self._waker = os.pipe()
                os.set_blocking(reader, False)
                self._thread = Thread(
                    target=self._run, args=(reader,), name="relay", daemon=True
                )
                self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Have every connection looked at, now."""
        with self._lock:
            if self._waker is not None:
                os.write(self._waker, b"x")

    def _run(self, reader: int) -> None:
        served: dict[Pumped, dict[socket.socket, int]] = {}
        with selectors.DefaultSelector() as selector:
            selector.register(reader, selectors.EVENT_READ, None)
            looked = 0.0
            while True:
                with self._lock:
                    served |= {connection: {} for connection in self._new}
                    self._new.clear()
                    if not served:
                        self._end(reader)
                        return
                events = selector.select(_LOOK_AROUND)
                woken = time.monotonic() - looked > _LOOK_AROUND
                due: dict[Pumped, list[Any]] = {}
                for key, _ in events:
                    if key.data is None:
                        woken = True
                    else:
                        due.setdefault(key.data, []).append(key.fileobj)
                if woken:
                    with suppress(BlockingIOError):
                        os.read(reader, 4096)
                    looked = time.monotonic()
                    due = {every: list(sides) for every, sides in served.items()}
                for connection, ready in due.items():
                    if connection.advance(ready):
                        _watch(selector, connection, served)
                    else:
                        _forget(selector, served.pop(connection))
                        connection.dispose()
                if all(connection.is_playing for connection in served):
                    time.sleep(_STEP)

    def _end(self, reader: int) -> None:
        if self._waker is not None:
            os.close(self._waker)
        os.close(reader)
        self._waker = self._thread = None


def _watch(
    selector: selectors.BaseSelector,
    connection: Pumped,
    served: dict[Pumped, dict[socket.socket, int]],
) -> None:
    """Watch a connection for what it waits for now; mostly nothing has changed."""
    wanted = connection.interests()
    if wanted == served[connection]:
        return
    _forget(selector, served[connection])
    for side, events in wanted.items():
        if events:
            selector.register(side, events, connection)
    served[connection] = wanted


def _forget(
    selector: selectors.BaseSelector, watched: dict[socket.socket, int]
) -> None:
    for side, events in watched.items():
        if events:
            # A socket that was closed meanwhile is known by its object only.
            with suppress(KeyError, ValueError):
                selector.unregister(side)


PUMP: Final = Pump()
