"""From observations of zones to motions that tell in which zones they are."""

from dataclasses import dataclass, replace

from ..protocol import Box, ZoneResult
from .events import EventTracker, MotionBegan, MotionOver
from .observation import Observation, Region
from .zones import WHOLE, ZonedObservation, ZoneView


@dataclass(frozen=True, slots=True)
class ZonedMotionBegan(MotionBegan):
    """A motion began in ``zones``; none where the whole picture counts."""

    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ZonedMotionOver(MotionOver):
    """A motion is over; ``zones`` are all in which there was any of it.

    ``results`` tell of each of them how much it saw, and when.
    """

    zones: tuple[str, ...] = ()
    results: tuple[ZoneResult, ...] = ()


@dataclass(frozen=True, slots=True)
class ZonesChanged:
    """During a motion, the zones in which something moves are now others."""

    time: float
    score: float
    zones: tuple[str, ...]
    boxes: tuple[Box, ...]


type ZoneEvent = ZonedMotionBegan | ZonesChanged | ZonedMotionOver


@dataclass(slots=True)
class _Presence:
    """One zone: since when something is in it, and when something last was.

    ``since`` is when what moves there began to. ``opened`` says that this was long
    enough to be told of; from then on only what moves keeps it.
    """

    entered: float
    here: float
    since: float | None = None
    opened: bool = False


class ZoneEvents:
    """Opens one motion for all zones, and follows in which of them it is.

    A zone counts from its minimum duration on, and until nothing has moved in it for
    ``hold`` seconds: its state does not flap. Every :class:`ZonedMotionBegan` is
    followed by exactly one :class:`ZonedMotionOver`, with changes of zones between
    them only.
    """

    def __init__(self, hold: float = 2.0) -> None:
        """``hold`` is how many seconds of quiet end a motion; it may be changed."""
        self._motion = EventTracker(hold)
        self._presences: dict[str, _Presence] = {}
        self._told: tuple[str, ...] = ()
        self._all: dict[str, None] = {}
        self._peaks: dict[str, ZoneResult] = {}

    @property
    def hold(self) -> float:
        """Seconds of quiet that end a motion, or a zone's part in it."""
        return self._motion.hold

    @hold.setter
    def hold(self, value: float) -> None:
        self._motion.hold = value

    @property
    def is_open(self) -> bool:
        """Whether a motion is going on."""
        return self._motion.is_open

    def feed(self, observation: ZonedObservation) -> list[ZoneEvent]:
        """Take the next observation; return what it began, changed or ended."""
        time = observation.whole.time
        moving: dict[int, Region] = {}
        since = time
        counted: list[ZoneView] = []
        for view in observation.zones:
            began = self._follow(view)
            if began is not None:
                since = min(since, began)
                moving |= {id(region): region for region in view.seen.regions}
                counted.append(view)
        known = {view.zone_id for view in observation.zones}
        for zone_id, presence in tuple(self._presences.items()):
            if zone_id not in known or time - presence.here > self.hold:
                del self._presences[zone_id]
        seen = observation.whole.of(moving.values())
        events = self._tell(replace(seen, since=since))
        for view in counted:
            # Only now: what ended just before has its own peaks.
            self._note_peak(view)
        return events

    def _follow(self, view: ZoneView) -> float | None:
        """Return since when the zone's motion counts; None while it does not."""
        time, seen = view.seen.time, view.seen
        presence = self._presences.get(view.zone_id)
        if not seen.regions:
            return None
        if presence is None or time - presence.here > self.hold:
            presence = _Presence(time, time)
            self._presences[view.zone_id] = presence
        if not presence.opened or seen.moving:
            presence.here = time
        if not seen.moving:
            return None
        if presence.since is None:
            since = min(region.since for region in seen.regions if region.confirmed)
            presence.since = max(since, presence.entered)
        if not presence.opened and time - presence.since < view.min_duration:
            return None
        presence.opened = True
        return presence.since

    def _note_peak(self, view: ZoneView) -> None:
        seen, known = view.seen, self._peaks.get(view.zone_id)
        if known is None or seen.score > known.score:
            self._peaks[view.zone_id] = ZoneResult(
                view.zone_id, seen.score, seen.time, seen.boxes
            )

    def _tell(self, seen: Observation) -> list[ZoneEvent]:
        events: list[ZoneEvent] = []
        for event in self._motion.feed(seen):
            if isinstance(event, MotionOver):
                events.append(self._over(event))
            else:
                self._told = self._open_zones()
                self._all = dict.fromkeys(self._told)
                events.append(
                    ZonedMotionBegan(
                        event.time, event.score, event.boxes, event.reason, self._told
                    )
                )
        zones = self._open_zones()
        if self.is_open and zones != self._told:
            self._told = zones
            self._all |= dict.fromkeys(zones)
            events.append(ZonesChanged(seen.time, seen.score, zones, seen.boxes))
        return events

    def _open_zones(self) -> tuple[str, ...]:
        return tuple(
            sorted(
                zone_id
                for zone_id, presence in self._presences.items()
                if presence.opened and zone_id != WHOLE
            )
        )

    def _over(self, event: MotionOver) -> ZonedMotionOver:
        zones = tuple(self._all)
        results = tuple(
            self._peaks[zone_id] for zone_id in zones if zone_id in self._peaks
        )
        self._told, self._all, self._peaks = (), {}, {}
        return ZonedMotionOver(
            event.start,
            event.end,
            event.peak,
            event.score,
            event.reason,
            zones,
            results,
        )

    def finish(self) -> list[ZoneEvent]:
        """End the motion that is going on, if any (the stream went away)."""
        events: list[ZoneEvent] = [
            self._over(event)
            for event in self._motion.finish()
            if isinstance(event, MotionOver)
        ]
        self._presences.clear()
        return events
