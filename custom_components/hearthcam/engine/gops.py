"""The packets since the keyframe before last, for looking back."""

from collections import deque
from typing import Final

from .packet import Packet

_MOST_BYTES: Final = 24_000_000
_MOST_PACKETS: Final = 1500
_REMEMBERED: Final = 4


class GopStore:
    """Keeps the current group of pictures and the one before, within bounds.

    Where a group outgrows the bounds it is let go, and nothing is kept until the
    next keyframe: without its beginning it cannot be decoded.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._groups: deque[list[Packet]] = deque(maxlen=2)
        self._sizes: deque[int] = deque(maxlen=2)
        self._intervals: deque[float] = deque(maxlen=_REMEMBERED)
        self._last_keyframe: float | None = None
        self._latest = 0.0

    @property
    def interval(self) -> float | None:
        """The longest recent time between keyframes, in s; None while unknown.

        A keyframe that is overdue counts already.
        """
        if not self._intervals:
            return None
        last = self._last_keyframe
        return max(*self._intervals, 0.0 if last is None else self._latest - last)

    def interrupt(self) -> None:
        """Let go of all packets; the time until the next keyframe is no interval."""
        self._groups.clear()
        self._sizes.clear()
        self._last_keyframe = None

    def add(self, packet: Packet) -> None:
        """Keep one more packet of video."""
        self._latest = packet.time
        if packet.is_keyframe:
            if self._last_keyframe is not None:
                self._intervals.append(packet.time - self._last_keyframe)
            self._last_keyframe = packet.time
            self._groups.append([packet])
            self._sizes.append(len(packet.data))
        elif self._groups:
            self._groups[-1].append(packet)
            self._sizes[-1] += len(packet.data)
            while (
                sum(self._sizes) > _MOST_BYTES
                or sum(map(len, self._groups)) > _MOST_PACKETS
            ):
                self._groups.popleft()
                self._sizes.popleft()

    def since(self, time: float) -> list[Packet]:
        """Return, from a keyframe on, the packets that hold what came after a time.

        The current group is always among them: what comes next needs it.
        """
        return [
            packet
            for group in self._groups
            if group is self._groups[-1] or group[-1].time > time
            for packet in group
        ]
