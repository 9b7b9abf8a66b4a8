"""What the thread that writes a clip is at, and for how long."""

from collections.abc import Callable
from typing import Final

STALLED: Final = 0.9
"""Seconds that the disk may take for one step while packets wait."""


class Steps:
    """Noted by that thread at each step; looked at by the others."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Begin with a step of the disk: a file is to be made."""
        self._monotonic = monotonic
        # When the step began that is being taken; 0 where there is none.
        self._disk = monotonic()
        self._veil = 0.0

    def disk(self) -> None:
        """Begin a step that the disk has to take."""
        self._disk, self._veil = self._monotonic(), 0.0

    def veil(self) -> None:
        """Begin one of the veil, which is not the disk's fault."""
        self._disk, self._veil = 0.0, self._monotonic()

    def rest(self) -> None:
        """Wait for packets, or do what takes neither."""
        self._disk = self._veil = 0.0

    @property
    def masking(self) -> bool:
        """Whether the veil is at work."""
        return bool(self._veil)

    @property
    def resting(self) -> bool:
        """Whether there is nothing to be done."""
        return not self._disk and not self._veil

    def stuck_for(self, seconds: float) -> bool:
        """Tell whether the disk has taken longer than that for a step."""
        return self._lasts(self._disk, seconds)

    def masking_for(self, seconds: float) -> bool:
        """Tell whether the veil has taken longer than that."""
        return self._lasts(self._veil, seconds)

    @property
    def advance(self) -> bool:
        """Whether it comes forward, however slowly."""
        return not (self.stuck_for(STALLED) or self.masking_for(STALLED))

    def _lasts(self, began: float, seconds: float) -> bool:
        return bool(began) and self._monotonic() - began > seconds
