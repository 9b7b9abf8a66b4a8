"""Looks whether polygons are black in a picture, by other means than the painting.

It shares no code with `mask`, so that an error there cannot hide itself here.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from av.video.frame import VideoFrame
import numpy as np
import numpy.typing as npt

from ..parts import Point

MARGIN: Final = 0.012
"""What of the picture's longer side lies between a polygon's edge and its inside."""
BLACK: Final = 24
"""The most of red, green or blue (0..255) that an inside pixel may show."""
NEARLY: Final = 72
"""And one beside the edge, where an encoder may spill what is next to it."""

LIT: Final = 64
"""The least of red, green or blue (0..255) of a pixel that is not in the dark."""
_ENOUGH: Final = 0.02
"""Share of a picture that says something of its light."""

type Pixels = npt.NDArray[np.uint8]
type _Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: pixels too bright, and the inside's extremes (0..255).

    ``spilled`` are those of the pixels too bright that lie beside the edge.
    """

    leaked: int
    spilled: int
    brightest: int
    darkest: int


def seen_in(pixels: Pixels, polygons: tuple[tuple[Point, ...], ...]) -> Seen:
    """Look at an RGB picture of shape (height, width, 3)."""
    # Far quicker than one `max` over the last axis.
    most = np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    leaked = spilled = brightest = 0
    darkest = 255
    for polygon in polygons:
        inside, edge = _parts(polygon, *most.shape)
        within, beside = most[inside], most[edge]
        leaked += int((within > BLACK).sum())
        spilled += int((beside > NEARLY).sum())
        # Where it is too thin to have an inside, its edge.
        if (looked := within if within.size else beside).size:
            brightest = max(brightest, int(looked.max()))
            darkest = min(darkest, int(looked.min()))
    return Seen(leaked + spilled, spilled, brightest, darkest)


def lit_beside(pixels: Pixels, polygons: tuple[tuple[Point, ...], ...]) -> float:
    """Return which share (0..1) of what no polygon covers is lit; 0 of too little."""
    # One pixel in sixteen tells as much.
    sparse = pixels[::4, ::4]
    beside = _beside(polygons, *sparse.shape[:2])
    if beside.mean() < _ENOUGH:
        return 0.0
    return float((sparse[beside].max(axis=1) > LIT).mean())


def pixels_of(frame: VideoFrame) -> Pixels:
    """Return a decoded picture in RGB, of shape (height, width, 3)."""
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


@lru_cache(64)
def _parts(polygon: tuple[Point, ...], height: int, width: int) -> tuple[_Bits, _Bits]:
    """Return the pixels well inside of a polygon, and those inside beside its edge."""
    x = (np.arange(width, dtype=np.float64) + 0.5)[None, :]
    y = (np.arange(height, dtype=np.float64) + 0.5)[:, None]
    corners = [(point.x * width, point.y * height) for point in polygon]
    within = np.zeros((height, width), bool)
    near = np.zeros((height, width), bool)
    margin = max(2.0, MARGIN * max(width, height)) ** 2
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 != y1:
            # Even-odd rule: a ray to the right crosses an odd number of edges.
            crosses = (y0 > y) != (y1 > y)
            within ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length
        along = np.clip(along, 0.0, 1.0)
        across = (x - x0 - along * (x1 - x0)) ** 2 + (y - y0 - along * (y1 - y0)) ** 2
        near |= across < margin
    return within & ~near, within & near


@lru_cache(16)
def _beside(polygons: tuple[tuple[Point, ...], ...], height: int, width: int) -> _Bits:
    """Return the pixels that are in no polygon."""
    covered = np.zeros((height, width), bool)
    for polygon in polygons:
        for part in _parts(polygon, height, width):
            covered |= part
    return ~covered
