"""Changes of the whole picture: day and infra-red, lamps, the camera's gain."""

from dataclasses import replace
from typing import Final

import numpy as np

from .difference import Difference, difference
from .grid import Cells, Grid
from .model import Background, is_colourful, model_of
from .settings import MotionSettings

SETTLING: Final = 1.0
"""Seconds after a change of everything in which its remains are learnt."""
LONGEST_SWITCH: Final = 4.0
"""Seconds after which a camera has found its exposure in the other mode."""
_RECOGNISED: Final = 0.25
"""Share of cells that may differ from a background that is taken up again."""
_GLOBAL_CHANGED: Final = (0.5, 0.35)
_GLOBAL_EXPLAINED: Final = (0.2, 0.15)
"""Shares of cells that differ, and differ from just before, in a change of light;
less where the home tells of one."""
_JUMP: Final = 25.0
"""Luma that the light of the whole picture moves within one picture at a switch."""
_BLACK: Final = 6.0
_WHITE: Final = 230.0


def in_its_mode(
    state: Background, grid: Grid, time: float, settings: MotionSettings
) -> tuple[Background, Difference]:
    """Return the state with the model of this picture's mode, day or infra-red.

    After a switch the model of before is kept, and the other one taken up as soon as
    the camera has found its exposure; where there is none, or it is not recognised,
    the picture is learnt.
    """
    seen = difference(state, grid.luma, time, settings)
    colourful = is_colourful(state.colourful, grid.saturation)
    switched = state.colourful is not None and colourful != state.colourful
    state = replace(state, colourful=colourful)
    off = np.count_nonzero(seen.changed) / seen.changed.size
    if switched and (off > _RECOGNISED or seen.moved > _JUMP):
        before = state.kept[0][1] if state.kept else state.model
        known = state.other
        state = replace(state, other=before, kept=(), history=(), switched=time)
        if known is None:
            return _learnt(state, grid, time, settings)
        state = replace(state, model=known, switching=time)
        seen = difference(state, grid.luma, time, settings)
        off = np.count_nonzero(seen.changed) / seen.changed.size
    since = state.switching
    if since is None:
        return state, seen
    if off <= _RECOGNISED and time > since and _is_exposed(grid.luma):
        model = replace(state.model, mean=seen.fit.still)
        state = replace(state, model=model, switching=None, unrest=0.0)
        return state, difference(state, grid.luma, time, settings)
    if time - since >= LONGEST_SWITCH:
        return _learnt(replace(state, switching=None), grid, time, settings)
    return state, seen


def _learnt(
    state: Background, grid: Grid, time: float, settings: MotionSettings
) -> tuple[Background, Difference]:
    """Return a state that begins to learn with this picture."""
    learnt = replace(
        state,
        model=model_of(grid.luma),
        settled=time + SETTLING,
        history=(),
        unrest=0.0,
    )
    return learnt, difference(learnt, grid.luma, time, settings)


def is_global(seen: Difference, *, explained: bool) -> bool:
    """Tell whether the light of the whole picture has just changed."""
    if seen.moved > _JUMP:
        return True
    changed, stirred = _GLOBAL_EXPLAINED if explained else _GLOBAL_CHANGED
    size = seen.changed.size
    return bool(
        np.count_nonzero(seen.changed) > changed * size
        and np.count_nonzero(seen.stirred) > stirred * size
    )


def following_light(
    state: Background, luma: Cells, time: float, since: float
) -> Background:
    """Return the background that takes the picture as it is.

    ``since`` is when everything began to change.
    """
    return replace(
        state,
        model=replace(state.model, mean=luma),
        history=(),
        time=time,
        frames=state.frames + 1,
        settled=max(state.settled, time + SETTLING),
        stirring=since,
        unrest=0.0,
    )


def _is_exposed(luma: Cells) -> bool:
    """Tell whether there is a picture, and not just white or black."""
    clipped = np.count_nonzero(luma < _BLACK) + np.count_nonzero(luma > _WHITE)
    return bool(clipped < 0.5 * luma.size)
