"""What a camera reports: events with a class, and what it declares to report."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

type Items = tuple[tuple[str, str], ...]
"""Names and values of SimpleItems, in their order."""


class EventKind(StrEnum):
    """The class of an event, whatever its maker calls it."""

    MOTION = "motion"
    PERSON = "person"
    VEHICLE = "vehicle"
    ANIMAL = "animal"
    PACKAGE = "package"
    FACE = "face"
    LICENSE_PLATE = "license_plate"
    OBJECT = "object"
    """Something that the camera recognised, but does not name."""
    LINE_CROSSING = "line_crossing"
    INTRUSION = "intrusion"
    LOITERING = "loitering"
    OBJECT_CHANGE = "object_change"
    """Something was left or taken away."""
    TAMPER = "tamper"
    SOUND = "sound"
    DOORBELL = "doorbell"
    FIRE = "fire"
    DIGITAL_INPUT = "digital_input"
    RELAY = "relay"
    IMAGE_QUALITY = "image_quality"
    VIDEO_LOSS = "video_loss"
    TEMPERATURE = "temperature"
    HARDWARE = "hardware"
    ACCESS = "access"
    """Somebody tries to log in who may not."""
    LIGHT = "light"
    DAY_NIGHT = "day_night"
    PTZ = "ptz"
    COUNTER = "counter"
    SYSTEM = "system"
    """What the camera does for itself: recording, monitoring, configuration."""
    UNKNOWN = "unknown"


SUBJECT_KINDS = frozenset(
    {
        EventKind.PERSON,
        EventKind.VEHICLE,
        EventKind.ANIMAL,
        EventKind.PACKAGE,
        EventKind.FACE,
        EventKind.LICENSE_PLATE,
        EventKind.OBJECT,
    }
)
"""What may be in the picture; a list of classes names all that are."""

PICTURE_KINDS = SUBJECT_KINDS | {
    EventKind.MOTION,
    EventKind.LINE_CROSSING,
    EventKind.INTRUSION,
    EventKind.LOITERING,
    EventKind.OBJECT_CHANGE,
    EventKind.DOORBELL,
    EventKind.FIRE,
}
"""What is worth a clip: something happens in the picture, or in front of the door."""


@dataclass(frozen=True, slots=True)
class CameraEvent:
    """One thing that a camera reported.

    Attributes:
        active: True when it began or goes on, False when it is over, None for a
            moment that has no end (a line was crossed).
        time: by the camera's clock, in UTC; None when it tells none that makes sense.
        source: token of what reported: a video source, an input; may be empty.
        topic: path without namespace prefixes (``RuleEngine/LineDetector/Crossed``).
        operation: ``Initialized`` (the state as it is), ``Changed``, ``Deleted``, or
            None when not told.
        rule: name of the camera's rule, may be what the owner typed.
        source_items: what tells this source from others (Source and Key).
        data_items: what the camera said.
        is_implied: it was not said, but follows: what a list of classes leaves out
            is over.
    """

    kind: EventKind
    active: bool | None
    time: datetime | None = None
    source: str = ""
    topic: str = ""
    operation: str | None = None
    rule: str | None = None
    source_items: Items = ()
    data_items: Items = ()
    is_implied: bool = False

    @property
    def key(self) -> tuple[EventKind, str, Items]:
        """Whose state this is: events of one key follow each other."""
        return self.kind, self.topic.lower(), self.source_items


@dataclass(frozen=True, slots=True)
class DeclaredTopic:
    """A topic that a camera says it may report.

    Attributes:
        path: without namespace prefixes.
        kinds: classes of the events to expect.
        is_property: whether it is a state, None when not told.
    """

    path: str
    kinds: tuple[EventKind, ...]
    source_names: tuple[str, ...] = ()
    data_names: tuple[str, ...] = ()
    is_property: bool | None = None
