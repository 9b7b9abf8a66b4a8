"""What the camera sees when nothing moves, and how much that flickers.

Every cell has a mean and a noise of its own. The light of the whole picture (gain
and offset, fitted over the cells that agree) is taken out before cells are compared.
"""

from dataclasses import dataclass, replace
from math import exp
from typing import Final

import numpy as np

from .blobs import Blob
from .grid import Cells, Grid, Mask
from .settings import MotionSettings

_FLOOR: Final = 4.0
"""Change of luma that no cell reports, however still it was."""
_NOISES: Final = 4.0
"""Mean absolute deviations that a cell must leave (3.2 sigma of normal noise)."""
_FIRST_NOISE: Final = 1.0
_MOST_NOISE: Final = 25.0
_LEARNING: Final = 1.0
_LEARNING_FRAMES: Final = 4
_SETTLING: Final = 1.0
_LONGEST_LIGHT: Final = 3.0
"""A change of everything that goes on for longer is no change of light."""
_GLOBAL_CHANGED: Final = 0.5
_GLOBAL_LIVELY: Final = 0.35
_JUMP: Final = 25.0
"""Luma that the light of the whole picture moves within one picture at a switch."""
_TAU_QUIET: Final = 8.0
_TAU_STAYING: Final = 12.0
_TAU_LIVELY: Final = 60.0
_TAU_NOISE: Final = 10.0
_TAU_NOISE_MOVING: Final = 60.0
_UNREST: Final = 0.5
"""Share of a change of light that its compensation may leave behind."""
_MOST_UNREST: Final = 15.0
_TAU_UNREST: Final = 1.5
_DOUBT: Final = 1.5
"""Seconds of learning after which a noise is believed to be at most twice as big."""
_TAU_RECENT: Final = 0.4
_RELIGHT: Final = 0.3
_FLAT: Final = 4.0
"""Variance of luma below which a picture has no contrast to fit a gain to."""
_GREY: Final = 2.0
_COLOURED: Final = 4.0
_LONGEST_GAP: Final = 60.0
"""After so many seconds without a picture the old background says little."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The state: replaced by each picture, never changed in place.

    ``mean`` and ``noise`` (mean absolute deviation) are in luma, one a cell;
    ``recent`` follows each cell's difference from the mean within half a second.
    ``settled`` is the time from which changes count. ``stirring`` is since when
    everything has been changing at once, if it has just now; ``unrest`` is by how much luma
    the light of the whole picture moved within the last seconds.
    """

    mean: Cells
    noise: Cells
    recent: Cells
    time: float
    born: float
    frames: int
    settled: float
    colourful: bool | None
    stirring: float | None = None
    unrest: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """How one picture differs from the background.

    ``changed`` marks cells that differ, ``lively`` those of them that also differ
    from half a second ago; ``excess`` is the difference in multiples of the cell's
    threshold. ``settled`` is false while the background is being learnt, and then
    nothing is marked. ``everywhere`` says that the whole picture changed at once.
    """

    changed: Mask
    lively: Mask
    excess: Cells
    settled: bool
    everywhere: bool


def fresh(grid: Grid, time: float) -> Background:
    """Return the background that one picture alone suggests."""
    luma = grid.luma
    return Background(
        luma,
        np.full_like(luma, _FIRST_NOISE),
        np.zeros_like(luma),
        time,
        time,
        1,
        time + _LEARNING,
        _colourful(None, grid.saturation),
    )


def fit_light(mean: Cells, luma: Cells) -> tuple[float, float, float]:
    """Return gain, offset and the share of cells they explain.

    A straight line through (mean, luma) of the cells, then twice more through those
    that lay near it: what moves is left out, and what is clipped. A quarter of the
    cells is plenty for two numbers.
    """
    every_x, every_y = mean[::2, ::2].ravel(), luma[::2, ::2].ravel()
    x, y = every_x, every_y
    gain, offset, share = 1.0, 0.0, 1.0
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
        share = float(near.mean())
        x, y = every_x[near], every_y[near]
    return gain, offset, share


