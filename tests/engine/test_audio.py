"""Sound on its way into a container, judged by decoding what came out."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
import io
from itertools import pairwise

import av
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.hearthcam.engine.audio import AudioTrack
from custom_components.hearthcam.engine.bitstream import adts_header, is_adts
from custom_components.hearthcam.engine.packet import (
    TIME_BASE,
    AudioParameters,
    Compressed,
    Packet,
)

START = 1_790_000_000 * TIME_BASE
PIECE = 0.04
"""Seconds of sound in a packet, as cameras send G.711."""
_FRAME = 1024
LAWS = ["pcm_alaw", "pcm_mulaw"]
# What each law has for silence.
SILENCE = {"pcm_alaw": b"\xd5", "pcm_mulaw": b"\xff"}


def parameters(
    codec: str, sample_rate: int = 8000, channels: int = 1
) -> AudioParameters:
    """Return what the SDP of a camera says."""
    return AudioParameters(codec, sample_rate, channels, b"")


def packet(data: bytes, seconds: float) -> Packet:
    """Return a packet of sound, so many seconds after the start."""
    at = START + round(seconds * TIME_BASE)
    return Packet(data, at, at, round(PIECE * TIME_BASE), True, is_audio=True)


def telephone(codec: str, seconds: float, *, tick: float = -1.0) -> list[Packet]:
    """Return G.711 as packets: silence, with 0.1 s of a tone at ``tick``."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout = 8000, "mono"
    encoder.format = av.AudioFormat("s16")
    encoder.open()
    time = np.arange(round(seconds * 8000)) / 8000
    tone = np.sin(2 * np.pi * 1000 * time) * (abs(time - tick - 0.05) <= 0.05)
    samples = (tone * 16000).astype(np.int16)
    step = round(PIECE * 8000)
    result = []
    for begin in range(0, samples.size, step):
        piece = samples[begin : begin + step].reshape(1, -1).copy()
        frame = av.AudioFrame.from_ndarray(piece, "s16", "mono")
        frame.sample_rate, frame.pts = 8000, begin
        frame.time_base = Fraction(1, 8000)
        data = b"".join(bytes(encoded) for encoded in encoder.encode(frame))
        result.append(packet(data, begin / 8000))
    return result


def decoded(
    packets: Sequence[Compressed],
) -> tuple[int, np.ndarray[tuple[int], np.dtype]]:
    """Return the sample rate and the samples of ADTS frames."""
    stream = b"".join(converted.data for converted in packets)
    with av.open(io.BytesIO(stream), "r", format="aac") as container:
        pieces = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        return container.streams.audio[0].codec_context.sample_rate, np.hstack(pieces)


@pytest.mark.parametrize("codec", LAWS)
def test_telephone_sound_becomes_aac_of_the_same_length(codec: str) -> None:
    """At the camera's rate, in frames that follow each other without a hole."""
    track = AudioTrack(parameters(codec))
    made = [aac for piece in telephone(codec, 4.0) for aac in track.convert(piece)]
    assert all(is_adts(aac.data) and aac.is_audio and aac.is_keyframe for aac in made)
    assert all(later.pts - aac.pts == aac.duration for aac, later in pairwise(made))
    rate, samples = decoded(made)
    assert rate == track.sample_rate == 8000
    assert samples.size / rate == pytest.approx(4.0, abs=0.3)
    told = made[-1].pts + made[-1].duration - made[0].pts
    assert told / TIME_BASE == pytest.approx(4.0, abs=0.3)


@pytest.mark.parametrize("codec", LAWS)
def test_sound_keeps_its_time(codec: str) -> None:
    """A tick is heard when it was: late sound is seen on every speaking person."""
    track = AudioTrack(parameters(codec))
    pieces = telephone(codec, 4.0, tick=2.0)
    made = [aac for piece in pieces for aac in track.convert(piece)]
    rate, samples = decoded(made)
    heard = float(np.flatnonzero(abs(samples) > 0.1)[0]) / rate
    at = (made[0].pts - START) / TIME_BASE + heard
    assert at == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("codec", LAWS)
def test_silence_stays_silent(codec: str) -> None:
    """Each law has its own byte for it; the wrong one would roar."""
    track = AudioTrack(parameters(codec))
    made: list[Compressed] = []
    for index in range(50):
        made += track.convert(packet(SILENCE[codec] * 320, index * PIECE))
    _, samples = decoded(made)
    assert abs(samples).max() < 0.01


def test_sound_after_a_gap_is_at_its_own_time() -> None:
    """Lost packets move what follows by the gap, not by anything else."""
    track = AudioTrack(parameters("pcm_alaw"))
    pieces = telephone("pcm_alaw", 4.0)
    for piece in telephone("pcm_alaw", 4.0, tick=2.0):
        later = START + 6 * TIME_BASE - pieces[0].pts
        pieces.append(replace(piece, pts=piece.pts + later, dts=piece.dts + later))
    made = [aac for piece in pieces for aac in track.convert(piece)]
    assert all(later.dts > aac.dts for aac, later in pairwise(made))
    # Frames are decoded one after the other: the sample tells the frame.
    rate, samples = decoded(made)
    heard = int(np.flatnonzero(abs(samples) > 0.1)[0])
    frame = made[heard // _FRAME]
    at = (frame.pts - START) / TIME_BASE + heard % _FRAME / rate
    assert at == pytest.approx(6.0 + 2.0, abs=0.05)


def test_more_sound_than_time_never_goes_back() -> None:
    """Packets sent twice must not end a clip: muxers refuse time that decreases."""
    track = AudioTrack(parameters("pcm_mulaw"))
    made: list[Compressed] = []
    for index in range(200):
        made += track.convert(packet(SILENCE["pcm_mulaw"] * 320, index // 2 * PIECE))
    assert all(later.dts > aac.dts for aac, later in pairwise(made))
    # Nor does it run away from the picture.
    assert (made[-1].pts - START) / TIME_BASE == pytest.approx(4.0, abs=0.8)


def test_jitter_is_no_gap() -> None:
    """Packets that come a little early or late give sound without a click."""
    track = AudioTrack(parameters("pcm_mulaw"))
    silence = SILENCE["pcm_mulaw"] * 320
    made: list[Compressed] = []
    for index in range(100):
        made += track.convert(packet(silence, index * PIECE + (index % 3) * 0.1))
    assert all(later.pts - aac.pts == aac.duration for aac, later in pairwise(made))


def test_aac_is_passed_on_as_it_is() -> None:
    """Not decoded, not encoded again, not copied."""
    track = AudioTrack(parameters("aac", 16_000))
    data = adts_header(20, 16_000, 1) + bytes(20)
    original = packet(data, 0.0)
    (passed,) = track.convert(original)
    assert passed is original


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.binary(max_size=2000), min_size=1, max_size=8),
    st.sampled_from([*LAWS, "pcm_s16be", "opus", "aac"]),
    st.sampled_from([1, 2]),
)
def test_garbage_never_raises(pieces: list[bytes], codec: str, channels: int) -> None:
    """Whatever a camera calls sound, the picture goes on."""
    rate = 48_000 if codec == "opus" else 8000
    track = AudioTrack(parameters(codec, rate, channels))
    for index, data in enumerate(pieces):
        for converted in track.convert(packet(data, index * PIECE)):
            assert converted.is_audio
            # The encoder begins with its own padding.
            assert converted.pts >= START - TIME_BASE // 2
