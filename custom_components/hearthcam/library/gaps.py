"""Losses that are long enough to be told of."""

from dataclasses import dataclass, replace
import math
from typing import Final

GAP: Final = 5.0
"""Seconds lost in a row that are worth telling."""
_SEAM: Final = 1.0
"""Seconds between two losses that are one all the same."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A loss of `GAP` s or more; ``end`` is None while it goes on.

    ``orderly`` tells that Home Assistant was stopped on purpose.
    """

    start: float
    end: float | None
    cause: str
    orderly: bool = False


class GapWatch:
    """Joins losses that follow each other, and finds what is to be told.

    Each gap is found twice: as soon as it is long enough, and when it is over.
    """

    def __init__(self, found: list[Gap]) -> None:
        """Add what is found to a list."""
        self._found = found
        self._gap: Gap | None = None
        self._end = -math.inf
        self._told = False

    def resume(self, start: float, end: float, cause: str) -> None:
        """Go on with a loss of before a restart; if it was long, it was told of."""
        self._gap, self._end = Gap(start, None, cause), end
        self._told = end - start >= GAP

    def lost(
        self, start: float, end: float, cause: str, *, orderly: bool = False
    ) -> None:
        """Take a loss; the first one's cause is that of the gap."""
        if start > self._end + _SEAM:
            self.over()
        if self._gap is None:
            self._gap = Gap(start, None, cause, orderly)
            self._end = end
            self._told = False
        self._end = max(self._end, end)
        if not self._told and self._end - self._gap.start >= GAP:
            self._found.append(self._gap)
            self._told = True

    def over(self) -> None:
        """Nothing is lost any more."""
        if self._gap is not None and self._told:
            self._found.append(replace(self._gap, end=self._end))
        self._gap = None
