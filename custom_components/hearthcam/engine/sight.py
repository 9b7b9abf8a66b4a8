"""What a camera's pictures say: detector, zones, light, the log and the view of it.

One `Sight` outlives decoders and reconnections; what it has learnt is lost only when
the picture itself becomes another one.
"""

from base64 import b64encode
from dataclasses import dataclass, replace
from math import inf
from typing import Final, Protocol

import numpy as np

from .motion import DetectorState, Grid, Light, MotionSettings, Observation, detect
from .motion.zone_events import ZoneEvent, ZoneEvents
from .motion.zones import Geometry, ZonedObservation, ZoneMap
from .protocol import Box, Zone

EXPLAINED: Final = 1.5
"""Seconds after a lamp within which a change of light is put down to it."""
_EARLY: Final = 0.5
"""Seconds that a lamp may shine before Home Assistant learns of it."""
_PATIENCE: Final = 2.0
"""Seconds that a change of light waits for its explanation before it is told of."""
_WATCHED: Final = 60.0
_VIEW_INTERVAL: Final = 0.2
_EXPLANATIONS: Final = (Light.GLOBAL, Light.INFRARED, Light.HOME)


@dataclass(frozen=True, slots=True)
class LightChanged:
    """The light of the whole picture changed at ``time``, and why, if that is known."""

    time: float
    cause: Light


@dataclass(frozen=True, slots=True)
class View:
    """What the detector saw in one picture; ``cells`` as `DetectorView` has them."""

    time: float
    columns: int
    rows: int
    cells: str
    boxes: tuple[Box, ...]
    moving: bool


type Told = ZoneEvent | LightChanged | View


class Journal(Protocol):
    """Where the detector's input is written down."""

    def add(self, seen: Observation, geometry: Geometry, scale: float) -> None:
        """Take what was seen in one picture; never blocks."""


