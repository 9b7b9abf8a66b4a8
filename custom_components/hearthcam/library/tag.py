"""The note that every clip file carries, so that the library can be rebuilt.

It is the MP4 metadata tag ``comment``, a JSON object::

    {"hearthcam": 1, "camera": "front_door", "clip": "…", "event": "…",
     "start": 1700000000.0, "utc": "2023-11-14T22:13:20.000Z",
     "event_start": 1700000005.0, "kind": "motion", "zones": ["…"],
     "score": 0.5, "events": ["…"], "mask": ["…"]}

More is known at a clip's end than at its start. It is then appended to the file as
a box of its own (`ClipTag.to_box`), of type ``uuid`` and with `BOX_ID`, which players
skip; of several notes the last counts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
import json
import math
from typing import Final, Self
from uuid import UUID

from .boxes import box
from .layout import is_camera_id, is_clip_id
from .models import LATEST_TIME
from .rules import MAX_ZONES, clean_zones, is_kind, is_mark

VERSION: Final = 1
MAX_LENGTH: Final = 16384
BOX_ID: Final = UUID("5c7bb1b5-8f0c-4a5e-9d3a-6865617274c1").bytes
"""The 16 bytes that follow ``uuid`` in the header of our box."""


class TagError(ValueError):
    """The comment is not a tag of ours."""


@dataclass(frozen=True, slots=True)
class ClipTag:
    """What a clip tells of itself; times are seconds of the epoch.

    ``zones`` are the ids of zones with motion, ``events`` the ids of further events
    than ``event_id``; not more than `MAX_ZONES` of each are written. ``mask`` are the
    marks of the privacy zones that are black in it, of which none is left out; a clip
    that names none is not shown where there is one that must be.
    """

    camera_id: str
    clip_id: str
    event_id: str
    start: float
    event_start: float
    kind: str = "motion"
    zones: tuple[str, ...] = ()
    score: float = 0.0
    events: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the text for the file's ``comment`` tag."""
        utc = datetime.fromtimestamp(self.start, UTC)
        note: dict[str, object] = {
            "hearthcam": VERSION,
            "camera": self.camera_id,
            "clip": self.clip_id,
            "event": self.event_id,
            "start": self.start,
            "utc": f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z",
            "event_start": self.event_start,
            "kind": self.kind,
        }
        # What an older reader does not know comes last, and only where there is some.
        if zones := clean_zones(self.zones):
            note["zones"] = zones
        if self.score:
            note["score"] = round(self.score, 4)
        if self.events:
            note["events"] = self.events[:MAX_ZONES]
        if self.mask:
            note["mask"] = self.mask
        return json.dumps(note, separators=(",", ":"))

    def to_box(self) -> bytes:
        """Return the MP4 box to append to the closed file."""
        return box(b"uuid", BOX_ID, self.to_json().encode())

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
        if not (is_clip_id(event_id) and is_kind(kind)):
            raise TagError("malformed event")
        return cls(
            camera_id,
            clip_id,
            event_id,
            _time(data, "start"),
            _time(data, "event_start"),
            kind,
            clean_zones(_texts(data, "zones")),
            _score(data),
            tuple(filter(is_clip_id, _texts(data, "events")))[:MAX_ZONES],
            tuple(filter(is_mark, _texts(data, "mask"))),
        )


def _text(data: dict[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise TagError(f"{key} is not text")
    return value


def _texts(data: dict[str, object], key: str) -> list[str]:
    """Return a list that may be missing; what is no text in it is left out."""
    values = data.get(key)
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, str)]


def _score(data: dict[str, object]) -> float:
    """Return the score, which may be missing: 0 then, and for what is none."""
    value = data.get("score")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value <= 1 else 0.0


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
