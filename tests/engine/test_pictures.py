"""Cameras that give JPEG pictures only: snapshots, motion JPEG, and their logins."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import io
import itertools
import threading

from aiohttp import hdrs, web
from hypothesis import given, strategies as st
from PIL import Image
import pytest

from custom_components.hearthcam.engine.clock import Clock, TimestampMapper
from custom_components.hearthcam.engine.decoder import VideoDecoder
from custom_components.hearthcam.engine.errors import StreamFailure
from custom_components.hearthcam.engine.jpegs import (
    MAX_PICTURE,
    JpegSplitter,
    TooLongError,
)
from custom_components.hearthcam.engine.opening import open_stream
from custom_components.hearthcam.engine.packet import Packet
from custom_components.hearthcam.engine.pictures import PictureConnection
from custom_components.hearthcam.engine.protocol import StreamError, StreamSource
from custom_components.hearthcam.engine.transcode import Transcoder


def picture(level: int, size: tuple[int, int] = (320, 180)) -> bytes:
    """Return a grey JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (level, level, level)).save(buffer, "JPEG")
    return buffer.getvalue()


@dataclass(slots=True)
class PictureServer:
    """What a simple camera's web server does."""

    multipart: bool = False
    login: str | None = None
    status: int = 200
    body: bytes | None = None
    lengths: bool = True
    asked: int = 0
    authorizations: list[str] = field(default_factory=list)
    port: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    levels: Iterator[int] = field(default_factory=lambda: itertools.cycle((40, 200)))

    @property
    def url(self) -> str:
        """The address, with a login where one is needed."""
        login = "admin:p%40ss@" if self.login else ""
        return f"http://{login}127.0.0.1:{self.port}/picture.cgi?ch=1"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.asked += 1
        given_login = request.headers.get(hdrs.AUTHORIZATION, "")
        self.authorizations.append(given_login.partition(" ")[0])
        if self.login and not given_login.startswith(self.login):
            challenge = 'Basic realm="camera"'
            if self.login == "Digest":
                challenge = 'Digest realm="camera", nonce="abc", qop="auth"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        if self.status != 200:
            return web.Response(status=self.status)
        if not self.multipart:
            body = self.body or picture(next(self.levels))
            return web.Response(body=body, content_type="image/jpeg")
        response = web.StreamResponse()
        response.content_type = "multipart/x-mixed-replace"
        await response.prepare(request)
        for level in self.levels:
            data = picture(level)
            length = f"Content-Length: {len(data)}\r\n" if self.lengths else ""
            head = f"--wrong\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode()
            await response.write(head + data + b"\r\n")
            await asyncio.sleep(0.02)
        await self.gone.wait()
        return response


@asynccontextmanager
async def serving(server: PictureServer) -> AsyncGenerator[PictureServer]:
    """Run the server on loopback."""
    app = web.Application()
    app.router.add_get("/picture.cgi", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


def read(url: str, count: int) -> list[Packet]:
    """Read some packets."""
    with PictureConnection(StreamSource(url), every=0.1) as connection:
        packets = connection.packets(TimestampMapper(), Clock())
        return list(itertools.islice(packets, count))


def brightness(packets: list[Packet], connection_video: object) -> list[int]:
    """Return the middle's luma of every frame."""
    decoder = VideoDecoder(connection_video)  # type: ignore[arg-type]  # of the test
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    return [int(frame.to_ndarray(format="gray")[90, 160]) for frame in frames]


@pytest.mark.parametrize("multipart", [False, True])
@pytest.mark.parametrize("lengths", [True, False])
async def test_pictures_become_a_stream_that_decodes(
    multipart: bool, lengths: bool
) -> None:
    """Each picture is a frame, in order, and time goes on."""
    levels_sent = itertools.cycle((10, 190, 30, 210, 50, 230))
    server = PictureServer(multipart=multipart, lengths=lengths, levels=levels_sent)
    async with serving(server):
        packets = await asyncio.to_thread(read, server.url, 6)
    video = Transcoder(320, 180).video
    assert packets[0].is_keyframe
    assert [p.pts for p in packets] == sorted({p.pts for p in packets})
    levels = brightness(packets, video)
    assert len(levels) == 6
    # Of a burst of pictures some may be left out, but none is ever mixed.
    assert all(level < 70 or level > 170 for level in levels)
    if not multipart:
        # Nor is one shown twice; a busy machine makes a burst of asking, too.
        assert all(abs(a - b) > 8 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("login", ["Digest", "Basic"])
async def test_camera_asks_for_its_login(login: str) -> None:
    """Basic is sent only to a camera that offers nothing better."""
    server = PictureServer(login=login)
    async with serving(server):
        packets = await asyncio.to_thread(read, server.url, 2)
    assert len(packets) == 2
    assert server.authorizations[:2] == ["", login]


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (PictureServer(login="Nothing known"), StreamError.INVALID_AUTH),
        (PictureServer(status=404), StreamError.NOT_FOUND),
        (PictureServer(status=302), StreamError.CANNOT_CONNECT),
        (PictureServer(status=503), StreamError.CANNOT_CONNECT),
        (PictureServer(body=b"<html>no</html>"), StreamError.NO_VIDEO),
        (PictureServer(body=b"\xff\xd8\xff" + bytes(100)), StreamError.NO_VIDEO),
    ],
    ids=["login", "missing", "redirect", "busy", "page", "broken"],
)
async def test_what_a_camera_refuses_has_a_name(
    server: PictureServer, reason: StreamError
) -> None:
    """The user is told why; the password is in no text."""
    async with serving(server):
        with pytest.raises(StreamFailure) as caught:
            await asyncio.to_thread(read, server.url, 1)
    assert caught.value.reason is reason
    assert "p%40ss" not in str(caught.value)


