"""Old cameras' pictures, made into a stream that everything else can use.

Motion JPEG plays in no MP4 player and no HLS, and every one of its pictures is whole.
It is encoded once, at a few pictures a second: dear (some 10 ms of CPU for each picture
of 1080p), but such cameras are slow and few.
"""

from fractions import Fraction
import io
from typing import Final

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from PIL import Image

from .errors import StreamFailure
from .packet import TIME_BASE, Packet, VideoParameters
from .protocol import StreamError

CODEC: Final = "mjpeg"
MOST_FPS: Final = 10
"""Pictures a second that are encoded; what comes sooner is left out."""

_LEAST_STEP: Final = int(TIME_BASE / MOST_FPS * 0.8)
_GOP: Final = 2 * TIME_BASE
_TICK: Final = Fraction(1, TIME_BASE)
_MOST_PIXELS: Final = 8192 * 8192
_MOST_BAD: Final = 25
"""Pictures in a row that may be broken."""


class Transcoder:
    """JPEG pictures in, H.264 packets out; used from one thread.

    A camera that changes its size has to be opened anew. Raises StreamFailure where
    this machine has no encoder, or none for that size.
    """

    def __init__(self, width: int, height: int) -> None:
        """Open for pictures of that size."""
        self._size = width, height
        try:
            decoder = av.CodecContext.create(CODEC, "r")
            assert isinstance(decoder, VideoCodecContext)
            decoder.thread_count = 1
            decoder.options = {"max_pixels": str(_MOST_PIXELS)}
            self._decoder = decoder
            self._encoder = _encoder(width & ~1, height & ~1)
        except av.FFmpegError, ValueError, MemoryError:
            raise StreamFailure(StreamError.UNSUPPORTED_CODEC) from None
        self._sets = bytes(self._encoder.extradata or b"")
        self._keyframe_at: int | None = None
        self._last: int | None = None
        self._bad = 0
        self.video = VideoParameters(
            codec="h264",
            width=self._encoder.width,
            height=self._encoder.height,
            fps=0.0,
            extradata=self._sets,
        )

    def convert(self, picture: bytes, pts: int) -> Packet | None:
        """Return the packet for a picture of time ``pts`` (µs).

        None for one that comes too soon or is broken; raises StreamFailure for one
        of another size, and when none can be decoded any more.
        """
        step = _LEAST_STEP if self._last is None else pts - self._last
        if step < _LEAST_STEP:
            return None
        frame = self._decode(picture)
        if frame is None:
            self._bad += 1
            if self._bad > _MOST_BAD:
                raise StreamFailure(StreamError.NO_VIDEO)
            return None
        self._bad = 0
        if (frame.width, frame.height) != self._size:
            raise StreamFailure(StreamError.ENDED)
        self._last = pts
        return self._encode(frame, pts, min(step, TIME_BASE))

    def _decode(self, picture: bytes) -> VideoFrame | None:
        try:
            frames = self._decoder.decode(av.Packet(picture))
        except av.FFmpegError, ValueError:
            return None
        return frames[0] if frames and not frames[0].is_corrupt else None

    def _encode(self, frame: VideoFrame, pts: int, step: int) -> Packet:
        try:
            drawn = frame.reformat(self._encoder.width, self._encoder.height, "yuv420p")
            drawn.pts, drawn.time_base = pts, _TICK
            keyframe = self._keyframe_at is None or pts - self._keyframe_at >= _GOP
            drawn.pict_type = PictureType.I if keyframe else PictureType.NONE
            data = b"".join(bytes(packet) for packet in self._encoder.encode(drawn))
        except av.FFmpegError, ValueError:
            raise StreamFailure(StreamError.UNKNOWN) from None
        if keyframe:
            self._keyframe_at = pts
            data = self._sets + data
        return Packet(data, pts, pts, step, keyframe)


def size_of(picture: bytes) -> tuple[int, int]:
    """Return a JPEG's width and height by its header; raises StreamFailure."""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG",)) as image:
            return image.size
    except OSError, ValueError, SyntaxError, Image.DecompressionBombError:
        raise StreamFailure(StreamError.NO_VIDEO) from None


def _encoder(width: int, height: int) -> VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = _TICK
    encoder.framerate = Fraction(MOST_FPS)
    encoder.thread_count = 1
    encoder.flags |= Flags.global_header
    encoder.options = {
        "preset": "ultrafast",
        # Each picture comes out of its own call.
        "tune": "zerolatency",
        "crf": "25",
        "forced-idr": "1",
    }
    encoder.open()
    return encoder
