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
from .clip import STALLED, ClipWriter
from .clip_order import ClipFailure, ClipOrder, ClipResult, Hiding, closed
from .ids import new_id
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import (
    BlockCause,
    ClipFailed,
    ClipOpened,
    ConfigureCamera,
    Lost,
    LostCause,
    Report,
)
from .session import CONTINUOUS, Reason
from .storage import Folder, Place, Storage, Stores
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

    ``missing`` is told (under the lock) from when on (s) pictures are lost because
    FFmpeg could not write them, or privacy zones could not be made black.
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
        self._config = config
        self._zone = ZoneInfo(config.time_zone)
        self._report = report
        self._repair = repair
        self._lock = lock
        self._needed = needed
        self._missing = missing
        self._hiding = hiding
        self._waiting = Waiting(
            lambda start, end: self._lose(start, end, self._storage.cause),
            self._drop,
            lambda since: missing(since, LostCause.STORAGE_ERROR),
        )
        self._storage = Storage(config, stores, report, self._available)
        self._writers: dict[ClipWriter, Piece] = {}
        self._writer: ClipWriter | None = None
        # The last event of which it was told that it could not be masked.
        self._blocked = ""
        self._leaving = False

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

    def mask_changed(self) -> bool:
        """End clips where something is visible that is to be hidden from now on.

        What was not written of them yet goes on in a next one. Returns whether the
        growing clip hides more than has to be by now.
        """
        curtain = self._hiding.curtain
        for writer, piece in tuple(self._writers.items()):
            mask = curtain.since(piece.first)
            if not writer.order.mask.covers(mask):
                self._cut(writer, piece)
        self._place()
        growing = self._growing_piece()
        if growing is None:
            return False
        mask = curtain.since(growing.first)
        return mask.marks != curtain.mask.marks

    def _cut(self, writer: ClipWriter, piece: Piece) -> None:
        grows = writer is self._writer
        rest, after = writer.split()
        if grows:
            self._writer = None
        if not any(after is None or packet.pts > after for packet in rest) and not (
            grows and rest
        ):
            return
        following = piece.following(rest, after)
        following.apart()
        if after is not None:
            following.follows = ""
        self._waiting.put(following, grows=grows)

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
            self._leaving = True
            for writer in self._writers:
                writer.hurry()
            self.finish()
        self._join(min(time.monotonic() + _HUNG_AFTER, deadline))
        with self._lock:
            for writer in tuple(self._writers):
                if not writer.order.mask or writer.stuck_for(STALLED):
                    self._give_up(writer)
        self._join(deadline - _CLOSED_WITHIN)
        with self._lock:
            for writer in tuple(self._writers):
                if writer.order.mask and not writer.stuck_for(STALLED):
                    self._block(writer, BlockCause.MASK_FAILED)
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
        mask = self._hiding.curtain.since(piece.first)
        tag = piece.tag = replace(piece.tag, mask=tuple(sorted(mask.marks)))
        piece.place = place
        order = ClipOrder(
            tag=tag,
            place=place,
            path=clip_path(place.directory, tag.start, self._zone, tag.clip_id),
            video=piece.video,
            audio=piece.audio,
            sync=self._config.sync,
            mask=mask,
            after=piece.after,
            effort=self._hiding.effort,
        )
        writer = ClipWriter(order, list(piece.packets), self)
        if self._leaving:
            writer.hurry()
        if piece.peak is not None:
            writer.peak = piece.peak
        piece.packets.clear()
        self._writers[writer] = piece
        writer.begin()
        return writer

    def _give_up(self, writer: ClipWriter, packet: Packet | None = None) -> None:
        """Go on elsewhere, since the disk takes too long; the thread ends by itself."""
        if writer.order.mask and not writer.stuck_for(STALLED):
            # No disk would be any help.
            self._block(writer, BlockCause.MASK_FAILED)
            return
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
            following = piece.following(rest)
            if piece.told:
                following.follows = piece.tag.clip_id
            self._waiting.put(following, grows=grows)
            self._place()

    def _block(self, writer: ClipWriter, cause: BlockCause) -> None:
        """Lose what cannot be masked; what was written before is kept."""
        piece, since = self._writers[writer], writer.end
        rest = writer.abandon()
        if writer is self._writer:
            self._writer = None
            self._missing(since, LostCause.MASK_FAILED)
        else:
            ends = (packet.pts + packet.duration for packet in rest)
            until = max(ends, default=0) / TIME_BASE
            self._lose(since, until, LostCause.MASK_FAILED)
        tag = piece.tag
        name = CONTINUOUS if tag.kind == CONTINUOUS else tag.event_id
        if name != self._blocked:
            self._blocked = name
            self._tell_failure(piece, tag.clip_id, LostCause.MASK_FAILED)
        self._hiding.failed(cause)

    # --- what is lost -----------------------------------------------------------

    def _lose(self, start: float, end: float, cause: LostCause) -> None:
        if end > start:
            self._report(Lost(self._config.camera_id, start, end, cause))

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
                writer.start,
                str(writer.order.path),
                tag.kind,
                follows,
            )
        )

    def clip_masked(self, writer: ClipWriter) -> None:
        """Take note that masking works."""
        with self._lock:
            self._blocked = ""
            self._masked()
        self._hiding.works()

    def clip_blocked(self, writer: ClipWriter, cause: BlockCause) -> None:
        """See to a clip whose pictures cannot be masked."""
        with self._lock:
            self._block(writer, cause)

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
            if piece.follows:
                self._tell_failure(piece, piece.follows, LostCause.STORAGE_ERROR)
            if writer is self._writer:
                self._writer = None
                if rest:
                    self._missing(piece.tag.start, LostCause.STORAGE_ERROR)