class Sight:
    """Turns grids into what is told of them. Belongs to the ladder's thread.

    ``state`` may be kept and put back, to look at the same seconds more closely:
    `glance` changes nothing else, and `tell` is for what is not taken back.
    """

    def __init__(
        self, settings: MotionSettings | None = None, journal: Journal | None = None
    ) -> None:
        """Start knowing nothing."""
        self.state: DetectorState | None = None
        self._settings = settings or MotionSettings()
        self._journal = journal
        self._events = ZoneEvents(self._settings.hold)
        self._zones: tuple[Zone, ...] = ()
        self._sensitivity = self._settings.sensitivity
        self._map: ZoneMap | None = None
        self._explained: list[float] = []
        self._light: LightChanged | None = None
        self._light_seen = -inf
        self._roused = False
        self._watch_asked = False
        self._watched_until = -inf
        self._viewed = -inf

    @property
    def is_open(self) -> bool:
        """Whether a motion is going on."""
        return self._events.is_open

    @property
    def time(self) -> float:
        """The time of the last picture seen; minus infinity before the first."""
        return self.state.background.time if self.state else -inf

    @property
    def age(self) -> float:
        """For how many seconds the background has been learnt."""
        background = self.state.background if self.state else None
        return background.time - background.born if background else 0.0

    @property
    def patience(self) -> float:
        """The longest time (s) for which any zone wants motion to go on."""
        return max((zone.min_duration for zone in self._zones), default=0.0)

    def set_settings(self, settings: MotionSettings) -> None:
        """Use other settings from the next picture on."""
        self._settings = settings
        self._sensitivity = settings.sensitivity
        self._map = None

    def set_zones(self, zones: tuple[Zone, ...], sensitivity: int) -> None:
        """Use other zones from the next picture on; polygons must be good ones."""
        self._zones, self._sensitivity = zones, sensitivity
        self._map = None

    def explain_light(self, time: float) -> None:
        """Be told of a lamp, a cover or the sun at a time (s)."""
        self._explained = [*self._explained[-7:], time]
        if (light := self._light) is not None and self._is_explained(light.time):
            self._light = replace(light, cause=Light.HOME)

    def rouse(self) -> None:
        """Be told that the camera itself saw something."""
        self._roused = True

    def was_roused(self) -> bool:
        """Tell whether it has been told so since this was last asked."""
        roused, self._roused = self._roused, False
        return roused

    def watch(self, enabled: bool) -> None:
        """Add what is seen to what is told, for a minute; or no longer."""
        self._watch_asked = enabled
        if not enabled:
            self._watched_until = -inf

    def is_watched(self, now: float) -> bool:
        """Tell whether somebody looks at what the detector sees."""
        if self._watch_asked:
            self._watch_asked, self._watched_until = False, now + _WATCHED
        return now < self._watched_until

    def _is_explained(self, time: float) -> bool:
        return any(-_EARLY <= time - told <= EXPLAINED for told in self._explained)

    def glance(self, grid: Grid, time: float) -> ZonedObservation:
        """Look at a picture; ``time`` (s) must be later than that of the last one."""
        geometry = Geometry.of(grid)
        if self._map is None or self._map.geometry != geometry:
            self._map = ZoneMap(self._zones, self._sensitivity, geometry)
        settings = replace(self._settings, sensitivity=self._map.sensitivity)
        self.state, seen = detect(
            settings,
            self.state,
            grid,
            time,
            light_explained=self._is_explained(time),
        )
        return self._map.apply(seen, settings.smallest)

    def tell(
        self, seen: ZonedObservation, hold: float = 0.0, *, sure: bool = False
    ) -> list[Told]:
        """Return what a picture that was glanced at began, changed or ended.

        ``hold`` is added to the seconds of quiet that end a motion, where pictures
        are rare. ``sure``: what may move is taken to go on moving.
        """
        time = seen.whole.time
        told: list[Told] = [*self._light_of(seen)]
        if sure and self.is_open:
            seen = _all_confirmed(seen)
        self._events.hold = self._settings.hold + hold
        told += self._events.feed(seen)
        if self._map is not None:
            scale = replace(self._settings, sensitivity=self._map.sensitivity).scale
            if self._journal is not None:
                self._journal.add(seen.seen, self._map.geometry, scale)
            if self.is_watched(time) and time - self._viewed >= 0.97 * _VIEW_INTERVAL:
                self._viewed = time
                told.append(_view(seen, scale))
        return told

    def _light_of(self, seen: ZonedObservation) -> list[LightChanged]:
        time, cause = seen.whole.time, seen.whole.light
        told: list[LightChanged] = []
        if cause is not None:
            if self._light is not None:
                stronger = max(self._light.cause, cause, key=_EXPLANATIONS.index)
                self._light = replace(self._light, cause=stronger)
            elif time - self._light_seen > _PATIENCE:
                self._light = LightChanged(time, cause)
            self._light_seen = time
        if self._light is not None and time - self._light.time > _PATIENCE:
            told.append(self._light)
            self._light = None
        return told

    def finish(self) -> list[Told]:
        """End a motion that is going on: the stream went away. What was learnt stays."""
        return [*self._events.finish()]

    def forget(self) -> list[Told]:
        """End a motion, and forget the picture: another one comes."""
        self.state = None
        self._light, self._light_seen = None, -inf
        self._viewed = -inf
        return self.finish()


def _all_confirmed(seen: ZonedObservation) -> ZonedObservation:
    zones = tuple(
        replace(
            view,
            seen=view.seen.of(replace(r, confirmed=True) for r in view.seen.regions),
        )
        for view in seen.zones
    )
    return replace(seen, zones=zones)


def _view(seen: ZonedObservation, scale: float) -> View:
    cells = seen.whole.cells
    rows, columns = cells.shape
    bits = np.packbits(cells > scale)
    return View(
        seen.whole.time,
        columns,
        rows,
        b64encode(bits.tobytes()).decode(),
        seen.whole.boxes,
        seen.whole.moving,
    )
