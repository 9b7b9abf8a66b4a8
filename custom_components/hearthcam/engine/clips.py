"""The clips of one camera that are being written, wherever that is possible.

One of them grows. When its disk fails or hangs, it goes on in a next one elsewhere
that begins with whatever the first may not hold (`clip_places`).
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from ..library.tag import ClipTag
from .clip import ClipWriter
from .clip_order import ClipFailure, ClipResult, Hiding, closed
from .clip_places import ClipPlaces, Repair
from .clip_writers import ClipWriters
from .packet import AudioParameters, Packet, VideoParameters
from .protocol import BlockCause, ConfigureCamera, LostCause, Report
from .session import Reason
from .storage import Stores
from .waiting import Piece


class Clips(ClipPlaces):
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
        writers = ClipWriters(config, self, hiding)
        super().__init__(config, report, stores, lock, needed, missing, hiding, writers)
        self._report = report
        self._repair = repair

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
