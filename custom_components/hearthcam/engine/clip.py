"""One clip on its way to the disk, in a thread of its own.

Crash safety: the file grows as ``….mp4.part`` in fragments of a second at most, each
flushed and synced, and becomes a regular MP4 under its final name in one step
(`hybrid_fragmented`: closing rewrites four bytes and appends the index, the pictures
are not written twice). What a kill leaves behind is repaired by `recover`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
import logging
import os
from pathlib import Path
from threading import Condition, Thread
from typing import Final

from ..library.layout import part_path, thumbnail_path
from ..library.tag import ClipTag
from .mux import Muxer, MuxError
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import LostCause
from .thumbnail import make_thumbnail

_LOGGER = logging.getLogger(__name__)

MAX_QUEUED: Final = 48 * 1024 * 1024
"""Bytes that may wait for a slow disk: over 60 s of 6 Mbit/s."""

_OPTIONS: Final = {
    "movflags": "hybrid_fragmented",
    "frag_duration": str(TIME_BASE),
    "flush_packets": "1",
}
_SYNC_EVERY: Final = TIME_BASE


@dataclass(frozen=True, slots=True)
class ClipResult:
    """A finished clip; times in seconds of the Unix epoch, size in bytes."""

    tag: ClipTag
    path: Path
    thumbnail: Path | None
    start: float
    end: float
    size: int
    video: VideoParameters
    has_audio: bool


@dataclass(frozen=True, slots=True)
class ClipFailure:
    """A clip that could not be finished, and from when on pictures are missing."""

    tag: ClipTag
    cause: LostCause
    since: float


class ClipWriter:
    """Writes what it is offered until it is told to finish.

    ``offer`` and ``finish`` never block: a disk that stalls must not stop the
    stream. ``done`` is called once, in the writer's thread.
    """

    def __init__(
        self,
        path: Path,
        tag: ClipTag,
        video: VideoParameters,
        audio: AudioParameters | None,
        backlog: list[Packet],
        done: Callable[[ClipWriter, ClipResult | ClipFailure], None],
        *,
        max_queued: int = MAX_QUEUED,
    ) -> None:
        """Start writing; ``backlog`` begins with a keyframe."""
        self.tag = tag
        self.path = path
        self.start = backlog[0].time
        # When (s) there is most to see: the thumbnail's moment.
        self.peak = tag.event_start
        self._video = video
        self._audio = audio
        self._done = done
        self._max_queued = max_queued
        self._queue: deque[Packet] = deque(backlog)
        self._queued = sum(len(packet.data) for packet in backlog)
        self._finishing = False
        self._overrun: float | None = None
        self._changed = Condition()
        self._end = backlog[0].pts
        self._thread = Thread(
            target=self._run, name=f"clip {tag.camera_id}", daemon=True
        )
        self._thread.start()

    def offer(self, packet: Packet) -> bool:
        """Queue a packet; False when the disk is too slow and the clip must end."""
        with self._changed:
            if self._overrun is not None:
                return False
            if self._queued + len(packet.data) > self._max_queued:
                self._overrun = packet.time
                self._finishing = True
            else:
                self._queue.append(packet)
                self._queued += len(packet.data)
            self._changed.notify()
            return self._overrun is None

    def finish(self) -> None:
        """End the clip with what was offered so far."""
        with self._changed:
            self._finishing = True
            self._changed.notify()

    def join(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds; True when the clip is done."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _take(self) -> Packet | None:
        """Return the next packet, or None at the end."""
        with self._changed:
            while not self._queue and not self._finishing:
                self._changed.wait()
            if not self._queue:
                return None
            packet = self._queue.popleft()
            self._queued -= len(packet.data)
            return packet

    def _run(self) -> None:
        try:
            result: ClipResult | ClipFailure = self._write()
        except (MuxError, OSError) as error:
            _LOGGER.warning(
                "Clip of %s failed: %s", self.tag.camera_id, _describe(error)
            )
            result = ClipFailure(
                self.tag, LostCause.STORAGE_ERROR, self._end / TIME_BASE
            )
        except Exception:
            _LOGGER.exception("Clip of %s failed", self.tag.camera_id)
            result = ClipFailure(
                self.tag, LostCause.STORAGE_ERROR, self._end / TIME_BASE
            )
        with self._changed:
            # Nobody takes from the queue any more.
            self._overrun = self._overrun or self._end / TIME_BASE
            self._queue.clear()
        self._done(self, result)

    def _write(self) -> ClipResult | ClipFailure:
        part = part_path(self.path)
        part.parent.mkdir(parents=True, exist_ok=True)
        first = self._take()
        assert first is not None
        muxer = Muxer(
            str(part),
            "mp4",
            first,
            self._video,
            self._audio,
            options=_OPTIONS,
            metadata={"comment": self.tag.to_json()},
        )
        has_audio = False
        # The muxer makes the file with the first packet.
        muxer.write(first)
        # Opened a second time only to sync what FFmpeg writes.
        descriptor = os.open(part, os.O_RDONLY)
        try:
            synced = first.pts
            while (packet := self._take()) is not None:
                muxer.write(packet)
                has_audio |= packet.is_audio and self._audio is not None
                if not packet.is_audio:
                    self._end = max(self._end, packet.pts + packet.duration)
                if self._end - synced > _SYNC_EVERY:
                    os.fsync(descriptor)
                    synced = self._end
            muxer.close()
            os.fsync(descriptor)
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if self._overrun is not None:
            _LOGGER.warning("The disk is too slow for %s", self.tag.camera_id)
        publish(part, self.path)
        return ClipResult(
            tag=self.tag,
            path=self.path,
            thumbnail=self._thumbnail(),
            start=self.start,
            end=self._end / TIME_BASE,
            size=size,
            video=self._video,
            has_audio=has_audio,
        )

    def _thumbnail(self) -> Path | None:
        return make_thumbnail(
            self.path, thumbnail_path(self.path), self.peak - self.start
        )


def publish(part: Path, final: Path) -> None:
    """Give a synced file its final name, durably. Raises OSError."""
    part.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError:
        # Some network shares cannot sync a folder; the rename itself is done.
        _LOGGER.debug("Cannot sync the folder of a clip")
    finally:
        os.close(folder)


def _describe(error: Exception) -> str:
    """Return what happened without the path (it holds the camera's name)."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__} {error}".strip()
