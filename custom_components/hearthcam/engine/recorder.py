"""What is recorded when: from an event to one or more clips without a gap."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Final
from zoneinfo import ZoneInfo

from ..library.layout import clip_path
from ..library.tag import ClipTag
from .clip import ClipFailure, ClipResult, ClipWriter
from .ids import new_id
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import (
    ClipClosed,
    ClipFailed,
    ClipOpened,
    ConfigureCamera,
    Lost,
    LostCause,
    Report,
)
from .ring import Ring

DONE_WITHIN: Final = 4.0
"""Seconds that finishing a clip may take when the engine leaves."""


@dataclass(slots=True)
class _Event:
    """What is being recorded: ``until`` (µs) is None while the motion goes on."""

    event_id: str
    kind: str
    start: float
    score: float
    until: int | None = None


class Recorder:
    """Records one camera's events from the ring and the live packets.

    ``packet`` is called in the stream's thread, the rest from any. A motion that
    comes while a clip is open extends that clip; a clip that grows too long goes on
    in a next one from the same keyframe, so that no frame is lost or doubled.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        ring: Ring,
        report: Callable[[Report], None],
    ) -> None:
        """Prepare; nothing is written before the first event."""
        self._config = config
        self._zone = ZoneInfo(config.time_zone)
        self._ring = ring
        self._report = report
        self._lock = RLock()
        self._event: _Event | None = None
        self._writer: ClipWriter | None = None
        # Every writer whose file is not whole yet, the open one among them.
        self._unfinished: set[ClipWriter] = set()
        self._video: VideoParameters | None = None
        self._audio: AudioParameters | None = None
        self._lost_since: float | None = None
        self._lost_cause = LostCause.OFFLINE

    @property
    def recording(self) -> bool:
        """Whether a clip is open."""
        return self._writer is not None

    def configure(self, config: ConfigureCamera) -> None:
        """Use other lengths and places from the next clip on."""
        with self._lock:
            self._config = config
            self._zone = ZoneInfo(config.time_zone)

    def parameters(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Take note of what the packets are; other ones need another clip."""
        with self._lock:
            if not self._config.record_audio:
                audio = None
            if self._video is not None and not (
                self._video.same_picture(video) and self._audio == audio
            ):
                self._finish_clip()
            self._video, self._audio = video, audio

    def begin(self, event_id: str, start: float, kind: str, score: float) -> None:
        """Record from ``start`` (s, the first moving frame) less the pre-roll."""
        with self._lock:
            if self._event is not None:
                self._event.until = None
                self._event.score = max(self._event.score, score)
                return
            self._event = _Event(event_id, kind, start, score)
            self._open(int((start - self._config.pre_roll) * TIME_BASE))

    def end(self, end: float, peak: float, score: float) -> None:
        """End the event: its clip goes on for the post-roll after ``end`` (s)."""
        with self._lock:
            if self._event is None:
                return
            until = int((end + self._config.post_roll) * TIME_BASE)
            self._event.until = max(until, self._event.until or 0)
            if score >= self._event.score:
                self._event.score = score
                if self._writer is not None:
                    self._writer.peak = peak

    def cancel(self) -> None:
        """Finish at once with what there is (mode off, or the engine leaves)."""
        with self._lock:
            self._event = None
            self._finish_clip()

    def interrupted(self) -> None:
        """Finish the clip, since the stream broke off; the event goes on after it."""
        with self._lock:
            if self._writer is not None:
                self._missing(self._newest(), LostCause.OFFLINE)
                self._finish_clip()

    def packet(self, packet: Packet) -> None:
        """Take the newest packet, which is in the ring already."""
        with self._lock:
            event = self._event
            if event is None:
                return
            if event.until is not None and packet.dts > event.until:
                self._event = None
                self._lost_since = None
                self._finish_clip()
                return
            starts_gop = packet.is_keyframe and not packet.is_audio
            if self._writer is None:
                # After an interruption, or a disk that was too slow.
                if starts_gop:
                    self._found(packet.time)
                    self._open(packet.pts)
                return
            too_long = packet.time - self._writer.start >= self._config.max_clip
            if starts_gop and too_long:
                self._finish_clip()
                self._open(packet.pts)
            elif not self._writer.offer(packet):
                self._missing(packet.time, LostCause.SLOW_STORAGE)
                self._writer = None

    def _missing(self, since: float, cause: LostCause) -> None:
        if self._lost_since is None:
            self._lost_since, self._lost_cause = since, cause

    def _found(self, until: float) -> None:
        if self._lost_since is not None:
            if until > self._lost_since:
                self._report(
                    Lost(
                        self._config.camera_id,
                        self._lost_since,
                        until,
                        self._lost_cause,
                    )
                )
            self._lost_since = None

    def _newest(self) -> float:
        gop = self._ring.last_gop()
        return gop[-1].time if gop else 0.0

    def _open(self, start: int) -> None:
        """Start a clip with what the ring holds from ``start`` (µs) on."""
        event = self._event
        backlog = self._ring.since(start)
        if event is None or self._video is None or not backlog:
            return
        clip_id = new_id(backlog[0].time)
        tag = ClipTag(
            camera_id=self._config.camera_id,
            clip_id=clip_id,
            event_id=event.event_id,
            start=backlog[0].time,
            event_start=event.start,
            kind=event.kind,
        )
        path = clip_path(
            Path(self._config.directory), backlog[0].time, self._zone, clip_id
        )
        writer = ClipWriter(
            path,
            tag,
            self._video,
            self._audio,
            backlog,
            lambda done, result: self._done(done, result, event),
        )
        self._writer = writer
        self._unfinished.add(writer)
        self._report(
            ClipOpened(self._config.camera_id, clip_id, event.event_id, writer.start)
        )

    def _finish_clip(self) -> None:
        if self._writer is not None:
            self._writer.finish()
            self._writer = None

    def _done(
        self, writer: ClipWriter, result: ClipResult | ClipFailure, event: _Event
    ) -> None:
        """Tell of a clip that is whole (called in the writer's thread)."""
        tag = result.tag
        if isinstance(result, ClipResult):
            self._report(
                ClipClosed(
                    camera_id=tag.camera_id,
                    clip_id=tag.clip_id,
                    event_id=tag.event_id,
                    path=str(result.path),
                    thumbnail=str(result.thumbnail) if result.thumbnail else None,
                    start=result.start,
                    end=result.end,
                    event_start=tag.event_start,
                    size=result.size,
                    codec=result.video.codec,
                    width=result.video.width,
                    height=result.video.height,
                    has_audio=result.has_audio,
                    kind=tag.kind,
                    score=event.score,
                )
            )
        else:
            self._report(
                ClipFailed(tag.camera_id, tag.clip_id, tag.event_id, result.cause)
            )
        with self._lock:
            self._unfinished.discard(writer)
            if self._writer is writer:
                self._writer = None

    def open_paths(self) -> set[Path]:
        """Return the final paths of the clips that are being written."""
        with self._lock:
            return {writer.path for writer in self._unfinished}

    def close(self, timeout: float = DONE_WITHIN) -> None:
        """Finish everything, waiting up to ``timeout`` s for each clip."""
        self.cancel()
        with self._lock:
            unfinished = list(self._unfinished)
        for writer in unfinished:
            writer.join(timeout)
