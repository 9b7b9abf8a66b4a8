"""How a camera records, as its entry's options say."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from .const import (
    CONF_INCIDENT,
    CONF_MAX_CLIP,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_RECORD_AUDIO,
    CONF_RECORD_CLASSES,
    CONF_RECORD_ZONES,
    CONF_RECORDING,
)

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


class Recording(StrEnum):
    """What a camera that is to record writes."""

    MOTION = "motion"
    CONTINUOUS = "continuous"


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """The options, read and typed; durations are in s, nothing chosen means all.

    ``zones`` may hold ids of zones that are gone, ``incident`` ids of cameras that
    are.
    """

    recording: Recording = Recording.MOTION
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
            recording=Recording(options.get(CONF_RECORDING, cls().recording)),
            classes=tuple(options.get(CONF_RECORD_CLASSES, ())),
            zones=tuple(options.get(CONF_RECORD_ZONES, ())),
            pre_roll=float(options.get(CONF_PRE_ROLL, cls().pre_roll)),
            post_roll=float(options.get(CONF_POST_ROLL, cls().post_roll)),
            max_clip=float(options.get(CONF_MAX_CLIP, cls().max_clip)),
            audio=bool(options.get(CONF_RECORD_AUDIO, cls().audio)),
            incident=tuple(options.get(CONF_INCIDENT, ())),
        )
