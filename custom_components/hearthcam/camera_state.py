"""What is known of a camera right now, and the words in which it is told."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .const import DOMAIN
from .engine.protocol import (
    CameraStats,
    ClipClosed,
    ClipFailed,
    ClipOpened,
    Lost,
    MotionEnded,
    MotionStarted,
    Profile,
    StreamState,
)
from .library.models import Clip
from .views import clip_url, thumbnail_url

type CameraReport = (
    StreamState
    | CameraStats
    | MotionStarted
    | MotionEnded
    | ClipOpened
    | ClipClosed
    | ClipFailed
    | Lost
)


class Topic(StrEnum):
    """What a subscriber wants to hear of."""

    STATE = "state"
    STATS = "stats"
    PICTURE = "picture"


class MotionEvent(StrEnum):
    """The event entity's types."""

    STARTED = "motion_started"
    ENDED = "motion_ended"
    CLIP_RECORDED = "clip_recorded"


@dataclass(slots=True)
class CameraState:
    """The state of one camera; ``recording`` holds the ids of open clips."""

    streams: dict[Profile, StreamState] = field(default_factory=dict)
    stats: CameraStats | None = None
    motion: MotionStarted | None = None
    last_motion: datetime | None = None
    last_clip: Clip | None = None
    picture_time: datetime | None = None
    recording: set[str] = field(default_factory=set)
    clips_failed: int = 0
    lost_seconds: float = 0.0

    @property
    def watched(self) -> bool:
        """Whether somebody takes the live stream."""
        return self.stats is not None and self.stats.viewers > 0

    def forget_engine(self) -> None:
        """Drop what only a running engine can know."""
        self.streams.clear()
        self.stats = None
        self.motion = None
        self.recording.clear()


def motion_attributes(report: MotionStarted | MotionEnded) -> dict[str, Any]:
    """Return what the event entity tells of a motion; durations are seconds."""
    attributes: dict[str, Any] = {
        "event_id": report.event_id,
        "kind": report.kind,
        "score": round(report.score, 3),
    }
    if isinstance(report, MotionEnded):
        attributes["duration"] = round(report.end - report.start, 1)
    return attributes


def clip_attributes(clip: Clip) -> dict[str, Any]:
    """Return what the event entity tells of a clip; URLs are relative ones."""
    return {
        "event_id": clip.event_id,
        "clip_id": clip.clip_id,
        "kind": clip.kind,
        "score": round(clip.score, 3),
        "duration": round(clip.end - clip.start, 1),
        "recovered": clip.recovered,
        "clip": clip_url(clip.clip_id),
        "thumbnail": thumbnail_url(clip.clip_id) if clip.thumbnail else None,
        "media_content_id": f"media-source://{DOMAIN}/clip/{clip.clip_id}",
    }
