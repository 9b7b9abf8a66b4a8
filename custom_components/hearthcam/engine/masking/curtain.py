"""What of a camera is hidden now, and what was when a past packet was captured."""

from collections import deque
from threading import Lock
from typing import Final

from .mask import Mask

_KEPT: Final = 64
"""Changes that are remembered; beyond them the oldest masks are joined."""


class Curtain:
    """The masks of one camera over time (µs of the engine's clock). Thread-safe."""

    def __init__(self, mask: Mask) -> None:
        """Begin with a mask, which was always in effect."""
        self._lock = Lock()
        self._told = 0
        self._changes: deque[tuple[float, Mask]] = deque([(float("-inf"), mask)])

    @property
    def mask(self) -> Mask:
        """What is hidden now."""
        with self._lock:
            return self._changes[-1][1]

    def set(self, mask: Mask, now: int) -> bool:
        """Hide something else from a time on; True where that is a change."""
        with self._lock:
            # A clock that goes back must not shorten what was hidden before.
            self._told = max(self._told, now)
            if mask == self._changes[-1][1]:
                return False
            self._changes.append((self._told, mask))
            while len(self._changes) > _KEPT:
                _, first = self._changes.popleft()
                since, second = self._changes[0]
                self._changes[0] = since, first.union(second)
            return True

    def since(self, start: int) -> Mask:
        """Return all that was hidden at a time (µs) or later, what is now included."""
        with self._lock:
            changes = list(self._changes)
        mask = changes[-1][1]
        for number in range(len(changes) - 2, -1, -1):
            if changes[number + 1][0] <= start:
                break
            mask = mask.union(changes[number][1])
        return mask

    def clear_from(self) -> int | None:
        """Return the time (µs) from which on nothing was hidden; None: something is.

        What was captured before must not be shown as it is.
        """
        with self._lock:
            since, mask = self._changes[-1]
            if mask:
                return None
            return 0 if len(self._changes) == 1 else int(since)
