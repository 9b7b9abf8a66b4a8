"""What of a picture's change belongs to the camera: its light and its place.

Gain, offset and a small shift are fitted over the cells that agree on them; what
moves does not agree, and is left out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from .grid import Cells

MOST_SHIFT: Final = 0.9
"""Cells by which a picture may be shifted and still be compensated."""
_LEAST_SHIFT: Final = 0.04
_GAIN: Final = 0.75
"""A shift must leave at most this share of the squared difference."""
_SLACK: Final = 0.25
"""Share of the steps between neighbours that a shift by a cell may leave behind."""
_FLAT: Final = 4.0
"""Variance of luma below which a picture has no contrast to fit a gain to."""

type _Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """How the background looks in this picture's light and place.

    ``lit`` is the background as it should look now, ``still`` the same without the
    shift: what is learnt from, for a shift undone in each picture would blur it. ``share`` of the cells (0..1)
    agree with it. ``slack`` is by how much luma a cell may be off, because a shift
    by parts of a cell cannot be undone exactly: None without a shift. ``shift_x``
    and ``shift_y`` are in cells.
    """

    lit: Cells
    still: Cells
    share: float
    shift_x: float
    shift_y: float
    slack: Cells | None


def fit(mean: Cells, luma: Cells) -> Fit:
    """Fit a background to a picture of the same shape."""
    every_x, every_y = mean[1:-1:2, 1:-1:2].ravel(), luma[1:-1:2, 1:-1:2].ravel()
    gain, offset, share, middle = _line(every_x, every_y)
    lit = np.clip(gain * mean + offset, 0.0, 255.0) if share > 0.5 else mean
    across = np.float32(0.5) * (lit[1:-1:2, 2::2] - lit[1:-1:2, :-2:2]).ravel()
    down = np.float32(0.5) * (lit[2::2, 1:-1:2] - lit[:-2:2, 1:-1:2]).ravel()
    x, y = _shift(lit[1:-1:2, 1:-1:2].ravel() - every_y, across, down, middle)
    if x == 0.0 and y == 0.0:
        return Fit(lit, lit, share, 0.0, 0.0, None)
    moved, slack = _shifted(lit, x, y)
    return Fit(moved, lit, share, x, y, slack)


def _line(every_x: _Values, every_y: _Values) -> tuple[float, float, float, float]:
    """Return gain, offset, the share of cells they explain, and the middle misfit.

    A straight line through the cells, then twice more through those that lay near
    it: what moves is left out, and what is clipped.
    """
    x, y = every_x, every_y
    gain, offset, share, middle = 1.0, 0.0, 1.0, 0.0
    for _ in range(3):
        middle_x, middle_y = float(x.mean()), float(y.mean())
        centred = x - middle_x
        spread = float(centred @ centred)
        if spread > _FLAT * x.size:
            gain = min(max(float(centred @ y) / spread, 0.2), 5.0)
        offset = middle_y - gain * middle_x
        away = np.abs(every_y - gain * every_x - offset)
        middle = float(np.partition(away, away.size // 2)[away.size // 2])
        near = away <= max(3.0 * middle, 1.5)
        share = float(np.count_nonzero(near)) / near.size
        x, y = every_x[near], every_y[near]
    return gain, offset, share, middle


def _shift(
    short: _Values, across: _Values, down: _Values, middle: float
) -> tuple[float, float]:
    """Return the shift (right, down; in cells) that explains differences best.

    ``short`` is background minus picture, ``across`` and ``down`` are the slopes of
    the background at the same cells: a picture shifted a little to the right lacks
    the slope's share. (0, 0) where a shift explains little.
    """
    # A cell whose change is beyond its slopes is not of this.
    reach = MOST_SHIFT * (np.abs(across) + np.abs(down)) + max(3.0 * middle, 1.5)
    fair = np.abs(short) <= reach
    short, across, down = short * fair, across * fair, down * fair
    xx, yy, xy = float(across @ across), float(down @ down), float(across @ down)
    determinant = xx * yy - xy * xy
    if determinant <= 1e-3 * xx * yy or xx * yy == 0.0:
        return 0.0, 0.0
    right, below = float(across @ short), float(down @ short)
    x = (right * yy - below * xy) / determinant
    y = (below * xx - right * xy) / determinant
    if max(abs(x), abs(y)) < _LEAST_SHIFT:
        return 0.0, 0.0
    left = short - x * across - y * down
    if float(left @ left) > _GAIN * float(short @ short):
        return 0.0, 0.0
    return min(max(x, -MOST_SHIFT), MOST_SHIFT), min(max(y, -MOST_SHIFT), MOST_SHIFT)


def _shifted(lit: Cells, x: float, y: float) -> tuple[Cells, Cells]:
    """Return a background shifted by parts of a cell, and how wrong that may be."""
    wide = np.pad(lit, 1, mode="edge")
    left, right = wide[1:-1, :-2] - lit, wide[1:-1, 2:] - lit
    above, below = wide[:-2, 1:-1] - lit, wide[2:, 1:-1] - lit
    moved = lit + np.float32(abs(x)) * (left if x > 0 else right)
    moved += np.float32(abs(y)) * (above if y > 0 else below)
    rough = np.maximum(
        np.maximum(np.abs(left), np.abs(right)),
        np.maximum(np.abs(above), np.abs(below)),
    )
    return moved, np.float32(_SLACK * max(abs(x), abs(y))) * rough
