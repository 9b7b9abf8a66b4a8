"""RTSP over HTTP: the tunnel is the engine's, and leads to the checked address only."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from custom_components.hearthcam.engine.clock import Clock, TimestampMapper
from custom_components.hearthcam.engine.connection import Connection
from custom_components.hearthcam.engine.errors import StreamFailure
from custom_components.hearthcam.engine.probe import probe
from custom_components.hearthcam.engine.protocol import (
    Probe,
    StreamError,
    StreamSource,
    Transport,
)
from custom_components.hearthcam.engine.tunnel import tunnel_ports
from tests.simulator import CameraOptions, SimulatedCamera, small_source
from tests.simulator.tunnel import TunnelServer

LOGIN = "admin:p%3Aw%40%2Fd"


@pytest.fixture
async def camera(socket_enabled: None) -> AsyncGenerator[SimulatedCamera]:
    """Return a camera with a login."""
    options = CameraOptions(main=small_source(), username="admin", password="p:w@/d")
    async with SimulatedCamera(options) as camera:
        yield camera


def source(server: TunnelServer, login: str = LOGIN) -> StreamSource:
    """Return the stream behind a tunnel."""
    url = f"rtsp://{login}@127.0.0.1:{server.port}/main"
    return StreamSource(url, Transport.HTTP)


def watched(stream: StreamSource, packets: int = 25) -> int:
    """Read packets; return how many keyframes there were."""
    keyframes = 0
    with Connection(stream, open_timeout=5) as connection:
        assert connection.video.width == 320
        for number, packet in enumerate(
            connection.packets(TimestampMapper(), Clock()), 1
        ):
            keyframes += packet.is_keyframe
            if number >= packets:
                break
    return keyframes


async def refused(stream: StreamSource) -> StreamError:
    """Open a stream that must fail; return why."""
    with pytest.raises(StreamFailure) as failure:
        await asyncio.to_thread(Connection, stream, open_timeout=3)
    return failure.value.reason


async def test_stream_plays_through_the_tunnel(camera: SimulatedCamera) -> None:
    """With the login of RTSP inside of it; FFmpeg's requests go up in Base64."""
    async with TunnelServer(camera.state.rtsp_port) as server:
        assert await asyncio.to_thread(watched, source(server)) >= 2
    get, post = server.requests
    assert get.startswith("GET /main HTTP/1.0\r\n")
    assert post.startswith("POST /main HTTP/1.0\r\n")
    assert "p:w" not in get + post


@pytest.mark.parametrize(
    "challenge",
    [
        'Basic realm="cam"',
        'Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5',
        'Digest realm="cam", nonce="abc", algorithm=SHA-256, opaque="x"',
    ],
)
async def test_tunnel_that_asks_for_a_login_gets_it(
    camera: SimulatedCamera, challenge: str
) -> None:
    async with TunnelServer(camera.state.rtsp_port, login=challenge) as server:
        await asyncio.to_thread(watched, source(server), 5)
    assert challenge.split(" ", maxsplit=1)[0] in server.requests[-1]
    assert "p:w" not in "".join(server.requests)


async def test_stream_in_a_tunnel_is_measured(camera: SimulatedCamera) -> None:
    """As the config flow does."""
    async with TunnelServer(camera.state.rtsp_port) as server:
        command = Probe("1", source(server), measure=1.5, second=True)
        answer = await asyncio.to_thread(probe, command)
    assert answer.measured is not None
    assert answer.measured.fps == pytest.approx(10, rel=0.3)
    assert answer.measured.second_connection is True


async def test_wrong_login_inside_of_the_tunnel_is_told(
    camera: SimulatedCamera,
) -> None:
    async with TunnelServer(camera.state.rtsp_port) as server:
        stream = source(server, "admin:wrong")
        assert await refused(stream) is StreamError.INVALID_AUTH


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            b"HTTP/1.0 302 Moved\r\nLocation: http://{evil}/\r\n\r\n",
            StreamError.CANNOT_CONNECT,
        ),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", StreamError.NOT_FOUND),
        (b"HTTP/1.0 403 No\r\n\r\n", StreamError.INVALID_AUTH),
        (b"<html>Hello</html>\r\n\r\n", StreamError.CANNOT_CONNECT),
        (b"HTTP/1.0 200 OK\r\nX: " + b"a" * 20_000, StreamError.CANNOT_CONNECT),
        (b"", StreamError.CANNOT_CONNECT),
    ],
    ids=range(6),
)
async def test_what_is_no_tunnel_is_refused_and_leads_nowhere(
    camera: SimulatedCamera,
    answer: bytes,
    reason: StreamError,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A redirect is a refusal like any other: nobody is contacted for it."""
    monkeypatch.setattr(
        "custom_components.hearthcam.engine.relay.tunnel_ports",
        lambda scheme, port: (port,),
    )
    async with TunnelServer(camera.state.rtsp_port) as evil:
        answer = answer.replace(b"{evil}", b"127.0.0.1:%d" % evil.port)
        async with TunnelServer(camera.state.rtsp_port, answer=answer) as server:
            assert await refused(source(server)) is reason
        assert evil.requests == []


async def test_redirect_inside_of_the_tunnel_is_caught(
    camera: SimulatedCamera,
) -> None:
    """The relay reads along as without a tunnel."""

    async def moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://9.9.9.9/\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    rtsp = await asyncio.start_server(moved, "127.0.0.1", 0)
    port = rtsp.sockets[0].getsockname()[1]
    async with TunnelServer(port) as server:
        assert await refused(source(server)) is StreamError.NOT_LOCAL
    rtsp.close()
    await rtsp.wait_closed()


def test_web_port_is_tried_after_the_streams_own() -> None:
    """Cameras name the RTSP port, and serve the tunnel at the other one."""
    assert tunnel_ports("rtsp", 554) == (554, 80)
    assert tunnel_ports("rtsps", 443) == (443,)
