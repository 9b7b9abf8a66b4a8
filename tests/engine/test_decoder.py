"""Packets in, pictures out."""

from fractions import Fraction

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.hearthcam.engine.decoder import DecodeError, VideoDecoder
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet, VideoParameters
from tests.engine.motion.drawn import Walker, encode, pictures


@pytest.fixture(scope="module")
def stream() -> tuple[VideoParameters, list[Packet]]:
    """Six seconds at 10 a second, a keyframe each 2 s."""
    return encode(pictures(6, fps=10, walkers=[Walker(0.0, 6.0)]))


@pytest.mark.parametrize(
    ("codec", "b_frames"),
    [("libx264", 0), ("libx264", 2), ("libx265", 0), ("libx265", 2)],
)
def test_every_picture_comes_out_once_in_order_with_its_time(
    codec: str, b_frames: int
) -> None:
    parameters, packets = encode(
        pictures(4, fps=10, walkers=[Walker(0.0, 6.0)]), codec=codec, b_frames=b_frames
    )
    decoder = VideoDecoder(parameters)
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    frames += decoder.drain()
    assert [frame.pts for frame in frames] == sorted(packet.pts for packet in packets)
    assert all(frame.time_base == Fraction(1, TIME_BASE) for frame in frames)
    assert decoder.errors == 0


@pytest.mark.parametrize(
    ("codec", "b_frames"), [("libx264", 0), ("libx264", 2), ("libx265", 2)]
)
def test_a_keyframes_picture_comes_out_of_its_own_call(
    codec: str, b_frames: int
) -> None:
    parameters, packets = encode(pictures(6, fps=10), codec=codec, b_frames=b_frames)
    decoder = VideoDecoder(parameters, keyframes_only=True)
    for packet in packets:
        frames = decoder.decode(packet)
        expected = [packet.pts] if packet.is_keyframe else []
        assert [frame.pts for frame in frames] == expected


def test_keyframes_only_can_be_switched_at_any_time(
    stream: tuple[VideoParameters, list[Packet]],
) -> None:
    parameters, packets = stream
    decoder = VideoDecoder(parameters)
    counts = []
    for number, packet in enumerate(packets):
        if number in {10, 30}:
            decoder.keyframes_only = number == 10
        counts.append(len(decoder.decode(packet)))
    # After 30 there is nothing to predict from until the keyframe at 40.
    assert counts == [1] * 10 + [0] * 10 + [1] + [0] * 19 + [1] * 20


def test_nothing_comes_out_before_the_first_keyframe(
    stream: tuple[VideoParameters, list[Packet]],
) -> None:
    parameters, packets = stream
    decoder = VideoDecoder(parameters)
    assert [len(decoder.decode(packet)) for packet in packets[5:25]] == (
        [0] * 15 + [1] * 5
    )


def test_fast_pictures_are_nearly_the_same(
    stream: tuple[VideoParameters, list[Packet]],
) -> None:
    parameters, packets = stream
    whole, fast = VideoDecoder(parameters), VideoDecoder(parameters, fast=True)
    for packet in packets[:20]:
        right = whole.decode(packet)[0].to_ndarray(format="gray").astype(int)
        quick = fast.decode(packet)[0].to_ndarray(format="gray").astype(int)
        assert np.abs(right - quick).mean() < 4


@given(damage=st.lists(st.tuples(st.integers(0, 59), st.binary(max_size=80))))
@settings(max_examples=40, deadline=None)
def test_broken_data_never_raises(
    stream: tuple[VideoParameters, list[Packet]],
    damage: list[tuple[int, bytes]],
) -> None:
    parameters, packets = stream
    broken = list(packets)
    for number, junk in damage:
        old = broken[number]
        data = old.data[: len(old.data) // 2] + junk
        broken[number] = Packet(data, old.pts, old.dts, 0, old.is_keyframe)
    decoder = VideoDecoder(parameters)
    for packet in [*broken, Packet(b"", 0, 0, 0, True), *packets]:
        frames = decoder.decode(packet)
    assert len(frames) == 1
    assert not frames[0].is_corrupt


def test_broken_extradata_is_an_error_or_nothing() -> None:
    parameters = VideoParameters("h264", 64, 64, 10.0, b"\x00\x00\x00\x01\x67\xff")
    try:
        decoder = VideoDecoder(parameters)
    except DecodeError:
        return
    assert decoder.decode(Packet(b"\x00\x00\x00\x01\x65", 0, 0, 0, True)) == []


@pytest.mark.parametrize("codec", ["no_such_codec", "aac"])
def test_a_codec_that_is_no_video_codec_is_refused(codec: str) -> None:
    with pytest.raises(DecodeError):
        VideoDecoder(VideoParameters(codec, 64, 64, 10.0, b""))


def test_a_closed_decoder_yields_nothing(
    stream: tuple[VideoParameters, list[Packet]],
) -> None:
    parameters, packets = stream
    decoder = VideoDecoder(parameters)
    decoder.decode(packets[0])
    decoder.close()
    decoder.flush()
    assert decoder.decode(packets[0]) == []
    assert decoder.drain() == []
