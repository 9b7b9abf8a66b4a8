"""One picture beside what is known of the scene, cell by cell."""

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np

from .fit import Fit, fit
from .grid import Cells, Mask
from .model import Background
from .settings import MotionSettings

_FLOOR: Final = 4.0
"""Change of luma that no cell reports, however still it was."""
_FAINT: Final = 1.0
"""The same for a cell where something stands: breath, a hand, the weight shifted."""
_NOISES: Final = 4.0
"""Mean absolute deviations that a cell must leave (3.2 sigma of normal noise)."""
_UNREST: Final = 0.5
"""Share of a change of light that its compensation may leave behind."""
MOST_UNREST: Final = 15.0
_TAU_UNREST: Final = 1.5
_DOUBT: Final = 1.5
"""Seconds of learning after which a noise is believed to be at most twice as big."""
JUST_NOW: Final = 0.3
"""Seconds back to the picture that tells whether a cell goes on changing."""
_STIRRED: Final = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A picture beside a background; see `Background`, too."""

    fit: Fit
    away: Cells
    threshold: Cells
    excess: Cells
    changed: Mask
    stirred: Mask
    lively: Mask
    faint: Mask
    moved: float
    unrest: float


def difference(
    state: Background, luma: Cells, time: float, settings: MotionSettings
) -> Difference:
    """Compare a picture with the background, in the picture's light and place."""
    model = state.model
    fitted = fit(model.mean, luma)
    away = luma - fitted.lit
    step = time - state.time
    moved = float(np.abs(fitted.still - model.mean).mean())
    unrest = state.unrest * exp(-step / _TAU_UNREST) + moved
    # A gust shakes the neighbours of the leaves that were seen to move, too; and
    # what was seen for a second only may well be noisier than it seems.
    noise: Cells = np.maximum(model.noise, model.gusts)
    noise = np.maximum(noise, _box(noise))
    noises = _NOISES * (1.0 + _DOUBT / max(time - state.born, step))
    threshold = np.float32(noises) * noise
    # What flickers all the time is in the noise already.
    sudden = max(unrest - state.flicker, 0.0)
    threshold += np.float32(_FLOOR + min(_UNREST * sudden, MOST_UNREST))
    if fitted.slack is not None:
        threshold += fitted.slack
    excess: Cells = np.abs(away) / threshold
    changed = excess > settings.scale
    before = next(
        (away for at, away in reversed(state.history) if time - at >= JUST_NOW),
        state.history[0][1] if state.history else None,
    )
    stirring = np.abs(away if before is None else away - before)
    stirred = stirring > np.float32(_STIRRED * settings.scale) * threshold
    return Difference(
        fitted,
        away,
        threshold,
        excess,
        changed,
        stirred,
        changed & stirred,
        stirring > threshold - np.float32(_FLOOR - _FAINT),
        moved,
        unrest,
    )


def _box(cells: Cells) -> Cells:
    """Return the mean over each cell and its eight neighbours."""
    wide = np.pad(cells, 1, mode="edge")
    wide = wide[:, 2:] + wide[:, 1:-1] + wide[:, :-2]
    mean: Cells = (wide[2:] + wide[1:-1] + wide[:-2]) * np.float32(1 / 9)
    return mean
