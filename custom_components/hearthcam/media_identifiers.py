"""What an item in Media is, as text in its identifier and back."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
import re
from typing import Self, override

from .library.layout import is_camera_id, is_clip_id, parse_day

_KIND = re.compile(r"[a-z0-9_]{1,32}")


class IdentifierError(ValueError):
    """The text names nothing here."""


class Level(StrEnum):
    """What there is; the value begins the text."""

    ROOT = ""
    CAMERA = "camera"
    DAY = "day"
    KIND = "kind"
    PROTECTED = "protected"
    CLIP = "clip"
    HOUR = "hour"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An item; what it does not need is left out.

    ``camera/<camera_id>``, ``day/<camera_id>/<YYYY-MM-DD>``,
    ``kind/<kind>[/<camera_id>]``, ``protected``, ``clip/<clip_id>``,
    ``event/<event_id>``, ``hour/<camera_id>/<start in s of the epoch>``. Folders of
    clips may end in ``/+<number of newer items left out>``.
    """

    level: Level = Level.ROOT
    camera_id: str = ""
    day: date = date.min
    kind: str = ""
    item_id: str = ""
    start: int = 0
    offset: int = 0

    @override
    def __str__(self) -> str:
        """Return the text."""
        parts: list[str] = [self.level]
        match self.level:
            case Level.CAMERA:
                parts.append(self.camera_id)
            case Level.DAY:
                parts += (self.camera_id, self.day.isoformat())
            case Level.KIND:
                parts += (self.kind, self.camera_id) if self.camera_id else (self.kind,)
            case Level.CLIP | Level.EVENT:
                parts.append(self.item_id)
            case Level.HOUR:
                parts += (self.camera_id, str(self.start))
        if self.offset:
            parts.append(f"+{self.offset}")
        return "/".join(parts)

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read the text; raises `IdentifierError` unless it has exactly that form.

        Of the root, Home Assistant gives None or "".
        """
        parts = (text or "").split("/")
        offset = 0
        if parts[0] in (Level.DAY, Level.KIND, Level.PROTECTED) and (
            parts[-1].startswith("+")
        ):
            offset = _number(parts.pop()[1:])
            if offset == 0:
                raise IdentifierError
        return replace(cls._parse(parts), offset=offset)

    @classmethod
    def _parse(cls, parts: list[str]) -> Self:
        match parts:
            case [""]:
                return cls()
            case ["protected"]:
                return cls(Level.PROTECTED)
            case ["clip" | "event" as level, item_id] if is_clip_id(item_id):
                return cls(Level(level), item_id=item_id)
            case ["camera", camera_id] if is_camera_id(camera_id):
                return cls(Level.CAMERA, camera_id)
            case ["hour", camera_id, start] if is_camera_id(camera_id):
                return cls(Level.HOUR, camera_id, start=_number(start))
            case ["kind", kind] if _KIND.fullmatch(kind):
                return cls(Level.KIND, kind=kind)
            case ["kind", kind, camera_id] if _KIND.fullmatch(kind):
                if is_camera_id(camera_id):
                    return cls(Level.KIND, camera_id, kind=kind)
            case ["day", camera_id, name] if is_camera_id(camera_id):
                day = parse_day(name)
                # Of the calendar's first and last days not every zone has both ends.
                if day is not None and 1970 <= day.year < 9000:
                    return cls(Level.DAY, camera_id, day)
        raise IdentifierError


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10) or (
        text != str(int(text))
    ):
        raise IdentifierError
    return int(text)
