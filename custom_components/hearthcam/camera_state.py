"""What is known of a camera right now, and the words in which it is told."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from homeassistant.util.dt import utc_from_timestamp

from .const import DOMAIN
from .engine.protocol import (
    CameraStats,
    ClipClosed,
    ClipFailed,
    ClipOpened,
    LightExplained,
    Lost,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    PrivacyState,
    Profile,
    Reason,
    StreamState,
)
from .library.models import Clip
from .picture_views import picture_url, preview_url
from .views import clip_url, thumbnail_url

type CameraReport = (
    StreamState
    | CameraStats
    | MotionStarted
    | MotionUpdated
    | MotionEnded
    | LightExplained
    | ClipOpened
    | ClipClosed
    | ClipFailed
    | Lost
    | PrivacyState
)


class Topic(StrEnum):
    """What a subscriber wants to hear of."""

    STATE = "state"
    STATS = "stats"
    PICTURE = "picture"
    PRIVACY = "privacy"
    """Whether live pictures may be shown, or that older ones may not any more."""
    ZONES = "zones"


class MotionEvent(StrEnum):
    """The event entity's types."""

    STARTED = "motion_started"
    ENDED = "motion_ended"
    CLIP_RECORDED = "clip_recorded"


@dataclass(slots=True)
class CameraState:
    """The state of one camera.

    ``recording`` holds the ids of open clips, ``moving_zones`` those of the zones in
    which there is motion now; ``lights`` counts explained changes of the light by
    their cause.
    """

    streams: dict[Profile, StreamState] = field(default_factory=dict)
    stats: CameraStats | None = None
    privacy: PrivacyState | None = None
    motion: MotionStarted | None = None
    moving_zones: frozenset[str] = frozenset()
    lights: Counter[str] = field(default_factory=Counter)
    last_light: LightExplained | None = None
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

    def forget_streams(self) -> None:
        """Drop what is known of connections that are gone."""
        self.streams.clear()
        self.stats = None
        self.motion = None
        self.moving_zones = frozenset()

    def forget_engine(self) -> None:
        """Drop what only a running engine can know."""
        self.forget_streams()
        self.privacy = None
        self.recording.clear()


def motion_attributes(
    report: MotionStarted | MotionEnded, zone_names: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the event entity tells of a motion; durations are seconds.

    ``zone_names`` are the names of the camera's zones by their id.
    """
    known = [zone_id for zone_id in report.zones if zone_id in zone_names]
    attributes: dict[str, Any] = {
        "event_id": report.event_id,
        "kind": report.kind,
        "score": round(report.score, 3),
        "zones": [zone_names[zone_id] for zone_id in known],
        "zone_ids": known,
        "reason": reason_attributes(report.reason),
    }
    if isinstance(report, MotionEnded):
        attributes["duration"] = round(report.end - report.start, 1)
        attributes["zone_results"] = [
            {
                "zone": zone_names[result.zone_id],
                "score": round(result.score, 3),
                "peak": utc_from_timestamp(result.peak).isoformat(),
            }
            for result in report.results
            if result.zone_id in zone_names
        ]
    return attributes


def reason_attributes(reason: Reason | None) -> dict[str, float] | None:
    """Return why a motion was reported: size in %, contrast, duration in s."""
    if reason is None:
        return None
    return {
        "size": round(reason.size * 100, 2),
        "contrast": round(reason.contrast, 1),
        "duration": round(reason.duration, 1),
    }


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
        "picture": picture_url(clip.clip_id),
        "preview": preview_url(clip.clip_id),
        "media_content_id": f"media-source://{DOMAIN}/clip/{clip.clip_id}",
    }
