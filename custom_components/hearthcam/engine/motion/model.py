"""What the detector knows of a scene: the state behind `background`."""

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np

from .grid import Cells, Grid

_FIRST_NOISE: Final = 1.0
_LEARNING: Final = 0.5
_GREY: Final = 2.0
_COLOURED: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What a picture is compared with, one value a cell, in luma.

    ``mean`` is the picture without what moves, ``noise`` its mean absolute
    deviation; ``gusts`` is the noise of the last minutes.
    """

    mean: Cells
    noise: Cells
    gusts: Cells


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The state: replaced by each picture, never changed in place.

    ``history`` holds the differences from the mean of the last pictures with their
    times. ``settled`` is the time from which changes count. ``stirring`` is since
    when everything has been changing at once, if it has just now; ``unrest`` is by
    how much luma the light of the whole picture moved within the last seconds.
    ``kept`` are the model of some seconds ago and a later one, with their times;
    ``other`` is the model of the other mode (day or infra-red), and ``switching``
    since when this one is waiting to be recognised after a switch, which was at
    ``switched``.
    """

    model: Model
    history: tuple[tuple[float, Cells], ...]
    time: float
    born: float
    frames: int
    settled: float
    colourful: bool | None
    stirring: float | None = None
    unrest: float = 0.0
    flicker: float = 0.0
    kept: tuple[tuple[float, Model], ...] = ()
    other: Model | None = None
    switching: float | None = None
    switched: float = float("-inf")

    @property
    def mean(self) -> Cells:
        """The picture without what moves."""
        return self.model.mean


def fresh(grid: Grid, time: float) -> Background:
    """Return the background that one picture alone suggests."""
    luma = grid.luma
    return Background(
        model_of(luma),
        (),
        time,
        time,
        1,
        time + _LEARNING,
        is_colourful(None, grid.saturation),
    )


def model_of(luma: Cells) -> Model:
    """Return the model that one picture alone suggests."""
    noise = np.full_like(luma, _FIRST_NOISE)
    return Model(luma, noise, noise)


def follow(step: float, tau: float) -> float:
    """Return the share that a follower with this time constant takes in ``step``."""
    return 1.0 - exp(-step / tau) if tau > 0 else 1.0


def is_colourful(before: bool | None, saturation: float | None) -> bool | None:
    """Tell day from infra-red with hysteresis."""
    if saturation is None:
        return before
    if saturation < _GREY:
        return False
    if saturation > _COLOURED:
        return True
    return before
