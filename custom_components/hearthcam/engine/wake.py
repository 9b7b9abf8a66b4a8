"""Compressed sizes as a nearly free hint that something moves.

What moves costs an encoder bits, or a coarser quantiser where its rate is fixed; the
two together (`slice_qp`) are what is compared here. The hint may wake the detector,
and never says that nothing moves.

Noise costs bits as well: a rate-controlled stream of a dark, noisy scene is all
noise, and a small thing adds too little to be told from chance.
"""

from collections import deque
from math import log
from statistics import median
from typing import Final

from .packet import Packet, VideoParameters
from .slice_qp import SliceQp

_GROUPS: Final = 6
"""Groups of pictures whose median is the expectation for each place in a group."""
_NEEDED_GROUPS: Final = 3
_NEEDED: Final = 20
_REMEMBERED: Final = 150
_MOST_PLACES: Final = 150
_OFFSET: Final = 100
"""Bytes that are added to every size: ten more of twenty mean nothing."""
_QP_STEP: Final = 6.0
"""Steps of the quantiser that halve the bits (ITU-T H.264, 8.5.9)."""
_LEAST_SPREAD: Final = 0.03
_SPREAD: Final = 1.4826
"""Standard deviations to one median absolute deviation."""
_MOST_SURPRISE: Final = 4.0
"""Standard deviations that one frame counts at most: two must agree."""
_SLACK: Final = 0.6
_THRESHOLD: Final = 3.5
_MOST_THRESHOLD: Final = 20.0
_HARDEN: Final = 1.05
_RELAX: Final = 0.05
"""Share of the surplus threshold that goes with every group without a false wake."""
_WAKE: Final = 1.7
"""Seconds of video that a false wake decodes: half a group, and a look at what is."""
_PIXELS: Final = 250_000
"""Pixels that may be decoded in vain, for each second at rest: about one CPU-ms."""
_LEAST_PAUSE: Final = 5.0
_USUAL_PAUSE: Final = 16.0
_SAVING: Final = 80.0
"""Seconds at rest that may be saved up for wakes that follow each other at once."""
_MOST_SAVED: Final = 5.0


class SizeWatch:
    """Sums up by how much predicted frames are dearer than their place suggests.

    The first frames after a keyframe are dearer than others, and rate control makes
    a pattern of its own: so each is compared with those at its place in the last
    groups, in standard deviations, and the surplus is summed up (CUSUM) until it
    is too much for chance. Each false alarm is told by `was_wrong`; they raise the
    threshold, and are rationed by what they cost to look into.
    """

    def __init__(self, parameters: VideoParameters | None = None) -> None:
        """Start knowing nothing; the first groups never alarm."""
        self._qp: SliceQp | None = None
        self._pause = _USUAL_PAUSE
        if parameters is not None:
            self._qp = SliceQp() if parameters.codec == "h264" else None
            pixels = parameters.width * parameters.height
            decoded = pixels * min(max(parameters.fps, 1.0), 60.0) * _WAKE
            self._pause = max(decoded / _PIXELS, _LEAST_PAUSE)
        self._place = 0
        self._usual: dict[int, deque[float]] = {}
        self._surprises: deque[float] = deque(maxlen=_REMEMBERED)
        self._spread = 0.0
        self._sum = 0.0
        self._threshold = _THRESHOLD
        self._most_saved = min(max(_SAVING / self._pause, 1.0), _MOST_SAVED)
        self._saved = self._most_saved
        self._keyframe: float | None = None

    def feed(self, packet: Packet, *, quiet: bool = True) -> bool:
        """Take the next packet of video; return whether it suggests motion.

        ``quiet``: nothing seems to happen, as far as is known. Only then is learnt
        what is usual, and alarmed at all.
        """
        qp = self._qp.feed(packet.data) if self._qp is not None else None
        if packet.is_keyframe:
            self._begin_group(packet.time)
            return False
        self._place = min(self._place + 1, _MOST_PLACES)
        # Any constant will do for the QP's zero, as long as it is the same.
        cost = log(len(packet.data) + _OFFSET) + log(2.0) * (qp or 0) / _QP_STEP
        if not quiet:
            self._sum = 0.0
            return False
        usual = self._usual.setdefault(self._place, deque(maxlen=_GROUPS))
        alarm = False
        if len(usual) >= _NEEDED_GROUPS:
            surprise = cost - median(usual)
            self._surprises.append(surprise)
            if self._spread:
                sigmas = min(
                    max(surprise / self._spread, -_MOST_SURPRISE), _MOST_SURPRISE
                )
                self._sum = max(0.0, self._sum + sigmas - _SLACK)
                alarm = self._sum > self._threshold and self._saved >= 1.0
        usual.append(cost)
        if alarm:
            self._sum = 0.0
        return alarm

    def _begin_group(self, now: float) -> None:
        self._place = 0
        if len(self._surprises) >= _NEEDED:
            deviation = median(map(abs, self._surprises))
            self._spread = max(_SPREAD * deviation, _LEAST_SPREAD)
        self._threshold -= _RELAX * (self._threshold - _THRESHOLD)
        if self._keyframe is not None:
            earned = max(now - self._keyframe, 0.0) / self._pause
            self._saved = min(self._saved + earned, self._most_saved)
        self._keyframe = now

    def was_wrong(self) -> None:
        """Be told that an alarm turned out to be nothing."""
        self._threshold = min(self._threshold * _HARDEN, _MOST_THRESHOLD)
        self._saved = max(self._saved - 1.0, 0.0)
