"""Cameras that come and go by themselves: Hello and Bye of WS-Discovery."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import override

from .models import DiscoveredCamera
from .multicast import PORT, open_listener, sender_of
from .probe import MAX_DATAGRAM, parse_announcement, parse_bye

# More than a hundred cameras that start at once say, and no flood.
_MAX_A_SECOND = 300
_REMEMBERED = 128


class AnnouncementListener:
    """Hears what cameras tell everybody, between `start` and `stop`.

    A Bye is a word of anybody, so it is a reason to look at the camera, no more.
    Nothing that arrives can raise; repeated datagrams (SOAP over UDP sends each
    several times) are told once.
    """

    def __init__(
        self,
        on_hello: Callable[[DiscoveredCamera], None],
        on_bye: Callable[[str], None] | None = None,
        *,
        port: int = PORT,
    ) -> None:
        """Take what is called, with the camera or its endpoint; must not raise."""
        self._on_hello = on_hello
        self._on_bye = on_bye
        self._port = port
        self._transports: list[asyncio.DatagramTransport] = []
        self._lately: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        self._second = 0
        self._count = 0

    async def start(self, sources: Iterable[str | IPv4Address | IPv6Address]) -> int:
        """Listen on the interfaces of our addresses; return on how many it works.

        Some other program may have the port for itself: searching works all the same.
        """
        loop = asyncio.get_running_loop()
        for source in dict.fromkeys(ip_address(source) for source in sources):
            with suppress(OSError):
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Listener(self._heard),
                    sock=open_listener(source, self._port),
                )
                self._transports.append(transport)
        return len(self._transports)

    async def stop(self) -> None:
        """Leave the groups."""
        for transport in self._transports:
            transport.abort()
        self._transports.clear()
        self._lately.clear()
        # Transports close their sockets in the loop's next turn.
        await asyncio.sleep(0)

    def _heard(self, data: bytes, sender: str) -> None:
        if len(data) > MAX_DATAGRAM or not (b"Hello" in data or b"Bye" in data):
            return
        second = int(asyncio.get_running_loop().time())
        self._count = self._count + 1 if second == self._second else 1
        self._second = second
        if self._count > _MAX_A_SECOND or (sender, data) in self._lately:
            return
        self._lately[sender, data] = None
        while len(self._lately) > _REMEMBERED:
            self._lately.popitem(last=False)
        for camera in parse_announcement(data, sender):
            self._on_hello(camera)
        if self._on_bye is not None and (epr := parse_bye(data, sender)) is not None:
            self._on_bye(epr)


class _Listener(asyncio.DatagramProtocol):
    """Hands every datagram of one socket on."""

    def __init__(self, heard: Callable[[bytes, str], None]) -> None:
        self._heard = heard

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if (sender := sender_of(addr)) is not None:
            self._heard(data, sender)
