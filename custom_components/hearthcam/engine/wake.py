"""Compressed sizes as a free hint that something moves.

A still picture costs an encoder nearly nothing; whatever moves costs bits. The hint
may wake the detector, and never says that nothing moves: rate control can hide it.
"""

from collections import deque
from typing import Final

from .packet import Packet

_REMEMBERED: Final = 240
_NEEDED: Final = 20
_RECENT: Final = 3
_RATIO: Final = 2.5
_MOST_RATIO: Final = 20.0
_LEAST_EXCESS: Final = 150
"""Bytes a frame; below, a clock in the picture is enough to double the size."""
_PERCENTILE: Final = 0.25
_RELAX: Final = 0.1
"""Share of the surplus ratio that goes with every keyframe without a false wake."""


class SizeWatch:
    """Compares predicted frames with the small ones among the last few hundred.

    A stream whose sizes prove nothing (each false alarm is told by `was_wrong`) must
    show ever more of a rise.
    """

    def __init__(self) -> None:
        """Start knowing nothing; the first frames never alarm."""
        self._sizes: deque[int] = deque(maxlen=_REMEMBERED)
        self._recent: deque[int] = deque(maxlen=_RECENT)
        self._low = 0
        self._ratio = _RATIO

    def feed(self, packet: Packet) -> bool:
        """Take the next packet of video; return whether it suggests motion."""
        if packet.is_keyframe:
            if len(self._sizes) >= _NEEDED:
                ordered = sorted(self._sizes)
                self._low = ordered[int(len(ordered) * _PERCENTILE)]
            self._ratio = max(_RATIO, self._ratio - _RELAX * (self._ratio - _RATIO))
            return False
        size = len(packet.data)
        self._sizes.append(size)
        self._recent.append(size)
        if not self._low or len(self._recent) < _RECENT:
            return False
        typical = sorted(self._recent)[_RECENT // 2]
        return typical > max(self._ratio * self._low, self._low + _LEAST_EXCESS)

    def was_wrong(self) -> None:
        """Be told that an alarm turned out to be nothing."""
        self._ratio = min(self._ratio * 1.5, _MOST_RATIO)
