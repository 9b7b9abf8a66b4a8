"""Parameter sets and ADTS headers, judged by FFmpeg."""

import io

import av
from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.engine.bitstream import (
    adts_header,
    has_sequence_parameters,
    is_adts,
    nal_units,
    parameter_sets,
)

from .samples import video


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_parameter_sets_are_found_in_keyframes_only(codec: str) -> None:
    """They describe the sequence; predicted frames carry none."""
    parameters, packets = video(codec=codec)
    assert has_sequence_parameters(codec, parameters.extradata)
    for packet in packets:
        sets = parameter_sets(codec, packet.data)
        assert bool(sets) == packet.is_keyframe


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_parameter_sets_are_enough_to_decode_a_keyframe(codec: str) -> None:
    """A keyframe that was stripped of them decodes when they are put before it."""
    parameters, packets = video(codec=codec)
    data = packets[0].data
    end = max(
        data.find(data[start:end]) + end - start
        for start, end in nal_units(data)
        if data[start:end].rstrip(b"\0") in parameters.extradata
    )
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    frames = decoder.decode(av.Packet(parameters.extradata + data[end:]))
    assert len(frames + decoder.decode(None)) == 1


@given(st.binary(max_size=200), st.sampled_from(["h264", "hevc"]))
def test_any_bytes_are_searched_without_an_error(data: bytes, codec: str) -> None:
    """Cameras send garbage; the search ends and finds only what is there."""
    for start, end in nal_units(data):
        assert 3 <= start <= end <= len(data)
    sets = parameter_sets(codec, data)
    assert len(sets) <= 2 * len(data) + 4
    has_sequence_parameters(codec, sets)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 1), (48000, 2)])
def test_adts_frames_are_read_by_ffmpeg(rate: int, channels: int) -> None:
    """Rate, channels and sizes as they were."""
    encoder = av.CodecContext.create("aac", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate = rate
    encoder.layout = "mono" if channels == 1 else "stereo"
    encoder.format = "fltp"
    encoder.open()
    stream = b""
    for index in range(20):
        frame = av.AudioFrame("fltp", encoder.layout.name, encoder.frame_size)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = rate, index * encoder.frame_size
        for packet in encoder.encode(frame):
            data = bytes(packet)
            header = adts_header(len(data), rate, channels)
            assert is_adts(header + data)
            assert not is_adts(data)
            stream += header + data
    with av.open(io.BytesIO(stream), "r", format="aac") as container:
        audio = container.streams.audio[0]
        assert audio.codec_context.sample_rate == rate
        assert audio.codec_context.layout.nb_channels == channels
        assert sum(frame.samples for frame in container.decode(audio)) >= 15 * 1024


@pytest.mark.parametrize(
    ("size", "rate", "channels"), [(10, 8001, 1), (10, 8000, 0), (9000, 8000, 1)]
)
def test_what_adts_cannot_express_is_refused(
    size: int, rate: int, channels: int
) -> None:
    """Instead of writing a header that lies."""
    with pytest.raises(ValueError, match="AAC"):
        adts_header(size, rate, channels)
