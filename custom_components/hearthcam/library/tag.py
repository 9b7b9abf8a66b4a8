"""The note that every clip file carries, so that the library can be rebuilt.

It is the MP4 metadata tag ``comment``, a JSON object::

    {"hearthcam": 1, "camera": "front_door", "clip": "…", "event": "…",
     "start": 1700000000.0, "event_start": 1700000005.0, "kind": "motion"}
"""

from dataclasses import dataclass
import json
import math
import re
from typing import Self

from .layout import is_camera_id, is_clip_id
from .models import LATEST_TIME

VERSION = 1
MAX_LENGTH = 4096
_KIND = re.compile(r"[a-z0-9_]{1,32}")


class TagError(ValueError):
    """The comment is not a tag of ours."""


@dataclass(frozen=True, slots=True)
class ClipTag:
    """What a clip tells of itself; times are seconds of the epoch."""

    camera_id: str
    clip_id: str
    event_id: str
    start: float
    event_start: float
    kind: str = "motion"

    def to_json(self) -> str:
        """Return the text for the file's ``comment`` tag."""
        return json.dumps(
            {
                "hearthcam": VERSION,
                "camera": self.camera_id,
                "clip": self.clip_id,
                "event": self.event_id,
                "start": self.start,
                "event_start": self.event_start,
                "kind": self.kind,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the tag of a file's comment; raises `TagError` for anything else.

        The file may come from anywhere, so every field is checked. A newer
        version may add fields, but keeps these.
        """
        if len(text) > MAX_LENGTH:
            raise TagError("too long")
        try:
            data = json.loads(text)
        except ValueError, RecursionError:
            raise TagError("not JSON") from None
        if not isinstance(data, dict):
            raise TagError("not an object")
        version = data.get("hearthcam")
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise TagError("not of Hearthcam")
        camera_id, kind = _text(data, "camera"), _text(data, "kind")
        clip_id, event_id = _text(data, "clip"), _text(data, "event")
        if not (is_camera_id(camera_id) and is_clip_id(clip_id)):
            raise TagError("malformed id")
        if not (is_clip_id(event_id) and _KIND.fullmatch(kind)):
            raise TagError("malformed event")
        return cls(
            camera_id,
            clip_id,
            event_id,
            _time(data, "start"),
            _time(data, "event_start"),
            kind,
        )


def _text(data: dict[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise TagError(f"{key} is not text")
    return value


def _time(data: dict[str, object], key: str) -> float:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TagError(f"{key} is not a number")
    try:
        seconds = float(value)
    except OverflowError:
        raise TagError(f"{key} is out of range") from None
    if not math.isfinite(seconds) or not 0 <= seconds < LATEST_TIME:
        raise TagError(f"{key} is out of range")
    return seconds
