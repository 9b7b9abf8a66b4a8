"""What the detector finds and what the camera reports, joined into events.

A camera knows a person from a branch, but not where and for how long; the detector
knows where, but not what. What overlaps is one event, of the class that says most.
Doorbells and sounds are no motions: each is an event of its own, beside.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from .ids import new_id
from .policy import UNKNOWN
from .protocol import (
    APART,
    CameraSaw,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    Reason,
    Report,
    Zone,
    ZoneKind,
    ZoneResult,
)

CLASSES: Final = (UNKNOWN, "package", "animal", "vehicle", "person")
"""The classes of motions; the later, the more it says."""
MOMENT: Final = 5.0
"""Seconds that a moment is taken to last."""
HOLD: Final = 2.0
"""Seconds that what is over may come back within the same event: some cameras flap."""
LONGEST: Final = 600.0
"""Seconds after which what a camera said is over, should nobody tell of its end."""
_SCORE: Final = 0.5


@dataclass(slots=True)
class _Word:
    """What the camera says of a class: believed until a time (s).

    ``end`` is when it was over, None while it goes on. ``holds``: it may begin an
    event, and keeps it open.
    """

    until: float
    end: float | None
    holds: bool


@dataclass(slots=True)
class _Event:
    event_id: str
    start: float
    kind: str
    score: float
    peak: float
    end: float
    is_found: bool = False
    """Whether the detector sees it now."""
    moving: tuple[str, ...] = ()
    zones: dict[str, None] = field(default_factory=dict)
    reason: Reason | None = None
    results: dict[str, ZoneResult] = field(default_factory=dict)


class _Joined:
    """One event at a time, of all who see it."""

    def __init__(self, camera_id: str) -> None:
        self._camera_id = camera_id
        self._event: _Event | None = None
        self._words: dict[str, _Word] = {}
        self.is_enabled = True

    def found(self, report: MotionStarted) -> list[Report]:
        """The detector sees something move."""
        event = self._event
        if event is None:
            kind = max((UNKNOWN, *self._words), key=_rank)
            event = self._begin(kind, report.time, report.score)
            told: Report = replace(report, event_id=event.event_id, kind=kind)
        else:
            told = self._updated(event, report.time, report)
        event.is_found = True
        event.reason = report.reason
        event.zones |= dict.fromkeys(report.zones)
        event.moving = report.zones
        event.score = max(event.score, report.score)
        return [told]

    def followed(self, report: MotionUpdated) -> list[Report]:
        """It moves in other zones."""
        if (event := self._event) is None:
            return []
        event.zones |= dict.fromkeys(report.zones)
        event.moving = report.zones
        event.score = max(event.score, report.score)
        return [self._updated(event, report.time, report)]

    def lost(self, report: MotionEnded) -> list[Report]:
        """The detector sees it no more."""
        if (event := self._event) is None:
            return []
        event.is_found, event.moving = False, ()
        event.end = max(event.end, report.end)
        event.peak = report.peak
        event.score = max(event.score, report.score)
        event.reason = report.reason or event.reason
        event.zones |= dict.fromkeys(report.zones)
        for result in report.results:
            known = event.results.get(result.zone_id)
            if known is None or known.score < result.score:
                event.results[result.zone_id] = result
        return self._ended() or [self._updated(event, report.end)]

    def said(self, command: CameraSaw, now: float, *, holds: bool) -> list[Report]:
        """Take the camera's word; its time must be one of the past seconds."""
        kind, time = command.kind, command.time
        if command.active is False:
            if (word := self._words.get(kind)) is not None:
                word.until = min(word.until, now + HOLD)
                word.end = time
            return []
        is_moment = command.active is None
        before = self._words.get(kind)
        if is_moment and before is not None and before.end is None:
            return []
        self._words[kind] = _Word(
            now + (MOMENT if is_moment else LONGEST),
            time + MOMENT if is_moment else None,
            holds,
        )
        event = self._event
        if event is None:
            return self._began(kind, time) if holds and self.is_enabled else []
        if _says_more(kind, event.kind):
            event.kind = kind
            return [self._updated(event, time)]
        return []

    def expire(self, now: float) -> list[Report]:
        """Forget words that are over, and end the event where nobody sees it."""
        event = self._event
        for kind, word in list(self._words.items()):
            if word.until <= now:
                del self._words[kind]
                if event is not None and word.holds:
                    event.end = max(event.end, word.end or now)
        return self._ended()

    def enable(self, enabled: bool, now: float) -> list[Report]:
        """Report what the camera says, or not; what goes on begins now."""
        if enabled is self.is_enabled:
            return []
        self.is_enabled = enabled
        if not enabled:
            if self._event is not None:
                self._event.end = max(self._event.end, now)
            return self._ended()
        going_on = [k for k, w in self._words.items() if w.holds and w.end is None]
        if self._event is not None or not going_on:
            return []
        return self._began(max(going_on, key=_rank), now)

    def _begin(self, kind: str, time: float, score: float) -> _Event:
        self._event = _Event(new_id(time), time, kind, score, time, time)
        return self._event

    def _began(self, kind: str, time: float) -> list[Report]:
        event = self._begin(kind, time, _SCORE)
        return [MotionStarted(self._camera_id, event.event_id, time, _SCORE, kind=kind)]

    def _updated(
        self,
        event: _Event,
        time: float,
        seen: MotionStarted | MotionUpdated | None = None,
    ) -> MotionUpdated:
        return MotionUpdated(
            self._camera_id,
            event.event_id,
            time,
            seen.score if seen else event.score,
            seen.zones if seen else event.moving,
            seen.boxes if seen else (),
            event.kind,
        )

    def _ended(self) -> list[Report]:
        event = self._event
        held = self.is_enabled and any(word.holds for word in self._words.values())
        if event is None or event.is_found or held:
            return []
        self._event = None
        return [
            MotionEnded(
                self._camera_id,
                event.event_id,
                event.start,
                max(event.end, event.start),
                event.peak,
                event.score,
                event.kind,
                tuple(event.zones),
                event.reason,
                tuple(event.results.values()),
            )
        ]


