"""Which parts of a picture are black, and painting them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
import hashlib
from typing import Any, Final

from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
import numpy as np
from PIL import Image, ImageDraw

from ..parts import Point, PrivacyZone

type Polygon = tuple[Point, ...]
type Cells = np.ndarray[tuple[int, int], np.dtype[np.bool_]]

GROWN: Final = 0.006
"""By how much of the picture's longer side a polygon grows on all sides."""
_PAINTED: Final = ("yuv420p", "yuvj420p")
_FULL_RANGE: Final = 2
"""FFmpeg's AVCOL_RANGE_JPEG."""


class MaskError(Exception):
    """A picture could not be masked: it must not be shown."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Polygons that are black in whatever is shown; false where there are none."""

    polygons: tuple[Polygon, ...] = ()

    @classmethod
    def of(cls, zones: Iterable[PrivacyZone]) -> Mask:
        """Return the mask of all these zones."""
        return cls(tuple(dict.fromkeys(zone.polygon for zone in zones)))

    def __bool__(self) -> bool:
        """Whether anything is hidden."""
        return bool(self.polygons)

    def union(self, other: Mask) -> Mask:
        """Return a mask that hides what either hides."""
        return Mask(tuple(dict.fromkeys((*self.polygons, *other.polygons))))

    def covers(self, other: Mask) -> bool:
        """Tell whether all that the other hides is hidden by this one."""
        return self.marks.issuperset(other.marks)

    @property
    def marks(self) -> frozenset[str]:
        """A short name of each polygon, by which a clip tells what it hides."""
        return frozenset(mark_of(polygon) for polygon in self.polygons)

    def paint(self, frame: VideoFrame) -> VideoFrame:
        """Return the picture with black polygons, in YUV 4:2:0 with 8 bits.

        The frame given is left as it is, for a decoder may predict others from it.
        Raises MaskError.
        """
        try:
            if frame.format.name not in _PAINTED:
                frame = frame.reformat(format="yuv420p")
            frame.make_writable()
            full = frame.format.name == "yuvj420p" or frame.color_range == _FULL_RANGE
            hidden = _hidden(self.polygons, frame.width, frame.height)
            for plane, cells, value in zip(
                frame.planes, hidden, (0 if full else 16, 128, 128), strict=True
            ):
                np.copyto(_view(plane), value, where=cells)
        except Exception as error:
            raise MaskError(type(error).__name__) from error
        return frame

    def cells(self, rows: int, columns: int) -> Cells:
        """Return the cells of a grid over the picture that a polygon touches."""
        return _touched(self.polygons, rows, columns, 0.0)


NOTHING: Final = Mask()
EVERYTHING: Final = Mask(
    ((Point(0.0, 0.0), Point(1.0, 0.0), Point(1.0, 1.0), Point(0.0, 1.0)),)
)
"""The whole picture: what stands in for zones that cannot be read."""


def mark_of(polygon: Polygon) -> str:
    """Return the short name of a polygon: the same for the same points only."""
    text = ";".join(f"{point.x!r},{point.y!r}" for point in polygon)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _view(plane: VideoPlane) -> np.ndarray[Any, np.dtype[np.uint8]]:
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


@lru_cache(32)
def _hidden(
    polygons: tuple[Polygon, ...], width: int, height: int
) -> tuple[Cells, Cells, Cells]:
    """Return which samples of the three planes are hidden."""
    columns, rows = (width + 1) // 2, (height + 1) // 2
    chroma = _touched(polygons, rows, columns, GROWN)
    luma = chroma.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return luma, chroma, chroma


def _touched(
    polygons: tuple[Polygon, ...], rows: int, columns: int, grown: float
) -> Cells:
    """Return the cells of a grid that a polygon touches, grown, and one more."""
    image = Image.new("1", (columns, rows))
    draw = ImageDraw.Draw(image)
    for polygon in polygons:
        corners = [(point.x * columns, point.y * rows) for point in polygon]
        draw.polygon(corners, fill=1, outline=1)
    cells = np.array(image, bool)
    for _ in range(1 + round(grown * max(rows, columns))):
        cells = _dilated(cells)
    return cells


def _dilated(cells: Cells) -> Cells:
    """Return cells and all their neighbours."""
    wide = cells.copy()
    wide[:, 1:] |= cells[:, :-1]
    wide[:, :-1] |= cells[:, 1:]
    high = wide.copy()
    high[1:] |= wide[:-1]
    high[:-1] |= wide[1:]
    return high
