"""The detector: a pure function of settings, state and one more grid."""

from dataclasses import dataclass, field

import numpy as np

from .background import Change, compare, relight, spare
from .blobs import Blob, blobs_of, dilate
from .clutter import Clutter
from .grid import Grid, Mask
from .light import is_light
from .model import Background, fresh
from .observation import Observation, quiet, region_of
from .settings import MotionSettings
from .tracks import Track, candidates, follow


@dataclass(frozen=True, slots=True, eq=False)
class DetectorState:
    """All that the detector remembers; keep one to come back to that moment."""

    background: Background
    tracks: tuple[Track, ...] = ()
    clutter: Clutter = field(default_factory=Clutter)


def detect(
    settings: MotionSettings,
    state: DetectorState | None,
    grid: Grid,
    time: float,
    *,
    light_explained: bool = False,
) -> tuple[DetectorState, Observation]:
    """Take one more picture's grid; ``time`` (s) must not go backwards.

    Pictures may come at any rate, also at a mixed one. ``light_explained``: something
    in the home has just changed the light, so that a change of the whole picture is
    expected.
    """
    if state is None or state.background.mean.shape != grid.luma.shape:
        state = DetectorState(fresh(grid, time))
        return state, quiet(time, np.zeros_like(grid.luma))
    busy = _busy(state.tracks, grid.luma.shape)
    background, change = compare(
        state.background, grid, time, settings, busy, light_explained=light_explained
    )
    if not change.settled:
        # What was being followed is gone with the light it was seen in.
        observation = quiet(time, change.excess, change.light)
        return DetectorState(background, (), state.clutter), observation
    found: list[Blob] = []
    resting: list[tuple[Blob, bool]] = []
    known = any(track.confirmed for track in state.tracks)
    if known or change.lively.any():
        excess = change.excess / np.float32(settings.scale)
        blobs = blobs_of(change.changed, change.lively, excess)
        found = candidates(blobs, settings)
        if known:
            usual = 3.0 * np.count_nonzero(change.faint) / change.faint.size
            resting = [
                (blob, _stirs(blob, change, usual))
                for blob in blobs
                if blob not in found and blob.area >= settings.smallest
            ]
        for blob in tuple(found):
            if is_light(change.lit, grid.luma, change.changed, blob):
                found.remove(blob)
                background = relight(background, grid.luma, change.changed, blob)
    tracks, clutter = follow(
        state.tracks, found, resting, time, state.clutter, grid.luma.shape
    )
    moving = [t for t in tracks if t.confirmed and t.travelled and t.stirred == time]
    if moving:
        mask = np.zeros(grid.luma.shape, dtype=np.bool_)
        for track in moving:
            mask[track.blob.rows, track.blob.columns] = True
        background = spare(background, state.background, dilate(mask))
    seen = {id(track.blob): track for track in tracks if track.last == time}
    here = found + [blob for blob, _ in resting if id(blob) in seen]
    regions = [
        region_of(
            change.excess,
            blob.rows,
            blob.columns,
            grid.cell_width,
            grid.cell_height,
            since=seen[id(blob)].first if id(blob) in seen else time,
            confirmed=id(blob) in seen and seen[id(blob)].moves(time),
        )
        for blob in here
    ]
    observation = quiet(time, change.excess, change.light).of(regions)
    return DetectorState(background, tracks, clutter), observation


def _stirs(blob: Blob, change: Change, usual: float) -> bool:
    """Tell whether more goes on in a region than noise (share ``usual``) explains."""
    stirring = np.count_nonzero(change.faint[blob.rows, blob.columns])
    return bool(stirring >= 2 + usual * blob.area)


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


def _busy(tracks: tuple[Track, ...], shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, dtype=np.bool_)
    for track in tracks:
        if track.confirmed:
            blob = track.blob
            mask[blob.top : blob.bottom, blob.left : blob.right] = True
    return dilate(mask) if mask.any() else mask
