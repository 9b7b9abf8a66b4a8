"""One clip on its way to the disk, in a thread of its own.

Crash safety: the file grows as ``….mp4.part`` in fragments of a second at most, each
flushed and synced, and becomes a regular MP4 under its final name in one step
(`clip_file.MP4_OPTIONS`: closing rewrites four bytes and appends the index, the
pictures are not written twice). What a kill leaves behind is repaired by `recover`.

What the disk may not hold yet is kept, as it came: when writing fails, the next clip
begins with it, elsewhere.

Privacy zones are made black right before the file. A machine that is slow at that
looks like a long queue, never like a gap: the veil is told how far behind it is.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
import logging
from pathlib import Path
from threading import Thread
import time
from typing import Final, Protocol

from ..library.layout import part_path, thumbnail_path
from ..library.tag import ClipTag
from .clip_file import ClipFile, publish
from .clip_film import ClipFilm
from .clip_order import ClipFailure, ClipOrder, ClipResult, described, failure_of
from .clip_queue import ClipQueue
from .masking.mask import MaskError
from .masking.shown import ShownPacket
from .masking.veil import CLIP_QUALITY, Veil, open_veil
from .mux import MuxError
from .packet import TIME_BASE, Packet
from .protocol import BlockCause
from .thumbnail import make_thumbnail

_LOGGER = logging.getLogger(__name__)

STALLED: Final = 0.9
"""Seconds that the disk may take for one step while packets wait."""
STALLED_CLOSING: Final = 5.0
"""And while the last step is being taken, when nothing waits."""
HUNG: Final = 8.0
"""Seconds without coming back after which an encoder is taken for hung."""


class NothingError(Exception):
    """There was no picture to write, and that is as it should be."""


class ClipOwner(Protocol):
    """Who is told of a clip, in its thread."""

    def clip_opened(self, writer: ClipWriter) -> None:
        """Its first fragment is on the disk: it can be played, and repaired."""

    def clip_masked(self, writer: ClipWriter) -> None:
        """Its first picture was masked."""

    def clip_blocked(self, writer: ClipWriter, cause: BlockCause) -> None:
        """Its pictures cannot be masked any more; what was written is kept."""

    def clip_tag(self, writer: ClipWriter) -> ClipTag:
        """Return what is known of the clip at its end."""

    def clip_done(self, writer: ClipWriter, result: ClipResult | ClipFailure) -> None:
        """It is whole, or it failed. Called once, the last of all."""


class ClipWriter:
    """Writes what it is offered until it is told to finish.

    `offer`, `finish`, `abandon` and `split` never block: a disk that stalls must not
    stop the stream.
    """

    def __init__(
        self,
        order: ClipOrder,
        backlog: list[Packet],
        owner: ClipOwner,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start writing; ``backlog`` begins with a keyframe."""
        self.order = order
        # When (s) the first picture is shown, and until when (s) pictures were written.
        self.start = self.end = order.tag.start
        # When (s) there is most to see: the thumbnail's moment.
        self.peak = order.tag.event_start
        self._owner = owner
        self._monotonic = monotonic
        self._queue = ClipQueue(backlog, order.max_queued)
        # When the step of the disk began that is being taken; 0 between steps.
        self._began = monotonic()
        # Until when (µs) pictures came.
        self._until = 0
        self._opened = False
        self._hurried = False
        # When the step of the veil began that is being taken; 0 between steps.
        self._masking = 0.0
        self._thread = Thread(
            target=self._run, name=f"clip {order.tag.camera_id}", daemon=True
        )

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, packet: Packet) -> bool:
        """Queue a packet; False when that goes too slowly and the clip must end."""
        if self._queue and self.stalled():
            return False
        return self._queue.offer(packet)

    def stalled(self) -> bool:
        """Tell whether the disk takes too long for a step."""
        return self.stuck_for(STALLED_CLOSING if self._queue.ending else STALLED)

    def stuck_for(self, seconds: float) -> bool:
        """Tell whether the disk has taken longer than that for a step."""
        began = self._began
        return bool(began) and self._monotonic() - began > seconds

    @property
    def masking(self) -> bool:
        """Whether there are pictures that were not masked yet."""
        return bool(self.order.mask) and bool(self._queue or self._masking)

    @property
    def falls_behind(self) -> bool:
        """Whether much waits because of masking, not because of the disk."""
        return self.masking and self._queue.full > 0.5 and not self.stuck_for(STALLED)

    @property
    def hung(self) -> bool:
        """Whether the veil does not come back, and somebody else should go on."""
        began = self._masking
        return bool(began) and (
            not self._queue.over and self._monotonic() - began > HUNG
        )

    def finish(self) -> None:
        """End the clip with what was offered so far."""
        self._queue.finish()

    def hurry(self) -> None:
        """Leave pictures out rather than time, from now on: the engine leaves."""
        self._hurried = True

    def abandon(self) -> list[Packet]:
        """End the clip with what the disk took so far; return all that may not be.

        That begins with a keyframe; empty where the clip is whole.
        """
        return self._queue.abandon()

    def split(self) -> tuple[list[Packet], int | None]:
        """End the clip with what was begun; return what another one goes on with.

        See `ClipQueue.split`.
        """
        return self._queue.split()

    def join(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds; True when the clip is done."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _take(self) -> Packet | None:
        """Return the next packet, or None at the end."""
        self._began = 0.0
        packet = self._queue.take()
        self._began = self._monotonic()
        return packet

    def _run(self) -> None:
        part = part_path(self.order.path)
        camera_id = self.order.tag.camera_id
        file: ClipFile | None = None
        try:
            self.order.place.folder.prepare(part.parent)
            file = ClipFile(part, self.order.place.folder.spend)
            result: ClipResult | ClipFailure = self._write(file, part)
        except NothingError:
            result = failure_of(NothingError(), file, part)
        except (MaskError, MuxError, OSError) as error:
            _LOGGER.warning("Clip of %s failed: %s", camera_id, described(error, file))
            result = failure_of(error, file, part)
        except Exception as error:
            _LOGGER.exception("Clip of %s failed", camera_id)
            result = failure_of(error, file, part)
        self._owner.clip_done(self, result)

    def _write(self, file: ClipFile, part: Path) -> ClipResult:
        order = self.order
        film = ClipFilm(order, file)
        try:
            self._mask(film, file)
            film.close()
            tag = replace(self._owner.clip_tag(self), start=film.tag.start)
            file.append(tag.to_box() if tag != film.tag else b"")
            file.sync()
            if not self._opened:
                self._owner.clip_opened(self)
        finally:
            film.discard()
            file.release()
        publish(part, order.path)
        self._queue.done()
        self._began = 0.0
        return ClipResult(
            tag=tag,
            path=order.path,
            thumbnail=make_thumbnail(
                order.path,
                thumbnail_path(order.path),
                self.peak - self.start,
                order.mask.union(order.hidden()),
            ),
            start=self.start,
            end=self.end,
            size=file.size,
            video=film.video,
            has_audio=film.has_audio,
        )

    def _mask(self, film: ClipFilm, file: ClipFile) -> None:
        """Write all that comes, through the veil.

        Where that fails, what was written before stays; MaskError if that is nothing.
        """
        order = self.order
        try:
            veil = open_veil(
                order.video,
                order.mask,
                effort=order.effort,
                after=order.after,
                quality=CLIP_QUALITY,
            )
            with closing(veil):
                while (packet := self._take()) is not None:
                    if not packet.is_audio:
                        end = packet.pts + packet.duration
                        self._until = max(self._until, end)
                    self._put(film, file, veil, self._shown(veil, packet))
                self._put(film, file, veil, self._shown(veil, None))
            self._check(film)
        except MaskError as error:
            self._owner.clip_blocked(self, error.cause)
            if film.start is None:
                raise
            _LOGGER.warning("A clip of %s ends early: %s", order.tag.camera_id, error)
        if film.start is None:
            raise NothingError

    def _check(self, film: ClipFilm) -> None:
        if film.start is None and self._queue.has_picture(self.order.after):
            raise MaskError("no picture came out", BlockCause.UNDECODABLE)

    def _shown(self, veil: Veil, packet: Packet | None) -> list[ShownPacket]:
        """Return what may be shown by now, or None: what was held back.

        That may take its time: it is not the disk's fault. Raises MaskError.
        """
        if not self.order.mask:
            return veil.finish() if packet is None else veil.show(packet)
        self._began, self._masking = 0.0, self._monotonic()
        veil.lag(self._queue.behind, 1.0 if self._hurried else self._queue.full)
        shown = veil.finish() if packet is None else veil.show(packet)
        self._began, self._masking = self._monotonic(), 0.0
        return shown

    def _put(
        self,
        film: ClipFilm,
        file: ClipFile,
        veil: Veil,
        shown: list[ShownPacket],
    ) -> None:
        for packet in shown:
            is_first = film.start is None
            grown = film.write(packet, veil.video)
            if film.end is None:
                continue
            # What covers pictures that were left out may last too long.
            self.end = min(film.end, self._until) / TIME_BASE
            if is_first:
                self.start = film.tag.start
                if self.order.mask:
                    self._owner.clip_masked(self)
            if not grown:
                continue
            if self.order.sync:
                file.sync()
            if (keyframe := film.settled()) is not None:
                self._queue.settle(keyframe)
            if not self._opened:
                self._opened = True
                self._owner.clip_opened(self)
