"""How much work a masked picture may be on this machine, for all cameras together.

What a picture costs is known of a reference machine (`_ENCODING`, `_DECODING`), how much
quicker or slower this one is from a trial at first use, and then from the pictures
themselves. A new veil gets the best preset and size that fit into what the others leave;
a running one that falls behind leaves pictures out (`Pace`), never time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
import os
from threading import Lock
import time
from typing import Final

from .framed import Size, fitting
from .trial import measured_speed

LATE: Final = 1.0
"""Seconds behind from which on a veil that does not catch up steps down."""
IN_TIME: Final = 0.5
"""And below which it may step up again, if that lasts."""
FULL_QUEUE: Final = 0.5
"""Share of its caller's queue beyond which it steps down at once."""

_PATIENCE: Final = 10.0
_MOST_PATIENCE: Final = 300.0
_LOOK: Final = 2.0
"""Seconds that a step is given to have an effect."""
_CATCHING_UP: Final = 0.1
"""Seconds that have to be made good in one second."""
_COMFORTABLE: Final = 0.5
"""Share of a processor, and of all, that a preset better than the least may use."""
_AFFORDABLE: Final = 0.8
"""And that anything may use."""
_LEARNED: Final = 0.05
"""How much of what is believed one picture may change."""

_DECODING: Final = 0.004
_LEAST: Final = "ultrafast"
_ENCODING: Final = {"veryfast": 0.012, "superfast": 0.008, _LEAST: 0.004}
"""CPU seconds a megapixel on the reference machine (x86 at 2.5 GHz)."""


class Pace(IntEnum):
    """Which pictures of the source are shown."""

    ALL = 0
    EVERY_SECOND = 1
    KEYFRAMES = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """How a veil encodes: not changed while it lasts.

    Pictures are of ``width`` and ``height``, in the middle of a ``frame`` where it says.
    """

    preset: str
    width: int
    height: int
    pace: Pace = Pace.ALL
    frame: Size | None = None

    @property
    def size(self) -> Size:
        """What comes out, (width, height) in pixels."""
        return self.frame or (self.width, self.height)


_STEPS: Final = (
    ("veryfast", 1.0),
    ("superfast", 1.0),
    (_LEAST, 1.0),
    (_LEAST, 0.75),
    (_LEAST, 0.5),
)


class Effort:
    """Shared by all veils of the engine. Thread-safe."""

    def __init__(
        self,
        processors: int | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        speed: Callable[[], float] = measured_speed,
    ) -> None:
        """``speed`` measures this machine: 1 is the reference, 2 twice as quick."""
        self.monotonic = monotonic
        self._processors = processors or os.process_cpu_count() or 1
        self._speed = speed
        self._dearer: float | None = None
        self._shares: set[Share] = set()
        self._lock = Lock()

    def join(self, width: int, height: int, fps: float) -> Share:
        """Return a new veil's share, of pictures of that size and rate."""
        with self._lock:
            if self._dearer is None:
                self._dearer = 1.0 / max(self._speed(), 0.01)
            plan = self._plan(width, height, fps)
            share = Share(plan, width * height, fps, self)
            self._shares.add(share)
            return share

    def leave(self, share: Share) -> None:
        """Free what a veil used."""
        with self._lock:
            self._shares.discard(share)

    def learn(self, seconds: float, expected: float) -> None:
        """Take what pictures cost beside what the reference machine needs."""
        if expected <= 0.0:
            return
        with self._lock:
            before = self._dearer or 1.0
            seen = min(max(seconds / expected, before / 4), before * 4)
            self._dearer = before + _LEARNED * (seen - before)

    @property
    def dearer(self) -> float:
        """How many times as much as on the reference machine a picture costs."""
        return self._dearer or 1.0

    def _plan(self, width: int, height: int, fps: float) -> Plan:
        dearer = self.dearer
        used = sum(share.demand for share in self._shares)

        def fits(plan: Plan) -> bool:
            most = _AFFORDABLE if plan.preset == _LEAST else _COMFORTABLE
            need = fps * cost(plan, width * height, plan.pace)
            # One thread does all of it.
            return dearer * need <= most and (
                dearer * (used + need) <= most * self._processors
            )

        for preset, scale in _STEPS:
            plan = Plan(preset, _scaled(width, scale), _scaled(height, scale))
            if fits(plan):
                return plan
        slower = replace(plan, pace=Pace.EVERY_SECOND)
        return slower if fits(slower) else replace(plan, pace=Pace.KEYFRAMES)