def test_only_local_addresses_are_asked() -> None:
    """A public address is refused before anything is sent."""
    with pytest.raises(StreamFailure) as caught:
        open_stream(StreamSource("http://93.184.216.34/picture.cgi"))
    assert caught.value.reason is StreamError.NOT_LOCAL


async def test_a_read_that_blocks_can_be_ended() -> None:
    """Removing a camera does not wait for it."""
    server = PictureServer(multipart=True, levels=iter((40,)))
    async with serving(server):
        connection = await asyncio.to_thread(
            PictureConnection, StreamSource(server.url)
        )
        timer = threading.Timer(0.3, connection.abort)
        timer.start()

        def go_on() -> None:
            for _ in connection.packets(TimestampMapper(), Clock()):
                pass

        with pytest.raises(StreamFailure):
            await asyncio.to_thread(go_on)
        timer.join()
        await asyncio.to_thread(connection.close)
        server.gone.set()


def test_a_picture_of_another_size_ends_the_stream() -> None:
    """Decoders downstream must not meet two sizes under one description."""
    transcoder = Transcoder(320, 180)
    assert transcoder.convert(picture(10), 1_000_000) is not None
    with pytest.raises(StreamFailure):
        transcoder.convert(picture(10, (640, 360)), 2_000_000)


def test_fast_cameras_are_thinned_out() -> None:
    """30 pictures a second cost as much as 10."""
    transcoder = Transcoder(320, 180)
    data = picture(10)
    packets = [transcoder.convert(data, at * 33_333 + 1) for at in range(90)]
    kept = [packet for packet in packets if packet is not None]
    assert 28 <= len(kept) <= 33
    # A keyframe at least every 2 s, as everything that starts in the middle needs.
    assert [packet.is_keyframe for packet in kept].count(True) == 2


@given(
    st.lists(st.integers(0, 255), min_size=1, max_size=5),
    st.integers(1, 3000),
    st.booleans(),
)
def test_the_splitter_finds_every_picture_however_it_arrives(
    levels: list[int], step: int, lengths: bool
) -> None:
    """Pieces of any size give the same pictures."""
    pictures = [picture(level, (16, 16)) for level in levels]
    body = b"".join(
        b"--x\r\n"
        + (b"content-length: %d\r\n" % len(data) if lengths else b"")
        + b"\r\n"
        + data
        + b"\r\n"
        for data in pictures
    )
    splitter = JpegSplitter()
    found = []
    for at in range(0, len(body), step):
        found += splitter.feed(body[at : at + step])
    assert found == pictures


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_the_splitter_survives_anything(pieces: list[bytes]) -> None:
    """What it gives begins as a picture and ends as one."""
    splitter = JpegSplitter()
    for piece in pieces:
        for found in splitter.feed(piece):
            assert found.startswith(b"\xff\xd8\xff")


def test_a_picture_without_an_end_is_refused() -> None:
    """Memory is bounded, whatever a camera sends."""
    splitter = JpegSplitter()
    splitter.feed(b"\xff\xd8\xff" + bytes(MAX_PICTURE - 3))
    with pytest.raises(TooLongError):
        splitter.feed(b"\0")
