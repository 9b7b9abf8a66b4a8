"""Clips that are being written: they have no row yet, and can be watched already."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .engine.protocol import ClipClosed, ClipFailed, ClipOpened, Recovered, Report

_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class GrowingClip:
    """A clip without a row; ``path`` is its absolute final one.

    ``live`` tells that it still grows. What an engine that ended left behind does
    not, and is repaired soon. ``mask`` are the marks of what is black in it.
    """

    clip_id: str
    camera_id: str
    event_id: str
    kind: str
    start: float
    path: Path
    live: bool = True
    mask: tuple[str, ...] = ()


class Growing:
    """Knows a clip from its first frame until the library has its row."""

    def __init__(self) -> None:
        """Start with none."""
        self._clips: dict[str, GrowingClip] = {}
        self._closed: set[str] = set()

    def clips(self) -> list[GrowingClip]:
        """Return all clips that have no row yet."""
        return list(self._clips.values())

    def live(self, camera_id: str | None = None) -> list[GrowingClip]:
        """Return what is being written, of one camera or all, oldest first."""
        clips = [
            clip
            for clip in self._clips.values()
            if clip.live and camera_id in (None, clip.camera_id)
        ]
        return sorted(clips, key=lambda clip: clip.start)

    def report(self, report: Report) -> None:
        """Take what the engine reports of clips."""
        match report:
            case ClipOpened():
                # A clip whose disk failed goes on in this one.
                self._end(report.follows)
                self._open(report)
            case ClipClosed():
                self._end(report.clip_id)
                if report.clip_id in self._clips:
                    self._closed.add(report.clip_id)
            case ClipFailed():
                self._end(report.clip_id)
            case Recovered():
                # What is left of the dead has its row on the way, or held no picture.
                for clip in list(self._clips.values()):
                    if not clip.live and clip.clip_id not in self._closed:
                        self.indexed(clip.clip_id)

    def engine_ended(self) -> None:
        """Note that nobody writes any more."""
        for clip_id in self._clips:
            self._end(clip_id)

    def indexed(self, clip_id: str) -> None:
        """Forget a clip that the library knows."""
        self._clips.pop(clip_id, None)
        self._closed.discard(clip_id)

    def _open(self, report: ClipOpened) -> None:
        if report.path and len(self._clips) < _MOST:
            self._clips[report.clip_id] = GrowingClip(
                report.clip_id,
                report.camera_id,
                report.event_id,
                report.kind,
                report.start,
                Path(report.path),
                mask=report.mask,
            )

    def _end(self, clip_id: str) -> None:
        if (clip := self._clips.get(clip_id)) is not None:
            self._clips[clip_id] = replace(clip, live=False)
