"""A closed shutter: what is seen of a camera whose connection is closed.

Pictures of it are drawn, never captured. The film is encoded once for all cameras and
repeated for ever: it costs nothing while somebody watches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
import io
import math
from typing import Final, Self

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
import numpy as np
from PIL import Image, ImageDraw

from ..packet import TIME_BASE, Packet, VideoParameters
from .shown import ShownPacket

WIDTH: Final = 1280
"""Of the film, and of a still that nobody asked a size for; 16:9."""
FPS: Final = 2
STEP: Final = TIME_BASE // FPS
GOP: Final = 2
"""Pictures from one keyframe to the next: a second."""

_HEIGHT: Final = WIDTH * 9 // 16
_LEAST_WIDTH: Final = 16
_ROUNDS: Final = 2
"""Groups of pictures that are encoded: two keyframes in a row must not have the same
number (H.264, 7.4.3, `idr_pic_id`)."""
_FINER: Final = 4
"""How much larger it is drawn, to be smooth when it is scaled down."""
_QUALITY: Final = 85
_CRF: Final = "18"

_FIELD: Final = (24, 27, 31)
_LINE: Final = (138, 146, 156)


class ShutterError(Exception):
    """The film cannot be encoded here: there is no live picture then."""


@lru_cache(8)
def shutter_jpeg(width: int | None = None) -> bytes:
    """Return the closed shutter as a JPEG of 16:9; ``width`` is at most `WIDTH`."""
    across = WIDTH if width is None else max(_LEAST_WIDTH, min(width, WIDTH))
    picture = _drawn()
    if across != WIDTH:
        size = across, max(1, round(across * 9 / 16))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Shutter:
    """The closed shutter as an endless film: the same pictures for every viewer.

    Its pictures lie on a grid of the engine's clock (µs), so that nothing has to be
    remembered of whoever watches.
    """

    video: VideoParameters
    _units: tuple[bytes, ...]

    @classmethod
    def film(cls) -> Self:
        """Return the film, encoded at the first call (some 0.1 s); raises ShutterError."""
        return cls(*_encoded())

    def backlog(self, now: int, seconds: float) -> list[ShownPacket]:
        """Return the past ``seconds`` up to now, and more where a keyframe is earlier.

        Never empty, and it begins with a keyframe: a viewer has a picture at once.
        """
        first = int(now - seconds * TIME_BASE) // STEP
        return list(self._pictures(first - first % GOP, now))

    def since(self, last: int, now: int) -> list[ShownPacket]:
        """Return what follows the picture whose ``pts`` was ``last``, up to now."""
        return list(self._pictures(last // STEP + 1, now))

    @staticmethod
    def wait(now: int) -> float:
        """Return the seconds until the next picture."""
        return (STEP - now % STEP) / TIME_BASE

    def _pictures(self, first: int, now: int) -> Iterator[ShownPacket]:
        for number in range(first, now // STEP + 1):
            time = number * STEP
            yield ShownPacket.of(
                Packet(
                    self._units[number % len(self._units)],
                    time,
                    time,
                    STEP,
                    is_keyframe=number % GOP == 0,
                )
            )


@cache
def _encoded() -> tuple[VideoParameters, tuple[bytes, ...]]:
    """Return the film's parameters, and its pictures in order."""
    try:
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, VideoCodecContext)
        encoder.width, encoder.height = WIDTH, _HEIGHT
        encoder.pix_fmt = "yuv420p"
        encoder.framerate = Fraction(FPS)
        encoder.time_base = Fraction(1, FPS)
        encoder.thread_count = 1
        encoder.flags |= Flags.global_header
        encoder.options = {
            "preset": "medium",
            "tune": "stillimage",
            "crf": _CRF,
            "x264-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=0:ref=1",
            "forced-idr": "1",
        }
        encoder.open()
        sets = bytes(encoder.extradata or b"")
        picture = VideoFrame.from_ndarray(np.asarray(_drawn())).reformat(
            format="yuv420p"
        )
        packets = []
        for number in range(GOP * _ROUNDS):
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            is_key = number % GOP == 0
            picture.pict_type = PictureType.I if is_key else PictureType.NONE
            packets += encoder.encode(picture)
        packets += encoder.encode(None)
    except (av.FFmpegError, ValueError) as error:
        raise ShutterError(type(error).__name__) from error
    if len(packets) != GOP * _ROUNDS:
        raise ShutterError("The encoder lost a picture")
    units = tuple(
        (sets if packet.is_keyframe else b"") + bytes(packet) for packet in packets
    )
    return VideoParameters("h264", WIDTH, _HEIGHT, float(FPS), sets), units


@cache
def _drawn() -> Image.Image:
    """Draw a closed eye on a dark field; a plain one, which is small when encoded."""
    field = Image.new("RGB", (WIDTH, _HEIGHT), _FIELD)
    scale = _HEIGHT * _FINER
    symbol = Image.new("L", (WIDTH * _FINER, scale))
    draw = ImageDraw.Draw(symbol)
    middle, line = (symbol.width / 2, scale * 0.5), round(scale * 0.017)

    def at(across: float, down: float) -> tuple[float, float]:
        return middle[0] + across * scale, middle[1] + down * scale

    # The lid is an arc of a circle whose middle is above; lashes stand on it.
    radius, rim, lash = 0.24, 62.0, 0.07
    centre = -0.21
    box = (*at(-radius, centre - radius), *at(radius, centre + radius))
    draw.arc(box, 90 - rim, 90 + rim, fill=255, width=line)
    for angle in (-rim, -rim / 2, 0.0, rim / 2, rim):
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        # The arc's line lies inside of its circle.
        ground = radius - line / scale / 2
        tip = ground if abs(angle) == rim else ground + lash
        inner = at(sine * ground, centre + cosine * ground)
        outer = at(sine * tip, centre + cosine * tip)
        draw.line((*inner, *outer), fill=255, width=line)
        _dot(draw, outer, line / 2)
    symbol = symbol.resize((WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    field.paste(Image.new("RGB", field.size, _LINE), mask=symbol)
    return field


def _dot(draw: ImageDraw.ImageDraw, where: tuple[float, float], radius: float) -> None:
    """Round off the end of a line."""
    x, y = where
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
