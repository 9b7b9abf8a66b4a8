"""From observations to motions with a start and an end."""

from dataclasses import dataclass

from ..protocol import Box, Reason
from .observation import Observation


@dataclass(frozen=True, slots=True)
class MotionBegan:
    """A motion began at ``time``, its first moving frame (Unix epoch, s).

    It is told of later than that: what moves must first have proved to be more than
    noise. ``score`` is 0..1.
    """

    time: float
    score: float
    boxes: tuple[Box, ...]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class MotionOver:
    """A motion is over.

    ``start`` equals the time of its :class:`MotionBegan`, ``end`` is its last moving
    frame, ``peak`` the frame that had the highest ``score``, ``reason`` what it showed.
    """

    start: float
    end: float
    peak: float
    score: float
    reason: Reason | None = None


type MotionEvent = MotionBegan | MotionOver


class EventTracker:
    """Opens a motion with the first moving observation, closes it when quiet.

    Every :class:`MotionBegan` is followed by exactly one :class:`MotionOver`; times
    never overlap.
    """

    def __init__(self, hold: float = 2.0) -> None:
        """``hold`` is how many seconds of quiet end a motion; it may be changed."""
        self.hold = hold
        self._start: float | None = None
        self._last = 0.0
        self._peak = 0.0
        self._score = 0.0
        self._reason: Reason | None = None
        self._over = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether a motion is going on."""
        return self._start is not None

    def feed(self, observation: Observation) -> list[MotionEvent]:
        """Take the next observation; return what began or ended by it."""
        events: list[MotionEvent] = []
        time = observation.time
        if self._start is not None and time - self._last > self.hold:
            events += self.finish()
        if not observation.moving:
            return events
        score = observation.score
        if self._start is None:
            start = max(min(observation.since, time), self._over)
            self._start, self._peak, self._score = start, time, score
            self._reason = _reason(observation, time - start)
            events.append(MotionBegan(start, score, observation.boxes, self._reason))
        elif score > self._score:
            self._peak, self._score = time, score
            self._reason = _reason(observation, time - self._start)
        self._last = time
        return events

    def finish(self) -> list[MotionEvent]:
        """End the motion that is going on, if any (the stream went away)."""
        if self._start is None:
            return []
        over = MotionOver(
            self._start, self._last, self._peak, self._score, self._reason
        )
        self._start, self._over = None, self._last
        return [over]


def _reason(observation: Observation, duration: float) -> Reason:
    return Reason(observation.size, observation.contrast, duration)
