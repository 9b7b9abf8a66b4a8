"""ONVIF: finding cameras and asking them what they are.

Imports nothing of Home Assistant. Everything that comes from a camera is hostile
until parsed: the only exceptions that leave this package are `OnvifError` and its
kinds (and `NotLocalError` of the privacy package), and none holds a credential.
"""

from .auth import AuthScheme
from .choice import StreamChoice, choose_streams
from .device import OnvifCamera
from .discovery import discover
from .errors import (
    OnvifAuthError,
    OnvifConnectionError,
    OnvifError,
    OnvifFaultError,
    OnvifResponseError,
    OnvifTimeoutError,
)
from .models import CameraDescription, DiscoveredCamera, MediaProfile

__all__ = [
    "AuthScheme",
    "CameraDescription",
    "DiscoveredCamera",
    "MediaProfile",
    "OnvifAuthError",
    "OnvifCamera",
    "OnvifConnectionError",
    "OnvifError",
    "OnvifFaultError",
    "OnvifResponseError",
    "OnvifTimeoutError",
    "StreamChoice",
    "choose_streams",
    "discover",
]
