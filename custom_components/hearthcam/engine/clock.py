"""Time in the engine: a wall clock that never jumps, and cameras mapped onto it."""

from collections.abc import Callable
import time
from typing import Final

from .packet import TIME_BASE

JUMP: Final = 5 * TIME_BASE
"""Timestamps that differ from their arrival by more than this are mapped anew."""

_WINDOW: Final = 20 * TIME_BASE
_TOLERANCE: Final = TIME_BASE // 4
_SLEW: Final = 0.002


class Clock:
    """Microseconds of the Unix epoch, monotonic within one run of the engine.

    The wall clock is read once; a step of the system's clock (a Raspberry Pi that
    learns the time after it started) must not tear recordings apart.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read both clocks once."""
        self._monotonic = monotonic
        self._wall = wall
        self._offset = wall() - monotonic()

    def now(self) -> int:
        """Return microseconds of the Unix epoch."""
        return int((self._monotonic() + self._offset) * TIME_BASE)

    def step(self) -> float:
        """Return by how many seconds the system's clock has been set since."""
        return self._wall() - self._monotonic() - self._offset


class TimestampMapper:
    """Maps one connection's timestamps to the engine's clock.

    Audio and video of a connection share one offset, so they stay in sync. The offset
    follows a camera whose clock runs fast or slow (100 ppm are 9 s a day) by slewing
    a fraction of a percent towards the earliest arrivals, which hold no network
    jitter; a jump is mapped anew, so that recordings go on without a hole or an
    overlap.
    """

    def __init__(self, floor: int = 0) -> None:
        """Start with no offset; nothing is ever mapped to ``floor`` or before."""
        self._offset: int | None = None
        self._last = floor
        self._window_end = 0
        self._least_lag: int | None = None
        self._correction = 0.0

    def map(self, timestamp: int, arrival: int) -> int:
        """Return the clock's time of a camera's timestamp; both in microseconds."""
        if self._offset is None:
            self._offset = max(arrival, self._last + 1) - timestamp
            self._window_end = arrival + _WINDOW
        mapped = timestamp + self._offset
        if abs(arrival - mapped) > JUMP and abs(self._last - mapped) > JUMP:
            self._offset = max(arrival, self._last + 1) - timestamp
            self._least_lag = None
            self._window_end = arrival + _WINDOW
            mapped = timestamp + self._offset
        elif mapped > self._last:
            mapped = self._follow(mapped, arrival)
        self._last = max(self._last, mapped)
        return mapped

    def _follow(self, mapped: int, arrival: int) -> int:
        assert self._offset is not None
        lag = arrival - mapped
        if self._least_lag is None or lag < self._least_lag:
            self._least_lag = lag
        if arrival >= self._window_end:
            self._correction = (
                float(self._least_lag) if abs(self._least_lag) > _TOLERANCE else 0.0
            )
            self._least_lag = None
            self._window_end = arrival + _WINDOW
        if self._correction:
            step = (mapped - self._last) * _SLEW
            step = min(step, abs(self._correction))
            if self._correction < 0:
                step = -step
            self._correction -= step
            self._offset += int(step)
            mapped += int(step)
        return mapped
