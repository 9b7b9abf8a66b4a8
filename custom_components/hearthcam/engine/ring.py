"""The ring: the last seconds of a stream, compressed, in memory only."""

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final

from .packet import TIME_BASE, Compressed, Packet

MAX_BYTES: Final = 96 * 1024 * 1024
"""The most one ring may hold: 20 s of 38 Mbit/s, more than any camera sends."""


@dataclass(frozen=True, slots=True)
class RingState:
    """How much a ring holds: seconds, bytes, the last GOP in s.

    ``newest`` is the time (µs) of the newest picture or sound so far, 0 before any.
    """

    seconds: float
    size: int
    gop: float
    newest: int = 0


class Ring[P: Compressed = Packet]:
    """Packets of one profile, from a keyframe on, whole GOPs at a time.

    It always holds at least ``seconds`` before the newest packet once that much has
    come, so that what is asked from a time within it starts at the keyframe at or
    before that time. One thread appends; any thread may read.
    """

    def __init__(self, seconds: float, max_bytes: int = MAX_BYTES) -> None:
        """Make an empty ring."""
        self.seconds = seconds
        self._max_bytes = max_bytes
        self._packets: deque[P] = deque()
        # How many packets each GOP has; the last is still growing.
        self._gops: deque[int] = deque()
        self._gop_starts: deque[int] = deque()
        self._size = 0
        self._last_gop = 0
        self._newest = 0
        self._lock = Lock()

    def append(self, packet: P) -> None:
        """Add the newest packet; what came before the first keyframe is left out."""
        with self._lock:
            if packet.is_keyframe and not packet.is_audio:
                if self._gop_starts:
                    self._last_gop = packet.pts - self._gop_starts[-1]
                self._gops.append(0)
                self._gop_starts.append(packet.pts)
            elif not self._gops:
                return
            self._packets.append(packet)
            self._newest = max(self._newest, packet.pts)
            self._gops[-1] += 1
            self._size += len(packet.data)
            self._trim(packet.pts)

    def _trim(self, newest: int) -> None:
        keep_from = newest - int(self.seconds * TIME_BASE)
        while len(self._gops) > 1 and (
            self._gop_starts[1] <= keep_from or self._size > self._max_bytes
        ):
            self._drop_first_gop()
        if self._size > self._max_bytes:
            # One endless GOP: nothing in it can be used without its start.
            self._clear()

    def _drop_first_gop(self) -> None:
        for _ in range(self._gops.popleft()):
            self._size -= len(self._packets.popleft().data)
        self._gop_starts.popleft()

    def _clear(self) -> None:
        self._packets.clear()
        self._gops.clear()
        self._gop_starts.clear()
        self._size = 0

    def clear(self) -> None:
        """Forget everything (the stream's parameters changed)."""
        with self._lock:
            self._clear()

    def since(self, start: int) -> list[P]:
        """Return the packets from the keyframe at or before ``start`` (µs) on.

        Where the ring does not reach back that far, from its first keyframe.
        """
        with self._lock:
            skip = 0
            for count, following in zip(
                self._gops, list(self._gop_starts)[1:], strict=False
            ):
                if following > start:
                    break
                skip += count
            return list(self._packets)[skip:]

    def last_gop(self) -> list[P]:
        """Return the video packets from the newest keyframe on."""
        with self._lock:
            if not self._gops:
                return []
            newest = list(self._packets)[-self._gops[-1] :]
        return [packet for packet in newest if not packet.is_audio]

    def state(self) -> RingState:
        """Return how much it holds."""
        with self._lock:
            span = self._packets[-1].pts - self._packets[0].pts if self._packets else 0
            return RingState(
                span / TIME_BASE,
                self._size,
                max(self._last_gop, 0) / TIME_BASE,
                self._newest,
            )
