"""What a connection says of cameras that misbehave, and what it makes of packets."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, pairwise
import socket
import time
from typing import Any

import av
import pytest

from custom_components.hearthcam.engine import connection as module
from custom_components.hearthcam.engine.bitstream import (
    has_sequence_parameters,
    nal_units,
    parameter_sets,
)
from custom_components.hearthcam.engine.clock import Clock, TimestampMapper
from custom_components.hearthcam.engine.connection import Connection
from custom_components.hearthcam.engine.errors import StreamFailure
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.protocol import (
    StreamError,
    StreamSource,
    Transport,
)
from tests.simulator import (
    CameraOptions,
    SimulatedCamera,
    rtsp_connection,
    small_source,
)
from tests.simulator.rtp import make_batch, video_payloads
from tests.simulator.sdp import describe
from tests.simulator.track import VIDEO_PAYLOAD_TYPE, VideoTrack

PASSWORD = "p:w@/d"
BOTH = (Transport.TCP, Transport.UDP)
BEFORE = 20
"""Packets before the clock jumps."""
LOGIN = "admin:p%3Aw%40%2Fd@"


def camera(**options: Any) -> SimulatedCamera:
    """Return a small camera with a login; it runs in the test's loop."""
    return SimulatedCamera(
        CameraOptions(**{"username": "admin", "password": PASSWORD} | options)
    )


def source(
    simulated: SimulatedCamera,
    stream: str = "main",
    *,
    login: str = LOGIN,
    transport: Transport = Transport.AUTO,
) -> StreamSource:
    """Return how to reach a camera."""
    url = simulated.rtsp_url(stream).replace("//", f"//{login}", 1)
    return StreamSource(url, transport)


def failure(*arguments: Any, **options: Any) -> StreamFailure:
    """Open a connection that must fail; return how it did."""
    with pytest.raises(StreamFailure) as raised:
        Connection(*arguments, **options).close()
    return raised.value


def read(
    opened: Connection, seconds: float, each: Callable[[Packet], None] | None = None
) -> list[Packet]:
    """Return the packets of so many seconds by their own timestamps."""
    packets: list[Packet] = []
    for packet in opened.packets(TimestampMapper(), Clock()):
        packets.append(packet)
        if each is not None:
            each(packet)
        if packet.pts - packets[0].pts > seconds * TIME_BASE:
            break
    return packets


def end_of(opened: Connection) -> StreamFailure:
    """Read until a stream fails; return how it did."""
    with pytest.raises(StreamFailure) as raised:
        read(opened, 30.0)
    return raised.value


def fetch(wanted: StreamSource, seconds: float) -> tuple[Connection, list[Packet]]:
    """Open a stream and read for so many seconds; blocks."""
    with Connection(wanted) as opened:
        return opened, read(opened, seconds)


def assert_ordered(packets: list[Packet]) -> None:
    """Assert what every muxer wants of each stream."""
    for is_audio in (False, True):
        stream = [packet for packet in packets if packet.is_audio is is_audio]
        assert all(later.dts > packet.dts for packet, later in pairwise(stream))
        assert all(packet.pts >= packet.dts for packet in stream)


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


