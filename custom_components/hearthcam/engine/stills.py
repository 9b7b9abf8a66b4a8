"""Stills of a running stream, decoded when somebody asks."""

from threading import Lock
from typing import NamedTuple

from av.video.frame import VideoFrame

from .decoder import DecodeError, VideoDecoder
from .masking.mask import Mask
from .masking.pictures import show_frame
from .packet import Packet, VideoParameters
from .thumbnail import jpeg


class _Key(NamedTuple):
    """What a kept still is one of."""

    pts: int
    width: int | None
    fresh: bool
    mask: Mask


class StillCache:
    """Makes stills, and keeps the last one for the next who asks the same.

    A dashboard and a notification often ask at once; one of them decodes.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._lock = Lock()
        self._kept: tuple[_Key, bytes] | None = None

    def get(
        self,
        video: VideoParameters,
        gop: list[Packet],
        mask: Mask,
        width: int | None,
        *,
        fresh: bool,
    ) -> bytes | None:
        """Return a JPEG of a GOP's keyframe, or with ``fresh`` of its last frame.

        Blocks while decoding. None where nothing could be decoded; raises MaskError.
        """
        key = _Key(gop[-1 if fresh else 0].pts, width, fresh, mask)
        with self._lock:
            if self._kept is not None and self._kept[0] == key:
                return self._kept[1]
            frame = latest_frame(video, gop, fresh=fresh)
            if frame is None:
                return None
            picture = jpeg(show_frame(frame, mask), width)
            self._kept = key, picture
            return picture

    def clear(self) -> None:
        """Forget the picture."""
        # Whoever is making one has a mask in its key, and is not waited for.
        self._kept = None


def latest_frame(
    video: VideoParameters, gop: list[Packet], *, fresh: bool
) -> VideoFrame | None:
    """Return the picture of a GOP's keyframe, or with ``fresh`` its last one.

    As it is, unmasked; None where nothing could be decoded. Blocks.
    """
    try:
        decoder = VideoDecoder(video, keyframes_only=not fresh)
    except DecodeError:
        return None
    try:
        last = None
        for packet in gop if fresh else gop[:1]:
            for frame in decoder.decode(packet):
                last = frame
        if fresh:
            for frame in decoder.drain():
                last = frame
        return last
    finally:
        decoder.close()
