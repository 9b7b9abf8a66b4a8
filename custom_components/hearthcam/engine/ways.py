"""One direction of a relayed connection: bytes from one socket to another."""

from collections.abc import Callable
from contextlib import suppress
import os
import socket
import ssl
from typing import Final, Protocol

_CHUNK: Final = 1 << 17
CAN_SPLICE: Final = hasattr(os, "splice")


class Way(Protocol):
    """Moves bytes on, without ever blocking."""

    source: socket.socket

    @property
    def pending(self) -> bool:
        """Whether bytes wait for the target to take them."""

    def advance(self) -> bool:
        """Move what can be moved; False at the source's end. Raises OSError."""

    def close(self) -> None:
        """Free what it holds (not the sockets)."""


class Copied:
    """Bytes pass through a filter, which sees them all."""

    def __init__(
        self,
        source: socket.socket,
        target: socket.socket,
        read: Callable[[bytes], bytes],
    ) -> None:
        """``read`` returns what may be passed on of what came."""
        self.source = source
        self._target = target
        self._read = read
        self._waiting = bytearray()

    @property
    def pending(self) -> bool:
        """Whether bytes wait for the target."""
        return bool(self._waiting)

    def advance(self) -> bool:
        """Move what can be moved; False at the source's end."""
        while self._drained():
            data = _receive(self.source)
            if data is None:
                return True
            if not data:
                return False
            self._waiting += self._read(data)
        return True

    def _drained(self) -> bool:
        if self._waiting:
            del self._waiting[: _send(self._target, self._waiting)]
        return not self._waiting

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


class Spliced:
    """Bytes pass through a pipe of the kernel's, and are never copied to here."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        """Make the pipe."""
        self.source = source
        self._target = target
        self._out, self._in = os.pipe()
        self._inside = 0

    @property
    def pending(self) -> bool:
        """Whether bytes wait for the target."""
        return self._inside > 0

    def advance(self) -> bool:
        """Move what can be moved; False at the source's end."""
        while self._drained():
            try:
                self._inside = _splice(self.source.fileno(), self._in, _CHUNK)
            except BlockingIOError:
                return True
            if not self._inside:
                return False
        return True

    def _drained(self) -> bool:
        with suppress(BlockingIOError):
            while self._inside:
                self._inside -= _splice(self._out, self._target.fileno(), self._inside)
        return not self._inside

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._in)
        os.close(self._out)


def _splice(source: int, target: int, count: int) -> int:
    return os.splice(
        source, target, count, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
    )


def _send(target: socket.socket, data: bytearray) -> int:
    try:
        return target.send(data)
    except BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError:
        return 0


def _receive(source: socket.socket) -> bytes | None:
    try:
        return source.recv(_CHUNK)
    except BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError:
        return None
