"""Which class of event a topic, an item, a rule or a list of classes names.

Makers invent topics freely, so words count more than paths: the innermost segment
that says something decides (``CellMotionDetector/People`` is a person).
"""

import re

from .models import EventKind
from .rules import DEVICE_RULES, RULES
from .words import words

# Names that their owner typed follow these: IVA/EnteringField/Back door.
_BEFORE_TYPED = frozenset({"iva", "cameraapplicationplatform"})
# Parts of rule names that say nothing.
_IDLE_WORDS = re.compile(
    r"\b(?:(?:my|rule|detector|detection|detect|event|alarm|analytics|new)\d*|\d+)\b"
)
_CLASSES = tuple(
    rule
    for rule in RULES
    if rule.kind
    in {
        EventKind.PACKAGE,
        EventKind.LICENSE_PLATE,
        EventKind.FACE,
        EventKind.PERSON,
        EventKind.VEHICLE,
        EventKind.ANIMAL,
    }
)


def topic_kind(path: str) -> EventKind:
    """Return the class that a topic (without prefixes) names, or `UNKNOWN`."""
    segments = path.split("/")
    if segments[0].lower() in _BEFORE_TYPED:
        segments = segments[:2]
    names = [words(segment) for segment in segments]
    for name in names:
        for rule in DEVICE_RULES:
            if rule.pattern.search(name):
                return rule.kind
    for name in reversed(names):
        if (kind := name_kind(name)) is not EventKind.UNKNOWN:
            return kind
    return EventKind.UNKNOWN


def name_kind(name: str) -> EventKind:
    """Return the class that lower-case words name, or `UNKNOWN`."""
    for rule in RULES:
        if rule.pattern.search(name):
            return rule.kind
    return EventKind.UNKNOWN


def class_kind(name: str) -> EventKind:
    """Return what a class of ONVIF analytics (``Human``) is, else `OBJECT`."""
    spoken = words(name)
    for rule in _CLASSES:
        if rule.pattern.search(spoken):
            return rule.kind
    return EventKind.OBJECT


def rule_kind(name: str | None) -> EventKind:
    """Return the class that a rule's name consists of, else `UNKNOWN`.

    Hikvision's field detector tells by it alone (``Human``, ``Vehicle``). Only a name
    that is nothing else counts: owners type "Car park, person at the gate".
    """
    spoken = _IDLE_WORDS.sub(" ", words(name or "")).strip()
    if not spoken or " " in spoken:
        return EventKind.UNKNOWN
    for rule in _CLASSES:
        if rule.pattern.match(spoken):
            return rule.kind
    return EventKind.UNKNOWN
