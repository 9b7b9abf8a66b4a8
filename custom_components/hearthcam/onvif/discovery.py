"""Finding cameras on the local network by WS-Discovery (UDP 3702)."""

import asyncio
from collections.abc import Callable, Iterable
import contextlib
from ipaddress import IPv4Address, IPv6Address, ip_address
import socket
import struct
from typing import override

from .models import DiscoveredCamera
from .probe import parse_announcement, probe_messages

PORT = 3702
GROUP_V4 = "239.255.255.250"
GROUP_V6 = "ff02::c"
# UDP loses packets, and cameras that just woke miss the first one. Seconds after
# the start; each wave has ids of its own, since cameras drop ids they have seen.
_WAVES = (0.0, 0.3, 1.2)
_MAX_CAMERAS = 512
_MAX_DATAGRAMS = 4096


async def discover(
    sources: Iterable[str | IPv4Address | IPv6Address],
    timeout: float = 4.0,
    on_found: Callable[[DiscoveredCamera], None] | None = None,
    *,
    port: int = PORT,
) -> list[DiscoveredCamera]:
    """Probe from each of our addresses and return the cameras that answered.

    Args:
        sources: addresses of our interfaces; an IPv6 one tells its interface by its
            zone (``fe80::1%2``). One that cannot be used is left out.
        timeout: seconds to wait for answers.
        on_found: called at once for each camera found; must not raise.
        port: another one than 3702 is for tests.

    A camera that answers on several interfaces or to several probes is found once,
    by its endpoint reference; at its IPv4 address if it has one. Nothing that
    arrives can raise.
    """
    found = _Found(on_found)
    transports: list[asyncio.DatagramTransport] = []
    loop = asyncio.get_running_loop()
    try:
        probed: list[tuple[asyncio.DatagramTransport, tuple[str | int, ...]]] = []
        for source in dict.fromkeys(ip_address(source) for source in sources):
            # Interfaces come and go; one without multicast is none of ours.
            with contextlib.suppress(OSError):
                sock, group = _open(source, port)
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Listener(found), sock=sock
                )
                transports.append(transport)
                probed.append((transport, group))
        if probed:
            await _probe(probed, timeout)
    finally:
        for transport in transports:
            transport.abort()
    return found.cameras


async def _probe(
    probed: list[tuple[asyncio.DatagramTransport, tuple[str | int, ...]]],
    timeout: float,
) -> None:
    """Send the waves of probes, then wait until the time is over."""
    passed = 0.0
    for moment in (*(wave for wave in _WAVES if wave < timeout), timeout):
        await asyncio.sleep(moment - passed)
        passed = moment
        if moment == timeout:
            return
        for transport, group in probed:
            for message in probe_messages():
                transport.sendto(message, group)


def _open(
    source: IPv4Address | IPv6Address, port: int
) -> tuple[socket.socket, tuple[str | int, ...]]:
    """Return a socket that sends from that address, and where to."""
    if isinstance(source, IPv4Address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        interface = socket.IPPROTO_IP, socket.IP_MULTICAST_IF, source.packed
        bound: tuple[str | int, ...] = (str(source), 0)
        group: tuple[str | int, ...] = (GROUP_V4, port)
    else:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        index = _interface_index(source)
        interface = (
            socket.IPPROTO_IPV6,
            socket.IPV6_MULTICAST_IF,
            struct.pack("@I", index),
        )
        bound = (str(source).partition("%")[0], 0, 0, index)
        group = (GROUP_V6, port, 0, index)
    try:
        sock.setblocking(False)
        sock.setsockopt(*interface)
        sock.bind(bound)
    except OSError:
        sock.close()
        raise
    return sock, group


def _interface_index(source: IPv6Address) -> int:
    """Return the index of a zone, given by number or by name; 0 is any."""
    zone = source.scope_id or "0"
    return int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)


class _Found:
    """The cameras found so far, bounded."""

    def __init__(self, on_found: Callable[[DiscoveredCamera], None] | None) -> None:
        self._on_found = on_found
        self._cameras: dict[tuple[str | None, ...], DiscoveredCamera] = {}
        self._datagrams = 0

    @property
    def cameras(self) -> list[DiscoveredCamera]:
        """What was found, in the order of the answers."""
        return list(self._cameras.values())

    def add(self, data: bytes, sender: str) -> None:
        """Take one datagram in."""
        self._datagrams += 1
        if self._datagrams > _MAX_DATAGRAMS:
            return
        for camera in parse_announcement(data, sender):
            # Cheap cameras of one make share an endpoint reference: a MAC that they
            # tell keeps them apart.
            key = (camera.epr, camera.mac) if camera.epr else (None, camera.host)
            known = self._cameras.get(key)
            if known is None and len(self._cameras) < _MAX_CAMERAS:
                self._cameras[key] = camera
                if self._on_found is not None:
                    self._on_found(camera)
            elif known is not None and ":" in known.host and ":" not in camera.host:
                self._cameras[key] = camera


class _Listener(asyncio.DatagramProtocol):
    """Hands every datagram of one socket on."""

    def __init__(self, found: _Found) -> None:
        self._found = found

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        sender = str(addr[0])
        # By name, since the numbers of interfaces change when the machine restarts.
        if len(addr) == 4 and addr[3] and "%" not in sender:
            try:
                zone = socket.if_indextoname(int(addr[3]))
            except OSError:
                return
            sender = f"{sender}%{zone}"
        self._found.add(data, sender)
