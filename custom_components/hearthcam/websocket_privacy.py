"""What the panel asks of privacy: how each camera's zones are kept, and tests of it."""

from typing import Any

import voluptuous as vol

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .const import CONF_CAMERA_ID, DOMAIN
from .device import HearthcamCamera
from .engine.protocol import Output
from .privacy_check import async_privacy_checks
from .system import async_get_system


@callback
def async_register_privacy_commands(hass: HomeAssistant) -> None:
    """Register the commands, once."""
    for command in (list_privacy, check_privacy):
        async_register_command(hass, command)


@websocket_command({vol.Required("type"): f"{DOMAIN}/privacy"})
@require_admin
@callback
def list_privacy(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send for each camera how its outputs are kept, and what the last test found."""
    cameras = async_get_system(hass).cameras.values()
    connection.send_result(msg["id"], {"cameras": [_told(one) for one in cameras]})


@websocket_command(
    {vol.Required("type"): f"{DOMAIN}/privacy/check", vol.Required(CONF_CAMERA_ID): str}
)
@require_admin
@async_response
async def check_privacy(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Test a camera, and send what was found."""
    camera = async_get_system(hass).cameras.get(msg[CONF_CAMERA_ID])
    if camera is None:
        connection.send_error(msg["id"], "camera_not_found", "No such camera")
        return
    try:
        result = await async_privacy_checks(hass).async_check(camera)
    except HomeAssistantError as err:
        connection.send_error(
            msg["id"],
            err.translation_key or "home_assistant_error",
            str(err),
            translation_key=err.translation_key,
            translation_domain=err.translation_domain,
            translation_placeholders=err.translation_placeholders,
        )
        return
    connection.send_result(msg["id"], result.as_data)


def _told(camera: HearthcamCamera) -> dict[str, Any]:
    demand, report = camera.demand, camera.state.privacy
    check = camera.privacy_check
    return {
        CONF_CAMERA_ID: camera.camera_id,
        "name": camera.config.name,
        "zones": len(camera.privacy_now),
        "outputs": {
            output: {
                "state": demand.kept(report, output),
                "cause": demand.cause(report, output),
            }
            for output in Output
        },
        "check": None if check is None else check.as_data,
    }
