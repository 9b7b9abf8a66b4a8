"""A stream through the mask: raw packets in, packets that may be shown out.

For callers::

    veil = open_veil(video, mask, effort=effort)     # Raises MaskError
    try:
        for packet in packets:                       # video and sound, as received
            for shown in veil.show(packet): ...      # 0, 1 or more; Raises MaskError
            veil.lag(seconds_queued, share_of_queue_in_use)
        for shown in veil.finish(): ...              # the rest; Raises MaskError
    finally:
        veil.close()

- One thread uses it; `show` takes the time of decoding and encoding, 10 to 60 ms for a
  picture of 1080p. `close` may be called at any time by that thread, again as well.
- The first packet of video has to be a keyframe. The first packet that comes out is an
  IDR picture with its parameter sets; sound of before it is left out.
- Without a mask each packet comes out as it went in, at once. With one:
  - Video is H.264 without reordering: ``dts == pts``, the source picture's, rising. There
    is an IDR picture wherever the source had a keyframe. Each picture comes out of the
    call that takes it; where the source reorders (B-frames) or the encoder is hardware,
    some calls later, the last ones out of `finish`.
  - `video` is certain once a packet has come out, its ``extradata`` too. The size is that
    of the source's first picture (made even), or less on a weak machine; from then on it
    stays the same: a source that changes its size is scaled.
  - Pictures that cannot be decoded are missing, the next good one follows. On a machine
    that is too slow pictures are left out on purpose, and the ``duration`` of those that
    come covers them; `finish` then repeats the last one where the stream ends.
  - Sound passes untouched, in order with the pictures; it waits for them up to 1 s.
- ``after`` (µs): what is not newer is decoded but does not come out. So a stream goes on in
  the next clip: give the raw packets from the last keyframe on, and the ``pts`` of the
  last picture that came out of the veil before. (A source that reorders should be cut at
  its keyframes: elsewhere some pictures have not been received yet that are shown before
  others that have.)
- Any failure is a MaskError, with a `BlockCause`; from then on every call raises it again
  and nothing comes out. Broken pictures and sound are no failure.
"""

from functools import cache
from typing import Final, Protocol

from ..packet import Packet, VideoParameters
from .effort import Effort
from .encoders import Encoders, available
from .framed import Size
from .mask import Mask
from .masked import MaskedVeil
from .shown import ShownPacket


class Veil(Protocol):
    """One stream on its way to one output. Used from one thread; always closed."""

    @property
    def video(self) -> VideoParameters:
        """What the pictures are that come out; certain once a packet has come out."""

    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return what may be shown by now. Raises MaskError: nothing may be then.

        The first packet is a keyframe.
        """

    def finish(self) -> list[ShownPacket]:
        """Return what was held back, at the end. Raises MaskError."""

    def lag(self, seconds: float, full: float = 0.0) -> None:
        """Tell how far behind the veil is: call it now and then, each second or so.

        ``seconds`` are those of video that wait for it, ``full`` is the share (0..1) of
        its caller's queue that they take. A long queue at the start is no reason to
        worry: what counts is whether it gets shorter.
        """

    def close(self) -> None:
        """Free decoder and encoder."""


class ClearVeil:
    """Lets the stream of a camera without privacy zones pass, untouched."""

    def __init__(self, video: VideoParameters) -> None:
        """Take the stream's parameters."""
        self.video = video

    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return the packet."""
        return [ShownPacket.of(packet)]

    def finish(self) -> list[ShownPacket]:
        """Return nothing: nothing is held back."""
        return []

    def lag(self, seconds: float, full: float = 0.0) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Free nothing."""


LIVE_QUALITY: Final = 25
CLIP_QUALITY: Final = 24
"""Rate factors of x264: less is better and bigger."""


def open_veil(
    video: VideoParameters,
    mask: Mask,
    *,
    effort: Effort | None = None,
    after: int | None = None,
    quality: int = LIVE_QUALITY,
    encoders: Encoders | None = None,
    size: Size | None = None,
) -> Veil:
    """Return what a stream has to pass to be shown. Raises MaskError.

    With ``size``, (width, height) in pixels, all is encoded anew, also without a mask,
    to pictures of that size, which others of its shape fill and the rest fit into.

    ``effort`` is shared by all that have to keep up with cameras: the engine's. Without
    one all pictures come in full size, for as long as that takes. ``encoders`` are those
    of this process where not told.
    """
    if not mask and size is None:
        return ClearVeil(video)
    return MaskedVeil(
        video,
        mask,
        effort=effort,
        encoders=_encoders() if encoders is None else encoders,
        quality=quality,
        after=after,
        size=size,
    )


def encoder_hangs() -> bool:
    """Tell whether hardware does not come back from a picture; it is used no more."""
    return _encoders().distrust_hung()


@cache
def _encoders() -> Encoders:
    return available()
