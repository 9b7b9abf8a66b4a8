"""A stream that is decoded, painted and encoded anew."""

from collections import deque
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
import time
from typing import Final

from av.video.frame import VideoFrame

from ..packet import Packet, VideoParameters
from ..parts import BlockCause
from .coding import Encoded, PictureEncoder, Settings
from .decoding import Decoder
from .effort import Effort, Pace, unhurried
from .encoders import Encoders
from .framed import Size, framed
from .mask import Mask, MaskError, eight_bits, is_full
from .pictures import show_frame
from .shown import ShownFrame, ShownPacket
from .sounds import Sounds

_MOST_BAD: Final = 300
"""Packets in a row of which no picture may come."""
_USUAL_FPS: Final = 15.0
_MOST_FPS: Final = 120.0
_LEAST_STEP: Final = 1_000
"""µs between pictures whose times do not rise; MPEG-TS tells only 12 of them apart."""
_UNKNOWN: Final = 2
"""FFmpeg's AVCOL_SPC_UNSPECIFIED; 0 is RGB, which is not what is encoded."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A picture of the source: when it is shown, for how long (µs)."""

    pts: int
    duration: int
    is_keyframe: bool


class MaskedVeil:
    """Decodes each picture, paints it black where it has to be, and encodes it.

    What comes out was encoded of a painted picture, without exception: nothing but
    `_coded` makes packets of video, of what the encoder made of a `ShownFrame`.
    """

    def __init__(
        self,
        video: VideoParameters,
        mask: Mask,
        *,
        effort: Effort | None,
        encoders: Encoders,
        quality: int,
        after: int | None,
        size: Size | None = None,
    ) -> None:
        """Open the decoder. Raises MaskError."""
        fps = video.fps if 0.0 < video.fps <= _MOST_FPS else _USUAL_FPS
        self._decoder: Decoder | None = Decoder(video)
        leisure = partial(unhurried, size=size)
        self._join = leisure if effort is None else effort.join
        self._source = video.width, video.height
        self._rate = fps
        self._share = self._join(*self._source, fps)
        self.video = VideoParameters("h264", *self._share.plan.size, video.fps, b"")
        self._mask = mask
        self._encoders = encoders
        self._quality = quality
        self._fps = Fraction(fps).limit_denominator(1001)
        self._after = after
        self._encoder: PictureEncoder | None = None
        self._full: bool | None = None
        self._synchronised = False
        # By pts: pictures that the decoder has, or lost.
        self._decoding: dict[int, _Due] = {}
        # In order: pictures that the encoder has, by their number.
        self._encoding: deque[tuple[int, _Due]] = deque()
        self._number = 0
        self._keyframe_due = True
        self._last_pts: int | None = None
        self._keyframe_at: int | None = None
        self._gop = 0
        self._odd = False
        self._last_shown: ShownFrame | None = None
        self._left_out: _Due | None = None
        self._sounds = Sounds(after)
        self._bad = 0
        self._failure: MaskError | None = None

    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return what may be shown by now. Raises MaskError: nothing may be then."""
        return self._guarded(packet)

    def finish(self) -> list[ShownPacket]:
        """Return what was held back, at the end. Raises MaskError."""
        return self._guarded(None)

    def lag(self, seconds: float, full: float = 0.0) -> None:
        """Tell how far behind its source the veil is, and how full its queue is."""
        self._share.lag(seconds, full)

    def close(self) -> None:
        """Free decoder and encoder."""
        self._share.leave()
        self._decoder = self._encoder = self._last_shown = None
        self._sounds.clear()

    def _guarded(self, packet: Packet | None) -> list[ShownPacket]:
        if self._failure is not None:
            raise MaskError(str(self._failure), self._failure.cause)
        try:
            if packet is None:
                return self._finished()
            if packet.is_audio:
                self._sounds.hear(packet)
                return self._sounds.beside([])
            return self._seen(packet)
        except MaskError as error:
            self._failure = error
            raise
        except Exception as error:
            self._failure = MaskError(type(error).__name__)
            raise self._failure from error

    def _seen(self, packet: Packet) -> list[ShownPacket]:
        decoder = self._decoder
        if decoder is None:
            return []
        due = _Due(packet.pts, packet.duration, packet.is_keyframe)
        self._sounds.see(packet)
        began = time.thread_time()
        sparse = self._share.pace is Pace.KEYFRAMES
        if packet.is_keyframe:
            self._synchronised = True
            if self._keyframe_at is not None:
                self._gop = max(0, packet.pts - self._keyframe_at)
            self._keyframe_at = packet.pts
        if not packet.is_keyframe and (sparse or not self._synchronised):
            frames = []
            if self._synchronised:
                # What the decoder holds is still shown; then it needs a keyframe.
                frames = decoder.drain()
                self._synchronised = False
            self._leave_out(due)
        else:
            self._decoding[packet.pts] = due
            frames = decoder.decode(packet)
            self._bad = 0 if frames else self._bad + 1
            if self._bad > _MOST_BAD:
                raise MaskError("no pictures", BlockCause.UNDECODABLE)
        number = self._number
        shown = [one for frame in frames for one in self._picture(frame)]
        self._share.spent(
            time.thread_time() - began, len(frames), self._number - number
        )
        return self._sounds.beside(shown)

    def _finished(self) -> list[ShownPacket]:
        frames = self._decoder.drain() if self._decoder is not None else []
        self._synchronised = False
        shown = [one for frame in frames for one in self._picture(frame)]
        left_out, last = self._left_out, self._last_shown
        if left_out is not None and last is not None:
            # The last picture stays until where the stream ends.
            shown += self._encoded(last, left_out, left_out.duration)
        shown += self._rest()
        return self._sounds.beside(shown) + self._sounds.rest()

    def _picture(self, frame: VideoFrame) -> list[ShownPacket]:
        """Return what comes of a decoded picture, if it is to be shown."""
        due = self._due(frame)
        if due is None or (self._after is not None and due.pts <= self._after):
            return []
        self._keyframe_due = self._keyframe_due or due.is_keyframe
        if self._share.pace is Pace.EVERY_SECOND and not self._keyframe_due:
            self._odd = not self._odd
            if self._odd:
                self._leave_out(due)
                return []
        if self._encoder is None:
            self._adapt(frame)
        plan = self._share.plan
        scaled = eight_bits(frame, plan.width, plan.height, self._full)
        shown = framed(show_frame(scaled, self._mask), plan.size)
        if self._encoder is None:
            self._open(shown.picture)
        self._last_shown = shown
        return self._encoded(shown, due, self._covered(due))

    def _due(self, frame: VideoFrame) -> _Due | None:
        """Return when a picture is shown; None for one that comes too late."""
        pts = frame.pts
        if pts is None:
            return None
        for earlier in [one for one in self._decoding if one < pts]:
            # Lost in decoding: whoever begins there begins at the next one.
            self._keyframe_due |= self._decoding.pop(earlier).is_keyframe
        return self._decoding.pop(pts, None)

    def _leave_out(self, due: _Due) -> None:
        if self._after is None or due.pts > self._after:
            self._left_out = due

    def _adapt(self, frame: VideoFrame) -> None:
        """Take the size that the first picture has, whatever was told of it."""
        if (frame.width, frame.height) != self._source:
            self._source = frame.width, frame.height
            self._share.leave()
            self._share = self._join(*self._source, self._rate)
            width, height = self._share.plan.size
            self.video = replace(self.video, width=width, height=height)

    def _open(self, picture: VideoFrame) -> None:
        """Open the encoder for pictures such as the first."""
        assert self._decoder is not None
        self._full = full = is_full(picture)
        self._encoder = self._encoders.open(
            Settings(
                picture.width,
                picture.height,
                self._fps,
                self._share.plan.preset,
                self._quality,
                full=full,
                matrix=picture.colorspace or _UNKNOWN,
                primaries=picture.color_primaries,
                transfer=picture.color_trc,
                aspect=self._decoder.aspect,
            )
        )

    def _rest(self) -> list[ShownPacket]:
        """Return what the encoder held back."""
        if self._encoder is None:
            return []
        try:
            with self._encoders.at_work(self._encoder.name):
                coded = self._encoder.finish()
            rest = [self._coded(one) for one in coded]
        except Exception as error:
            raise self._unable(error) from error
        if self._encoding:
            raise self._unable(ValueError())
        self._encoder = None
        return rest

    def _encoded(
        self, shown: ShownFrame, due: _Due, duration: int
    ) -> list[ShownPacket]:
        """Return the packets that a masked picture completes."""
        assert self._encoder is not None
        if self._last_pts is not None and due.pts <= self._last_pts:
            due = replace(due, pts=self._last_pts + _LEAST_STEP)
        self._last_pts = due.pts
        due = replace(due, duration=duration, is_keyframe=self._keyframe_due)
        number = self._number
        self._number += 1
        self._encoding.append((number, due))
        self._keyframe_due = False
        self._left_out = None
        try:
            with self._encoders.at_work(self._encoder.name):
                coded = self._encoder.encode(shown, number, keyframe=due.is_keyframe)
            return [self._coded(one) for one in coded]
        except Exception as error:
            raise self._unable(error) from error

    def _covered(self, due: _Due) -> int:
        """Return for how long a picture is shown, those after it left out included."""
        match self._share.pace:
            case Pace.EVERY_SECOND:
                return 2 * due.duration
            case Pace.KEYFRAMES:
                return max(due.duration, self._gop)
            case _:
                return due.duration

    def _unable(self, error: Exception) -> MaskError:
        """Return that the encoder failed; hardware is not used again."""
        if self._encoder is not None:
            self._encoders.distrust(self._encoder.name)
        return MaskError(type(error).__name__, BlockCause.NO_ENCODER)

    def _coded(self, coded: Encoded) -> ShownPacket:
        """Return the packet of a coded picture, which is the next one due."""
        if not self._encoding:
            raise ValueError("too many pictures")
        number, due = self._encoding.popleft()
        if coded.number != number or coded.is_keyframe < due.is_keyframe:
            raise ValueError("wrong pictures")
        if not self.video.extradata and self._encoder is not None:
            self.video = replace(self.video, extradata=self._encoder.extradata)
        return ShownPacket.of(
            Packet(coded.data, due.pts, due.pts, due.duration, coded.is_keyframe)
        )
