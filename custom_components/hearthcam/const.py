"""Names that more than one module of the integration uses."""

from typing import TYPE_CHECKING, Final

from homeassistant.const import Platform
from homeassistant.util.hass_dict import HassKey

if TYPE_CHECKING:
    from .system import HearthcamSystem

DOMAIN: Final = "hearthcam"
MANUFACTURER: Final = "Hearthcam"
SYSTEM_IDENTIFIER: Final = (DOMAIN, "system")
"""Names the system's device in the registry."""

DATA_SYSTEM: HassKey[HearthcamSystem] = HassKey(DOMAIN)

# Keys of an entry's data, beside `username`, `password` and `host` of
# homeassistant.const. The URLs hold no credentials.
CONF_ENTRY_TYPE: Final = "entry_type"
CONF_CAMERA_ID: Final = "camera_id"
CONF_MAIN_URL: Final = "main_url"
CONF_SUB_URL: Final = "sub_url"
CONF_TRANSPORT: Final = "transport"
CONF_ONVIF_PORT: Final = "onvif_port"
CONF_MAC: Final = "mac"
CONF_SERIAL: Final = "serial"
CONF_MANUFACTURER: Final = "manufacturer"
CONF_MODEL: Final = "model"
CONF_FIRMWARE: Final = "firmware"

ENTRY_TYPE_CAMERA: Final = "camera"
ENTRY_TYPE_SYSTEM: Final = "system"

# Keys of a camera entry's options, beside `mode_…`, one an arming mode (`arming`).
CONF_ARMED: Final = "armed"
CONF_DETECTION: Final = "detection"
CONF_INCIDENT: Final = "incident"
CONF_MAX_CLIP: Final = "max_clip"
CONF_POST_ROLL: Final = "post_roll"
CONF_PRE_ROLL: Final = "pre_roll"
CONF_RECORD_AUDIO: Final = "record_audio"
CONF_RECORD_CLASSES: Final = "record_classes"
CONF_RECORD_ZONES: Final = "record_zones"
CONF_SENSITIVITY: Final = "sensitivity"
CONF_MASK_AT_SOURCE: Final = "mask_at_source"
CONF_PRIVACY_MODE: Final = "privacy_mode"
CONF_PRIVACY_PRESET: Final = "privacy_preset"
CONF_PRIVACY_TURN_BACK: Final = "privacy_turn_back"
CONF_PRESENCE: Final = "presence"
CONF_PRESENCE_RULE: Final = "presence_rule"

SUBENTRY_ZONE: Final = "zone"

# Keys of a zone's data, beside `sensitivity`.
CONF_KIND: Final = "kind"
CONF_POLYGON: Final = "polygon"
CONF_MIN_SIZE: Final = "min_size"
CONF_MIN_DURATION: Final = "min_duration"
CONF_ENABLED: Final = "enabled"
# Those of a privacy zone only.
CONF_MODES: Final = "modes"
CONF_PAST: Final = "past"

DEFAULT_SENSITIVITY: Final = 50
MAX_ZONES: Final = 32
"""Zones for motion, reported or ignored, that one camera may have."""
MAX_PRIVACY_ZONES: Final = 256
"""Beside those; far more than anybody draws."""

CAMERA_PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CAMERA,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.LIGHT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SIREN,
    Platform.SWITCH,
)
SYSTEM_PLATFORMS: Final = (Platform.ALARM_CONTROL_PANEL, Platform.SENSOR)

LIBRARY_FOLDER: Final = "hearthcam"
"""The folder of the clips below a media directory, and of the index below the
configuration directory."""

CONF_EPR: Final = "epr"
CONF_MAIN_PROFILE: Final = "main_profile"
CONF_SUB_PROFILE: Final = "sub_profile"
CONF_ONVIF_PATH: Final = "onvif_path"
CONF_ONVIF_TLS: Final = "onvif_tls"
CONF_ONVIF_CERTIFICATE: Final = "onvif_certificate"
"""SHA-256 of the camera's certificate, where the user pinned it."""
CONF_MEASURED: Final = "measured"
"""By profile (`main`, `sub`): what its stream was seen to be, see `stream_advice`."""
CONF_FIXED: Final = "fixed"
"""By profile: what was changed on the camera, as `gop` (s), `fps` and `codec`."""
CONF_ABILITIES: Final = "abilities"
"""What the camera can do by itself, see `abilities`."""
CONF_AT_HOME: Final = "at_home"
"""Entities of `CONF_PRESENCE` that said last that somebody is home."""
CONF_PRESENCE_IDS: Final = "presence_ids"
"""Entities of `CONF_PRESENCE`, and by which ids the entity registry knows them."""
CONF_TURNED_FROM: Final = "turned_from"
"""Where the camera looked before it was turned away for privacy, see `privacy_mode`."""
CONF_ONVIF_MASKS: Final = "onvif_masks"
"""The masks that were made at the camera, see `onvif_masks`."""
CONF_ONVIF_SKIP: Final = "onvif_skip"
"""Names of what the camera breaks off at when it is asked, see `session`."""

CHECK_KIND: Final = "check"
"""The kind of a clip that a privacy check records, and deletes after it."""
