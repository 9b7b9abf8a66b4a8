"""Privacy zones on the detector's grid: what it must not see."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..motion import Grid
from ..parts import Point
from .mask import Mask


def hide(grid: Grid, mask: Mask) -> None:
    """Make the cells that a privacy zone touches black, and those beside them."""
    rows, columns = grid.luma.shape
    width, height = grid.cell_width * columns, grid.cell_height * rows
    grid.luma[_hidden(mask, rows, columns, width, height)] = 0.0


@lru_cache(16)
def _hidden(
    mask: Mask, rows: int, columns: int, width: float, height: float
) -> npt.NDArray[np.bool_]:
    """Return hidden cells of a grid over the left upper part of the picture."""
    polygons = tuple(
        tuple(Point(point.x / width, point.y / height) for point in polygon)
        for polygon in mask.polygons
    )
    return Mask(polygons).cells(rows, columns)
