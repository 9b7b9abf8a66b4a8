"""The clips of one camera that are being written, wherever that is possible.

One of them grows. When its disk fails or hangs, it goes on in a next one elsewhere
that begins with whatever the first may not hold; while there is no place at all, its
packets wait in memory, the oldest of which are lost in the end.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import RLock
import time
from typing import Final

from ..library.tag import ClipTag
from .clip import STALLED, ClipWriter
from .clip_order import ClipFailure, ClipResult, Hiding, closed
from .clip_telling import ClipTelling
from .clip_writers import ClipWriters
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import BlockCause, ConfigureCamera, LostCause, Report
from .session import Reason
from .storage import Folder, Storage, Stores
from .waiting import Piece, Waiting

DONE_WITHIN: Final = 4.0
"""Seconds that finishing all clips may take when the engine leaves."""
_HUNG_AFTER: Final = 1.8
_CLOSED_WITHIN: Final = 1.0
"""Seconds in which a file is closed once nothing more is put into it."""

type Repair = Callable[[Path, Folder], None]
"""Takes an unfinished file to repair once its folder can be written again."""


class Clips:
    """Writes a camera's clips; everything but the callbacks is called under ``lock``.

    ``missing`` is told (under the lock) from when on (s) pictures are lost because they
    could not be written, or privacy zones not be made black.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        report: Callable[[Report], None],
        stores: Stores,
        repair: Repair,
        lock: RLock,
        needed: Callable[[], int],
        missing: Callable[[float, LostCause], None],
        hiding: Hiding,
    ) -> None:
        """Prepare; ``needed`` tells how many bytes the next clip may take."""
        self._report = report
        self._repair = repair
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
        self._writers = ClipWriters(config, self, hiding)
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

    def start(
        self,
        packets: list[Packet],
        tag: ClipTag,
        events: list[Reason],
        video: VideoParameters,
        audio: AudioParameters | None,
        *,
        whole: bool = False,
    ) -> None:
        """Begin a clip with a keyframe; ``whole``: nothing is to be added to it."""
        named = {event.event_id: event for event in events}
        piece = Piece(tag, video, audio, named, deque(packets))
        self._waiting.put(piece, grows=not whole)
        self._place()

    def add(self, packet: Packet) -> None:
        """Add to the growing clip."""
        if (writer := self._writer) is None:
            self._waiting.add(packet)
        elif not writer.offer(packet):
            self._give_up(writer, packet)

    def join_event(self, event: Reason) -> None:
        """Note that the growing clip belongs to this event too."""
        if (piece := self._growing_piece()) is not None:
            piece.events[event.event_id] = event

    def set_peak(self, peak: float) -> None:
        """Take the thumbnail of the growing clip at a time (s)."""
        if (piece := self._growing_piece()) is not None:
            piece.peak = peak
            if self._writer is not None:
                self._writer.peak = peak

    def _growing_piece(self) -> Piece | None:
        writer = self._writer
        return self._waiting.growing if writer is None else self._writers[writer]

    def finish(self) -> None:
        """End the growing clip with what was added so far."""
        if self._writer is not None:
            self._writer.finish()
            self._writer = None
        else:
            self._waiting.finish()

    def mask_changed(self) -> None:
        """End clips where something is visible that is to be hidden from now on.

        What was not begun to be written of them goes on in a next one.
        """
        self._writers.doubt_sources()
        for writer in self._writers.revealing():
            grows = writer is self._writer
            if grows:
                self._writer = None
            following = self._writers.split(writer)
            if following is not None and (grows or following.has_picture):
                self._waiting.put(following, grows=grows)
        self._place()

    @property
    def hides_too_much(self) -> bool:
        """Whether the growing clip hides more than has to be from now on."""
        piece = self._growing_piece()
        return piece is not None and self._writers.hides_too_much(piece)

    def look_after(self) -> None:
        """Rescue what is kept of clips whose encoder hangs, or disk at their end."""
        for writer in self._writers:
            closes = writer is not self._writer
            if self._writers.hangs(writer) or (closes and writer.stalled()):
                self._give_up(writer)

    @property
    def unfinished(self) -> bool:
        """Whether there is a file that is not whole, other than the growing one."""
        return len(self._writers) > (self._writer is not None)

    def open_paths(self) -> set[Path]:
        """Return the final paths of the clips that are being written."""
        return self._writers.open_paths()

    def close(self, timeout: float = DONE_WITHIN) -> None:
        """Finish everything within ``timeout`` s; not to be called under the lock."""
        deadline = time.monotonic() + timeout
        with self._lock:
            self.finish()
        self._writers.join(min(time.monotonic() + _HUNG_AFTER, deadline))
        with self._lock:
            self._writers.hurry()
            for writer in self._writers:
                if not writer.order.mask or writer.stuck_for(STALLED):
                    self._give_up(writer)
        self._writers.join(deadline - _CLOSED_WITHIN)
        with self._lock:
            for writer in self._writers:
                if writer.masking and not writer.stuck_for(STALLED):
                    self._block(writer, BlockCause.MASK_FAILED)
        self._writers.join(deadline)
        with self._lock:
            self._storage.close()
            self._waiting.clear()

    # --- where there is a place ------------------------------------------------

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
            self._missing(since, LostCause.MASK_FAILED)
        else:
            until = max((one.pts + one.duration for one in rest), default=0) / TIME_BASE
            self._telling.lost(since, until, LostCause.MASK_FAILED)
        self._telling.blocked(piece)
        self._hiding.failed(cause)

    # --- what writers tell, in their threads -----------------------------------

    def clip_opened(self, writer: ClipWriter) -> None:
        """Tell of a clip whose first fragment is on the disk."""
        with self._lock:
            self._telling.opened(writer, self._writers[writer])

    def clip_masked(self, writer: ClipWriter) -> None:
        """Take note that masking works."""
        with self._lock:
            self.failures = 0
            self._telling.masked()
        self._hiding.works()

    def clip_blocked(self, writer: ClipWriter, cause: BlockCause) -> None:
        """See to a clip whose pictures cannot be masked."""
        with self._lock:
            self._block(writer, cause)

    def clip_tag(self, writer: ClipWriter) -> ClipTag:
        """Return what is known of the clip by now."""
        with self._lock:
            return self._writers.final_tag(writer)

    def clip_done(self, writer: ClipWriter, result: ClipResult | ClipFailure) -> None:
        """Tell of a clip that is whole, or see to one that failed."""
        if isinstance(result, ClipResult):
            self._report(closed(result))
            with self._lock:
                # Only now: who leaves waits for the reports too.
                self._writers.drop(writer)
                if self._writer is writer:
                    self._writer = None
            return
        with self._lock:
            piece = self._writers.drop(writer)
            assert piece is not None
            rest = writer.abandon()
            assert piece.place is not None
            if result.part is not None:
                self._repair(result.part, piece.place.folder)
            if result.cause is not None:
                self._storage.failed(piece.place, result.cause, self._needed())
                self._go_on(writer, piece, rest)
                return
            # Not the disk, but something FFmpeg cannot write: trying again is no use.
            cause = LostCause.STORAGE_ERROR
            if piece.told and result.part is None:
                self._telling.failed(piece, cause)
            self._telling.dropped(piece, cause)
            if writer is self._writer:
                self._writer = None
                if rest:
                    self._missing(max(rest[0].time, piece.tag.start), cause)
