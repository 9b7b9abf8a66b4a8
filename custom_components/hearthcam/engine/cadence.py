"""Which pictures of a stream are decoded and analysed: a pure function of a few facts."""

from dataclasses import dataclass
from math import inf
from typing import Final

from .pace import Pace
from .rungs import Rung

_FULL_INTERVAL: Final = 0.2
_WATCH_INTERVAL: Final = 0.4
_DOUBT_INTERVAL: Final = 0.1
"""While something may begin: to be sure soon is worth some pictures."""
_TOLERANCE: Final = 0.25
"""Share of an interval by which a picture may come early and still be analysed."""
_LONG_GOP: Final = 4.0
_BIG_PICTURE: Final = 1_000_000
_BIG_DUTY: Final = 0.5
"""What of a big picture is decoded while a motion goes on that is known already."""
_LEAST_BURST: Final = 0.5
"""Seconds from a keyframe on: what moves needs some pictures to prove it."""


def is_big(width: int, height: int) -> bool:
    """Tell a main stream from one meant for analysis."""
    return width * height > _BIG_PICTURE


@dataclass(frozen=True, slots=True)
class Cadence:
    """What follows from a stream and its governor's pace.

    ``gop`` is the longest recent time between keyframes in s, 0 while unknown;
    ``big`` tells a main stream; ``moving`` that a motion goes on.
    """

    pace: Pace = Pace.FULL
    gop: float = 0.0
    big: bool = False
    moving: bool = False

    @property
    def may_rest(self) -> bool:
        """Whether keyframes are enough while nothing happens.

        With long GOPs they are not: someone can come and go between two of them. A
        small picture is then decoded throughout. Decoding a big one throughout would
        cost a tenth of a core, so it rests all the same, woken by sizes, and may be
        noticed as late as the next keyframe.
        """
        return self.gop > 0 and (self.big or self.gop <= _LONG_GOP)

    @property
    def burst(self) -> float:
        """Seconds from each keyframe on that are decoded where more than it is.

        Of a main stream, half is enough to see that a known motion goes on.
        """
        duty = self.pace.duty
        if self.big and self.moving:
            duty = min(duty, _BIG_DUTY)
        if duty >= 1.0 or not self.gop:
            return inf
        return max(duty * self.gop, _LEAST_BURST)

    @property
    def gap(self) -> float:
        """Seconds that may pass unseen between bursts."""
        if self.pace is Pace.KEYFRAMES:
            return self.gop
        return max(self.gop - self.burst, 0.0)

    def interval(self, rung: Rung, *, in_doubt: bool) -> float:
        """Return the least time (s) between two analysed pictures.

        ``in_doubt``: something may have begun that is not yet a motion.
        """
        interval = _WATCH_INTERVAL if rung is Rung.WATCH else _FULL_INTERVAL
        if in_doubt and not self.moving:
            interval = _DOUBT_INTERVAL
        return interval * self.pace.interval * (1.0 - _TOLERANCE)
