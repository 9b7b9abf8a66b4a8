"""Which clips must go: by age, and the oldest first where there is too little room.

Nothing here touches a disk or a row; `pruning` does what is planned here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .models import CONTINUOUS, Clip, Event

DAY: Final = 86_400.0
EVENT_MARGIN: Final = 60.0
"""Seconds before and after an event in which a segment belongs to it."""
UNENDED_SECONDS: Final = 300.0
"""How long an event is taken to have lasted whose end was never told."""
JUMP_SECONDS: Final = 3_600.0
"""A clock that is ahead by more than what has passed has been set, or is wrong."""
DOUBT_SECONDS: Final = 6 * 3_600.0
"""For how long nothing ages by such a clock."""


def _default_kinds() -> dict[str, float | None]:
    return {CONTINUOUS: 3.0}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept; ages in days, sizes in bytes, None is without a limit.

    ``kinds`` and ``cameras`` (by camera id) replace ``days``; where both have a word
    the shorter counts. A segment of a continuous recording in which something
    happened is kept as long as clips of that kind. ``max_size`` is that of all clips
    in the media folder, ``min_free`` is kept free on its disk; ``spool_size`` is that
    of all spooled clips. Protected clips count, and stay.
    """

    days: float | None = 30.0
    kinds: Mapping[str, float | None] = field(default_factory=_default_kinds)
    cameras: Mapping[str, float | None] = field(default_factory=dict)
    max_size: int | None = None
    min_free: int = 0
    spool_size: int | None = None

    def days_of(self, camera_id: str, kind: str) -> float | None:
        """Return for how many days clips (or events) of the kind are kept."""
        said = [
            days[key]
            for days, key in ((self.kinds, kind), (self.cameras, camera_id))
            if key in days
        ]
        return min(said, key=_length) if said else self.days

    def cutoff(self, camera_id: str, kind: str, now: float) -> float | None:
        """Return the time before which a clip must have ended to go."""
        days = self.days_of(camera_id, kind)
        return None if days is None else now - days * DAY

    def longest(self) -> float | None:
        """Return the most days that anything is kept."""
        return max(
            (self.days, *self.kinds.values(), *self.cameras.values()), key=_length
        )


def _length(days: float | None) -> float:
    return float("inf") if days is None else days


def expired(
    clips: Iterable[Clip], events: Iterable[Event], limits: Limits, now: float
) -> list[Clip]:
    """Return those of one camera's clips that are too old at ``now``.

    ``events`` are the camera's that may overlap them; they matter to segments of
    continuous recordings only.
    """
    happened = list(events)
    return [
        clip
        for clip in clips
        if not clip.protected
        and clip.end < now - _length(_days_of(clip, happened, limits)) * DAY
    ]


def _days_of(clip: Clip, events: list[Event], limits: Limits) -> float | None:
    days = limits.days_of(clip.camera_id, clip.kind)
    if clip.kind != CONTINUOUS:
        return days
    kept = [
        limits.days_of(clip.camera_id, event.kind)
        for event in events
        if event.start - EVENT_MARGIN < clip.end
        and clip.start < ended(event) + EVENT_MARGIN
    ]
    return max((days, *kept), key=_length)


def ended(event: Event) -> float:
    """Return when the event ended, or may have."""
    return event.start + UNENDED_SECONDS if event.end is None else event.end


def oldest(clips: Iterable[Clip], needed: int) -> list[Clip]:
    """Return as many of the clips, the oldest first, as make ``needed`` bytes free."""
    chosen: list[Clip] = []
    for clip in clips:
        if needed <= 0:
            break
        if not clip.protected:
            chosen.append(clip)
            needed -= clip.size
    return chosen


class Room:
    """Whether deleting makes room: with snapshots, or a disk full of other's, not.

    Deleting then goes on as far as was asked at first, not until nothing is left.
    """

    def __init__(self, free: int, needed: int) -> None:
        """Note the bytes free, and how many more are needed, before the first."""
        self._free = free
        self._needed = needed
        self._deleted = 0

    def deleted(self, size: int) -> None:
        """Note what was deleted."""
        self._deleted += size

    def helps(self, free: int) -> bool:
        """Tell whether to go on, given what is free by now."""
        return self._deleted < self._needed or free - self._free > self._deleted // 2


class AgeClock:
    """The time by which clips age: never ahead of a clock that has just jumped.

    A clock that is wrong by years for a while would otherwise make every clip too
    old at once. It is believed when it has stayed so for `DOUBT_SECONDS`.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._wall: float | None = None
        self._steady = 0.0
        self._doubt_until: float | None = None

    def now(self, wall: float, steady: float, last: float | None) -> float:
        """Return the time to use, in seconds of the epoch.

        ``steady`` is a clock that nobody sets; ``last`` is what this returned at the
        last pass of the run before, if there was one.
        """
        if self._wall is None:
            # From run to run nobody knows how much time has passed.
            believed = last
        else:
            believed = self._wall + steady - self._steady
        if believed is not None and wall - believed > JUMP_SECONDS:
            if self._doubt_until is None:
                self._doubt_until = steady + DOUBT_SECONDS
            if steady < self._doubt_until:
                self._wall, self._steady = believed, steady
                return believed
        self._doubt_until = None
        self._wall, self._steady = wall, steady
        return wall
