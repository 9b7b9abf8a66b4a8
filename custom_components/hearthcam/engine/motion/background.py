"""What the camera sees when nothing moves, and how much that flickers.

Every cell has a mean and a noise of its own, one set by day and one in the
infra-red. Light and place of the whole picture (`fit`) are taken out before cells
are compared.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .blobs import Blob
from .difference import JUST_NOW, MOST_UNREST
from .grid import Cells, Grid, Mask
from .model import Background, Model, follow, fresh
from .modes import LONGEST_SWITCH, SETTLING, following_light, in_its_mode, is_global
from .observation import Light
from .settings import MotionSettings

_MOST_NOISE: Final = 25.0
_LEARNING_FRAMES: Final = 3
_LONGEST_LIGHT: Final = 3.0
"""A change of everything that goes on for longer is no change of light."""
_TAU_QUIET: Final = 8.0
_TAU_STAYING: Final = 12.0
_TAU_LIVELY: Final = 60.0
_TAU_NOISE: Final = 10.0
_TAU_NOISE_MOVING: Final = 60.0
_TAU_GUSTS: Final = 90.0
"""Wind comes in gusts: what was restless stays suspect for longer than it is so."""
_RELIGHT: Final = 0.3
_KEEP_EVERY: Final = 2.0
_LONGEST_GAP: Final = 60.0
"""After so many seconds without a picture the old background says little."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """How one picture differs from the background.

    ``changed`` marks cells that differ, ``lively`` those of them that also differ
    from just before; ``excess`` is the difference in multiples of the cell's
    threshold at sensitivity 50. ``lit`` is the background in the light of this
    picture. ``faint`` marks cells that differ from just before by little more than
    noise. ``settled`` is false while the background is being learnt, and then
    nothing is marked. ``light`` says that the whole picture changed at once.
    """

    changed: Mask
    lively: Mask
    excess: Cells
    lit: Cells
    faint: Mask
    settled: bool
    light: Light | None


def compare(
    state: Background,
    grid: Grid,
    time: float,
    settings: MotionSettings,
    busy: Mask,
    *,
    light_explained: bool = False,
) -> tuple[Background, Change]:
    """Compare a picture with the background, and let the background follow.

    ``busy`` marks cells where something is known to move: their noise is none.
    """
    luma = grid.luma
    gap = time - state.time
    if state.mean.shape != luma.shape or not 0.0 <= gap <= _LONGEST_GAP:
        return replace(fresh(grid, time), other=state.other), _nothing(luma)
    state, seen = in_its_mode(state, grid, time, settings)
    if state.switching is not None:
        return replace(state, time=time), _nothing(luma, Light.INFRARED)
    age, step = time - state.born, gap
    scale = settings.scale
    learning = time < state.settled or state.frames + 1 <= _LEARNING_FRAMES
    light: Light | None = None
    if is_global(seen, explained=light_explained):
        light = _cause(state, time, explained=light_explained)
        since = state.stirring if state.stirring is not None else time
        if time - since < _LONGEST_LIGHT:
            return following_light(state, luma, time, since), _nothing(luma, light)

    noise_follow = follow(step, min(_TAU_NOISE, max(age, step)))
    if learning:
        rate: Cells | float = max(1.0 / (state.frames + 1), follow(step, 0.5))
        noise_rate: Cells | float = noise_follow
    else:
        rate = np.where(
            seen.lively | (busy & seen.changed),
            np.float32(follow(step, _TAU_LIVELY)),
            np.where(
                seen.changed,
                np.float32(follow(step, _TAU_STAYING)),
                np.float32(follow(step, _TAU_QUIET)),
            ),
        )
        noise_rate = np.where(
            busy & seen.changed,
            np.float32(follow(step, _TAU_NOISE_MOVING)),
            np.where(
                seen.changed & ~seen.lively, np.float32(0.0), np.float32(noise_follow)
            ),
        )
    model = state.model
    capped = np.minimum(np.abs(seen.away), scale * seen.threshold)
    noise = np.minimum(model.noise + noise_rate * (capped - model.noise), _MOST_NOISE)
    behind = noise - model.gusts
    # Rises as slowly as it takes to be sure, sinks a lot slower.
    sinks = follow(step, min(_TAU_GUSTS, max(age, step)))
    gusts = model.gusts + np.maximum(noise_follow * behind, sinks * behind)
    moved = Model(seen.fit.still + rate * seen.away, noise, gusts)
    kept = state.kept
    if not learning and (not kept or time - kept[-1][0] >= _KEEP_EVERY):
        kept = (*kept[-1:], (time, moved))
    following = replace(
        state,
        model=moved,
        history=_remembered(state, time, seen.away),
        time=time,
        frames=state.frames + 1,
        # One calm picture between two flashes does not renew the patience with them.
        stirring=state.stirring if time < state.settled + SETTLING else None,
        unrest=seen.unrest,
        flicker=state.flicker
        + follow(step, _TAU_NOISE) * (min(seen.unrest, MOST_UNREST) - state.flicker),
        kept=kept,
    )
    if learning:
        light = Light.INFRARED if state.switched == time else None
        return following, _nothing(luma, light)
    return following, Change(
        seen.changed, seen.lively, seen.excess, seen.fit.lit, seen.faint, True, light
    )


def _cause(state: Background, time: float, *, explained: bool) -> Light:
    if time - state.switched < LONGEST_SWITCH:
        return Light.INFRARED
    return Light.HOME if explained else Light.GLOBAL


def relight(state: Background, luma: Cells, changed: Mask, blob: Blob) -> Background:
    """Return the background with a region quickly following its new light."""
    window = slice(blob.top, blob.bottom), slice(blob.left, blob.right)
    mean = state.mean.copy()
    lit = mean[window] + _RELIGHT * (luma[window] - mean[window])
    mean[window] = np.where(changed[window], lit, mean[window])
    return replace(state, model=replace(state.model, mean=mean))


def spare(state: Background, before: Background, moving: Mask) -> Background:
    """Return the background without the noise learnt where something moved.

    ``before`` is the state of the picture before. A street would be deaf otherwise
    after a minute of traffic.
    """
    if state.mean.shape != before.mean.shape:
        return state
    model = replace(
        state.model,
        noise=np.where(moving, before.model.noise, state.model.noise),
        gusts=np.where(moving, before.model.gusts, state.model.gusts),
    )
    return replace(state, model=model)


def _remembered(
    state: Background, time: float, away: Cells
) -> tuple[tuple[float, Cells], ...]:
    """Return the history with one more picture, and one that is old enough."""
    history = state.history
    while len(history) > 1 and time - history[1][0] >= JUST_NOW:
        history = history[1:]
    return (*history, (time, away))


def _nothing(luma: Cells, light: Light | None = None) -> Change:
    none = np.zeros(luma.shape, dtype=np.bool_)
    return Change(none, none, np.zeros_like(luma), luma, none, False, light)
