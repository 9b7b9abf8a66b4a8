"""What the panel asks of clips and of the ledger: whoever may see a camera may ask."""

from collections.abc import Awaitable, Callable
from functools import wraps
import math
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import (
    ERR_HOME_ASSISTANT_ERROR,
    ERR_UNAUTHORIZED,
    AsyncWebSocketCommandHandler,
)
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized

from .action_targets import async_camera_entities, may
from .clip_actions import async_delete_clips, async_protect_clips
from .clip_answers import async_answers, async_search, library_failed
from .const import CONF_CAMERA_ID, DOMAIN
from .engine.protocol import Mode
from .library.models import LATEST_TIME, ClipQuery, LibraryError
from .library.spans import totals
from .services import MAX_OFFSET
from .system import async_get_system

LONGEST: Final = 32 * 86_400
"""Seconds of the ledger that may be asked for at once: a month."""

_MOMENT = vol.All(vol.Coerce(float), vol.Range(0, LATEST_TIME))
_TEXTS = vol.All([str], vol.Length(max=100))
_CLIP_IDS = vol.All([str], vol.Length(min=1, max=1000))

type Handler = Callable[
    [HomeAssistant, ActiveConnection, dict[str, Any]], Awaitable[None]
]


@callback
def async_register_clip_commands(hass: HomeAssistant) -> None:
    """Register the commands, once."""
    for command in (list_clips, protect_clips, delete_clips, ledger):
        async_register_command(hass, command)


def _with_errors(handler: Handler) -> AsyncWebSocketCommandHandler:
    """Answer errors with their translated text."""

    @wraps(handler)
    async def answer(
        hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
    ) -> None:
        try:
            await handler(hass, connection, msg)
        except Unauthorized:
            connection.send_error(msg["id"], ERR_UNAUTHORIZED, "Unauthorized")
        except HomeAssistantError as err:
            connection.send_error(
                msg["id"],
                err.translation_key or ERR_HOME_ASSISTANT_ERROR,
                str(err),
                translation_key=err.translation_key,
                translation_domain=err.translation_domain,
                translation_placeholders=err.translation_placeholders,
            )

    return answer


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/clips",
        vol.Optional("camera_ids"): _TEXTS,
        vol.Optional("kinds", default=list): _TEXTS,
        vol.Optional("zones", default=list): _TEXTS,
        vol.Optional("start", default=0): _MOMENT,
        vol.Optional("end", default=LATEST_TIME): _MOMENT,
        vol.Optional("protected"): bool,
        vol.Optional("limit", default=50): vol.All(int, vol.Range(1, 500)),
        vol.Optional("offset", default=0): vol.All(int, vol.Range(0, MAX_OFFSET)),
    }
)
@async_response
@_with_errors
async def list_clips(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the newest clips of a search, page by page."""
    query = ClipQuery(
        kinds=tuple(msg["kinds"]),
        zones=tuple(msg["zones"]),
        start=msg["start"],
        end=msg["end"] if msg["end"] < LATEST_TIME else math.inf,
        protected=msg.get("protected"),
        limit=msg["limit"],
        offset=msg["offset"],
    )
    clips, more = await async_search(
        hass, connection.user, msg.get("camera_ids"), query
    )
    connection.send_result(
        msg["id"], {"clips": async_answers(hass, clips), "more": more}
    )


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/clip/protect",
        vol.Required("clip_ids"): _CLIP_IDS,
        vol.Optional("protected", default=True): bool,
    }
)
@async_response
@_with_errors
async def protect_clips(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Keep clips from being deleted, or no longer."""
    await async_protect_clips(
        hass, connection.context(msg), msg["clip_ids"], protected=msg["protected"]
    )
    connection.send_result(msg["id"])


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/clip/delete",
        vol.Required("clip_ids"): _CLIP_IDS,
        vol.Optional("force", default=False): bool,
    }
)
@async_response
@_with_errors
async def delete_clips(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Delete clips."""
    await async_delete_clips(
        hass, connection.context(msg), msg["clip_ids"], force=msg["force"]
    )
    connection.send_result(msg["id"])


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/ledger",
        vol.Required(CONF_CAMERA_ID): str,
        vol.Required("start"): _MOMENT,
        vol.Required("end"): _MOMENT,
    }
)
@async_response
@_with_errors
async def ledger(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send what became of a camera's armed time: spans in order, and their sums.

    Time that no span covers was not armed.
    """
    camera_id, start = msg[CONF_CAMERA_ID], msg["start"]
    entity_id = async_camera_entities(hass).get(camera_id)
    if not may(connection.user, entity_id, POLICY_READ):
        raise Unauthorized(entity_id=entity_id, permission=POLICY_READ)
    if not start < msg["end"] <= start + LONGEST:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="ledger_too_long"
        )
    system = async_get_system(hass)
    try:
        spans = await system.ledger.async_spans(camera_id, start, msg["end"])
    except LibraryError as err:
        raise library_failed(err) from err
    camera = system.cameras.get(camera_id)
    sums = totals(spans)
    connection.send_result(
        msg["id"],
        {
            "spans": [
                {
                    "start": span.start,
                    "end": span.end,
                    "state": span.state,
                    "cause": span.cause,
                }
                for span in spans
            ],
            "totals": {
                "armed": sums.armed,
                "recorded": sums.recorded,
                "watched": sums.watched,
                "lost": sums.causes,
                "coverage": sums.share,
            },
            "armed": camera is not None and camera.mode is Mode.RECORD,
        },
    )
