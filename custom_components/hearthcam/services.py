"""The actions: with clips, and moving cameras.

They name cameras by their camera entity. Clips of a camera that is away or disabled
can be found and saved all the same, which is why these are no entity actions: those
leave out entities that are not available.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_ENTITY_ID, CONF_FILE_PATH, CONF_FILENAME
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv

from .clip_actions import (
    ATTR_CLIP_ID,
    ATTR_END,
    ATTR_FORCE,
    ATTR_KIND,
    ATTR_LIMIT,
    ATTR_OFFSET,
    ATTR_PROTECTED,
    ATTR_START,
    ATTR_ZONE,
    async_delete,
    async_list_clips,
    async_protect,
)
from .const import DOMAIN
from .library.layout import is_clip_id
from .ptz_actions import (
    ATTR_COMMAND,
    ATTR_PAN,
    ATTR_PRESET,
    ATTR_SET,
    ATTR_SPEED,
    ATTR_TILT,
    ATTR_ZOOM,
    PresetCommand,
    async_ptz_home,
    async_ptz_move,
    async_ptz_preset,
)
from .record_actions import (
    ATTR_DURATION,
    ATTR_PRE_ROLL,
    ATTR_WAIT,
    async_export,
    async_record,
)
from .save_actions import (
    ATTR_HOURS,
    ATTR_OVERWRITE,
    async_save_recent_clips,
    async_save_video,
)

MAX_CLIPS: Final = 1000
MAX_OFFSET: Final = 2**31
"""Far beyond any library, and still a number for its database."""
DEFAULT_CLIPS: Final = 50
DEFAULT_RECORDING: Final = 30
"""Seconds, as Blink records them."""
DEFAULT_HOURS: Final = 24
DEFAULT_SPEED: Final = 0.5
DEFAULT_MOVE: Final = 0.5
"""Seconds."""

type Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]


def _clip_id(value: object) -> str:
    text = cv.string(value)
    if not is_clip_id(text):
        raise vol.Invalid("not the id of a clip")
    return text


_CLIP_IDS = vol.All(cv.ensure_list, vol.Length(min=1, max=MAX_CLIPS), [_clip_id])
_TEXTS = vol.All(cv.ensure_list, [cv.string])

_LIST_CLIPS = vol.Schema(
    {
        vol.Optional(ATTR_ENTITY_ID): cv.entity_ids,
        vol.Optional(ATTR_KIND, default=list): _TEXTS,
        vol.Optional(ATTR_ZONE, default=list): _TEXTS,
        vol.Optional(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
        vol.Optional(ATTR_PROTECTED): cv.boolean,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_CLIPS): vol.All(
            vol.Coerce(int), vol.Range(1, MAX_CLIPS)
        ),
        vol.Optional(ATTR_OFFSET, default=0): vol.All(
            vol.Coerce(int), vol.Range(0, MAX_OFFSET)
        ),
    }
)
_SAVE_VIDEO = cv.make_entity_service_schema(
    {
        vol.Required(CONF_FILENAME): cv.string,
        vol.Optional(ATTR_CLIP_ID): _clip_id,
        vol.Optional(ATTR_OVERWRITE, default=True): cv.boolean,
    }
)
_SAVE_RECENT_CLIPS = cv.make_entity_service_schema(
    {
        vol.Required(CONF_FILE_PATH): cv.string,
        vol.Optional(ATTR_HOURS, default=DEFAULT_HOURS): vol.All(
            vol.Coerce(float), vol.Range(min=0, min_included=False)
        ),
    }
)
_RECORD = cv.make_entity_service_schema(
    {
        vol.Optional(ATTR_DURATION, default=DEFAULT_RECORDING): vol.All(
            vol.Coerce(float), vol.Range(1, 3600)
        ),
        vol.Optional(ATTR_PRE_ROLL): vol.All(vol.Coerce(float), vol.Range(0, 60)),
        vol.Optional(ATTR_WAIT, default=False): cv.boolean,
    }
)
_EXPORT = cv.make_entity_service_schema(
    {
        vol.Required(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
        vol.Optional(CONF_FILENAME): cv.string,
        vol.Optional(ATTR_OVERWRITE, default=False): cv.boolean,
    }
)
_PROTECT = vol.Schema(
    {
        vol.Required(ATTR_CLIP_ID): _CLIP_IDS,
        vol.Optional(ATTR_PROTECTED, default=True): cv.boolean,
    }
)
_DELETE = vol.Schema(
    {
        vol.Required(ATTR_CLIP_ID): _CLIP_IDS,
        vol.Optional(ATTR_FORCE, default=False): cv.boolean,
    }
)
_PART = vol.All(vol.Coerce(float), vol.Range(-1, 1))
_PTZ_MOVE = cv.make_entity_service_schema(
    {
        vol.Optional(ATTR_PAN, default=0.0): _PART,
        vol.Optional(ATTR_TILT, default=0.0): _PART,
        vol.Optional(ATTR_ZOOM, default=0.0): _PART,
        vol.Optional(ATTR_SPEED, default=DEFAULT_SPEED): vol.All(
            vol.Coerce(float), vol.Range(0, 1, min_included=False)
        ),
        vol.Optional(ATTR_DURATION, default=DEFAULT_MOVE): vol.All(
            vol.Coerce(float), vol.Range(0, 60, min_included=False)
        ),
    }
)
_PTZ_PRESET = cv.make_entity_service_schema(
    {
        vol.Required(ATTR_PRESET): vol.All(cv.string, vol.Length(min=1, max=64)),
        vol.Optional(ATTR_COMMAND, default=PresetCommand.GOTO): vol.Coerce(
            PresetCommand
        ),
    }
)
_PTZ_HOME = cv.make_entity_service_schema(
    {vol.Optional(ATTR_SET, default=False): cv.boolean}
)
_MOVEMENTS: Final = {
    "ptz_move": (async_ptz_move, _PTZ_MOVE),
    "ptz_preset": (async_ptz_preset, _PTZ_PRESET),
    "ptz_home": (async_ptz_home, _PTZ_HOME),
}
_ACTIONS: Final[dict[str, tuple[Handler, Any]]] = {
    "save_video": (async_save_video, _SAVE_VIDEO),
    "save_recent_clips": (async_save_recent_clips, _SAVE_RECENT_CLIPS),
    "record": (async_record, _RECORD),
    "export": (async_export, _EXPORT),
    "protect": (async_protect, _PROTECT),
    "delete": (async_delete, _DELETE),
}


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register the actions, once."""
    hass.services.async_register(
        DOMAIN,
        "list_clips",
        async_list_clips,
        _LIST_CLIPS,
        supports_response=SupportsResponse.ONLY,
    )
    for name, (handler, schema) in _ACTIONS.items():
        hass.services.async_register(
            DOMAIN, name, handler, schema, supports_response=SupportsResponse.OPTIONAL
        )
    for name, (move, schema) in _MOVEMENTS.items():
        hass.services.async_register(DOMAIN, name, move, schema)
