"""A small RTSP client that shows what a camera sends, packet by packet."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import hashlib
import re
import struct
from typing import Self
from urllib.parse import urlsplit

_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: str


@dataclass(frozen=True, slots=True)
class Packet:
    """An interleaved packet, read as RTP (RFC 3550, 5.1)."""

    channel: int
    data: bytes

    @property
    def marker(self) -> bool:
        """Return whether the packet is the last of its picture."""
        return bool(self.data[1] & 0x80)

    @property
    def sequence(self) -> int:
        """Return the sequence number."""
        return int.from_bytes(self.data[2:4])

    @property
    def timestamp(self) -> int:
        """Return the RTP timestamp."""
        return int.from_bytes(self.data[4:8])

    @property
    def payload(self) -> bytes:
        """Return what follows the fixed header."""
        return self.data[12:]

    @property
    def report(self) -> tuple[float, int]:
        """Return wall clock and RTP timestamp of an RTCP sender report."""
        seconds, fraction, timestamp = struct.unpack_from(">III", self.data, 8)
        return seconds - 2208988800 + fraction / (1 << 32), timestamp


class RtspClient:
    """One connection to a camera."""

    def __init__(
        self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Talk about `url`."""
        self.url = url
        self.session = ""
        self.login: tuple[str, str] | None = None
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._packets: deque[Packet] = deque()
        self._challenge: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str) -> AsyncIterator[Self]:
        """Connect to the host of an RTSP URL."""
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            yield cls(url, reader, writer)
        finally:
            writer.transport.abort()

    async def request(
        self, method: str, control: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Ask and wait for the answer; logs in where it is asked to and can."""
        reply = await self._ask(method, control, headers)
        if reply.status == 401 and self.login:
            self._challenge = dict(
                _CHALLENGE.findall(reply.headers["www-authenticate"])
            )
            reply = await self._ask(method, control, headers)
        return reply

    async def play(
        self, transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1"
    ) -> Reply:
        """Set the video up and play it; return the answer to PLAY."""
        reply = await self.request("SETUP", "/trackID=1", {"Transport": transport})
        if reply.status != 200:
            return reply
        self.session = reply.headers["session"].split(";")[0]
        return await self.request("PLAY")

    async def packet(self, channel: int = 0, timeout: float = 5.0) -> Packet:
        """Return the next packet of a channel; TimeoutError when none comes."""
        async with asyncio.timeout(timeout):
            while True:
                if not self._packets:
                    await self._read()
                while self._packets:
                    packet = self._packets.popleft()
                    if packet.channel == channel:
                        return packet

    async def picture(self, timeout: float = 5.0) -> list[Packet]:
        """Return the packets of the next whole picture."""
        packets = [await self.packet(timeout=timeout)]
        while not packets[-1].marker:
            packets.append(await self.packet(timeout=timeout))
        return packets

    async def at_end(self, timeout: float = 5.0) -> bool:
        """Return True when the camera cuts the connection in time."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    await self._read()
        except asyncio.IncompleteReadError, ConnectionError:
            return True
        except TimeoutError:
            return False

    async def _ask(
        self, method: str, control: str, headers: Mapping[str, str] | None
    ) -> Reply:
        self._number += 1
        url = self.url + control
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._number}"]
        if self.session:
            lines.append(f"Session: {self.session}")
        if self._challenge and self.login:
            lines.append(f"Authorization: {self._authorization(method, url)}")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        while True:
            if reply := await self._read():
                return reply

    def _authorization(self, method: str, url: str) -> str:
        username, password = self.login or ("", "")
        realm, nonce = self._challenge["realm"], self._challenge["nonce"]
        secret = _md5(f"{username}:{realm}:{password}")
        response = _md5(f"{secret}:{nonce}:{_md5(f'{method}:{url}')}")
        return (
            f'Digest username="{username}", realm="{realm}", nonce="{nonce}", '
            f'uri="{url}", response="{response}"'
        )

    async def _read(self) -> Reply | None:
        """Read one answer, or put one packet aside."""
        first = await self._reader.readexactly(1)
        if first == b"$":
            head = await self._reader.readexactly(3)
            data = await self._reader.readexactly(int.from_bytes(head[1:]))
            self._packets.append(Packet(head[0], data))
            return None
        text = (first + await self._reader.readuntil(b"\r\n\r\n")).decode()
        lines = text.split("\r\n")
        pairs = (line.partition(":") for line in lines[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        length = int(headers.get("content-length", "0"))
        body = (await self._reader.readexactly(length)).decode()
        return Reply(int(lines[0].split(" ")[1]), headers, body)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