class Share:
    """One veil's part of the machine; without an `Effort` it takes its time."""

    def __init__(
        self, plan: Plan, pixels: int, fps: float, effort: Effort | None = None
    ) -> None:
        """Begin with a plan, for pictures of so many pixels."""
        self.plan = plan
        self._effort = effort
        self._pixels = pixels
        self._fps = fps
        self._pace = plan.pace
        self._patience = _PATIENCE
        self._looked: float | None = None
        self._behind = 0.0
        self._in_time: float | None = None
        self._faster_at: float | None = None

    @property
    def pace(self) -> Pace:
        """Which pictures are to be shown now."""
        return self._pace

    @property
    def demand(self) -> float:
        """CPU seconds a second that the reference machine would need."""
        return self._fps * cost(self.plan, self._pixels, self._pace)

    def spent(self, seconds: float, decoded: int, encoded: int) -> None:
        """Tell what some pictures took of this thread."""
        if self._effort is not None:
            self._effort.learn(
                seconds,
                decoded * _decoding(self._pixels) + encoded * _encoding(self.plan),
            )

    def lag(self, seconds: float, full: float) -> None:
        """Tell how far behind its source the veil is, and how full its queue is."""
        if self._effort is None:
            return
        now = self._effort.monotonic()
        if full > (1.0 + FULL_QUEUE) / 2:
            self._slower(Pace.KEYFRAMES, now)
        elif full > FULL_QUEUE and self._pace is Pace.ALL:
            self._slower(Pace.EVERY_SECOND, now)
        if self._looked is None:
            self._looked, self._behind = now, seconds
            return
        elapsed = now - self._looked
        if seconds > IN_TIME:
            self._in_time = None
        elif self._in_time is None:
            self._in_time = now
        if elapsed < _LOOK:
            return
        if seconds > LATE and seconds > self._behind - _CATCHING_UP * elapsed:
            self._slower(Pace(min(self._pace + 1, Pace.KEYFRAMES)), now)
        elif self._in_time is not None and now - self._in_time >= self._patience:
            self._faster(now)
        self._looked, self._behind = now, seconds

    def leave(self) -> None:
        """Give it back."""
        if self._effort is not None:
            self._effort.leave(self)

    def _slower(self, pace: Pace, now: float) -> None:
        if pace <= self._pace:
            return
        if self._faster_at is not None and now - self._faster_at < 6 * self._patience:
            # It was too early: the next time takes longer.
            self._patience = min(2 * self._patience, _MOST_PATIENCE)
        self._pace = pace
        self._in_time = None
        self._faster_at = None

    def _faster(self, now: float) -> None:
        if self._pace is not Pace.ALL:
            self._pace = Pace(self._pace - 1)
            self._faster_at = now
        self._in_time = now


def unhurried(width: int, height: int, fps: float, size: Size | None = None) -> Share:
    """Return the share of who need not keep up: all pictures in full size.

    Or as they fit into ``size``, (width, height) in pixels.
    """
    plan = Plan("superfast", _scaled(width, 1.0), _scaled(height, 1.0))
    if size is not None:
        plan = Plan("superfast", *fitting((width, height), size), frame=size)
    return Share(plan, width * height, fps)


def cost(plan: Plan, pixels: int, pace: Pace = Pace.ALL) -> float:
    """Return the CPU seconds that a source's picture takes the reference machine."""
    match pace:
        case Pace.ALL:
            return _decoding(pixels) + _encoding(plan)
        case Pace.EVERY_SECOND:
            return _decoding(pixels) + _encoding(plan) / 2
        case Pace.KEYFRAMES:
            # One in some twenty or more.
            return (_decoding(pixels) + _encoding(plan)) / 20


def _decoding(pixels: int) -> float:
    return pixels / 1e6 * _DECODING


def _encoding(plan: Plan) -> float:
    return plan.width * plan.height / 1e6 * _ENCODING[plan.preset]


def _scaled(length: int, scale: float) -> int:
    """Return a length that H.264 can have."""
    return max(2, round(length * scale / 2) * 2) if scale < 1.0 else max(2, length & ~1)
