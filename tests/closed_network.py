"""Watches that no test ever turns to an address that is not local.

In the test's own process by an audit hook, which sees every socket of Python's
whatever opened it, and refuses what it reports: so nothing is sent even by a test that
fails. c-ares, by which Home Assistant looks names up, has sockets of its own, so it is
watched where it is asked. Engines have a lock of their own (`engine.closed_network`); what that refused is
heard in their log. Neither uses what it watches: which address is local is said here
once more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
import logging
import socket
import sys
from threading import get_native_id
import traceback
from typing import Any, Final, override

import pycares

from custom_components.hearthcam.engine.closed_network import COMPLAINT

_LOCAL: Final = tuple(
    map(
        ip_network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
            *("169.254.0.0/16", "100.64.0.0/10", "::1/128", "fe80::/10", "fc00::/7"),
            # WS-Discovery's groups, which routers keep in.
            *("239.255.255.250/32", "ff02::c/128"),
        ),
    )
)
_NAMES: Final = frozenset({"", "localhost", socket.gethostname()})
_IN_HOSTS: Final = frozenset({"127.0.0.1", "::1"})
_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)
_SENDING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKING_UP: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_ARES: Final = ("getaddrinfo", "query", "search", "gethostbyaddr", "getnameinfo")

_attempts: list[str] = []
_expected: list[int] = []


class LeftHomeError(PermissionError):
    """A test turned to an address that is not local."""


def is_local(host: str) -> bool:
    """Tell whether an address literal is one of the home."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _LOCAL)


def install() -> None:
    """Watch this process from now on."""
    sys.addaudithook(_audit)
    for name in _ARES:
        setattr(pycares.Channel, name, _watched(getattr(pycares.Channel, name)))
    logging.getLogger("custom_components.hearthcam").addHandler(_Ear(logging.ERROR))


def take() -> list[str]:
    """Return what was attempted since the last call."""
    taken, _attempts[:] = list(_attempts), []
    return taken


def hear(line: str) -> None:
    """Take note of a line of an engine's log."""
    if COMPLAINT in line and not _expected:
        _attempts.append(f"an engine: {line}")


@contextmanager
def refusals_expected() -> Iterator[None]:
    """Let engines be refused: a test leads them astray."""
    _expected.append(get_native_id())
    try:
        yield
    finally:
        _expected.pop()


class _Ear(logging.Handler):
    """Hears what engines say, as Home Assistant passes it on."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        hear(record.getMessage())


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in _SENDING or event == "socket.bind":
        connection, address = arguments
        # Of the base class: some tests replace the one that people use.
        if address is None or connection.family not in _INTERNET:
            return
        host = address[0] if isinstance(address, tuple) and address else address
        fine = isinstance(host, str) and is_local(host)
        if event == "socket.bind" and host == "":
            # Datagrams of groups come to such ports only; nobody serves there.
            fine = connection.type == socket.SOCK_DGRAM
    elif event in _LOOKING_UP:
        host = arguments[0]
        fine = _is_no_question(host)
    elif event == "socket.gethostbyaddr":
        # Here an address is a question as well, but for those of /etc/hosts.
        host = arguments[0]
        fine = host in _NAMES or host in _IN_HOSTS
    elif event == "socket.getnameinfo":
        host = arguments[0][0]
        fine = is_local(host)
    else:
        return
    if not fine:
        _refuse(event, host)


def _watched(asked: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of c-ares that asks nobody elsewhere."""

    @wraps(asked)
    def ask(channel: pycares.Channel, what: Any, *others: Any, **options: Any) -> Any:
        if asked.__name__ == "gethostbyaddr" or not _is_no_question(what):
            _refuse(f"c-ares {asked.__name__}", what)
        return asked(channel, what, *others, **options)

    return ask


def _refuse(event: str, host: object) -> None:
    where = traceback.extract_stack(limit=5)[0]
    _attempts.append(f"{event} {host!r} in {where.filename}:{where.lineno}")
    raise LeftHomeError(f"{event} {host!r}")


def _is_no_question(host: Any) -> bool:
    """Tell whether nobody elsewhere is asked: own names, and literals."""
    if isinstance(host, bytes):
        host = host.decode("latin-1")
    if host is None or host in _NAMES:
        return True
    try:
        ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True
