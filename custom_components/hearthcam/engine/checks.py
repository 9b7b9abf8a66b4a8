"""What is wrong with a command whose fields have the right types."""

import json
from typing import Final

from .polygon import polygon_fault
from .protocol import (
    APART,
    BlackOut,
    CameraSaw,
    Command,
    ConfigureCamera,
    Export,
    PrivacyZone,
    RecordNow,
    Render,
    SetZones,
    ZoneKind,
)
from .seen import CLASSES

MOST_AT_ONCE: Final = 24 * 3600.0
"""Seconds that one `RecordNow` may ask for."""


def fault_of(command: Command) -> str | None:
    """Return what is wrong with a command; it is not carried out then, not in part."""
    match command:
        case SetZones():
            return _fault_of_zones(command)
        case CameraSaw():
            return None if command.kind in (*CLASSES, *APART) else "kind"
        case RecordNow():
            return None if 0 < command.duration <= MOST_AT_ONCE else "duration"
        case ConfigureCamera() | Export() | Render() | BlackOut():
            return _fault_of_privacy(command.privacy)
    return None


def meant_for(line: bytes) -> str | None:
    """Return the camera whose configuration a line is that nobody can read, if any."""
    try:
        document = json.loads(line)
        if document["type"] == ConfigureCamera.__name__:
            camera_id = document["data"]["camera_id"]
            return camera_id if isinstance(camera_id, str) else None
    except ValueError, LookupError, TypeError, RecursionError:
        pass
    return None


def _fault_of_privacy(zones: tuple[PrivacyZone, ...]) -> str | None:
    """Return what is wrong with privacy zones: nothing is done without them."""
    for zone in zones:
        if fault := polygon_fault(zone.polygon):
            return fault.value
    return None


def _fault_of_zones(command: SetZones) -> str | None:
    """Return what is wrong with zones; a wrong one leaves all as they were."""
    if not 1 <= command.sensitivity <= 100:
        return "sensitivity"
    for zone in command.zones:
        if zone.kind is ZoneKind.PRIVACY:
            return "kind"
        if fault := polygon_fault(zone.polygon):
            return fault.value
        if not 1 <= zone.sensitivity <= 100:
            return "sensitivity"
        if not 0.0 <= zone.min_size <= 1.0 or not 0.0 <= zone.min_duration <= 60.0:
            return "minimum"
    return None
