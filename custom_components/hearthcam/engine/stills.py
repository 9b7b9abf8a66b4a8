"""Stills of a running stream, decoded when somebody asks."""

from threading import Lock

from av.video.frame import VideoFrame

from .decoder import DecodeError, VideoDecoder
from .packet import Packet, VideoParameters
from .thumbnail import jpeg


class StillCache:
    """Makes stills, and keeps the last one for the next who asks the same.

    A dashboard and a notification often ask at once; one of them decodes.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._lock = Lock()
        self._key: tuple[int, int | None, bool] | None = None
        self._picture = b""

    def get(
        self,
        video: VideoParameters,
        gop: list[Packet],
        width: int | None,
        *,
        fresh: bool,
    ) -> bytes | None:
        """Return a JPEG of a GOP's keyframe, or with ``fresh`` of its last frame.

        Blocks while decoding. None where nothing could be decoded.
        """
        key = (gop[-1 if fresh else 0].pts, width, fresh)
        with self._lock:
            if self._key != key:
                frame = _latest_frame(video, gop, fresh=fresh)
                if frame is None:
                    return None
                self._picture = jpeg(frame, width)
                self._key = key
            return self._picture


def _latest_frame(
    video: VideoParameters, gop: list[Packet], *, fresh: bool
) -> VideoFrame | None:
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
