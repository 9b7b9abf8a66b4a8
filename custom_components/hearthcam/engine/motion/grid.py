"""A picture made small: the mean luma of square cells, and how colourful it is."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
import numpy as np
import numpy.typing as npt

type Cells = npt.NDArray[np.float32]
"""One value a cell, shape (rows, columns)."""
type Mask = npt.NDArray[np.bool_]
"""One truth a cell, shape (rows, columns)."""

CELLS: Final = 3600
"""About how many cells a picture gets: 80 x 45 at 16:9."""
_SMALLEST_SIDE: Final = 3
_ROWS_READ: Final = 8
"""Rows of pixels that are read of each cell: a big picture costs as a small one."""
_CHROMA_STEP: Final = 8
_PLANAR: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "gray"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The cells of one picture.

    ``luma`` is the mean luma of each cell (0..255). ``saturation`` is the mean
    distance of chroma from grey (0..128; None without chroma): next to nothing when
    a camera is in its infra-red mode. ``cell_width`` and ``cell_height`` are one
    cell's extent in normalised picture coordinates.
    """

    luma: Cells
    saturation: float | None
    cell_width: float
    cell_height: float


def cell_side(width: int, height: int) -> int:
    """Return the side of a cell, in pixels, for a picture of this size."""
    return max(_SMALLEST_SIDE, round(sqrt(width * height / CELLS)))


def grid_of(frame: VideoFrame) -> Grid:
    """Reduce a decoded picture of any size and pixel format to its grid.

    Up to a cell's width at the right and a cell's height at the bottom may be left
    out, where the picture is no multiple of the cell.
    """
    if frame.format.name not in _PLANAR:
        frame = frame.reformat(format="yuv420p")
    width, height = frame.width, frame.height
    side = min(cell_side(width, height), width, height)
    luma = reduce_plane(_pixels(frame.planes[0]), width, height, side)
    saturation = None
    if len(frame.planes) >= 3:
        saturation = _distance_from_grey(frame.planes[1])
        saturation += _distance_from_grey(frame.planes[2])
    return Grid(luma, saturation, side / width, side / height)


def reduce_plane(
    pixels: npt.NDArray[np.uint8], width: int, height: int, side: int
) -> Cells:
    """Return the mean of each cell of ``side`` pixels; whole rows are averaged."""
    rows, columns = height // side, width // side
    bands = pixels[: rows * side, : columns * side].reshape(rows, side, columns * side)
    step = max(1, side // _ROWS_READ)
    # Adding row to row runs on whole cache lines; numpy's own sum over the middle
    # axis takes twice as long.
    sums = bands[:, 0].astype(np.uint16)
    read = 1
    for row in range(step, side, step):
        sums += bands[:, row]
        read += 1
    weights = np.full(side, 1.0 / (side * read), dtype=np.float32)
    means: Cells = sums.reshape(rows * columns, side).astype(np.float32) @ weights
    return means.reshape(rows, columns)


def _pixels(plane: VideoPlane) -> npt.NDArray[np.uint8]:
    """Return a view of a plane, padding of its lines included."""
    return np.frombuffer(plane, dtype=np.uint8).reshape(plane.height, plane.line_size)


def _distance_from_grey(plane: VideoPlane) -> float:
    sample = _pixels(plane)[::_CHROMA_STEP, : plane.width : _CHROMA_STEP]
    return float(np.abs(sample.astype(np.int16) - 128).mean())
