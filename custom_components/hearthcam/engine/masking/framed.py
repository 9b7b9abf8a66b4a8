"""Pictures of another shape in the middle of a black frame."""

from av.video.frame import VideoFrame
import numpy as np

from .mask import is_full
from .shown import ShownFrame

_BLACK: int = 16
_NEUTRAL: int = 128

type Size = tuple[int, int]


def fitting(source: Size, size: Size) -> Size:
    """Return the greatest size of a source's shape within another; all in pixels."""
    (width, height), (most_wide, most_high) = source, size
    scale = min(most_wide / width, most_high / height)
    fitted = [
        most
        if abs(most - length * scale) < 2
        else max(2, round(length * scale / 2) * 2)
        for length, most in ((width, most_wide), (height, most_high))
    ]
    return fitted[0], fitted[1]


def framed(shown: ShownFrame, size: Size) -> ShownFrame:
    """Return a picture in 4:2:0 as one of a size, which it fits into."""
    picture = shown.picture
    if (picture.width, picture.height) == size:
        return shown
    frame = VideoFrame(*size, picture.format.name)
    frame.pts = picture.pts
    if picture.time_base:
        frame.time_base = picture.time_base
    frame.color_range, frame.colorspace = picture.color_range, picture.colorspace
    frame.color_primaries = picture.color_primaries
    frame.color_trc = picture.color_trc
    # In samples of chroma, so that its place is the same in all planes.
    left, top = (size[0] - picture.width) // 4, (size[1] - picture.height) // 4
    dark = 0 if is_full(picture) else _BLACK
    for number, (into, plane) in enumerate(
        zip(frame.planes, picture.planes, strict=True)
    ):
        rows = np.frombuffer(into, np.uint8).reshape(-1, into.line_size)
        rows[:] = dark if number == 0 else _NEUTRAL
        inside = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        x, y = (left, top) if number else (2 * left, 2 * top)
        rows[y : y + plane.height, x : x + plane.width] = inside[
            : plane.height, : plane.width
        ]
    return ShownFrame(frame)
