"""Live video over loopback: MPEG-TS that begins with the ring's last seconds.

One viewer is one muxer; packets come from the camera's stream thread into a bounded
queue and leave in the engine's event loop. The burst of the past makes the picture
instant: Home Assistant's HLS playlist is ready at once instead of after 6 s.
"""

import asyncio
from collections import deque
import logging
from threading import Lock
from typing import Final

from aiohttp import web

from .mux import Muxer, MuxError
from .packet import AudioParameters, Packet, VideoParameters

_LOGGER = logging.getLogger(__name__)

BURST: Final = 8.0
"""Seconds of the past that a viewer gets at once."""

_MAX_QUEUED: Final = 16 * 1024 * 1024
_OPTIONS: Final = {
    "mpegts_flags": "resend_headers",
    "flush_packets": "1",
    "max_delay": "0",
}
_WRITE_TIMEOUT: Final = 15.0


class Viewer:
    """The queue between a camera's stream thread and one HTTP response."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, max_queued: int = _MAX_QUEUED
    ) -> None:
        """Make an open, empty queue whose reader runs in ``loop``."""
        self._loop = loop
        self._max_queued = max_queued
        self._packets: deque[Packet] = deque()
        self._queued = 0
        self._skipping = False
        self._closed = False
        self._lock = Lock()
        self._ready = asyncio.Event()

    def offer(self, packet: Packet) -> None:
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
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._ready.set)
        except RuntimeError:
            # The engine's loop has ended, and with it every viewer.
            self._closed = True

    async def take(self) -> list[Packet]:
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


class Audience:
    """The viewers of one camera. Not locked: its lock serves all calls."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._viewers: set[Viewer] = set()

    def __len__(self) -> int:
        """Return how many watch."""
        return len(self._viewers)

    def add(self, viewer: Viewer, backlog: list[Packet]) -> None:
        """Send a viewer the past seconds and all that follows."""
        for packet in backlog:
            viewer.offer(packet)
        self._viewers.add(viewer)

    def remove(self, viewer: Viewer) -> None:
        """Stop sending to a viewer."""
        self._viewers.discard(viewer)

    def offer(self, packet: Packet) -> None:
        """Send a packet to everybody."""
        for viewer in self._viewers:
            viewer.offer(packet)

    def close(self) -> None:
        """End everybody's response."""
        for viewer in self._viewers:
            viewer.close()


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


async def serve_live(
    request: web.Request,
    viewer: Viewer,
    video: VideoParameters,
    audio: AudioParameters | None,
) -> web.StreamResponse:
    """Answer a request with what the viewer receives, until either side ends."""
    packets = await viewer.take()
    output = _Chunks()
    try:
        first = next(p for p in packets if p.is_keyframe and not p.is_audio)
        muxer = Muxer(output, "mpegts", first, video, audio, options=_OPTIONS)
    except (MuxError, StopIteration) as error:
        _LOGGER.warning("Live video not possible: %s", type(error).__name__)
        raise web.HTTPServiceUnavailable from None
    response = web.StreamResponse(
        headers={"Content-Type": "video/mp2t", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    try:
        while packets:
            for packet in packets:
                muxer.write(packet)
            if chunk := output.fetch():
                async with asyncio.timeout(_WRITE_TIMEOUT):
                    await response.write(chunk)
            packets = await viewer.take()
    except ConnectionError, TimeoutError:
        _LOGGER.debug("A viewer has gone")
    except MuxError:
        _LOGGER.debug("A viewer's stream broke")
    return response
