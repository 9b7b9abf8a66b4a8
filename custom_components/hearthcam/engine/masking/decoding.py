"""Pictures of a raw stream, as far as they can be had, in the order of showing."""

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from ..packet import TIME_BASE, Packet, VideoParameters
from ..parts import BlockCause
from .mask import MaskError

_TICK: Final = Fraction(1, TIME_BASE)
_MOST_PIXELS: Final = 8192 * 8192
_DEEPEST: Final = 16
"""Pictures that H.264 and H.265 may hold back at most."""


class Decoder:
    """Decodes one stream, broken or not, in one thread.

    Other than `VideoDecoder`, it does not wait for a keyframe after broken data: what
    FFmpeg conceals is masked as well as all else. Not thread-safe.
    """

    def __init__(self, video: VideoParameters) -> None:
        """Open a decoder. Raises MaskError (UNDECODABLE)."""
        self._video = video
        self._context = self._opened()

    def _opened(self) -> VideoCodecContext:
        try:
            context = av.CodecContext.create(self._video.codec, "r")
            if not isinstance(context, VideoCodecContext):
                raise MaskError("no video", BlockCause.UNDECODABLE)
            if self._video.extradata:
                context.extradata = self._video.extradata
            context.thread_count = 1
            context.options = {"max_pixels": str(_MOST_PIXELS)}
            context.open()
        except (av.FFmpegError, ValueError) as error:
            raise MaskError(type(error).__name__, BlockCause.UNDECODABLE) from error
        return context

    @property
    def aspect(self) -> Fraction:
        """The shape of a pixel; 0 where it is not told."""
        ratio = self._context.sample_aspect_ratio
        return Fraction(ratio.numerator, ratio.denominator) if ratio else Fraction(0)

    def decode(self, packet: Packet) -> list[VideoFrame]:
        """Return the pictures that a packet completes; none of one that is broken."""
        compressed = av.Packet(packet.data)
        compressed.pts, compressed.dts = packet.pts, packet.dts
        compressed.time_base = _TICK
        try:
            if packet.is_keyframe and packet.duration > 0:
                self._expect(round((packet.pts - packet.dts) / packet.duration))
            return self._context.decode(compressed)
        except av.FFmpegError, ValueError:
            return []

    def _expect(self, depth: int) -> None:
        """Have pictures held back, so that those which come too late are not lost.

        Not every stream tells by itself how far it reorders.
        """
        self._context.reorder_depth = max(
            self._context.reorder_depth, min(depth, _DEEPEST)
        )

    def drain(self) -> list[VideoFrame]:
        """Return the pictures still held back; a keyframe has to come next."""
        try:
            return self._context.decode(None)
        except av.FFmpegError, ValueError:
            return []
        finally:
            self._context.flush_buffers()
