"""Sound beside pictures that take longer than it."""

from collections import deque
from typing import Final

from ..packet import TIME_BASE, Packet
from .shown import ShownPacket

_WAITS: Final = TIME_BASE
"""µs that sound waits for the picture of its time."""


class Sounds:
    """Holds a stream's sound until its pictures are there. Not thread-safe."""

    def __init__(self, after: int | None) -> None:
        """Leave out what is not newer than a time (µs), where one is given."""
        self._after = after
        self._waiting: deque[Packet] = deque()
        self._begun = False
        self._newest: int | None = None

    def hear(self, packet: Packet) -> None:
        """Take a packet of sound."""
        if self._after is None or packet.pts > self._after:
            self._waiting.append(packet)

    def see(self, packet: Packet) -> None:
        """Note that a picture has been received."""
        self._newest = packet.dts

    def beside(self, pictures: list[ShownPacket]) -> list[ShownPacket]:
        """Return pictures, and before each the sound of until then.

        A stream begins with a picture: sound of before the first is dropped.
        """
        result: list[ShownPacket] = []
        for picture in pictures:
            sounds = self._before(picture.dts)
            if not self._begun:
                self._begun = True
                sounds.clear()
            result += [*sounds, picture]
        if self._begun and self._newest is not None:
            result += self._before(self._newest - _WAITS)
        return result

    def rest(self) -> list[ShownPacket]:
        """Return what still waits, at the end."""
        rest = [ShownPacket.of(sound) for sound in self._waiting]
        self._waiting.clear()
        return rest if self._begun else []

    def clear(self) -> None:
        """Drop what waits."""
        self._waiting.clear()

    def _before(self, time: int) -> list[ShownPacket]:
        result = []
        while self._waiting and self._waiting[0].dts < time:
            result.append(ShownPacket.of(self._waiting.popleft()))
        return result
