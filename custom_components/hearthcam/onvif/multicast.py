"""Sockets of WS-Discovery (UDP 3702), IPv4 and IPv6."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
import socket
import struct

PORT = 3702
GROUP_V4 = "239.255.255.250"
GROUP_V6 = "ff02::c"

# Linux: without them a socket hears the group on every interface on which any other
# socket of the machine has joined it. Not in the socket module.
_IP_MULTICAST_ALL = 49
_IPV6_MULTICAST_ALL = 29

type Address = IPv4Address | IPv6Address
type Target = tuple[str | int, ...]


def open_sender(source: Address, port: int) -> tuple[socket.socket, Target]:
    """Return a socket that sends from an address of ours, and where to.

    Raises:
        OSError: there is no such address, or its interface has no multicast.
    """
    if isinstance(source, IPv4Address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        interface = socket.IPPROTO_IP, socket.IP_MULTICAST_IF, source.packed
        bound: Target = (str(source), 0)
        group: Target = (GROUP_V4, port)
    else:
        index = _interface_index(source)
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        interface = (
            socket.IPPROTO_IPV6,
            socket.IPV6_MULTICAST_IF,
            struct.pack("@I", index),
        )
        bound = (str(source).partition("%")[0], 0, 0, index)
        group = (GROUP_V6, port, 0, index)

    def prepare() -> None:
        sock.setsockopt(*interface)
        sock.bind(bound)

    return _prepared(sock, prepare), group


def open_listener(source: Address, port: int) -> socket.socket:
    """Return a socket that hears the group on the interface of an address.

    It is bound to the group where the system allows that: unicast to the port is
    then left to whoever else listens there.

    Raises:
        OSError: no multicast there, or somebody has the port for himself.
    """
    if isinstance(source, IPv4Address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound: tuple[Target, ...] = ((GROUP_V4, port), ("", port))
        group = socket.inet_aton(GROUP_V4) + source.packed
        join = socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group
        only = socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0
    else:
        index = _interface_index(source)
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound = ((GROUP_V6, port, 0, index), ("", port, 0, 0))
        group = socket.inet_pton(socket.AF_INET6, GROUP_V6) + struct.pack("@I", index)
        join = socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group
        only = socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0

    def prepare() -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Others may have one of the two set; not every system has both.
        with suppress(OSError, AttributeError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with suppress(OSError):
            sock.setsockopt(*only)
        try:
            sock.bind(bound[0])
        except OSError:
            sock.bind(bound[1])
        sock.setsockopt(*join)

    return _prepared(sock, prepare)


def sender_of(addr: Target) -> str | None:
    """Return who sent a datagram; None when its interface has gone."""
    sender = str(addr[0])
    # By name, since the numbers of interfaces change when the machine restarts.
    if len(addr) == 4 and addr[3] and "%" not in sender:
        try:
            zone = socket.if_indextoname(int(addr[3]))
        except OSError:
            return None
        sender = f"{sender}%{zone}"
    return sender


def _prepared(sock: socket.socket, prepare: Callable[[], None]) -> socket.socket:
    """Return the socket when all goes well, and close it when not."""
    try:
        sock.setblocking(False)
        prepare()
    except OSError:
        sock.close()
        raise
    return sock


def _interface_index(source: IPv6Address) -> int:
    """Return the index of a zone, given by number or by name; 0 is any."""
    zone = source.scope_id or "0"
    return int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