async def test_camera_that_falls_silent_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection that stays open and carries nothing is no stream."""
    monkeypatch.setattr(module, "READ_TIMEOUT", 1.0)

    async def silenced(transport: Transport) -> tuple[StreamFailure, float]:
        async with camera() as simulated:
            loop = asyncio.get_running_loop()

            def watch() -> tuple[StreamFailure, float]:
                with Connection(source(simulated, transport=transport)) as opened:
                    loop.call_soon_threadsafe(simulated.control.stall)
                    began = time.monotonic()
                    return end_of(opened), time.monotonic() - began

            told = await asyncio.to_thread(watch)
            simulated.control.stall(False)
            return told

    for told, took in await asyncio.gather(*map(silenced, BOTH)):
        assert told.reason is StreamError.TIMEOUT
        assert took < 4


async def test_session_is_kept_alive() -> None:
    """Cameras cut off who gives no sign of life within the time they told."""

    async def watched(transport: Transport) -> list[Packet]:
        async with camera(session_timeout=2.0) as simulated:
            wanted = source(simulated, transport=transport)
            _, packets = await asyncio.to_thread(fetch, wanted, 4.5)
            return packets

    for packets in await asyncio.gather(*map(watched, BOTH)):
        assert_ordered(packets)
        assert len(packets) >= 44


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


def bare(track: VideoTrack) -> VideoTrack:
    """Return a track that has its parameter sets in the SDP only."""
    sets = {bytes(unit) for unit in track.parameter_sets}
    units = []
    for unit in track.units:
        if unit.key:
            nals = [
                unit.picture[start:end].rstrip(b"\0")
                for start, end in nal_units(unit.picture)
            ]
            kept = [nal for nal in nals if nal not in sets]
            assert len(kept) < len(nals)
            batch = make_batch(
                video_payloads(track.codec, kept), VIDEO_PAYLOAD_TYPE, marker=True
            )
            unit = replace(unit, batch=batch)
        units.append(unit)
    totals = [0]
    for unit in units:
        totals.append(totals[-1] + len(unit.batch))
    return replace(track, units=tuple(units), packet_totals=tuple(totals))


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_keyframes_hold_the_parameters_that_only_the_sdp_had(codec: str) -> None:
    """Every keyframe alone is enough for a decoder that knows nothing else."""
    async with camera(main=small_source(codec)) as simulated:
        stream = simulated.streams["main"]
        stream.track = bare(stream.track)
        opened, packets = await asyncio.to_thread(fetch, source(simulated), 1.5)
    keyframes = [packet for packet in packets if packet.is_keyframe]
    assert len(keyframes) >= 2
    for keyframe in keyframes:
        sets = parameter_sets(codec, keyframe.data)
        assert has_sequence_parameters(codec, sets)
        decoder = av.CodecContext.create(codec, "r")
        assert isinstance(decoder, av.VideoCodecContext)
        frames = decoder.decode(av.Packet(keyframe.data))
        (frame, *_) = frames + decoder.decode(None)
        assert (frame.width, frame.height) == (opened.video.width, opened.video.height)
    assert not any(
        parameter_sets(codec, packet.data)
        for packet in packets
        if not packet.is_keyframe
    )


async def test_parameters_that_come_along_are_not_doubled() -> None:
    """The usual camera repeats them itself."""
    async with camera() as simulated:
        _, packets = await asyncio.to_thread(fetch, source(simulated), 1.5)
        (sets,) = {
            parameter_sets("h264", packet.data)
            for packet in packets
            if packet.is_keyframe
        }
        assert len(list(nal_units(sets))) == len(
            simulated.streams["main"].track.parameter_sets
        )


async def jumped(jump: float, audio: str | None) -> tuple[list[Packet], float]:
    """Return what came around a jump of a camera's clock, and the seconds after it."""
    async with camera(audio=audio) as simulated:
        loop = asyncio.get_running_loop()

        def watch() -> tuple[list[Packet], float]:
            with Connection(source(simulated)) as opened:
                packets = opened.packets(TimestampMapper(), Clock())
                seen = list(islice(packets, BEFORE))
                loop.call_soon_threadsafe(simulated.control.jump_timestamps, jump)
                began = time.monotonic()
                for packet in packets:
                    seen.append(packet)
                    if (took := time.monotonic() - began) > 2.5:
                        return seen, took
            raise AssertionError("the stream ended")

        return await asyncio.to_thread(watch)


