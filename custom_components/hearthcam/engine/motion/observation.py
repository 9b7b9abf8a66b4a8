"""What the detector says of one picture, for zones, events and people."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp
from typing import Final

import numpy as np
import numpy.typing as npt

from ..protocol import Box
from .grid import Cells

_MOST_BOXES: Final = 8
_LOOK_BACK: Final = 3.0
"""Seconds before its recognition that a motion may at most have begun."""
_TELLING_CELLS: Final = 3
"""So many cells of a region reach its contrast: one alone may be chance."""

type Places = npt.NDArray[np.intp]
"""Rows or columns of cells, one dimension."""


class Light(StrEnum):
    """What changed the light of the whole picture."""

    HOME = "home"
    """Something in the home, known of: a lamp, a cover, the sun."""
    INFRARED = "infrared"
    """The camera switched between day and infra-red."""
    GLOBAL = "global"
    """Nothing known."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Connected cells that changed and may be, or are, something that moves.

    ``rows`` and ``columns`` are its cells in the grid. ``contrast`` is what its
    strongest cells reach, in multiples of the threshold at sensitivity 50, whatever
    the sensitivity it was found with. ``since`` is when it was first seen (a region
    keeps it from picture to picture). ``confirmed``: it moves, and has for long
    enough to be sure.
    """

    rows: Places
    columns: Places
    box: Box
    contrast: float
    since: float
    confirmed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What one picture says.

    ``moving``: something moves, and has moved for long enough to be sure.
    ``suspicious``: something changed; more pictures would tell. ``since`` is the
    time of the first picture that showed what moves now. ``score`` is 0..1,
    ``boxes`` bound what moves (or may move), largest first. ``cells`` is each cell's
    change in multiples of its threshold at sensitivity 50. ``regions`` are all that
    may move, largest first. ``light`` tells of a change of the whole picture's light.
    """

    time: float
    moving: bool
    suspicious: bool
    since: float
    score: float
    boxes: tuple[Box, ...]
    cells: Cells
    regions: tuple[Region, ...] = ()
    light: Light | None = None

    @property
    def size(self) -> float:
        """The share (0..1) of the picture that moves."""
        return sum(r.rows.size for r in self.regions if r.confirmed) / self.cells.size

    @property
    def contrast(self) -> float:
        """How far it stands out, in multiples of the threshold at sensitivity 50."""
        return max((r.contrast for r in self.regions if r.confirmed), default=0.0)

    def of(self, regions: Iterable[Region]) -> Observation:
        """Return what it would say if there were these regions only."""
        told = tuple(sorted(regions, key=lambda region: -region.rows.size))
        moving = [region for region in told if region.confirmed]
        shown = moving or told
        return replace(
            self,
            moving=bool(moving),
            suspicious=bool(told),
            since=max(
                min((region.since for region in moving), default=self.time),
                self.time - _LOOK_BACK,
            ),
            score=_score(self.cells, shown),
            boxes=tuple(region.box for region in shown[:_MOST_BOXES]),
            regions=told,
        )


def region_of(
    cells: Cells,
    rows: Places,
    columns: Places,
    width: float,
    height: float,
    *,
    since: float,
    confirmed: bool,
) -> Region:
    """Return the region of some cells (at least one).

    ``cells`` is as in :class:`Observation`; ``width`` and ``height`` are a cell's
    extent in normalised picture coordinates.
    """
    left, top = int(columns.min()) * width, int(rows.min()) * height
    right, bottom = (int(columns.max()) + 1) * width, (int(rows.max()) + 1) * height
    return Region(
        rows,
        columns,
        Box(left, top, min(right, 1.0) - left, min(bottom, 1.0) - top),
        contrast_of(cells[rows, columns]),
        since,
        confirmed,
    )


def contrast_of(excess: npt.NDArray[np.float32]) -> float:
    """Return the contrast of cells with these multiples of the threshold."""
    if not excess.size:
        return 0.0
    place = max(excess.size - _TELLING_CELLS, 0)
    return float(np.partition(excess, place)[place])


def quiet(time: float, cells: Cells, light: Light | None = None) -> Observation:
    """Return that nothing moves; a change of light makes one suspicious."""
    return Observation(time, False, light is not None, time, 0.0, (), cells, (), light)


def _score(cells: Cells, regions: Iterable[Region]) -> float:
    """Return 0..1: how much changed, how strongly; one person near is about 0.9."""
    energy = sum(float(cells[r.rows, r.columns].sum()) for r in regions)
    return 1.0 - exp(-energy / 100.0)
