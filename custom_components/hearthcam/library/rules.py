"""What a row must be like, so that none ever leads elsewhere."""

from collections.abc import Iterable
import math
import re
from typing import Final

from .layout import is_camera_id, is_clip_id, parse_clip, relative_thumbnail
from .models import LATEST_TIME, MEDIA, SPOOL, Clip, Event

_KIND: Final = re.compile(r"[a-z0-9_]{1,32}")
_ZONE: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MARK: Final = re.compile(r"[0-9a-f]{12}")
MAX_ZONES: Final = 32
"""More are not kept of one clip."""


def is_kind(value: str) -> bool:
    """Tell whether the text has the form of a kind of clip or event."""
    return _KIND.fullmatch(value) is not None


def is_zone(value: str) -> bool:
    """Tell whether the text has the form of a zone's id."""
    return _ZONE.fullmatch(value) is not None


def is_mark(value: str) -> bool:
    """Tell whether the text has the form of a privacy zone's mark."""
    return _MARK.fullmatch(value) is not None


def check_clip(clip: Clip) -> None:
    """Raise ValueError for a clip that cannot be a row."""
    name = parse_clip(clip.path)
    if name is None or (name.clip_id, name.camera_id) != (clip.clip_id, clip.camera_id):
        raise ValueError("the clip's path is not that of its ids")
    if clip.thumbnail not in (None, relative_thumbnail(clip.path)):
        raise ValueError("the thumbnail's path is not that of the clip")
    if not 0 <= clip.start < LATEST_TIME or not math.isfinite(clip.end):
        raise ValueError("the clip's times are out of range")
    if clip.store not in (MEDIA, SPOOL):
        raise ValueError("there is no such store")
    if not is_kind(clip.kind):
        raise ValueError("malformed kind")


def check_event(event: Event) -> None:
    """Raise ValueError for an event that cannot be a row."""
    if not (is_camera_id(event.camera_id) and is_clip_id(event.event_id)):
        raise ValueError("malformed id")
    if not 0 <= event.start < LATEST_TIME:
        raise ValueError("the event's start is out of range")
    if event.end is not None and not math.isfinite(event.end):
        raise ValueError("the event's end is out of range")
    if not is_kind(event.kind):
        raise ValueError("malformed kind")


def clean_zones(zones: Iterable[str]) -> tuple[str, ...]:
    """Return what may be kept of zone ids: each once, and not too many.

    A clip is not refused for them, since they are less than it.
    """
    return tuple(dict.fromkeys(filter(is_zone, zones)))[:MAX_ZONES]