async def test_time_goes_on_when_the_cameras_clock_jumps() -> None:
    """Forwards or backwards, far or near: no hole of that size, and no way back."""
    jumps = (3600.0, -3600.0, 1.0, -1.0)
    results = await asyncio.gather(
        *(jumped(jump, audio) for jump in jumps for audio in (None, "aac"))
    )
    for (packets, took), jump in zip(
        results, sorted(jumps * 2, key=jumps.index), strict=True
    ):
        assert_ordered(packets)
        video = [packet for packet in packets if not packet.is_audio]
        assert len(video) > 20
        # A near jump may be a pause of the camera; a far one is none.
        if abs(jump) > 5:
            elapsed = (packets[-1].pts - packets[BEFORE].pts) / TIME_BASE
            assert elapsed == pytest.approx(took, abs=1.5)


async def test_lost_packets_break_neither_order_nor_connection() -> None:
    """A tenth is lost; what is left comes in order, and keyframes start with sets."""

    async def watched(transport: Transport) -> tuple[Connection, list[Packet]]:
        async with camera(audio="pcm_alaw") as simulated:
            simulated.control.lose_packets(0.1)
            wanted = source(simulated, transport=transport)
            return await asyncio.to_thread(fetch, wanted, 3.0)

    for opened, packets in await asyncio.gather(*map(watched, BOTH)):
        assert opened.audio is not None
        assert_ordered(packets)
        video = [packet for packet in packets if not packet.is_audio]
        assert 8 <= len(video) <= 35
        assert any(packet.is_keyframe for packet in video)
        assert all(
            has_sequence_parameters("h264", parameter_sets("h264", packet.data))
            for packet in video
            if packet.is_keyframe
        )


async def test_first_pictures_have_their_own_times() -> None:
    """Those that FFmpeg gathered while it opened the stream, as all the others."""

    async def watched(audio: str | None) -> tuple[list[Packet], list[int]]:
        async with camera(audio=audio) as simulated:
            clock = Clock()

            def watch() -> tuple[list[Packet], list[int]]:
                with Connection(source(simulated)) as opened:
                    packets = opened.packets(TimestampMapper(), clock)
                    timed = [(packet, clock.now()) for packet in islice(packets, 60)]
                return [packet for packet, _ in timed], [at for _, at in timed]

            return await asyncio.to_thread(watch)

    for packets, arrivals in await asyncio.gather(*map(watched, (None, "pcm_alaw"))):
        video = [packet.pts for packet in packets if not packet.is_audio]
        steps = {round((later - at) / TIME_BASE, 2) for at, later in pairwise(video)}
        assert steps == {0.1}
        # Nothing is from the future.
        ahead = max(p.pts - at for p, at in zip(packets, arrivals, strict=True))
        assert ahead < 0.1 * TIME_BASE


async def test_camera_that_waits_for_its_keyframe_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a keyframe every 10 s, silence after the login is longer than any later."""
    monkeypatch.setattr(module, "READ_TIMEOUT", 1.0)
    async with camera(main=small_source(gop=4.0)) as simulated:
        await asyncio.sleep(1.0)
        assert simulated.streams["main"].last_key.time == 0
        opened, _ = await asyncio.to_thread(fetch, source(simulated), 0.1)
    assert opened.info.codec == "h264"


async def test_sound_is_described_and_delivered() -> None:
    """AAC with its ADTS headers, telephone sound as it came."""
    rates = {"aac": 16_000, "pcm_alaw": 8000, "pcm_mulaw": 8000}

    async def watched(audio: str) -> tuple[Connection, list[Packet]]:
        async with camera(audio=audio) as simulated:
            return await asyncio.to_thread(fetch, source(simulated), 1.0)

    results = await asyncio.gather(*map(watched, rates))
    for (opened, packets), (audio, rate) in zip(results, rates.items(), strict=True):
        assert opened.audio is not None
        assert (opened.audio.codec, opened.audio.sample_rate) == (audio, rate)
        assert opened.info.audio_codec == audio
        sound = [packet.data for packet in packets if packet.is_audio]
        assert len(sound) > 10
        assert all(data[:2] == b"\xff\xf1" for data in sound) is (audio == "aac")
