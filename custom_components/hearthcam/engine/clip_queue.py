"""What a clip's writer is still to write, and what the disk may not hold yet."""

from collections import deque
from threading import Condition

from .packet import TIME_BASE, Packet


class ClipQueue:
    """Raw packets on their way to a clip's file, from a keyframe on. Thread-safe.

    What is taken from the queue is kept until the disk holds it: when writing fails,
    another clip goes on from there. Only `take` blocks.
    """

    def __init__(self, backlog: list[Packet], limit: int) -> None:
        """Begin with packets; no further ones are taken beyond ``limit`` bytes."""
        self._limit = limit
        self._waiting: deque[Packet] = deque(backlog)
        self._size = sum(len(packet.data) for packet in backlog)
        # What was taken and the disk may not hold: from a keyframe on.
        self._tail: deque[Packet] = deque()
        self._ending = False
        self._over = False
        self._changed = Condition()

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._waiting)

    @property
    def ending(self) -> bool:
        """Whether nothing is to be added any more."""
        return self._ending

    @property
    def over(self) -> bool:
        """Whether what was in it is on the disk, or somebody else's."""
        return self._over

    @property
    def behind(self) -> float:
        """How many seconds wait."""
        with self._changed:
            if not self._waiting:
                return 0.0
            return (self._waiting[-1].dts - self._waiting[0].dts) / TIME_BASE

    @property
    def full(self) -> float:
        """How full it is, 0 to 1."""
        return self._size / self._limit

    def has_picture(self, after: int | None) -> bool:
        """Tell whether a picture later than a time (µs) was taken and kept."""
        with self._changed:
            return any(
                not packet.is_audio and (after is None or packet.pts > after)
                for packet in self._tail
            )

    def offer(self, packet: Packet) -> bool:
        """Add a packet; False where that is too much, or the clip is over."""
        with self._changed:
            if self._over or self._size + len(packet.data) > self._limit:
                return False
            self._waiting.append(packet)
            self._size += len(packet.data)
            self._changed.notify()
            return True

    def take(self) -> Packet | None:
        """Return the next packet once there is one, or None at the end."""
        with self._changed:
            while not self._waiting and not self._ending:
                self._changed.wait()
            if not self._waiting:
                return None
            packet = self._waiting.popleft()
            self._size -= len(packet.data)
            self._tail.append(packet)
            return packet

    def settle(self, keyframe: int) -> None:
        """Forget what came before the keyframe of a time (µs): the disk holds it."""
        with self._changed:
            before = next(
                (
                    index
                    for index, packet in enumerate(self._tail)
                    if packet.pts == keyframe and _is_key(packet)
                ),
                0,
            )
            for _ in range(before):
                self._tail.popleft()

    def finish(self) -> None:
        """Take nothing more; what waits is still to be written."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    def done(self) -> None:
        """Forget everything: the disk holds it."""
        with self._changed:
            self._over = self._ending = True
            self._tail.clear()

    def abandon(self) -> list[Packet]:
        """Give up; return all that the disk may not hold, from a keyframe on."""
        with self._changed:
            rest = [*self._tail, *self._waiting]
            self._tail.clear()
            self._stop()
            return rest

    def split(self) -> tuple[list[Packet], int | None]:
        """End with what was taken; return what another clip goes on with.

        That begins with a keyframe, which may have been taken: pictures up to the time
        (µs) that is returned too are in this clip, later ones are not. Where pictures
        are not shown in the order in which they come, a few may be in both.
        """
        with self._changed:
            waiting = list(self._waiting)
            self._stop()
            taken = [packet for packet in self._tail if not packet.is_audio]
            if not taken:
                return waiting, None
            after = _complete(taken, waiting)
            if after is None:
                missing = 0
            else:
                missing = next(
                    (n for n, packet in enumerate(taken) if packet.pts > after),
                    len(taken),
                )
            if missing == len(taken) and waiting and _is_key(waiting[0]):
                return waiting, after
            begin = min(missing, len(taken) - 1)
            while begin and not taken[begin].is_keyframe:
                begin -= 1
            # Their sound is in this clip.
            return [*taken[begin:], *waiting], after

    def _stop(self) -> None:
        self._over = self._ending = True
        self._waiting.clear()
        self._size = 0
        self._changed.notify()


def _is_key(packet: Packet) -> bool:
    return packet.is_keyframe and not packet.is_audio


def _complete(taken: list[Packet], waiting: list[Packet]) -> int | None:
    """Return the time of the last picture up to which none is missing."""
    pictures = [packet for packet in waiting if not packet.is_audio]
    # What is still to come is shown no earlier than it is decoded.
    newest = (pictures or taken)[-1].dts
    first = min((packet.pts for packet in pictures), default=newest + 1)
    return max(
        (packet.pts for packet in taken if packet.pts < first and packet.pts <= newest),
        default=None,
    )
