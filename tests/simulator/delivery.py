"""Ways of a stream's packets to one client: interleaved on TCP, or UDP."""

from abc import ABC, abstractmethod
import asyncio
import socket
from typing import override

from .rtp import Batch, datagrams, interleave, set_channel

MAX_BACKLOG = 4 * 1024 * 1024
"""Bytes that may wait for a client that does not read; cameras have little memory."""
# Datagrams at once: a receive buffer of usual size holds a few times this.
UDP_BURST = 24
UDP_PAUSE = 0.001


class Delivery(ABC):
    """Where the packets of one track go."""

    @abstractmethod
    async def rtp(self, data: bytearray, batch: Batch) -> bool:
        """Send the packets of one access unit; False: the client is lost."""

    @abstractmethod
    def rtcp(self, packet: bytes) -> None:
        """Send one compound RTCP packet."""


class Interleaved(Delivery):
    """Packets between the answers on the client's own connection."""

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        channel: int,
        rtcp_channel: int,
        max_backlog: int,
    ) -> None:
        """Send RTP on `channel` and RTCP on `rtcp_channel`.

        The client is cut off when more than `max_backlog` bytes wait for it.
        """
        self._transport = transport
        self._channel = channel
        self._rtcp_channel = rtcp_channel
        self._max_backlog = max_backlog

    @override
    async def rtp(self, data: bytearray, batch: Batch) -> bool:
        if self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() + len(data) > self._max_backlog:
            self._transport.abort()
            return False
        self._transport.write(set_channel(data, batch, self._channel))
        return True

    @override
    def rtcp(self, packet: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(interleave(self._rtcp_channel, packet))


class Datagrams(Delivery):
    """Packets to a pair of UDP ports."""

    def __init__(
        self, sockets: tuple[socket.socket, socket.socket], host: str, port: int
    ) -> None:
        """Send from the pair (RTP, RTCP) to `port` and the one above it."""
        self._rtp, self._rtcp = sockets
        self._host = host
        self._port = port

    @override
    async def rtp(self, data: bytearray, batch: Batch) -> bool:
        for number, packet in enumerate(datagrams(data, batch)):
            if number and number % UDP_BURST == 0:
                await asyncio.sleep(UDP_PAUSE)
            _send(self._rtp, packet, (self._host, self._port))
        return True

    @override
    def rtcp(self, packet: bytes) -> None:
        _send(self._rtcp, packet, (self._host, self._port + 1))


def _send(
    sender: socket.socket, packet: bytes | memoryview, address: tuple[str, int]
) -> None:
    try:
        sender.sendto(packet, address)
    except OSError:
        # Full buffers and closed sockets lose datagrams, as networks do.
        return


def udp_pair(host: str) -> tuple[socket.socket, socket.socket]:
    """Return two bound UDP sockets, an even port and the next (RFC 3550, 11)."""
    for _ in range(64):
        rtp = _udp_socket(host, 0)
        port = rtp.getsockname()[1]
        if port % 2 == 0:
            try:
                return rtp, _udp_socket(host, port + 1)
            except OSError:
                rtp.close()
        else:
            rtp.close()
    raise OSError("no pair of UDP ports is free")


def _udp_socket(host: str, port: int) -> socket.socket:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        sender.bind((host, port))
    except OSError:
        sender.close()
        raise
    return sender
