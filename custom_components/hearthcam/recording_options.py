"""What of a camera is recorded, and how, as its entry's options say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from .const import (
    CONF_INCIDENT,
    CONF_MAX_CLIP,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_RECORD_AUDIO,
    CONF_RECORD_CLASSES,
    CONF_RECORD_ZONES,
)
from .library.index import Library

RECORD_CLASSES: Final = (
    "motion",
    "person",
    "vehicle",
    "animal",
    "package",
    "doorbell",
    "sound",
)
"""The classes of events among which the user chooses."""

UNRECOGNISED: Final = "motion"
"""The class of what nobody recognised: every camera reports it."""


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """The options, read and typed; durations are in s.

    ``classes`` and ``zones`` are what `Policy.RECORD_CHOSEN` records; nothing chosen
    means all. ``zones`` may hold ids of zones that are gone, ``incident`` ids of
    cameras that are.
    """

    classes: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    pre_roll: float = 5.0
    post_roll: float = 10.0
    max_clip: float = 300.0
    audio: bool = True
    incident: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read an entry's options; raises ValueError where they are not ours."""
        return cls(
            classes=tuple(options.get(CONF_RECORD_CLASSES, ())),
            zones=tuple(options.get(CONF_RECORD_ZONES, ())),
            pre_roll=float(options.get(CONF_PRE_ROLL, cls().pre_roll)),
            post_roll=float(options.get(CONF_POST_ROLL, cls().post_roll)),
            max_clip=float(options.get(CONF_MAX_CLIP, cls().max_clip)),
            audio=bool(options.get(CONF_RECORD_AUDIO, cls().audio)),
            incident=tuple(options.get(CONF_INCIDENT, ())),
        )


async def async_reported_classes(library: Library, camera_id: str) -> frozenset[str]:
    """Return the classes that a camera is known to report; may raise LibraryError.

    Of its clips and of its events: those of a camera that records all the time, or
    not at all, are of no clip.
    """
    found = {count.kind for count in await library.kinds(camera_id)}
    for kind in RECORD_CLASSES:
        if kind not in found and await library.events(
            camera_id, kinds=(kind,), limit=1
        ):
            found.add(kind)
    return frozenset(found.intersection(RECORD_CLASSES) | {UNRECOGNISED})