class Seen:
    """All events of one camera. Not thread-safe; times are seconds of the epoch."""

    def __init__(self, camera_id: str, *, enabled: bool) -> None:
        """Start without an event."""
        self._motion = _Joined(camera_id)
        self._apart = {kind: _Joined(camera_id) for kind in APART}
        for joined in self._all:
            joined.is_enabled = enabled

    @property
    def _all(self) -> tuple[_Joined, ...]:
        return (self._motion, *self._apart.values())

    def found(self, report: Report) -> list[Report]:
        """Return what is to be told of what the detector found."""
        match report:
            case MotionStarted():
                return self._motion.found(report)
            case MotionUpdated():
                return self._motion.followed(report)
            case MotionEnded():
                return self._motion.lost(report)
        return [report]

    def said(self, command: CameraSaw, now: float, *, holds: bool) -> list[Report]:
        """Return what is to be told of what the camera reports.

        Without ``holds`` it only names what the detector finds meanwhile.
        """
        joined = self._apart.get(command.kind, self._motion)
        return joined.said(command, now, holds=holds or joined is not self._motion)

    def expire(self, now: float) -> list[Report]:
        """Return what is over by now; to be called every second or so."""
        return [report for joined in self._all for report in joined.expire(now)]

    def enable(self, enabled: bool, now: float) -> list[Report]:
        """Report what the camera says, or not; return what begins or ends by that."""
        return [report for one in self._all for report in one.enable(enabled, now)]


def _rank(kind: str) -> int:
    return CLASSES.index(kind) if kind in CLASSES else -1


def _says_more(kind: str, known: str) -> bool:
    return _rank(kind) > _rank(known)


def begins_event(kind: str, zones: tuple[Zone, ...]) -> bool:
    """Tell whether the camera's word is enough where the user drew zones.

    It does not say where. Beside motion zones nothing is reported, so the detector
    has to find it in one; and what moves in an ignore zone is no motion.
    """
    if kind in APART or not zones:
        return True
    return kind != UNKNOWN and all(zone.kind is ZoneKind.IGNORE for zone in zones)
