"""What wakes the ladder, and keeps it from its rest."""

from math import inf
from typing import Final

from .packet import Packet, VideoParameters
from .wake import SizeWatch

_CALM: Final = 3.0
_CALM_AFTER_SIZES: Final = 0.7
"""A wake by sizes alone that shows nothing suspicious is over soon: it costs CPU."""


class Alarm:
    """What was suspicious in one stream, and when (s)."""

    def __init__(self, parameters: VideoParameters | None = None) -> None:
        """Begin calm; ``parameters`` are the stream's, where they are known."""
        self._sizes = SizeWatch(parameters)
        self._woken = -inf
        self._by_size = False
        # When something stirred last.
        self.stirred = -inf
        # Whether something stirs in the last picture that is no motion yet.
        self.in_doubt = False

    def is_loud(self, packet: Packet, *, moving: bool) -> bool:
        """Tell whether sizes suggest motion, ``moving``: other than what goes on."""
        return self._sizes.feed(packet, quiet=not self.in_doubt and not moving)

    def seen_moving(self) -> None:
        """Take note that what woke was worth it."""
        self._by_size = False

    def lasts(self, now: float, gap: float) -> bool:
        """Tell whether something stirred lately, where pictures are ``gap`` s apart."""
        by_size = self._by_size and self.stirred < self._woken
        calm = _CALM_AFTER_SIZES if by_size else _CALM
        return now - max(self.stirred, self._woken) < calm + gap

    def wake(self, now: float, *, by_size: bool) -> None:
        """Take note of what woke."""
        self._by_size, self._woken = by_size, now

    def settle_down(self) -> None:
        """Take stock of why it was awake."""
        self.in_doubt = False
        if self._by_size:
            self._sizes.was_wrong()
        self._by_size = False
