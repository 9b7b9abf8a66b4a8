"""A stream that is kept alive: reconnects, and notices what no socket would."""

import asyncio
from dataclasses import dataclass, field
import time
from typing import Any

import pytest

from custom_components.hearthcam.engine import source as module
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.packet import (
    AudioParameters,
    Packet,
    VideoParameters,
)
from custom_components.hearthcam.engine.protocol import (
    StreamError,
    StreamInfo,
    StreamSource,
    StreamStatus,
    Transport,
)
from custom_components.hearthcam.engine.source import Source
from tests.simulator import CameraOptions, SimulatedCamera, small_source


@dataclass(slots=True)
class Sink:
    """Keeps what a source brings."""

    states: list[tuple[StreamStatus, StreamError | None]] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)

    def opened(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Keep the size."""
        self.sizes.append((video.width, video.height))

    def packet(self, packet: Packet) -> None:
        """Keep the packet."""
        self.packets.append(packet)

    def state(
        self, status: StreamStatus, error: StreamError | None, info: StreamInfo | None
    ) -> None:
        """Keep the state."""
        self.states.append((status, error))

    async def until(self, condition: Any, timeout: float = 20.0) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.02)

    def count(self, status: StreamStatus) -> int:
        """Return how often a status was told."""
        return [told for told, _ in self.states].count(status)


async def stopped(source: Source) -> float:
    """Stop a source; return how long its thread took."""
    began = time.monotonic()
    source.stop()
    assert await asyncio.to_thread(source.join, 15.0)
    return time.monotonic() - began


async def test_stream_that_is_cut_comes_back_with_time_going_on() -> None:
    """Two connections, one clock."""
    sink = Sink()
    async with SimulatedCamera(CameraOptions()) as camera:
        source = Source("test", StreamSource(camera.rtsp_url()), sink, Clock())
        source.start()
        await sink.until(lambda: len(sink.packets) > 10)
        camera.control.drop_connections()
        await sink.until(lambda: sink.count(StreamStatus.ONLINE) == 2)
        before = len(sink.packets)
        await sink.until(lambda: len(sink.packets) > before + 10)
        await stopped(source)
    times = [packet.dts for packet in sink.packets]
    assert times == sorted(set(times))
    assert (StreamStatus.OFFLINE, StreamError.ENDED) in sink.states


async def test_hung_camera_is_noticed_and_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the connection open and sends nothing; no socket times out by it."""
    monkeypatch.setattr(module, "SILENCE", 1.0)
    sink = Sink()
    async with SimulatedCamera(CameraOptions()) as camera:
        source = Source("test", StreamSource(camera.rtsp_url()), sink, Clock())
        source.start()
        await sink.until(lambda: len(sink.packets) > 10)
        source.check()
        camera.control.stall(True)
        await asyncio.sleep(1.3)
        source.check()
        await sink.until(
            lambda: (StreamStatus.OFFLINE, StreamError.TIMEOUT) in sink.states
        )
        camera.control.stall(False)
        await sink.until(lambda: sink.count(StreamStatus.ONLINE) == 2)
        await stopped(source)


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
async def test_stopping_does_not_wait_for_the_camera(transport: Transport) -> None:
    """Over TCP a read that blocks ends at once, even when nothing is sent."""
    sink = Sink()
    async with SimulatedCamera(CameraOptions()) as camera:
        address = StreamSource(camera.rtsp_url(), transport)
        source = Source("test", address, sink, Clock())
        source.start()
        await sink.until(lambda: len(sink.packets) > 10)
        camera.control.stall(transport is Transport.TCP)
        assert await stopped(source) < 2.0


async def test_other_resolution_is_told_before_its_first_picture() -> None:
    """Some cameras change without a word; the bit stream tells."""
    sink = Sink()
    async with SimulatedCamera(CameraOptions(main=small_source())) as camera:
        source = Source("test", StreamSource(camera.rtsp_url()), sink, Clock())
        source.start()
        await sink.until(lambda: len(sink.packets) > 10)
        await camera.control.set_resolution(640, 360)
        await sink.until(lambda: (640, 360) in sink.sizes)
        await stopped(source)
    assert sink.sizes == [(320, 180), (640, 360)]


async def test_refused_login_is_not_tried_again_at_once() -> None:
    """Cameras lock an account after a few wrong passwords."""
    waits: list[float] = []

    def wait(event: Any, seconds: float) -> bool:
        waits.append(seconds)
        return bool(event.wait(0.05))

    sink = Sink()
    options = CameraOptions(username="admin", password="right")
    async with SimulatedCamera(options) as camera:
        url = camera.rtsp_url().replace("rtsp://", "rtsp://admin:wrong@")
        source = Source("test", StreamSource(url), sink, Clock(), wait=wait)
        source.start()
        await sink.until(lambda: waits)
        await stopped(source)
    assert waits[0] >= 30
    assert (StreamStatus.OFFLINE, StreamError.INVALID_AUTH) in sink.states
