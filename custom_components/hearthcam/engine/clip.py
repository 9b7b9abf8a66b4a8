"""One clip on its way to the disk, in a thread of its own.

Crash safety: the file grows as ``….mp4.part`` in fragments of a second at most, each
flushed and synced, and becomes a regular MP4 under its final name in one step
(`clip_file.MP4_OPTIONS`: closing rewrites four bytes and appends the index, the
pictures are not written twice). What a kill leaves behind is repaired by `recover`.

What the disk may not hold yet is kept: when writing fails, `ClipWriter.rest` is what
the next clip begins with, elsewhere.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
import logging
from pathlib import Path
from threading import Condition, Thread
import time
from typing import Final, Protocol

from ..library.layout import part_path, thumbnail_path
from ..library.tag import ClipTag
from .clip_file import MP4_OPTIONS, ClipFile, publish
from .clip_order import ClipFailure, ClipOrder, ClipResult
from .mux import Muxer, MuxError
from .packet import TIME_BASE, Packet
from .storage import cause_of
from .thumbnail import make_thumbnail

_LOGGER = logging.getLogger(__name__)

STALLED: Final = 0.9
"""Seconds that the disk may take for one step while packets wait."""
STALLED_CLOSING: Final = 5.0
"""And while the last step is being taken, when nothing waits."""

_UNSURE: Final = 4
"""Packets that the muxer may hold back: a frame and a piece of sound, and to spare."""


class ClipOwner(Protocol):
    """Who is told of a clip, in its thread."""

    def clip_opened(self, writer: ClipWriter) -> None:
        """Its first fragment is on the disk: it can be played, and repaired."""

    def clip_tag(self, writer: ClipWriter) -> ClipTag:
        """Return what is known of the clip at its end."""

    def clip_done(self, writer: ClipWriter, result: ClipResult | ClipFailure) -> None:
        """It is whole, or it failed. Called once, the last of all."""


class ClipWriter:
    """Writes what it is offered until it is told to finish.

    `offer`, `finish` and `abandon` never block: a disk that stalls must not stop the
    stream.
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
        self.start = backlog[0].time
        # When (s) there is most to see: the thumbnail's moment.
        self.peak = order.tag.event_start
        self._owner = owner
        self._monotonic = monotonic
        self._queue: deque[Packet] = deque(backlog)
        self._queued = sum(len(packet.data) for packet in backlog)
        # What the muxer took and the disk may not hold: from a keyframe on.
        self._tail: deque[Packet] = deque()
        self._finishing = False
        self._over = False
        # When the step began that is being taken; 0 between steps.
        self._began = monotonic()
        self._changed = Condition()
        self._end = backlog[0].pts
        self._thread = Thread(
            target=self._run, name=f"clip {order.tag.camera_id}", daemon=True
        )

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, packet: Packet) -> bool:
        """Queue a packet; False when the disk is too slow and the clip must end."""
        with self._changed:
            if (
                self._over
                or self._queued + len(packet.data) > self.order.max_queued
                or (self._queue and self.stalled())
            ):
                return False
            self._queue.append(packet)
            self._queued += len(packet.data)
            self._changed.notify()
            return True

    def stalled(self) -> bool:
        """Tell whether a step takes too long."""
        began = self._began
        if not began:
            return False
        patience = STALLED_CLOSING if self._finishing else STALLED
        return self._monotonic() - began > patience

    def finish(self) -> None:
        """End the clip with what was offered so far."""
        with self._changed:
            self._finishing = True
            self._changed.notify()

    def abandon(self) -> list[Packet]:
        """End the clip with what the disk took so far; return all that may not be.

        That begins with a keyframe; empty where the clip is whole.
        """
        with self._changed:
            self._over = self._finishing = True
            rest = [*self._tail, *self._queue]
            self._tail.clear()
            self._queue.clear()
            self._queued = 0
            self._changed.notify()
            return rest

    def join(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds; True when the clip is done."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _take(self) -> Packet | None:
        """Return the next packet, or None at the end."""
        with self._changed:
            while not self._queue and not self._finishing:
                self._began = 0.0
                self._changed.wait()
            self._began = self._monotonic()
            if not self._queue:
                return None
            packet = self._queue.popleft()
            self._queued -= len(packet.data)
            self._tail.append(packet)
            return packet

    def _settle(self) -> None:
        """Forget the packets that the disk holds, but for the last GOP's begin."""
        with self._changed:
            keyframe = 0
            for index, packet in enumerate(self._tail):
                if index > len(self._tail) - _UNSURE:
                    break
                if packet.is_keyframe and not packet.is_audio:
                    keyframe = index
            for _ in range(keyframe):
                self._tail.popleft()

    def _run(self) -> None:
        part = part_path(self.order.path)
        camera_id = self.order.tag.camera_id
        file: ClipFile | None = None
        try:
            self.order.place.folder.prepare(part.parent)
            file = ClipFile(part, self.order.place.folder.spend)
            result: ClipResult | ClipFailure = self._write(file, part)
        except (MuxError, OSError) as error:
            _LOGGER.warning("Clip of %s failed: %s", camera_id, _describe(error, file))
            result = _failure(error, file, part)
        except Exception as error:
            _LOGGER.exception("Clip of %s failed", camera_id)
            result = _failure(error, file, part)
        self._owner.clip_done(self, result)

    def _write(self, file: ClipFile, part: Path) -> ClipResult:
        order = self.order
        has_audio = opened = False
        muxer: Muxer | None = None
        try:
            while (packet := self._take()) is not None:
                if muxer is None:
                    muxer = self._muxer(file, packet)
                    muxer.write(packet)
                    file.begin()
                elif not self._mux(muxer, file, packet):
                    continue
                if packet.is_audio:
                    has_audio = has_audio or order.audio is not None
                else:
                    self._end = max(self._end, packet.pts + packet.duration)
                    if file.grown():
                        if order.sync:
                            file.sync()
                        self._settle()
                        if not opened:
                            opened = True
                            self._owner.clip_opened(self)
            if muxer is None:
                raise MuxError("nothing to write")
            muxer.close()
            muxer = None
            tag = self._owner.clip_tag(self)
            file.append(tag.to_box() if tag != order.tag else b"")
            file.sync()
            if not opened:
                self._owner.clip_opened(self)
        finally:
            if muxer is not None:
                _discard(muxer)
            file.release()
        publish(part, order.path)
        with self._changed:
            self._over = True
            self._tail.clear()
            self._began = 0.0
        return ClipResult(
            tag=tag,
            path=order.path,
            thumbnail=make_thumbnail(
                order.path, thumbnail_path(order.path), self.peak - self.start
            ),
            start=self.start,
            end=self._end / TIME_BASE,
            size=file.size,
            video=order.video,
            has_audio=has_audio,
        )

    def _muxer(self, file: ClipFile, first: Packet) -> Muxer:
        order = self.order
        return Muxer(
            file,
            "mp4",
            first,
            order.video,
            order.audio,
            options=MP4_OPTIONS,
            metadata={"comment": order.tag.to_json()},
        )

    def _mux(self, muxer: Muxer, file: ClipFile, packet: Packet) -> bool:
        """Write a packet; False for one that FFmpeg refuses. Raises MuxError."""
        try:
            muxer.write(packet)
        except MuxError as error:
            if file.error is not None:
                raise
            _LOGGER.debug("A packet is left out of a clip: %s", error)
            return False
        return True


def _discard(muxer: Muxer) -> None:
    """Free a muxer whose file takes nothing any more."""
    try:
        muxer.close()
    except MuxError:
        _LOGGER.debug("A muxer failed once more at its end")


def _failure(error: Exception, file: ClipFile | None, part: Path) -> ClipFailure:
    if file is None:
        cause = cause_of(error) if isinstance(error, OSError) else None
        return ClipFailure(cause, None)
    disk = file.error or (error if isinstance(error, OSError) else None)
    if not file.has_fragments:
        # Not even one fragment: there is nothing to repair.
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return ClipFailure(
        cause_of(disk) if disk else None, part if file.has_fragments else None
    )


def _describe(error: Exception, file: ClipFile | None) -> str:
    """Return what happened without the path (it holds the camera's name)."""
    if file is not None and file.error is not None:
        error = file.error
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__} {error}".strip()
