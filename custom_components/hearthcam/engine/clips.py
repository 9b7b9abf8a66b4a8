"""The clips of one camera that are being written, wherever that is possible.

One of them grows. When its disk fails or hangs, it goes on in a next one elsewhere
that begins with whatever the first may not hold; while there is no place at all, its
packets wait in memory, the oldest of which are lost in the end.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import RLock
import time
from typing import Final
from zoneinfo import ZoneInfo

from ..library.layout import clip_path
from ..library.tag import ClipTag
from .clip import ClipWriter
from .clip_order import ClipFailure, ClipOrder, ClipResult, closed
from .ids import new_id
from .packet import AudioParameters, Packet, VideoParameters
from .protocol import ClipFailed, ClipOpened, ConfigureCamera, Lost, LostCause, Report
from .session import Reason
from .storage import Folder, Place, Storage, Stores
from .waiting import Piece, Waiting

DONE_WITHIN: Final = 4.0
"""Seconds that finishing all clips may take when the engine leaves."""
_HUNG_AFTER: Final = 1.8

type Repair = Callable[[Path, Folder], None]
"""Takes an unfinished file to repair once its folder can be written again."""


class Clips:
    """Writes a camera's clips; everything but the callbacks is called under ``lock``.

    ``missing`` is told (under the lock) from when on (s) pictures are lost because
    FFmpeg could not write them.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        report: Callable[[Report], None],
        stores: Stores,
        repair: Repair,
        lock: RLock,
        needed: Callable[[], int],
        missing: Callable[[float], None],
    ) -> None:
        """Prepare; ``needed`` tells how many bytes the next clip may take."""
        self._config = config
        self._zone = ZoneInfo(config.time_zone)
        self._report = report
        self._repair = repair
        self._lock = lock
        self._needed = needed
        self._missing = missing
        self._waiting = Waiting(self._lose, self._drop, missing)
        self._storage = Storage(config, stores, report, self._available)
        self._writers: dict[ClipWriter, Piece] = {}
        self._writer: ClipWriter | None = None

    @property
    def growing(self) -> bool:
        """Whether a clip is open for more packets."""
        return self._writer is not None or self._waiting.growing is not None

    def configure(self, config: ConfigureCamera) -> None:
        """Use other places from the next clip on; what waits for one is written."""
        self._config = config
        self._zone = ZoneInfo(config.time_zone)
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

    def look_after(self) -> None:
        """Rescue what is kept of clips whose disk hangs while they are closed."""
        for writer in tuple(self._writers):
            if writer is not self._writer and writer.stalled():
                self._give_up(writer)

    @property
    def unfinished(self) -> bool:
        """Whether there is a file that is not whole, other than the growing one."""
        return len(self._writers) > (self._writer is not None)

    def open_paths(self) -> set[Path]:
        """Return the final paths of the clips that are being written."""
        return {writer.order.path for writer in tuple(self._writers)}

    def close(self, timeout: float = DONE_WITHIN) -> None:
        """Finish everything within ``timeout`` s; not to be called under the lock."""
        deadline = time.monotonic() + timeout
        with self._lock:
            self.finish()
        self._join(min(time.monotonic() + _HUNG_AFTER, deadline))
        with self._lock:
            for writer in tuple(self._writers):
                self._give_up(writer)
        self._join(deadline)
        with self._lock:
            self._storage.close()
            self._waiting.clear()

    def _join(self, deadline: float) -> None:
        while writers := tuple(self._writers):
            for writer in writers:
                if not writer.join(max(0.0, deadline - time.monotonic())):
                    return
                self._writers.pop(writer, None)

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
            writer = self._write(piece, place)
            if grows:
                self._writer = writer
            else:
                writer.finish()

    def _write(self, piece: Piece, place: Place) -> ClipWriter:
        tag = piece.tag
        piece.place = place
        order = ClipOrder(
            tag=tag,
            place=place,
            path=clip_path(place.directory, tag.start, self._zone, tag.clip_id),
            video=piece.video,
            audio=piece.audio,
            sync=self._config.sync,
        )
        writer = ClipWriter(order, list(piece.packets), self)
        if piece.peak is not None:
            writer.peak = piece.peak
        piece.packets.clear()
        self._writers[writer] = piece
        writer.begin()
        return writer

    def _give_up(self, writer: ClipWriter, packet: Packet | None = None) -> None:
        """Go on elsewhere, since the disk takes too long; the thread ends by itself."""
        piece = self._writers[writer]
        rest = writer.abandon()
        if packet is not None:
            rest.append(packet)
        if rest and piece.place is not None:
            self._storage.failed(piece.place, LostCause.SLOW_STORAGE, self._needed())
        self._go_on(writer, piece, rest)

    def _go_on(self, writer: ClipWriter, piece: Piece, rest: list[Packet]) -> None:
        grows = writer is self._writer
        if grows:
            self._writer = None
        if rest:
            start = rest[0].time
            following = replace(
                piece,
                tag=replace(piece.tag, clip_id=new_id(start), start=start),
                packets=deque(rest),
                follows=piece.tag.clip_id if piece.told else piece.follows,
                place=None,
                told=False,
            )
            self._waiting.put(following, grows=grows)
            self._place()

    # --- what is lost -----------------------------------------------------------

    def _lose(self, start: float, end: float) -> None:
        if end > start:
            camera_id = self._config.camera_id
            self._report(Lost(camera_id, start, end, self._storage.cause))

    def _drop(self, piece: Piece) -> None:
        if piece.follows:
            self._tell_failure(piece, piece.follows, self._storage.cause)

    def _tell_failure(self, piece: Piece, clip_id: str, cause: LostCause) -> None:
        tag = piece.tag
        self._report(ClipFailed(tag.camera_id, clip_id, tag.event_id, cause))

    # --- what writers tell, in their threads -----------------------------------

    def clip_opened(self, writer: ClipWriter) -> None:
        """Tell of a clip whose first fragment is on the disk."""
        with self._lock:
            piece = self._writers[writer]
            piece.told = True
            follows, piece.follows = piece.follows, ""
        tag = piece.tag
        self._report(
            ClipOpened(
                tag.camera_id,
                tag.clip_id,
                tag.event_id,
                tag.start,
                str(writer.order.path),
                tag.kind,
                follows,
            )
        )

    def clip_tag(self, writer: ClipWriter) -> ClipTag:
        """Return what is known of the clip by now."""
        with self._lock:
            return self._writers[writer].final_tag()

    def clip_done(self, writer: ClipWriter, result: ClipResult | ClipFailure) -> None:
        """Tell of a clip that is whole, or see to one that failed."""
        if isinstance(result, ClipResult):
            self._report(closed(result))
            # Only now: who leaves waits for the reports too.
            with self._lock:
                self._writers.pop(writer, None)
                if self._writer is writer:
                    self._writer = None
            return
        with self._lock:
            piece = self._writers.pop(writer)
            rest = writer.abandon()
            assert piece.place is not None
            if result.part is not None:
                self._repair(result.part, piece.place.folder)
            if result.cause is not None:
                self._storage.failed(piece.place, result.cause, self._needed())
                self._go_on(writer, piece, rest)
                return
            # Not the disk, but something FFmpeg cannot write: trying again is no use.
            if piece.told and result.part is None:
                self._tell_failure(piece, piece.tag.clip_id, LostCause.STORAGE_ERROR)
            if writer is self._writer:
                self._writer = None
                if rest:
                    self._missing(rest[0].time)
