"""Live video over loopback: MPEG-TS that begins with the last seconds.

One viewer is one muxer; packets come from a broadcast's thread into a bounded queue
and leave in the engine's event loop. The burst of the past makes the picture instant:
Home Assistant's HLS playlist is ready at once instead of after 6 s. Where there is no
past to send, the first picture stands still for as long (`lead_in`).
"""

import asyncio
from collections import deque
import logging
from threading import Lock
from typing import Final

from aiohttp import web

from .masking.lead_in import lead_in
from .masking.shown import ShownPacket
from .mux import Muxer, MuxError
from .packet import AudioParameters, VideoParameters

_LOGGER = logging.getLogger(__name__)

_MAX_QUEUED: Final = 16 * 1024 * 1024
_OPTIONS: Final = {
    "mpegts_flags": "resend_headers",
    "flush_packets": "1",
    "max_delay": "0",
}
_WRITE_TIMEOUT: Final = 15.0
_FIRST_PACKET: Final = 20.0
"""Seconds that a viewer waits for a first picture: a keyframe, masked, may take some."""


class LiveViewer:
    """The queue between a broadcast's thread and one HTTP response."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, max_queued: int = _MAX_QUEUED
    ) -> None:
        """Make an open, empty queue whose reader runs in ``loop``."""
        self._loop = loop
        self._max_queued = max_queued
        self._packets: deque[ShownPacket] = deque()
        self._queued = 0
        self._skipping = True
        self._closed = False
        self._lock = Lock()
        self._ready = asyncio.Event()
        self._transport: asyncio.WriteTransport | None = None
        self.streams: tuple[VideoParameters, AudioParameters | None] | None = None
        """What the packets are; known once there are some."""

    def begin(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Learn what the packets are that come now, from any thread."""
        self.streams = video, audio

    def offer(self, packet: ShownPacket) -> None:
        """Queue a packet, from any thread; never blocks.

        A viewer that is too slow loses what waits, and goes on at a keyframe.
        """
        with self._lock:
            starts_gop = packet.is_keyframe and not packet.is_audio
            if self._queued + len(packet.data) > self._max_queued:
                self._packets.clear()
                self._queued = 0
                self._skipping = True
            if self._skipping and not starts_gop:
                return
            self._skipping = False
            first = not self._packets
            self._packets.append(packet)
            self._queued += len(packet.data)
        if first:
            self._wake()

    def close(self) -> None:
        """End the response, from any thread: the stream is gone or has changed."""
        with self._lock:
            self._closed = True
            self._packets.clear()
        self._wake()

    @property
    def closed(self) -> bool:
        """Whether nothing is to be shown any more."""
        return self._closed

    def sends_to(self, transport: asyncio.WriteTransport | None) -> None:
        """Say where what was taken goes, in the reader's loop."""
        self._transport = transport

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._woken)
        except RuntimeError:
            # The engine's loop has ended, and with it every viewer.
            self._closed = True

    def _woken(self) -> None:
        self._ready.set()
        transport = self._transport
        if self._closed and transport is not None:
            if transport.get_write_buffer_size():
                # A client that is slow gets nothing more of what was let pass before.
                transport.abort()

    async def take(self) -> list[ShownPacket]:
        """Return all that waits; empty when the viewer was closed."""
        while True:
            with self._lock:
                packets = list(self._packets)
                self._packets.clear()
                self._queued = 0
                self._ready.clear()
                if self._closed:
                    return []
            if packets:
                return packets
            await self._ready.wait()


class _Chunks:
    """A file for the muxer that keeps what is written until it is fetched."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def fetch(self) -> bytes:
        data = b"".join(self._chunks)
        self._chunks.clear()
        return data


async def serve_live(request: web.Request, viewer: LiveViewer) -> web.StreamResponse:
    """Answer a request with what the viewer receives, until either side ends."""
    try:
        async with asyncio.timeout(_FIRST_PACKET):
            packets = await viewer.take()
    except TimeoutError:
        packets = []
    if not packets or viewer.streams is None:
        # Closed before the first picture: masked live video could not be made.
        raise web.HTTPServiceUnavailable
    begin = packets[0].dts
    lead = lead_in(packets, viewer.streams[1])
    output = _Chunks()
    try:
        first = [*lead, *packets][0]
        muxer = Muxer(output, "mpegts", first, *viewer.streams, options=_OPTIONS)
    except MuxError as error:
        _LOGGER.warning("Live video not possible: %s", error)
        raise web.HTTPServiceUnavailable from None
    response = web.StreamResponse(
        headers={"Content-Type": "video/mp2t", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    viewer.sends_to(request.transport)
    try:
        for packet in lead:
            muxer.write(packet)
        while packets:
            for packet in packets:
                # Sound that comes late would be behind the silence in its place.
                if not (lead and packet.is_audio and packet.dts < begin):
                    muxer.write(packet)
            if (chunk := output.fetch()) and not viewer.closed:
                async with asyncio.timeout(_WRITE_TIMEOUT):
                    await response.write(chunk)
            packets = await viewer.take()
    except ConnectionError, TimeoutError:
        _LOGGER.debug("A viewer has gone")
    except MuxError:
        _LOGGER.debug("A viewer's stream broke")
    return response
