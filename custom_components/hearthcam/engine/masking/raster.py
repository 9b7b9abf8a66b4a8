"""Which samples of a picture polygons cover: never too few.

A sample is hidden when a polygon touches any point of it, so rounding cannot shrink
one; where edges cross, both sides count as inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite
from typing import Any, Final

import numpy as np

from ..parts import Point

type Polygon = tuple[Point, ...]
type Cells = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
type Samples = np.ndarray[Any, np.dtype[np.uint8]]

_SLACK: Final = 1e-6
"""Of a cell: more than the arithmetic here can lose."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of a plane's samples, and which of them are hidden.

    ``keep`` is 255 for a sample that stays, 0 for a hidden one; None where the whole
    rectangle is hidden.
    """

    rows: slice
    columns: slice
    keep: Samples | None

    @classmethod
    def around(cls, cells: Cells) -> Patch | None:
        """Return the smallest one that holds all hidden samples, None without any."""
        high, wide = (
            np.flatnonzero(cells.any(axis=1)),
            np.flatnonzero(cells.any(axis=0)),
        )
        if not high.size:
            return None
        rows = slice(int(high[0]), int(high[-1]) + 1)
        columns = slice(int(wide[0]), int(wide[-1]) + 1)
        part = cells[rows, columns]
        if part.all():
            return cls(rows, columns, None)
        return cls(rows, columns, np.where(part, 0, 255).astype(np.uint8))

    def fill(self, plane: Samples, value: int) -> None:
        """Give the hidden samples one value."""
        part = plane[self.rows, self.columns]
        if self.keep is None:
            part[...] = value
            return
        np.bitwise_and(part, self.keep, out=part)
        if value:
            # What was hidden is 0 now; what stays has to be left alone.
            np.bitwise_or(part, ~self.keep & np.uint8(value), out=part)


def touched(polygon: Polygon, width: float, height: float, grown: int) -> Cells:
    """Return the cells of a grid that a polygon touches, and ``grown`` more around.

    The picture is ``width`` by ``height`` cells; a last one may be cut by its border.
    Raises ValueError for what is no polygon.
    """
    rows, columns = ceil(height), ceil(width)
    if not polygon or not all(isfinite(p.x) and isfinite(p.y) for p in polygon):
        raise ValueError("no polygon")
    corners = [(p.x * width, p.y * height) for p in polygon]
    cells = np.zeros((rows, columns), bool)
    winding = np.zeros((rows, columns + 1), np.int32)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        _edge(cells, x1, y1, x2, y2)
        _wind(winding, x1, y1, x2, y2)
    cells |= winding.cumsum(axis=1)[:, :columns] != 0
    return dilated(cells, grown)


def dilated(cells: Cells, by: int) -> Cells:
    """Return cells and all that are up to ``by`` rows and columns away."""
    done = 0
    while done < by:
        # Squares add up: each step may be as wide as all before it and one more.
        step = min(done + 1, by - done) if done else 1
        wide = cells.copy()
        wide[:, step:] |= cells[:, :-step]
        wide[:, :-step] |= cells[:, step:]
        cells = wide.copy()
        cells[step:] |= wide[:-step]
        cells[:-step] |= wide[step:]
        done += step
    return cells


def joined(cells: Sequence[Cells], rows: int, columns: int) -> Cells:
    """Return the cells that are in any of these grids."""
    result = np.zeros((rows, columns), bool)
    for one in cells:
        result |= one
    return result


def _edge(cells: Cells, x1: float, y1: float, x2: float, y2: float) -> None:
    """Mark every cell that a line touches, row by row."""
    if y1 > y2:
        x1, y1, x2, y2 = x2, y2, x1, y1
    rows, columns = cells.shape
    slope = (x2 - x1) / (y2 - y1) if y2 > y1 else 0.0
    left, right = min(x1, x2), max(x1, x2)
    for row in range(_within(y1 - _SLACK, rows), _within(y2 + _SLACK, rows) + 1):
        if y2 - y1 < _SLACK:
            low, high = left, right
        else:
            ends = (
                x1 + (min(max(row - _SLACK, y1), y2) - y1) * slope,
                x1 + (min(max(row + 1 + _SLACK, y1), y2) - y1) * slope,
            )
            low, high = max(min(ends), left), min(max(ends), right)
        first, last = _within(low - _SLACK, columns), _within(high + _SLACK, columns)
        cells[row, first : last + 1] = True


def _wind(
    winding: np.ndarray[tuple[int, int], np.dtype[np.int32]],
    x1: float,
    y1: float,
    x2: float,
    y2: float,
) -> None:
    """Count, for each row's middle, how an edge turns around what is right of it."""
    rows, columns = winding.shape
    turn = 1 if y1 < y2 else -1
    if y1 > y2:
        x1, y1, x2, y2 = x2, y2, x1, y1
    middles = np.arange(max(ceil(y1 - 0.5), 0), min(ceil(y2 - 0.5), rows)) + 0.5
    if middles.size:
        crossed = x1 + (middles - y1) * ((x2 - x1) / (y2 - y1))
        # A cell is inside when its middle is; cells of an edge are marked anyway.
        first = np.clip(np.ceil(crossed - 0.5), 0, columns - 1).astype(int)
        winding[(middles - 0.5).astype(int), first] += turn


def _within(value: float, count: int) -> int:
    return min(max(floor(value), 0), count - 1)