def compare(
    state: Background, grid: Grid, time: float, settings: MotionSettings, busy: Mask
) -> tuple[Background, Change]:
    """Compare a picture with the background, and let the background follow.

    ``busy`` marks cells where something is known to move: their noise is none.
    """
    luma = grid.luma
    if (
        state.mean.shape != luma.shape
        or time < state.time
        or time - state.time > _LONGEST_GAP
    ):
        return fresh(grid, time), _nothing(luma)
    step = time - state.time
    gain, offset, share = fit_light(state.mean, luma)
    lit = np.clip(gain * state.mean + offset, 0.0, 255.0) if share > 0.5 else state.mean
    away = luma - lit
    size = np.abs(away)
    age = time - state.born
    # A gust shakes the neighbours of the leaves that were seen to move, too; and
    # what was seen for a second only may well be noisier than it seems.
    noise: Cells = np.maximum(state.noise, _box(state.noise))
    moved = float(np.abs(lit - state.mean).mean())
    unrest = state.unrest * exp(-step / _TAU_UNREST) + moved
    floor = _FLOOR + min(_UNREST * unrest, _MOST_UNREST)
    noises = _NOISES * (1.0 + _DOUBT / max(age, step))
    threshold: Cells = np.float32(settings.scale) * (floor + noises * noise)
    excess: Cells = (size / threshold).astype(np.float32, copy=False)
    changed = excess > 1.0
    stirred = np.abs(away - state.recent) > 0.6 * threshold
    lively = changed & stirred

    colourful = _colourful(state.colourful, grid.saturation)
    switched = state.colourful is not None and colourful != state.colourful
    everywhere = (
        switched
        or moved > _JUMP
        or (
            float(changed.mean()) > _GLOBAL_CHANGED
            and float(stirred.mean()) > _GLOBAL_LIVELY
        )
    )
    frames = state.frames + 1
    learning = time < state.settled or frames <= _LEARNING_FRAMES
    since = state.stirring if state.stirring is not None else time
    if everywhere and time - since < _LONGEST_LIGHT:
        following = replace(
            state,
            mean=luma,
            recent=np.zeros_like(luma),
            time=time,
            frames=frames,
            settled=max(state.settled, time + _SETTLING),
            colourful=colourful,
            stirring=since,
            unrest=0.0,
        )
        return following, _nothing(luma, everywhere=True)

    noise_follow = _follow(step, min(_TAU_NOISE, max(age, step)))
    if learning:
        rate: Cells | float = max(1.0 / frames, _follow(step, 0.5))
        noise_rate: Cells | float = noise_follow
    else:
        rate = np.where(
            lively,
            _follow(step, _TAU_LIVELY),
            np.where(
                changed, _follow(step, _TAU_STAYING), _follow(step, _TAU_QUIET)
            ).astype(np.float32),
        ).astype(np.float32)
        noise_rate = np.where(
            busy & changed,
            _follow(step, _TAU_NOISE_MOVING),
            np.where(changed & ~lively, 0.0, noise_follow),
        ).astype(np.float32)
    capped = np.minimum(size, 2.0 * threshold)
    following = Background(
        lit + rate * away,
        np.minimum(state.noise + noise_rate * (capped - state.noise), _MOST_NOISE),
        state.recent + _follow(step, _TAU_RECENT) * (away - state.recent),
        time,
        state.born,
        frames,
        state.settled,
        colourful,
        # One calm picture between two flashes does not renew the patience with them.
        state.stirring if time < state.settled + _SETTLING else None,
        unrest,
    )
    if learning:
        return following, _nothing(luma)
    return following, Change(changed, lively, excess, True, everywhere)


def relight(state: Background, luma: Cells, changed: Mask, blob: Blob) -> Background:
    """Return the background with a region quickly following its new light."""
    window = slice(blob.top, blob.bottom), slice(blob.left, blob.right)
    mean = state.mean.copy()
    lit = mean[window] + _RELIGHT * (luma[window] - mean[window])
    mean[window] = np.where(changed[window], lit, mean[window])
    return replace(state, mean=mean)


def _nothing(luma: Cells, *, everywhere: bool = False) -> Change:
    none = np.zeros(luma.shape, dtype=np.bool_)
    return Change(none, none, np.zeros_like(luma), False, everywhere)


def _box(cells: Cells) -> Cells:
    """Return the mean over each cell and its eight neighbours."""
    wide = np.pad(cells, 1, mode="edge")
    wide = wide[:, 2:] + wide[:, 1:-1] + wide[:, :-2]
    mean: Cells = (wide[2:] + wide[1:-1] + wide[:-2]) * np.float32(1 / 9)
    return mean


def _follow(step: float, tau: float) -> float:
    """Return the share that a follower with this time constant takes in ``step``."""
    return 1.0 - exp(-step / tau) if tau > 0 else 1.0


def _colourful(before: bool | None, saturation: float | None) -> bool | None:
    """Tell day from infra-red with hysteresis."""
    if saturation is None:
        return before
    if saturation < _GREY:
        return False
    if saturation > _COLOURED:
        return True
    return before
