"""Films of a bright pattern that moves everywhere, and what to look for in pictures."""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
import io
from typing import Any

import av
from av.packet import Packet as AVPacket
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
import numpy as np

from custom_components.hearthcam.engine.bitstream import parameter_sets
from custom_components.hearthcam.engine.masking.mask import Mask
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet, VideoParameters
from custom_components.hearthcam.engine.parts import Point
from tests.engine.samples import START

type Film = tuple[VideoParameters, tuple[Packet, ...]]

BLACK_LUMA = 20
"""The most that an encoder may make of black (16)."""
NEUTRAL = 6
"""And by how much colour may be off."""


def zone(*points: tuple[float, float]) -> tuple[Point, ...]:
    """Return a polygon."""
    return tuple(Point(x, y) for x, y in points)


STAR = zone(
    (0.5, 0.1),
    (0.6, 0.4),
    (0.95, 0.45),
    (0.65, 0.6),
    (0.7, 0.95),
    (0.4, 0.7),
    (0.1, 0.5),
)
"""Concave, with corners that are thin."""
CORNER = zone((0.0, 0.0), (0.3, 0.0), (0.0, 0.4))
MASK = Mask((STAR, CORNER))


def pattern(
    number: int, width: int, height: int
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a picture (RGB) of bright colours without a dark spot, never the same."""
    rows, columns = np.mgrid[0:height, 0:width]
    waves = (rows * 5 + columns * 3 + number * 17) % 120
    picture = np.stack([135 + waves, 255 - waves // 2, 200 - waves // 2], axis=2)
    left = number * 13 % max(1, width - 24)
    picture[:, left : left + 24] = (255, 200, 255)
    return picture.astype(np.uint8)


@cache
def film(
    pictures: int = 24,
    *,
    codec: str = "h264",
    pixels: str = "yuv420p",
    gop: int = 8,
    b_frames: int = 0,
    width: int = 192,
    height: int = 108,
    fps: int = 10,
) -> Film:
    """Encode the pattern; packets begin at ``START``."""
    encoder = {"h264": "libx264", "hevc": "libx265"}[codec]
    options = {
        "preset": "ultrafast",
        f"{encoder[3:]}-params": f"bframes={b_frames}:b-adapt=0:scenecut=0:keyint={gop}"
        f":min-keyint={gop}:log-level=none:repeat-headers=1",
    }
    if not b_frames:
        options["tune"] = "zerolatency"
    packets: list[AVPacket[VideoStream]] = []
    with av.open(io.BytesIO(), "w", format="mpegts") as container:
        stream = container.add_stream(encoder, rate=fps, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        for number in range(pictures):
            frame = VideoFrame.from_ndarray(pattern(number, width, height), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            packets += stream.encode(frame)
        packets += stream.encode()
    step = TIME_BASE // fps
    result = tuple(
        Packet(
            bytes(packet),
            START + _shown(packet, fps) * step,
            START + (index - b_frames) * step,
            step,
            packet.is_keyframe,
        )
        for index, packet in enumerate(packets)
    )
    sets = parameter_sets(codec, result[0].data)
    return VideoParameters(codec, width, height, float(fps), sets), result


def _shown(packet: AVPacket[VideoStream], fps: int) -> int:
    assert packet.pts is not None
    return round(packet.pts * packet.time_base * fps)


def decoder_of(codec: str) -> VideoCodecContext:
    """Return a decoder."""
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    return decoder


def decoded(data: Iterable[bytes], codec: str = "h264") -> list[VideoFrame]:
    """Return the pictures of a stream."""
    decoder = decoder_of(codec)
    frames = [frame for one in data for frame in decoder.decode(av.Packet(one))]
    return frames + decoder.decode(None)


def planes(frame: VideoFrame) -> list[np.ndarray[Any, np.dtype[np.int16]]]:
    """Return luma and both chroma planes of a 4:2:0 picture, chroma at full size."""
    assert frame.format.name in ("yuv420p", "yuvj420p")
    result = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        samples = rows[: plane.height, : plane.width].astype(np.int16)
        if plane.height != frame.height:
            samples = samples.repeat(2, axis=0).repeat(2, axis=1)
        result.append(samples[: frame.height, : frame.width])
    return result


def inside(
    polygon: tuple[Point, ...], width: int, height: int
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return the pixels whose middle is in a polygon, by counting crossings."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    result = np.zeros((height, width), bool)
    for start, end in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        x1, y1 = start.x * width, start.y * height
        x2, y2 = end.x * width, end.y * height
        if abs(y2 - y1) > 1e-9:
            crossed = x1 + (y - y1) / (y2 - y1) * (x2 - x1)
            result ^= ((y1 <= y) != (y2 <= y)) & (x < crossed)
    return result


def leaked(frame: VideoFrame, mask: Mask, *, black: int = 16) -> int:
    """Return how many pixels inside of a mask are not black."""
    luma, *chroma = planes(frame)
    hidden = np.zeros(luma.shape, bool)
    for polygon in mask.polygons:
        hidden |= inside(polygon, frame.width, frame.height)
    assert hidden.any()
    wrong = luma > black + (BLACK_LUMA - 16)
    for one in chroma:
        wrong |= abs(one - 128) > NEUTRAL
    return int((wrong & hidden).sum())


def seen(frame: VideoFrame) -> int:
    """Return how many pixels show something bright."""
    return int((planes(frame)[0] > 80).sum())
