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
from .clip_steps import STALLED, Steps
from .clip_veil import ClipVeil
from .masking.mask import MaskError
from .masking.shown import ShownPacket
from .mux import MuxError
from .packet import TIME_BASE, Packet
from .protocol import BlockCause
from .thumbnail import make_thumbnail

_LOGGER = logging.getLogger(__name__)

STALLED_CLOSING: Final = 5.0
"""Seconds that the disk may take for one step at the end, when nothing waits."""
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
        self._queue = ClipQueue(backlog, order.max_queued)
        self._steps = Steps(monotonic)
        # Until when (µs) pictures came.
        self._until = 0
        self._opened = False
        self._hurried = False
        self._leaving = False
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
        return self._steps.stuck_for(seconds)

    @property
    def advances(self) -> bool:
        """Whether disk and veil come forward, however slowly."""
        return self._steps.advance

    @property
    def masking(self) -> bool:
        """Whether there are pictures that were not masked yet."""
        return bool(self.order.mask) and bool(self._queue or self._steps.masking)

    @property
    def falls_behind(self) -> bool:
        """Whether much waits because of masking, not because of the disk."""
        return self.masking and self._queue.full > 0.5 and not self.stuck_for(STALLED)

    @property
    def hung(self) -> bool:
        """Whether the veil does not come back, and somebody else should go on."""
        return not self._queue.over and self._steps.masking_for(HUNG)

    def finish(self) -> None:
        """End the clip with what was offered so far."""
        self._queue.finish()

    def leave(self) -> None:
        """Have the disk hold it at its end only, which is near: the engine leaves."""
        self._leaving = True

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
        self._steps.rest()
        packet = self._queue.take()
        self._steps.disk()
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
        except MaskError as error:
            # Whoever is told of it says so once, and not for every clip.
            _LOGGER.debug("Clip of %s failed: %s", camera_id, described(error, file))
            result = failure_of(error, file, part)
        except (MuxError, OSError) as error:
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
            self._steps.disk()
            film.close()
            tag = replace(self._owner.clip_tag(self), start=film.tag.start)
            file.append(tag.to_box() if tag != film.tag else b"")
            self._steps.disk()
            file.sync()
            self._steps.disk()
            if not self._opened:
                self._owner.clip_opened(self)
        finally:
            film.discard()
            file.release()
        publish(part, order.path)
        self._queue.done()
        self._steps.rest()
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
            veil = ClipVeil(order, self._queue, self._steps, lambda: self._hurried)
            with closing(veil):
                while (packet := self._take()) is not None:
                    if not packet.is_audio:
                        end = packet.pts + packet.duration
                        self._until = max(self._until, end)
                    self._put(film, file, veil, veil.show(packet))
                self._put(film, file, veil, veil.show(None))
            self._check(film)
        except MaskError as error:
            self._owner.clip_blocked(self, error.cause)
            if film.start is None:
                raise
            _LOGGER.debug("A clip of %s ends early: %s", order.tag.camera_id, error)
        if film.start is None:
            raise NothingError

    def _check(self, film: ClipFilm) -> None:
        if film.start is None and self._queue.has_picture(self.order.after):
            raise MaskError("no picture came out", BlockCause.UNDECODABLE)

    def _put(
        self,
        film: ClipFilm,
        file: ClipFile,
        veil: ClipVeil,
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
            if self.order.sync and not self._leaving:
                file.sync()
            if (keyframe := film.settled()) is not None:
                self._queue.settle(keyframe)
            if not self._opened:
                self._opened = True
                self._owner.clip_opened(self)
