"""How much is about that is nothing: rain, flakes, insects, noise.

What was followed for a moment and then lost was nothing. How many such there are of
a size, and how long they lasted, says how often something of that size must be seen
until it is hardly one of them.
"""

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil, exp, log
from typing import Final

_SIZES: Final = (0, 6, 12, 25, 60, 150)
"""Cells from which on a thing counts for each class; bigger ones count too."""
_ALIKE: Final = 0.45
"""A thing may be taken for others that are so much smaller."""
_TAU: Final = 45.0
_PICTURES: Final = 18_000.0
"""Pictures in an hour: one mistake among them is accepted."""
_LASTS: Final = 0.3
"""Share of things that are nothing and yet seen again, where nothing is known."""
_KNOWN: Final = 0.2
"""Losses, in the memory's units, that outweigh what is assumed."""
_COMPANY: Final = 3
"""So many unsure things at once may be one group of people."""
_AT_ONCE: Final = 0.1
"""Share of what is being followed beyond that which may turn out as nothing."""
_CROWDED: Final = 0.03
"""By how much each of them adds to `_LASTS`: in a crowd one is taken for another."""
_MOST_LASTING: Final = 0.6


@dataclass(frozen=True, slots=True)
class Clutter:
    """The memory, per class of size.

    ``lost`` is how many things were lost a picture, ``sightings`` how many sightings
    they had had, ``now`` how many are followed and unsure.
    """

    time: float = 0.0
    lost: tuple[float, ...] = (0.0,) * len(_SIZES)
    sightings: tuple[float, ...] = (0.0,) * len(_SIZES)
    now: tuple[int, ...] = (0,) * len(_SIZES)

    def after(
        self, time: float, lost: list[tuple[int, int]], unsure: list[int]
    ) -> Clutter:
        """Return the memory after one more picture.

        ``lost`` are sizes (in cells) and sightings of what was lost with this
        picture, ``unsure`` the sizes of what is being followed.
        """
        keep = exp(-min(max(time - self.time, 0.0), 2.0) / _TAU)
        gone, seen = [0.0] * len(_SIZES), [0.0] * len(_SIZES)
        for size, sightings in lost:
            for place in range(bisect_right(_SIZES, size)):
                gone[place] += 1.0
                seen[place] += sightings
        now = [0] * len(_SIZES)
        for size in unsure:
            for place in range(bisect_right(_SIZES, size)):
                now[place] += 1
        return Clutter(
            time,
            tuple(
                keep * old + (1.0 - keep) * new
                for old, new in zip(self.lost, gone, strict=True)
            ),
            tuple(
                keep * old + (1.0 - keep) * new
                for old, new in zip(self.sightings, seen, strict=True)
            ),
            tuple(now),
        )

    def needed(self, size: int) -> int:
        """Return how many sightings a thing of so many cells needs."""
        place = bisect_right(_SIZES, _ALIKE * size) - 1
        lost, sightings = self.lost[place], self.sightings[place]
        others = max(self.now[place] - _COMPANY, 0)
        often = lost + _AT_ONCE * others
        if often * _PICTURES <= 1.0:
            return 0
        # A thing that lasts n sightings on average is seen again with 1 - 1/n.
        assumed = min(_LASTS + _CROWDED * others, _MOST_LASTING)
        lasts = (assumed * _KNOWN + sightings - lost) / (_KNOWN + sightings)
        return ceil(1.0 + log(often * _PICTURES) / -log(min(lasts, 0.95)))
