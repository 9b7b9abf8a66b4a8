"""How fast a camera may be analysed: the steps by which a governor saves CPU."""

from enum import IntEnum
from typing import Final, NamedTuple


class Pace(IntEnum):
    """From all that a ladder asks for down to the least that a camera ever gets."""

    FULL = 0
    SLOW = 1
    HALF = 2
    QUARTER = 3
    KEYFRAMES = 4

    @property
    def label(self) -> str:
        """The name, for statistics."""
        return self.name.lower()

    @property
    def interval(self) -> float:
        """The factor on the time between analysed pictures."""
        return _STEPS[self].interval

    @property
    def duty(self) -> float:
        """The share of each group of pictures that is decoded, from its keyframe on.

        A picture needs those before it back to the keyframe, so that leaving some
        out between would save nothing.
        """
        return _STEPS[self].duty

    @property
    def cost(self) -> float:
        """About which share of the full cost is left; measured on 360p at 10 fps."""
        return _STEPS[self].cost


class _Step(NamedTuple):
    interval: float
    duty: float
    cost: float


_STEPS: Final = {
    Pace.FULL: _Step(1.0, 1.0, 1.0),
    Pace.SLOW: _Step(2.0, 1.0, 0.85),
    Pace.HALF: _Step(1.0, 0.5, 0.55),
    Pace.QUARTER: _Step(1.0, 0.25, 0.35),
    Pace.KEYFRAMES: _Step(1.0, 0.0, 0.18),
}
