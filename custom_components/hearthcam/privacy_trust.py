"""Until when a camera's zones were proven black, and which clips are not believed.

A clip says by its marks which zones are black in it. When a self-test finds that a zone
shows, clips since the last test that passed are not believed any more. What is kept
here outlasts the rows of the library: one that is built anew from its files asks
`Trust.judge` of each of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from .engine.parts import Point, PrivacyZone
from .engine.polygon import mark_of
from .library.doubts import with_doubts
from .library.models import Clip

_MOST_MARKS: Final = 512
_MOST_DOUBTS: Final = 512


@dataclass(frozen=True, slots=True)
class Doubt:
    """A zone that clips of ``since`` < t < ``until`` (s of the epoch) are said to hide.

    ``noted`` tells that the rows of the library say so.
    """

    zone: PrivacyZone
    since: float
    until: float
    noted: bool = False

    @property
    def mark(self) -> str:
        """The mark that is not believed."""
        return mark_of(self.zone.polygon)

    def concerns(self, clip: Clip) -> bool:
        """Tell whether a clip has something of that time."""
        return clip.end > self.since and clip.start < self.until

    @property
    def as_data(self) -> dict[str, Any]:
        """What is stored."""
        return {
            "zone": self.zone.zone_id,
            "polygon": [[point.x, point.y] for point in self.zone.polygon],
            "since": self.since,
            "until": self.until,
            "noted": self.noted,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it back; raises KeyError, TypeError or ValueError."""
        # As it was written, for a mark tells 1 from 1.0.
        polygon = tuple(Point(_number(x), _number(y)) for x, y in data["polygon"])
        return cls(
            PrivacyZone(str(data["zone"]), polygon),
            float(data["since"]),
            float(data["until"]),
            bool(data["noted"]),
        )


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known of one camera.

    ``proven`` tells of marks when the last test that passed with them began. ``painted``
    is the start of the oldest clip that was blacked out since, later than it was
    recorded.
    """

    proven: Mapping[str, float]
    doubts: tuple[Doubt, ...] = ()
    painted: float | None = None

    def passed(self, marks: Collection[str], began: float) -> Self:
        """Note that a test passed, which began at a time (s of the epoch)."""
        known = {**self.proven, **dict.fromkeys(marks, began)}
        latest = sorted(known.items(), key=lambda item: item[1])[-_MOST_MARKS:]
        # Zones of other modes may have been painted, which were not looked at.
        is_all = all(doubt.mark in marks for doubt in self.doubts)
        painted = None if is_all else self.painted
        return replace(self, proven=dict(latest), painted=painted)

    def leaked(self, zones: Iterable[PrivacyZone], now: float) -> Self:
        """Note that zones were seen by a test that ended now (s of the epoch)."""
        before = self.painted if self.painted is not None else now
        doubts = list(self.doubts)
        for zone in zones:
            # By whom it is hidden is of no matter here.
            plain = PrivacyZone(zone.zone_id, zone.polygon)
            proven = self.proven.get(mark_of(zone.polygon), 0.0)
            # A test that failed before, and none that passed in between, is the same.
            doubts = [
                doubt
                for doubt in doubts
                if doubt.zone != plain or doubt.until <= proven
            ]
            doubts.append(Doubt(plain, min(proven, before), now))
        return replace(self, doubts=tuple(doubts[-_MOST_DOUBTS:]))

    def extended(self, marks: Collection[str], until: float) -> Self:
        """Doubt also what was recorded from a leak to a test that passed.

        A camera that is blocked records nothing; but a test of it does, and may have
        been broken off.
        """
        doubts = tuple(
            replace(doubt, until=until, noted=False)
            if doubt.mark in marks
            and self.proven.get(doubt.mark, 0.0) < doubt.until < until
            else doubt
            for doubt in self.doubts
        )
        return replace(self, doubts=doubts)

    def noted(self) -> Self:
        """Note that the rows know of all doubts."""
        doubts = tuple(replace(doubt, noted=True) for doubt in self.doubts)
        return replace(self, doubts=doubts)

    def painting(self, clip: Clip) -> Self:
        """Note that a clip is about to be blacked out."""
        if self.painted is not None and self.painted <= clip.start:
            return self
        return replace(self, painted=clip.start)

    def judge(self, clip: Clip) -> Clip:
        """Return a clip with the marks that are believed of it."""
        marks = {doubt.mark for doubt in self.doubts if doubt.concerns(clip)}
        if marks.isdisjoint(clip.mask):
            return clip
        return replace(clip, mask=with_doubts(clip.mask, marks))

    @property
    def as_data(self) -> dict[str, Any]:
        """What is stored."""
        return {
            "proven": dict(self.proven),
            "doubts": [doubt.as_data for doubt in self.doubts],
            "painted": self.painted,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it back; raises AttributeError, KeyError, TypeError or ValueError."""
        painted = data["painted"]
        return cls(
            {str(mark): float(time) for mark, time in data["proven"].items()},
            tuple(Doubt.from_data(doubt) for doubt in data["doubts"]),
            None if painted is None else float(painted),
        )


NO_TRUST: Final = Trust({})


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError
    return value
