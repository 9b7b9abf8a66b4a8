"""What a connection makes of a camera's packets: self-contained, and in order."""

import asyncio
from dataclasses import replace
from itertools import islice, pairwise
import time

import av
import pytest

from custom_components.hearthcam.engine.bitstream import (
    has_sequence_parameters,
    nal_units,
    parameter_sets,
)
from custom_components.hearthcam.engine.clock import Clock, TimestampMapper
from custom_components.hearthcam.engine.connection import Connection
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.protocol import Transport
from tests.simulator import small_source
from tests.simulator.rtp import make_batch, video_payloads
from tests.simulator.track import VIDEO_PAYLOAD_TYPE, VideoTrack

from .streams import BOTH, camera, fetch, source

BEFORE = 20
"""Packets before the clock jumps."""


def assert_ordered(packets: list[Packet]) -> None:
    """Assert what every muxer wants of each stream."""
    for is_audio in (False, True):
        stream = [packet for packet in packets if packet.is_audio is is_audio]
        assert all(later.dts > packet.dts for packet, later in pairwise(stream))
        assert all(packet.pts >= packet.dts for packet in stream)


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
