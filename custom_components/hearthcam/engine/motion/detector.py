"""The detector: a pure function of settings, state and one more grid."""

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np

from ..protocol import Box
from .background import Background, compare, fresh, relight
from .blobs import Blob, blobs_of, dilate
from .grid import Cells, Grid, Mask
from .light import LIKE, structure_kept
from .settings import MotionSettings
from .tracks import Track, candidates, follow

_MOST_BOXES: Final = 8
_LOOK_BACK: Final = 3.0
"""Seconds before its recognition that a motion may at most have begun."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What one picture says.

    ``moving``: something moves, and has moved for long enough to be sure.
    ``suspicious``: something changed; more pictures would tell. ``since`` is the
    time of the first picture that showed what moves now. ``score`` is 0..1,
    ``boxes`` bound what moves (or may move), largest first. ``cells`` is each cell's
    change in multiples of its threshold.
    """

    time: float
    moving: bool
    suspicious: bool
    since: float
    score: float
    boxes: tuple[Box, ...]
    cells: Cells


@dataclass(frozen=True, slots=True, eq=False)
class DetectorState:
    """All that the detector remembers; keep one to come back to that moment."""

    background: Background
    tracks: tuple[Track, ...] = ()


def detect(
    settings: MotionSettings, state: DetectorState | None, grid: Grid, time: float
) -> tuple[DetectorState, Observation]:
    """Take one more picture's grid; ``time`` (s) must not go backwards.

    Pictures may come at any rate, also at a mixed one.
    """
    if state is None or state.background.mean.shape != grid.luma.shape:
        state = DetectorState(fresh(grid, time))
        return state, _quiet(time, np.zeros_like(grid.luma))
    busy = _busy(state.tracks, grid.luma.shape)
    background, change = compare(state.background, grid, time, settings, busy)
    if not change.settled:
        # What was being followed is gone with the light it was seen in.
        observation = _quiet(time, change.excess, suspicious=change.everywhere)
        return DetectorState(background), observation
    found: list[Blob] = []
    if change.lively.any():
        found = blobs_of(change.changed, change.lively, change.excess)
        found = candidates(found, settings)
        mean, luma = state.background.mean, grid.luma
        for blob in tuple(found):
            if structure_kept(mean, luma, change.changed, blob) >= LIKE:
                found.remove(blob)
                background = relight(background, luma, change.changed, blob)
    tracks = follow(state.tracks, found, time)
    moving = [t for t in tracks if t.confirmed and t.last == time]
    shown = [track.blob for track in moving] or found
    observation = Observation(
        time,
        bool(moving),
        bool(found),
        max(min((t.first for t in moving), default=time), time - _LOOK_BACK),
        _score(shown),
        _boxes(shown, grid),
        change.excess,
    )
    return DetectorState(background, tracks), observation


class MotionDetector:
    """Holds the state between pictures for callers that need not go back."""

    def __init__(self, settings: MotionSettings | None = None) -> None:
        """Start knowing nothing: the first second of pictures is learnt."""
        self.settings = settings or MotionSettings()
        self.state: DetectorState | None = None

    def feed(self, grid: Grid, time: float) -> Observation:
        """Take one more picture (see `detect`)."""
        self.state, observation = detect(self.settings, self.state, grid, time)
        return observation

    def reset(self) -> None:
        """Forget everything."""
        self.state = None


def _quiet(time: float, cells: Cells, *, suspicious: bool = False) -> Observation:
    return Observation(time, False, suspicious, time, 0.0, (), cells)


def _busy(tracks: tuple[Track, ...], shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, dtype=np.bool_)
    for track in tracks:
        if track.confirmed:
            blob = track.blob
            mask[blob.top : blob.bottom, blob.left : blob.right] = True
    return dilate(mask) if mask.any() else mask


def _score(blobs: list[Blob]) -> float:
    """Return 0..1: how much changed, how strongly; one person near is about 0.9."""
    return 1.0 - exp(-sum(blob.energy for blob in blobs) / 100.0)


def _boxes(blobs: list[Blob], grid: Grid) -> tuple[Box, ...]:
    largest = sorted(blobs, key=lambda blob: -blob.area)[:_MOST_BOXES]
    width, height = grid.cell_width, grid.cell_height
    return tuple(
        Box(
            blob.left * width,
            blob.top * height,
            min((blob.right - blob.left) * width, 1.0 - blob.left * width),
            min((blob.bottom - blob.top) * height, 1.0 - blob.top * height),
        )
        for blob in largest
    )
