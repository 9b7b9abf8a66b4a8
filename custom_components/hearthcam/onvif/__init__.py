"""ONVIF: finding cameras and asking them what they are.

Imports nothing of Home Assistant. Everything that comes from a camera is hostile
until parsed: the only exceptions that leave this package are `OnvifError` and its
kinds (and `NotLocalError` of the privacy package), and none holds a credential.
"""

from .announcements import AnnouncementListener
from .auth import AuthScheme
from .choice import StreamChoice, choose_streams
from .device import OnvifCamera
from .discovery import discover
from .errors import (
    OnvifAuthError,
    OnvifCertificateError,
    OnvifConnectionError,
    OnvifError,
    OnvifFaultError,
    OnvifHttpError,
    OnvifResponseError,
    OnvifTimeoutError,
)
from .models import CameraDescription, DiscoveredCamera, EncoderSettings, MediaProfile
from .pictures import PictureKind, PictureOffer, offered_pictures
from .tls import Trust, fetch_fingerprint

__all__ = [
    "AnnouncementListener",
    "AuthScheme",
    "CameraDescription",
    "DiscoveredCamera",
    "EncoderSettings",
    "MediaProfile",
    "OnvifAuthError",
    "OnvifCamera",
    "OnvifCertificateError",
    "OnvifConnectionError",
    "OnvifError",
    "OnvifFaultError",
    "OnvifHttpError",
    "OnvifResponseError",
    "OnvifTimeoutError",
    "PictureKind",
    "PictureOffer",
    "StreamChoice",
    "Trust",
    "choose_streams",
    "discover",
    "fetch_fingerprint",
    "offered_pictures",
]
