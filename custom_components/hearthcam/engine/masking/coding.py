"""One encoder of masked pictures: what it is opened for, and what comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Protocol

import av
from av.codec.context import Flags
from av.codec.hwaccel import HWAccel
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from ..bitstream import parameter_sets
from .mask import FULL, LIMITED
from .shown import ShownFrame

SOFTWARE: Final = "libx264"
_LONG_GOP: Final = 1 << 16
"""Keyframes are asked for, one by one."""
_BITS_PER_PIXEL: Final = 0.15
_LEAST_BITRATE: Final = 400_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What an encoder is opened for; ``full`` is the range in which black is 0.

    The tags of colour are FFmpeg's numbers, ``aspect`` is that of one pixel.
    """

    width: int
    height: int
    fps: Fraction
    preset: str = "superfast"
    crf: int = 24
    full: bool = False
    matrix: int = 2
    primaries: int = 2
    transfer: int = 2
    aspect: Fraction = Fraction(0, 1)

    @property
    def max_bitrate(self) -> int:
        """The most that a busy picture may take, in bits a second."""
        pixels = self.width * self.height * float(self.fps)
        return max(_LEAST_BITRATE, round(pixels * _BITS_PER_PIXEL))


@dataclass(frozen=True, slots=True)
class Encoded:
    """One coded picture; a keyframe begins with its parameter sets."""

    number: int
    data: bytes = field(repr=False)
    is_keyframe: bool


class PictureEncoder(Protocol):
    """H.264 of pictures in the order in which they are given; none is reordered.

    Whatever fails raises what FFmpeg or the driver raises.
    """

    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        """Take picture ``number``; return what is done by now."""

    def finish(self) -> list[Encoded]:
        """Return the pictures that were held back."""

    @property
    def name(self) -> str:
        """What kind of encoder it is."""

    @property
    def extradata(self) -> bytes:
        """The parameter sets, with start codes; maybe known after a picture only."""


type Opener = Callable[[Settings], PictureEncoder]


class FFmpegEncoder:
    """An encoder of FFmpeg's. Opening raises what FFmpeg raises."""

    def __init__(self, name: str, settings: Settings) -> None:
        """Open it."""
        hwaccel = HWAccel("vaapi") if name == "h264_vaapi" else None
        context = av.CodecContext.create(name, "w", hwaccel)
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = settings.width, settings.height
        # Hardware's own format may be another once it is open.
        self._format = context.pix_fmt = _format(name, full=settings.full)
        context.framerate = settings.fps
        context.time_base = 1 / settings.fps
        context.sample_aspect_ratio = settings.aspect
        context.color_range = FULL if settings.full else LIMITED
        context.colorspace = settings.matrix
        context.color_primaries = settings.primaries
        context.color_trc = settings.transfer
        context.gop_size = _LONG_GOP
        context.max_b_frames = 0
        # Threads would delay pictures, and their time could not be measured.
        context.thread_count = 1
        context.flags |= Flags.global_header
        context.options = _options(name, settings)
        if name != SOFTWARE:
            context.bit_rate = settings.max_bitrate
        context.open()
        self._context = context
        self.name = name
        self._tick = 1 / settings.fps
        self._range = FULL if settings.full else LIMITED
        self._scaler = VideoReformatter()

    @property
    def extradata(self) -> bytes:
        """The parameter sets."""
        return parameter_sets("h264", bytes(self._context.extradata or b""))

    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        """Take a picture of the size that was told."""
        context, picture = self._context, shown.picture
        if (picture.width, picture.height) != (context.width, context.height):
            raise ValueError("another size")
        if picture.format.name != self._format:
            # PyAV would do it too, but guess the range.
            picture = self._scaler.reformat(
                picture,
                format=self._format,
                src_color_range=self._range,
                dst_color_range=self._range,
                threads=1,
            )
        picture.pts = number
        picture.time_base = self._tick
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        return [self._encoded(packet) for packet in context.encode(picture)]

    def finish(self) -> list[Encoded]:
        """Return the rest."""
        return [self._encoded(packet) for packet in self._context.encode(None)]

    def _encoded(self, packet: Packet[VideoStream]) -> Encoded:
        data = bytes(packet)
        if packet.pts is None:
            raise ValueError("a picture without its number")
        if packet.is_keyframe and not parameter_sets("h264", data):
            if not self.extradata:
                raise ValueError("no parameter sets")
            data = self.extradata + data
        return Encoded(packet.pts, data, packet.is_keyframe)


def _format(name: str, *, full: bool) -> str:
    """Return what is encoded: what decoders give, where that is possible."""
    if name == SOFTWARE:
        return "yuvj420p" if full else "yuv420p"
    offered = {one.name for one in av.Codec(name, "w").video_formats or ()}
    # Those of V4L2 depend on the device, and are not told before it is open.
    return "yuv420p" if "yuv420p" in offered or not offered else "nv12"


def _options(name: str, settings: Settings) -> dict[str, str]:
    rate = {
        "maxrate": str(settings.max_bitrate),
        "bufsize": str(2 * settings.max_bitrate),
    }
    match name:
        case "libx264":
            return rate | {
                "preset": settings.preset,
                # Each picture comes out of its own call.
                "tune": "zerolatency",
                "crf": str(settings.crf),
                "forced-idr": "1",
                "x264-params": "scenecut=0",
            }
        case "h264_nvenc":
            return rate | {
                "preset": "p3",
                "tune": "ull",
                "delay": "0",
                "forced-idr": "1",
                "zerolatency": "1",
            }
        case "h264_qsv":
            return rate | {"preset": "veryfast", "async_depth": "1", "forced_idr": "1"}
        case "h264_vaapi":
            return rate | {"async_depth": "1"}
        case "h264_amf":
            return rate | {"usage": "ultralowlatency", "forced_idr": "1"}
        case "h264_videotoolbox":
            return rate | {"realtime": "1"}
        case _:
            return {}
