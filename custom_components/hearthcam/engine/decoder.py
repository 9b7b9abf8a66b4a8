"""Packets in, pictures out; whatever a camera sends, the caller survives it."""

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from .packet import TIME_BASE, Packet, VideoParameters

_TICK: Final = Fraction(1, TIME_BASE)
_MOST_PIXELS: Final = 8192 * 8192
"""A parameter set may promise gigapixels; such memory is never asked for."""


class DecodeError(Exception):
    """No decoder could be made for a stream's parameters."""


class VideoDecoder:
    """Decodes the packets of one stream, in one thread.

    ``keyframes_only`` may be changed at any time: set, other packets are dropped
    unseen and a keyframe's picture comes out of its own call; cleared, nothing
    comes out until the next keyframe. ``fast`` leaves out the loop filter (a
    quarter of the time; good enough to analyse, not to show). ``skip_nonref`` drops
    frames that no other frame needs.

    ``errors`` counts packets that did not decode, and pictures with holes in them.
    """

    def __init__(
        self,
        parameters: VideoParameters,
        *,
        keyframes_only: bool = False,
        fast: bool = False,
        skip_nonref: bool = False,
    ) -> None:
        """Open a decoder; raises :class:`DecodeError` for a codec that is unknown."""
        self.errors = 0
        self._keyframes_only = keyframes_only
        self._synchronised = False
        try:
            context = av.CodecContext.create(parameters.codec, "r")
            if not isinstance(context, VideoCodecContext):
                raise DecodeError(f"{parameters.codec} is no video codec")
            if parameters.extradata:
                context.extradata = parameters.extradata
            # Frame threads cost more CPU and memory than they give, delay every
            # picture, and may hang when the process leaves.
            context.thread_count = 1
            options = {"max_pixels": str(_MOST_PIXELS)}
            if fast:
                options["skip_loop_filter"] = "all"
            context.options = options
            if skip_nonref:
                context.skip_frame = "NONREF"
            context.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise DecodeError(f"cannot decode {parameters.codec}: {error}") from error
        self._context: VideoCodecContext | None = context

    @property
    def keyframes_only(self) -> bool:
        """Whether everything but keyframes is dropped."""
        return self._keyframes_only

    @keyframes_only.setter
    def keyframes_only(self, value: bool) -> None:
        if value != self._keyframes_only:
            self._keyframes_only = value
            self.flush()

    def decode(self, packet: Packet) -> list[VideoFrame]:
        """Return the pictures that this packet completes, oldest first.

        Their ``pts`` counts microseconds on the packets' own clock. Broken data
        yields nothing and counts as an error; after it, predicted frames go on
        being decoded (FFmpeg conceals), so look at ``frame.is_corrupt``.
        """
        context = self._context
        if context is None or packet.is_audio or not packet.data:
            return []
        if not packet.is_keyframe and (self._keyframes_only or not self._synchronised):
            return []
        compressed = av.Packet(packet.data)
        compressed.pts = packet.pts
        compressed.dts = packet.dts
        compressed.time_base = _TICK
        try:
            frames = context.decode(compressed)
            if self._keyframes_only:
                # A stream that may reorder would hold a picture back until the
                # next packet, here a whole GOP later.
                frames += _drained(context)
                context.flush_buffers()
        except av.error.FFmpegError, ValueError:
            self.errors += 1
            self.flush()
            return []
        self._synchronised = True
        self.errors += sum(frame.is_corrupt for frame in frames)
        return frames

    def drain(self) -> list[VideoFrame]:
        """Return the pictures still held back, and wait for a keyframe again."""
        if self._context is None or not self._synchronised:
            return []
        try:
            return _drained(self._context)
        except av.error.FFmpegError, ValueError:
            self.errors += 1
            return []
        finally:
            self.flush()

    def flush(self) -> None:
        """Forget all references: nothing comes out until the next keyframe."""
        self._synchronised = False
        if self._context is not None:
            self._context.flush_buffers()

    def close(self) -> None:
        """Free the decoder; decoding goes on to yield nothing."""
        self._context = None
        self._synchronised = False


def _drained(context: VideoCodecContext) -> list[VideoFrame]:
    """End a decoder's stream; PyAV gives what comes of that no time base."""
    frames = context.decode(None)
    for frame in frames:
        frame.time_base = _TICK
    return frames
