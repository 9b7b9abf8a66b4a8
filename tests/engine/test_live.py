"""Live video and stills: instant, decodable, behind the token, and bounded."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
import io
from itertools import pairwise
from pathlib import Path
import socket
import time
from urllib.error import HTTPError
from urllib.request import urlopen

from aiohttp import web
import av
from PIL import Image
import pytest

from custom_components.hearthcam.engine.live import LiveViewer, serve_live
from custom_components.hearthcam.engine.masking.lead_in import SECONDS
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    RemoveCamera,
    StreamState,
    StreamStatus,
)

from .conftest import configuration, simulated, wait_online
from .process import EngineProcess
from .samples import video


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[EngineProcess]:
    """Return an engine whose camera has been online for some seconds."""
    with (
        simulated(audio="pcm_mulaw") as simulator,
        EngineProcess() as engine,
    ):
        folder = tmp_path_factory.mktemp("clips")
        engine.send(configuration(simulator.cameras[0], str(folder)))
        wait_online(engine)
        engine.wait_for(CameraStats, lambda stats: stats.ring_seconds > 4)
        yield engine


def test_viewer_gets_the_past_seconds_at_once(watched: EngineProcess) -> None:
    """The first four seconds come in a fraction of that time, from a keyframe."""
    with av.open(watched.url("live/test.ts"), timeout=10) as container:
        video_stream = container.streams.video[0]
        assert video_stream.codec_context.name == "h264"
        began = time.monotonic()
        frames = []
        for frame in container.decode(video_stream):
            frames.append(frame)
            if len(frames) == 40 + SECONDS:
                break
        assert time.monotonic() - began < 2.5
    assert frames[0].key_frame
    steps = [
        round(float(b.pts - a.pts) * float(b.time_base), 2)
        for a, b in pairwise(frames)
        if a.pts is not None and b.pts is not None
    ]
    # As long as there is little past, its first picture stands still before it.
    still = steps.count(1.0)
    assert still in (0, SECONDS)
    assert set(steps[still:]) == {0.1}


def test_telephone_sound_is_watched_as_aac(watched: EngineProcess) -> None:
    """Home Assistant's HLS drops every other codec."""
    with av.open(watched.url("live/test.ts"), timeout=10) as container:
        (audio,) = container.streams.audio
        assert audio.codec_context.name == "aac"
        assert sum(1 for _ in zip(container.decode(audio), range(20), strict=False))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("live/nobody.ts?auth={token}", 404),
        ("still/nobody.jpg?auth={token}", 404),
        ("live/test.ts?auth=wrong", 403),
        ("still/test.jpg?auth=wrong", 403),
        ("still/nobody.jpg?auth=wrong", 403),
        ("live/test.ts", 403),
        ("still/test.jpg?width=-3&auth={token}", 400),
        ("still/test.jpg?width=%F0%9F%A6%94&auth={token}", 400),
        ("", 404),
    ],
)
def test_wrong_token_or_camera_gets_nothing(
    watched: EngineProcess, path: str, status: int
) -> None:
    """And a wrong token is not told whether the camera exists."""
    url = f"http://127.0.0.1:{watched.port}/{path.format(token=watched.token)}"
    with pytest.raises(HTTPError) as refused:
        urlopen(url, timeout=10)
    assert refused.value.code == status


@pytest.mark.parametrize("query", ["", "?fresh=1", "?width=160", "?width=9999"])
def test_still_is_a_jpeg_of_the_asked_size(watched: EngineProcess, query: str) -> None:
    """Scaled down, never up."""
    picture = Image.open(io.BytesIO(watched.get(f"still/test.jpg{query}")))
    assert picture.format == "JPEG"
    assert picture.size == ((160, 90) if "160" in query else (320, 180))


def test_viewers_are_counted_and_forgotten(watched: EngineProcess) -> None:
    """A client that goes leaves nothing behind."""
    seen = len(watched.of(CameraStats))
    with av.open(watched.url("live/test.ts"), timeout=10):
        watched.wait_for(CameraStats, lambda stats: stats.viewers == 1)
    watched.wait_for(
        CameraStats,
        lambda stats: (
            stats.viewers == 0 and watched.of(CameraStats).index(stats) > seen
        ),
    )


