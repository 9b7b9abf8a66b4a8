"""Events as the camera sees them: understood, and had by whatever way works."""

from .facade import CameraEvents
from .hub import EventDiagnostics, LastEvent
from .ladder import Rung
from .models import PICTURE_KINDS, SUBJECT_KINDS, CameraEvent, DeclaredTopic, EventKind
from .parse import parse_notifications
from .properties import declared_kinds, parse_properties
from .receiver import PushReceiver, local_address
from .unknown import UnknownTopic
from .watchdog import StickyWatchdog, WatchdogSettings

__all__ = [
    "PICTURE_KINDS",
    "SUBJECT_KINDS",
    "CameraEvent",
    "CameraEvents",
    "DeclaredTopic",
    "EventDiagnostics",
    "EventKind",
    "LastEvent",
    "PushReceiver",
    "Rung",
    "StickyWatchdog",
    "UnknownTopic",
    "WatchdogSettings",
    "declared_kinds",
    "local_address",
    "parse_notifications",
    "parse_properties",
]
