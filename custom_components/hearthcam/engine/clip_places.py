"""Where the clips of one camera go: elsewhere, where their disk fails or hangs.

While there is no place at all, packets wait in memory, the oldest of which are lost in
the end.
"""

from collections.abc import Callable
from pathlib import Path
from threading import RLock
import time
from typing import Final

from .clip import ClipWriter
from .clip_order import Hiding
from .clip_steps import STALLED
from .clip_telling import ClipTelling
from .clip_writers import ClipWriters
from .guard import lost_to
from .packet import TIME_BASE, Packet
from .protocol import BlockCause, ConfigureCamera, LostCause, Report
from .storage import Folder, Storage, Stores
from .waiting import Piece, Waiting

DONE_WITHIN: Final = 4.0
"""Seconds that finishing all clips may take when the engine leaves."""
_ADVANCING_WITHIN: Final = 4.0
"""And beyond that, where the disk takes what it is given, however slowly."""
_HUNG_AFTER: Final = 1.8
_LOOK: Final = 0.25
_CLOSED_WITHIN: Final = 1.0
"""Seconds in which a file is closed once nothing more is put into it."""

type Repair = Callable[[Path, Folder], None]
"""Takes an unfinished file to repair once its folder can be written again."""


def leave_unfinished(_part: Path, _folder: Folder) -> None:
    """Leave what was not finished to the next start."""


class ClipPlaces:
    """Has clips written where that is possible, and rescues what a disk does not take.

    All but `close` is called under ``lock``.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        report: Callable[[Report], None],
        stores: Stores,
        lock: RLock,
        needed: Callable[[], int],
        missing: Callable[[float, LostCause], None],
        hiding: Hiding,
        writers: ClipWriters,
    ) -> None:
        """Prepare; see `Clips`."""
        self._lock = lock
        self._needed = needed
        self._missing = missing
        self._hiding = hiding
        self._telling = ClipTelling(config.camera_id, report)
        self._waiting = Waiting(
            lambda start, end: self._telling.lost(start, end, self._storage.cause),
            lambda piece: self._telling.dropped(piece, self._storage.cause),
            lambda since: missing(since, LostCause.STORAGE_ERROR),
        )
        self._storage = Storage(config, stores, report, self._available)
        self._writers = writers
        # The one that writes the growing clip, where there is a place for that.
        self._writer: ClipWriter | None = None
        # How many times in a row clips could not be masked.
        self.failures = 0

    @property
    def growing(self) -> bool:
        """Whether a clip is open for more packets."""
        return self._writer is not None or self._waiting.growing is not None

    def configure(self, config: ConfigureCamera) -> None:
        """Use other places from the next clip on; what waits for one is written."""
        self._writers.configure(config)
        self._storage.configure(config)
        self._place()

    def finish(self) -> None:
        """End the growing clip with what was added so far."""
        if self._writer is not None:
            self._writer.finish()
            self._writer = None
        else:
            self._waiting.finish()

    def close(self, timeout: float = DONE_WITHIN) -> None:
        """Finish everything; not to be called under the lock.

        What does not come forward is given up within ``timeout`` s; a disk that is only
        slow gets some seconds more.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            self.finish()
            self._writers.leave()
        self._writers.join(min(time.monotonic() + _HUNG_AFTER, deadline))
        with self._lock:
            self._writers.hurry()
        while self._writers and time.monotonic() < deadline - _CLOSED_WITHIN:
            with self._lock:
                self._give_up_stuck()
            self._writers.join(min(time.monotonic() + _LOOK, deadline - _CLOSED_WITHIN))
        with self._lock:
            for writer in self._writers:
                if writer.masking and not writer.stuck_for(STALLED):
                    self._block(writer, BlockCause.MASK_FAILED)
        self._writers.join(deadline)
        self._writers.join(deadline + _ADVANCING_WITHIN, advancing=True)
        with self._lock:
            for writer in self._writers:
                if rest := writer.abandon():
                    self._waiting.put(
                        self._writers[writer].following(rest), grows=False
                    )
            self._storage.close()
            self._waiting.clear()

    def _give_up_stuck(self) -> None:
        """Go on elsewhere where that is possible; else the disk may come back."""
        for writer in self._writers:
            place = self._writers[writer].place
            if writer.stuck_for(STALLED) and self._storage.is_other(place):
                self._give_up(writer)

    def _available(self) -> None:
        """Write what waits (called by a probe, which holds no lock)."""
        with self._lock:
            self._place()

    def _place(self) -> None:
        """Write what waits, if there is a place for it."""
        while self._waiting:
            place = self._storage.choose()
            if place is None:
                self._waiting.bound()
                return
            piece, grows = self._waiting.take()
            writer = self._writers.begin(piece, place)
            if grows:
                self._writer = writer
            else:
                writer.finish()

    def _give_up(self, writer: ClipWriter, packet: Packet | None = None) -> None:
        """Go on elsewhere, since it takes too long here; the thread ends by itself."""
        piece, hangs = self._writers[writer], self._writers.hangs(writer)
        if writer.falls_behind and not hangs:
            # No disk would be any help.
            self._block(writer, BlockCause.MASK_FAILED)
            return
        rest = writer.abandon()
        if packet is not None:
            rest.append(packet)
        if hangs:
            piece.retried = True
        elif rest and piece.place is not None:
            self._storage.failed(piece.place, LostCause.SLOW_STORAGE, self._needed())
        self._go_on(writer, piece, rest)

    def _go_on(self, writer: ClipWriter, piece: Piece, rest: list[Packet]) -> None:
        grows = writer is self._writer
        if grows:
            self._writer = None
        if rest:
            following = piece.following(rest)
            if piece.told:
                following.follows = piece.tag.clip_id
            self._waiting.put(following, grows=grows)
            self._place()

    def _block(self, writer: ClipWriter, cause: BlockCause) -> None:
        """Lose what cannot be masked; what was written before is kept."""
        self.failures += 1
        piece, since = self._writers[writer], writer.end
        rest = writer.abandon()
        if writer is self._writer:
            self._writer = None
            self._missing(since, lost_to(cause))
        else:
            until = max((one.pts + one.duration for one in rest), default=0) / TIME_BASE
            self._telling.lost(since, until, lost_to(cause))
        self._telling.blocked(piece, lost_to(cause))
        self._hiding.failed(cause)