def test_removed_camera_is_gone(tmp_path: Path) -> None:
    """Its viewers end, its stills are refused, its threads leave."""
    with simulated() as simulator, EngineProcess() as engine:
        engine.send(configuration(simulator.cameras[0], str(tmp_path)))
        wait_online(engine)
        with urlopen(engine.url("live/test.ts"), timeout=10) as response:
            engine.send(RemoveCamera("test"))
            # Ends by itself; a response that hung would run into the timeout.
            assert response.read()[:1] == b"G"
        with pytest.raises(HTTPError) as refused:
            engine.get("still/test.jpg")
        assert refused.value.code == 404


def test_source_that_went_away_is_offline_then_back(tmp_path: Path) -> None:
    """A reboot of the camera: told once down, once up, and live again."""
    with simulated() as simulator, EngineProcess() as engine:
        camera = simulator.cameras[0]
        engine.send(configuration(camera, str(tmp_path)))
        wait_online(engine)
        camera.switch("reboot", seconds=1.0)
        engine.wait_for(StreamState, lambda state: state.status is StreamStatus.OFFLINE)
        wait_online(engine, after=1)
        assert engine.get("still/test.jpg")


async def test_slow_viewer_loses_the_middle_and_goes_on_at_a_keyframe() -> None:
    """Memory stays bounded, and what is shown can be decoded."""
    _, packets = video(8.0)
    padded = [
        ShownPacket.of(replace(packet, data=packet.data + bytes(1000)))
        for packet in packets
    ]
    viewer = LiveViewer(asyncio.get_running_loop(), max_queued=40_000)
    for packet in padded:
        viewer.offer(packet)
    received = await viewer.take()
    assert sum(len(packet.data) for packet in received) <= 40_000
    assert received[0].is_keyframe
    assert received[-1] is padded[-1]


async def test_what_waits_for_a_closed_viewer_is_not_shown() -> None:
    """A privacy zone was added since."""
    parameters, packets = video(1.0)
    viewer = LiveViewer(asyncio.get_running_loop())
    viewer.begin(parameters, None)
    viewer.offer(ShownPacket.of(packets[0]))
    viewer.close()
    viewer.offer(ShownPacket.of(packets[1]))
    assert await viewer.take() == []


async def test_closed_viewer_ends() -> None:
    """Also when it is waiting."""
    viewer = LiveViewer(asyncio.get_running_loop())
    waiting = asyncio.ensure_future(viewer.take())
    await asyncio.sleep(0)
    viewer.close()
    assert await waiting == []


@pytest.mark.usefixtures("socket_enabled")
async def test_a_slow_client_gets_nothing_of_what_waits_when_its_viewer_is_closed() -> (
    None
):
    """Not even what was on its way out of the engine already."""
    parameters, packets = video()
    viewer = LiveViewer(asyncio.get_running_loop())
    viewer.begin(parameters, None)
    keyframe = ShownPacket.of(packets[0])
    large = replace(keyframe, data=keyframe.data + bytes(1_500_000))
    for number in range(10):
        viewer.offer(replace(large, pts=number * 100_000, dts=number * 100_000))
    ended = asyncio.Event()

    async def live(request: web.Request) -> web.StreamResponse:
        try:
            return await serve_live(request, viewer)
        finally:
            ended.set()

    application = web.Application()
    application.router.add_get("/", live)
    runner = web.AppRunner(application)
    await runner.setup()
    loop = asyncio.get_running_loop()
    with socket.socket() as listening, socket.socket() as client:
        listening.bind(("127.0.0.1", 0))
        await web.SockSite(runner, listening).start()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.setblocking(False)
        await loop.sock_connect(client, listening.getsockname())
        await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        received = len(await loop.sock_recv(client, 1000))
        # What does not fit into the system's buffers waits in the engine's.
        await asyncio.sleep(0)
        viewer.close()
        async with asyncio.timeout(10):
            await ended.wait()
            with suppress(ConnectionError):
                while data := await loop.sock_recv(client, 65536):
                    received += len(data)
        await runner.cleanup()
    assert 0 < received < 8_000_000
