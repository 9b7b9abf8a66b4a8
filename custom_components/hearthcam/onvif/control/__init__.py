"""Controlling a camera by ONVIF: only what it has, by capability."""

from .analytics import AnalyticsRule, analytics_modules, analytics_rules
from .auxiliary import Auxiliary, AuxiliaryKind, send_auxiliary
from .capabilities import CameraCapabilities, read_capabilities
from .encoder import EncoderResult, Encoders
from .encoder_change import EncoderChange
from .encoder_options import CodecOptions, EncoderOptions
from .imaging import Imaging, PictureSetting
from .io import DeviceIo, DigitalInput, Relay
from .ptz import Preset, Ptz, PtzNode, PtzStatus
from .ranges import Range
from .timekeeping import CameraTime, NtpServers, Timekeeping, posix_zone, reboot

__all__ = [
    "AnalyticsRule",
    "Auxiliary",
    "AuxiliaryKind",
    "CameraCapabilities",
    "CameraTime",
    "CodecOptions",
    "DeviceIo",
    "DigitalInput",
    "EncoderChange",
    "EncoderOptions",
    "EncoderResult",
    "Encoders",
    "Imaging",
    "NtpServers",
    "PictureSetting",
    "Preset",
    "Ptz",
    "PtzNode",
    "PtzStatus",
    "Range",
    "Relay",
    "Timekeeping",
    "analytics_modules",
    "analytics_rules",
    "posix_zone",
    "read_capabilities",
    "reboot",
    "send_auxiliary",
]
