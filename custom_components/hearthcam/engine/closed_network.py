"""A second lock behind the gate: the engine's process cannot leave the local network.

`privacy.local_only` decides before anything is contacted. This is for what might be
forgotten, in our code or in a library's: from `ClosedNetwork.close` on, the interpreter
itself refuses to connect, send, listen or look up beyond what the gate allows, and to
start another program. It cannot be undone within the process.

It sees Python's sockets only. FFmpeg's are kept in by its protocol whitelist and by
`relay`.
"""

from collections.abc import Callable, Mapping
import logging
import socket
import sys
from threading import Lock
from typing import Any, Final

from ..privacy.local_only import NotLocalError, is_local, is_looked_up

_LOGGER = logging.getLogger(__name__)

COMPLAINT: Final = "Something meant to leave the local network"
"""How the log begins of it: once in the life of a process, and never without a fault."""

_INTERNET: Final = frozenset({socket.AF_INET, socket.AF_INET6})
# Pipes of this machine; there is nobody beyond them.
_MACHINE: Final = frozenset(
    getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK") if hasattr(socket, name)
)
_PACKAGE: Final = __name__.partition(".engine.")[0]


class ClosedNetworkError(NotLocalError, PermissionError):
    """What the engine tried is not for it to do. Names no address."""


def _stays_at_home(arguments: tuple[Any, ...]) -> bool:
    """Tell whether a socket may have this peer: (socket, address)."""
    connection, address = arguments
    if address is None:
        # `sendmsg` on a connected socket.
        return True
    family = connection.family
    if family not in _INTERNET:
        return family in _MACHINE
    host = address[0] if isinstance(address, tuple) and address else None
    return isinstance(host, str) and is_local(host)


def _is_loopback(arguments: tuple[Any, ...]) -> bool:
    """Tell whether a socket may be bound to this address: (socket, address)."""
    connection, address = arguments
    if connection.family not in _INTERNET:
        return connection.family in _MACHINE
    host = address[0] if isinstance(address, tuple) and address else None
    return host in {"127.0.0.1", "::1"}


def _may_be_looked_up(arguments: tuple[Any, ...]) -> bool:
    """Tell whether `getaddrinfo` may be asked: (host, port, …)."""
    host = arguments[0]
    if isinstance(host, bytes):
        host = host.decode("latin-1")
    return (
        host is None
        or is_looked_up(host)
        # A literal is no question to anybody.
        or (isinstance(host, str) and is_local(host))
    )


def _never(_: tuple[Any, ...]) -> bool:
    return False


_CHECKS: Final[Mapping[str, Callable[[tuple[Any, ...]], bool]]] = {
    "socket.connect": _stays_at_home,
    "socket.sendto": _stays_at_home,
    "socket.sendmsg": _stays_at_home,
    "socket.bind": _is_loopback,
    "socket.getaddrinfo": _may_be_looked_up,
    "socket.gethostbyname": _never,
    "socket.gethostbyaddr": _never,
    "socket.getnameinfo": _never,
    # Another program would have a network of its own.
    "os.exec": _never,
    "os.fork": _never,
    "os.forkpty": _never,
    "os.posix_spawn": _never,
    "os.spawn": _never,
    "os.system": _never,
    "pty.spawn": _never,
    "subprocess.Popen": _never,
}


def is_allowed(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether the engine may do what an event of `sys.audit` announces."""
    check = _CHECKS.get(event)
    return check is None or check(arguments)


class ClosedNetwork:
    """The lock of one process."""

    def __init__(self) -> None:
        """Nothing is locked yet."""
        self._lock = Lock()
        self._closed = False
        self.refused = 0

    def close(self) -> None:
        """Lock, for as long as the process lives."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        # Of every file that is opened, too: what it does not know costs one look-up.
        check = _CHECKS.get(event)
        if check is None or check(arguments):
            return
        with self._lock:
            self.refused += 1
            is_first = self.refused == 1
        if is_first:
            _LOGGER.error("%s and was refused (%s in %s)", COMPLAINT, event, _where())
        raise ClosedNetworkError


def _where() -> str:
    """Return the line of ours that is being executed, without what it handles."""
    frame = sys._getframe(1)  # noqa: SLF001 - there is no public way without a traceback
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module != __name__ and module.startswith(_PACKAGE):
            return f"{module.rpartition('.')[2]}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "a library"


NETWORK: Final = ClosedNetwork()
