"""Still pictures of a simulated camera."""

from fractions import Fraction
import threading

import av

from .track import Unit


class Snapshots:
    """Turns keyframes into JPEG; remembers the last one."""

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        self._lock = threading.Lock()
        self._last: tuple[Unit, bytes] | None = None

    def take(self, codec: str, unit: Unit) -> bytes | None:
        """Return a keyframe as JPEG, None where it does not decode; blocks."""
        with self._lock:
            if self._last and self._last[0] is unit:
                return self._last[1]
            decoder = av.CodecContext.create(codec, "r")
            if not isinstance(decoder, av.VideoCodecContext):
                raise TypeError(f"{codec} is not a codec of video")
            pictures = [
                *decoder.decode(av.Packet(unit.picture)),
                *decoder.decode(None),
            ]
            if not pictures:
                return None
            self._last = (unit, _jpeg(pictures[0]))
            return self._last[1]


def _jpeg(picture: av.VideoFrame) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    if not isinstance(encoder, av.VideoCodecContext):
        raise TypeError("mjpeg is not a codec of video")
    encoder.width, encoder.height = picture.width, picture.height
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    picture = picture.reformat(format="yuvj420p")
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
