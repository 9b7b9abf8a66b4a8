"""Watches that no test ever turns to an address that is not local.

In the test's own process by an audit hook, which sees every socket of Python's
whatever opened it, and refuses what it reports: so nothing is sent even by a test that
fails. Engines have a lock of their own (`engine.closed_network`); what that refused is
heard in their log. Neither uses what it watches: which address is local is said here
once more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
import logging
import socket
import sys
from threading import get_native_id
import traceback
from typing import Any, Final, override

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
_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)

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
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        connection, address = arguments
        # Of the base class: some tests replace the one that people use.
        family = connection.family
        if address is None or family not in _INTERNET:
            return
        host = address[0] if isinstance(address, tuple) and address else address
        fine = isinstance(host, str) and is_local(host)
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
        if isinstance(host, bytes):
            host = host.decode("latin-1")
        # A literal is no question to anybody.
        fine = host is None or host in _NAMES or _is_literal(host)
    else:
        return
    if not fine:
        where = traceback.extract_stack(limit=4)[0]
        _attempts.append(f"{event} {host!r} in {where.filename}:{where.lineno}")
        raise LeftHomeError(f"{event} {host!r}")


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
