"""What a connection says of cameras that misbehave."""

import asyncio
from collections.abc import Callable, Iterator
import socket
import time
from typing import Any

import av
import pytest

from custom_components.hearthcam.engine.connection import Connection
from custom_components.hearthcam.engine.errors import StreamFailure
from custom_components.hearthcam.engine.protocol import (
    StreamError,
    StreamSource,
    Transport,
)
from tests.simulator import rtsp_connection, small_source
from tests.simulator.sdp import describe

from .streams import LOGIN, camera, end_of, failure, fetch, source


@pytest.mark.parametrize("login", ["", "admin:wrong@", "other:p%3Aw%40%2Fd@"])
@pytest.mark.parametrize("scheme", ["digest", "basic"])
async def test_wrong_login_is_told_without_naming_it(login: str, scheme: str) -> None:
    """Neither the text nor a chained error quotes the URL."""
    async with camera(scheme=scheme) as simulated:
        told = await asyncio.to_thread(failure, source(simulated, login=login))
    assert told.reason is StreamError.INVALID_AUTH
    assert str(told) == "invalid_auth"
    assert told.__cause__ is None
    assert told.__suppress_context__


async def test_wrong_path_is_told() -> None:
    async with camera() as simulated:
        told = await asyncio.to_thread(failure, source(simulated, "elsewhere"))
    assert told.reason is StreamError.NOT_FOUND


async def test_closed_port_is_told() -> None:
    async with camera() as simulated:
        wanted = source(simulated)
    told = await asyncio.to_thread(failure, wanted)
    assert told.reason is StreamError.CANNOT_CONNECT


@pytest.mark.parametrize(
    ("allowed", "asked"), [("tcp", Transport.UDP), ("udp", Transport.TCP)]
)
async def test_refused_transport_is_told_and_found_when_automatic(
    allowed: str, asked: Transport
) -> None:
    async with camera() as simulated:
        simulated.control.allow_transports(allowed)
        told = await asyncio.to_thread(failure, source(simulated, transport=asked))
        assert told.reason is StreamError.CANNOT_CONNECT
        opened, _ = await asyncio.to_thread(fetch, source(simulated), 0.5)
    assert opened.info.codec == "h264"


@pytest.mark.parametrize(
    "url", ["", "front door", "rtsp://", "file:///etc/passwd", "ftp://127.0.0.1/x"]
)
def test_what_is_no_stream_url_is_told(url: str) -> None:
    assert failure(StreamSource(url)).reason is StreamError.INVALID_URL


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Return a socket that listens and whose callers can be counted."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


def test_nothing_is_sent_where_one_of_the_addresses_is_public(
    listening: socket.socket,
) -> None:
    """Not even to the local one of them."""
    port = listening.getsockname()[1]
    asked: list[str] = []

    def resolver(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.1", "203.0.113.7")
        ]

    wanted = StreamSource(f"rtsp://{LOGIN}camera.test:{port}/main")
    assert failure(wanted, resolver=resolver).reason is StreamError.NOT_LOCAL
    assert asked == ["camera.test"]
    with pytest.raises(TimeoutError):
        listening.accept()


@pytest.mark.parametrize("host", ["203.0.113.7", "[2001:db8::7]", "8.8.8.8:554"])
def test_public_address_never_reaches_ffmpeg(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Its sockets are out of a test's sight, so nobody may ask it to open one."""

    def must_not_open(*_: Any, **__: Any) -> None:
        pytest.fail("a public address was opened")

    monkeypatch.setattr(av, "open", must_not_open)
    wanted = StreamSource(f"rtsp://{LOGIN}{host}/main")
    assert failure(wanted).reason is StreamError.NOT_LOCAL


async def test_name_is_resolved_once_and_its_address_used() -> None:
    """A second answer could be another one."""
    asked: list[str] = []

    def resolver(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    async with camera() as simulated:
        url = source(simulated).url.replace("127.0.0.1", "camera.test")
        await asyncio.to_thread(
            lambda: Connection(StreamSource(url), resolver=resolver).close()
        )
    assert asked == ["camera.test"]


def describe_as(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    """Let simulated cameras describe their streams otherwise."""
    monkeypatch.setattr(
        rtsp_connection, "describe", lambda *given: change(describe(*given))
    )


async def test_unsupported_codec_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is what the SDP names, whatever the packets hold."""
    describe_as(monkeypatch, lambda sdp: sdp.replace("H264/90000", "MP4V-ES/90000"))
    async with camera() as simulated:
        wanted = source(simulated)
        told = await asyncio.to_thread(failure, wanted, open_timeout=2.0)
    assert told.reason is StreamError.UNSUPPORTED_CODEC


async def test_stream_without_video_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A microphone, or a camera that is set up wrongly."""

    def without_video(sdp: str) -> str:
        head, _, rest = sdp.partition("m=video")
        return f"{head}m=audio{rest.partition('m=audio')[2]}"

    describe_as(monkeypatch, without_video)
    async with camera(audio="pcm_alaw") as simulated:
        told = await asyncio.to_thread(failure, source(simulated))
    assert told.reason is StreamError.NO_VIDEO


async def test_camera_that_never_answers_is_given_up() -> None:
    """Within the time that was allowed."""
    async with camera() as simulated:
        simulated.control.stall(True)
        began = time.monotonic()
        told = await asyncio.to_thread(failure, source(simulated), open_timeout=1.0)
        assert time.monotonic() - began < 3
        simulated.control.stall(False)
    assert told.reason is StreamError.TIMEOUT


async def test_camera_that_cuts_the_connection_has_ended() -> None:
    """FFmpeg calls that a regular end of file."""
    async with camera() as simulated:
        loop = asyncio.get_running_loop()

        def watch() -> StreamFailure:
            with Connection(source(simulated)) as opened:
                loop.call_soon_threadsafe(simulated.control.drop_connections)
                return end_of(opened)

        told = await asyncio.to_thread(watch)
    assert told.reason is StreamError.ENDED


async def test_camera_that_waits_for_its_keyframe_is_waited_for() -> None:
    """With a keyframe every 10 s, silence after the login is longer than any later."""
    async with camera(main=small_source(gop=4.0)) as simulated:
        await asyncio.sleep(1.0)
        assert simulated.streams["main"].last_key.time == 0
        opened, _ = await asyncio.to_thread(fetch, source(simulated), 0.1)
    assert opened.info.codec == "h264"
