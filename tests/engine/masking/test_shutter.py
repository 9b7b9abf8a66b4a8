"""The closed shutter: a picture and an endless film that anybody can play."""

import io
from itertools import pairwise

import av
import numpy as np
from PIL import Image
import pytest

from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.masking.shutter import (
    GOP,
    STEP,
    WIDTH,
    Shutter,
    shutter_jpeg,
)
from custom_components.hearthcam.engine.mux import Muxer
from custom_components.hearthcam.engine.packet import TIME_BASE

NOW = 1_790_000_000 * TIME_BASE + 123_456


@pytest.mark.parametrize(
    ("width", "size"),
    [
        (None, (1280, 720)),
        (640, (640, 360)),
        (9999, (1280, 720)),
        (1, (16, 9)),
    ],
)
def test_picture_has_the_asked_width_and_is_never_scaled_up(
    width: int | None, size: tuple[int, int]
) -> None:
    picture = Image.open(io.BytesIO(shutter_jpeg(width)))
    assert picture.format == "JPEG"
    assert picture.size == size


def test_picture_is_dark_with_a_symbol_in_its_middle() -> None:
    pixels = np.asarray(Image.open(io.BytesIO(shutter_jpeg())).convert("L"))
    rows, columns = np.nonzero(pixels > 80)
    height, width = pixels.shape
    assert 0.005 < rows.size / pixels.size < 0.05
    assert abs((rows.min() + rows.max()) / 2 - height / 2) < height * 0.02
    assert abs((columns.min() + columns.max()) / 2 - width / 2) < width * 0.02
    assert np.median(pixels) < 40


def playable(packets: list[ShownPacket], container_format: str) -> bytes:
    """Return packets as a file."""
    film = Shutter.film()
    output = io.BytesIO()
    muxer = Muxer(output, container_format, packets[0], film.video, None, options={})
    for packet in packets:
        muxer.write(packet)
    muxer.close()
    return output.getvalue()


@pytest.mark.parametrize("container_format", ["mpegts", "mp4"])
def test_film_plays_and_shows_the_picture(container_format: str) -> None:
    packets = Shutter.film().backlog(NOW, 4.0)
    data = io.BytesIO(playable(packets, container_format))
    with av.open(data, "r", format=container_format) as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = list(film.decode(stream))
    assert len(frames) == len(packets)
    assert not any(frame.is_corrupt for frame in frames)
    assert [frame.key_frame for frame in frames] == [p.is_keyframe for p in packets]
    still = Image.open(io.BytesIO(shutter_jpeg())).convert("L")
    for frame in frames:
        assert (frame.width, frame.height) == (WIDTH, WIDTH * 9 // 16)
        shown = frame.to_ndarray(format="gray").astype(int)
        assert np.abs(shown - np.asarray(still)).mean() < 3


def test_film_is_small() -> None:
    """Some kilobytes a second, however long somebody watches."""
    packets = Shutter.film().backlog(NOW, 60.0)
    assert sum(len(packet.data) for packet in packets) / 60 < 8 * 1024


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 8.0])
def test_past_begins_with_a_keyframe_and_ends_now(seconds: float) -> None:
    packets = Shutter.film().backlog(NOW, seconds)
    assert packets[0].is_keyframe
    assert packets[0].pts <= NOW - seconds * TIME_BASE
    assert packets[0].pts > NOW - seconds * TIME_BASE - (GOP + 1) * STEP
    assert NOW - STEP < packets[-1].pts <= NOW
    assert all(packet.pts == packet.dts for packet in packets)


def test_what_follows_joins_without_a_gap() -> None:
    """Whatever the moments at which it is asked for; keyframes come each second."""
    film = Shutter.film()
    packets = film.backlog(NOW, 2.0)
    moment = NOW
    for late in (1, 10_000, 400_000, 0, 1_700_000, 500_000):
        moment += late
        packets += film.since(packets[-1].pts, moment)
        assert 0 < film.wait(moment) <= STEP / TIME_BASE
    assert {b.pts - a.pts for a, b in pairwise(packets)} == {STEP}
    keys = [packet for packet in packets if packet.is_keyframe]
    assert {b.pts - a.pts for a, b in pairwise(keys)} == {TIME_BASE}


def test_two_keyframes_in_a_row_differ() -> None:
    """A decoder takes the same number twice for a picture that was sent twice."""
    keys = [p.data for p in Shutter.film().backlog(NOW, 6.0) if p.is_keyframe]
    assert all(a != b for a, b in pairwise(keys))
