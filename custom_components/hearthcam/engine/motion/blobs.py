"""Connected regions of a mask of cells."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from .grid import Cells, Mask

_MOST_RUNS: Final = 1500
"""Beyond this many runs a mask is confetti, and not worth the time."""


@dataclass(frozen=True, slots=True, eq=False)
class Blob:
    """One region: its cells' bounds (half-open), size and strength.

    ``x`` and ``y`` are the centroid in cells. ``lively`` counts the cells that
    changed just now. ``energy`` is the sum, ``strength`` the largest, of the cells'
    excess, in multiples of their threshold. ``rows`` and ``columns`` are its cells.
    """

    left: int
    top: int
    right: int
    bottom: int
    area: int
    lively: int
    x: float
    y: float
    energy: float
    strength: float
    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]


def dilate(mask: Mask) -> Mask:
    """Return the mask grown by one cell in all eight directions."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    grown = wide.copy()
    grown[1:] |= wide[:-1]
    grown[:-1] |= wide[1:]
    return grown


def label(mask: Mask) -> tuple[npt.NDArray[np.intp], int]:
    """Number the regions of a mask, neighbours in eight directions being one.

    Returns labels (0 outside, 1... inside), shape of the mask, and their count. A
    mask of more than some hundred specks has no regions.
    """
    rows, columns = mask.shape
    padded = np.zeros((rows, columns + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    edges = np.flatnonzero(np.diff(padded.ravel()))
    labels = np.zeros(mask.shape, dtype=np.intp)
    if edges.size == 0 or edges.size > 2 * _MOST_RUNS:
        return labels, 0
    starts, ends = edges[0::2], edges[1::2]
    run_row = (starts // (columns + 2)).tolist()
    run_start = (starts % (columns + 2)).tolist()
    run_end = (starts % (columns + 2) + ends - starts).tolist()
    parent = list(range(len(run_row)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    above = 0
    for run, row in enumerate(run_row):
        while run_row[above] < row - 1 or (
            run_row[above] == row - 1 and run_end[above] < run_start[run]
        ):
            above += 1
        other = above
        while run_row[other] == row - 1 and run_start[other] <= run_end[run]:
            parent[root(other)] = root(run)
            other += 1
    numbers: dict[int, int] = {}
    flat = labels.ravel()
    for run, row in enumerate(run_row):
        number = numbers.setdefault(root(run), len(numbers) + 1)
        flat[row * columns + run_start[run] : row * columns + run_end[run]] = number
    return labels, len(numbers)


def blobs_of(mask: Mask, lively: Mask, excess: Cells) -> list[Blob]:
    """Return the regions of a mask; gaps of up to two cells do not part them.

    ``excess`` holds each cell's change in multiples of its threshold.
    """
    labels, count = label(dilate(mask))
    if not count:
        return []
    where_y, where_x = np.nonzero(mask)
    number = labels[where_y, where_x]
    size = count + 1
    energy_of_cell = excess[where_y, where_x]
    area = np.bincount(number, minlength=size)
    fresh = np.bincount(number, weights=lively[where_y, where_x], minlength=size)
    sum_x = np.bincount(number, weights=where_x, minlength=size)
    sum_y = np.bincount(number, weights=where_y, minlength=size)
    energy = np.bincount(number, weights=energy_of_cell, minlength=size)
    strength = np.zeros(size)
    np.maximum.at(strength, number, energy_of_cell)
    left, top = np.full(size, mask.shape[1]), np.full(size, mask.shape[0])
    right, bottom = np.zeros(size, dtype=int), np.zeros(size, dtype=int)
    np.minimum.at(left, number, where_x)
    np.minimum.at(top, number, where_y)
    np.maximum.at(right, number, where_x + 1)
    np.maximum.at(bottom, number, where_y + 1)
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(area)
    return [
        Blob(
            int(left[n]),
            int(top[n]),
            int(right[n]),
            int(bottom[n]),
            int(area[n]),
            int(fresh[n]),
            float(sum_x[n] / area[n]) + 0.5,
            float(sum_y[n] / area[n]) + 0.5,
            float(energy[n]),
            float(strength[n]),
            where_y[order[ends[n - 1] : ends[n]]],
            where_x[order[ends[n - 1] : ends[n]]],
        )
        for n in range(1, size)
        if area[n]
    ]
