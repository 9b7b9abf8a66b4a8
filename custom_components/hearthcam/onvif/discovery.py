"""Finding cameras on the local network by WS-Discovery (UDP 3702)."""

import asyncio
from collections.abc import Callable, Iterable
import contextlib
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import override

from .models import DiscoveredCamera
from .multicast import PORT, Target, open_sender, sender_of
from .probe import parse_announcement, probe_messages

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
    by its endpoint reference; at its IPv4 address if it has one. Answers of one
    endpoint from two IPv4 addresses are two finds, marked ``shares_epr``. Nothing that
    arrives can raise.
    """
    found = Found(on_found)
    transports: list[asyncio.DatagramTransport] = []
    loop = asyncio.get_running_loop()
    try:
        probed: list[tuple[asyncio.DatagramTransport, Target]] = []
        for source in dict.fromkeys(ip_address(source) for source in sources):
            # Interfaces come and go; one without multicast is none of ours.
            with contextlib.suppress(OSError):
                sock, group = open_sender(source, port)
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
    probed: list[tuple[asyncio.DatagramTransport, Target]],
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
                # An interface that has just gone is no reason to end the search.
                with contextlib.suppress(OSError):
                    transport.sendto(message, group)


class Found:
    """The cameras found so far, bounded."""

    def __init__(self, on_found: Callable[[DiscoveredCamera], None] | None) -> None:
        """Take what is called for each new one; must not raise."""
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
            if known is None:
                self._keep(key, camera)
            elif ":" in known.host and ":" not in camera.host:
                self._cameras[key] = camera
            elif not {":"} & set(known.host + camera.host) and (
                known.host != camera.host
            ):
                # One with two addresses, or two: only the cameras can tell.
                self._cameras[key] = replace(known, shares_epr=True)
                self._keep((*key, camera.host), replace(camera, shares_epr=True))

    def _keep(self, key: tuple[str | None, ...], camera: DiscoveredCamera) -> None:
        if key not in self._cameras and len(self._cameras) < _MAX_CAMERAS:
            self._cameras[key] = camera
            if self._on_found is not None:
                self._on_found(camera)


class _Listener(asyncio.DatagramProtocol):
    """Hands every datagram of one socket on."""

    def __init__(self, found: Found) -> None:
        self._found = found

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if (sender := sender_of(addr)) is not None:
            self._found.add(data, sender)
