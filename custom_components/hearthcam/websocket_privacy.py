"""What the panel asks of privacy: how each camera's zones are kept, and tests of it."""

from dataclasses import asdict
from typing import Any

import voluptuous as vol

from homeassistant.components.camera.const import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.sensor.const import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.components.websocket_api.messages import event_message
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from .const import CONF_CAMERA_ID, DOMAIN
from .device import HearthcamCamera
from .devices import is_system_entry
from .engine.protocol import Output
from .library.models import LibraryError
from .past_gate import async_rules_of
from .privacy_check import async_privacy_checks
from .privacy_result import OutputCheck
from .privacy_zones import marks_of
from .system import HearthcamSystem, async_get_system


@callback
def async_register_privacy_commands(hass: HomeAssistant) -> None:
    """Register the commands, once."""
    for command in (list_privacy, check_privacy, follow_check):
        async_register_command(hass, command)


@websocket_command({vol.Required("type"): f"{DOMAIN}/privacy"})
@require_admin
@async_response
async def list_privacy(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send for each camera how its outputs are kept, and what the last test found.

    ``hidden`` counts the clips that are not shown until they are black where they
    have to be, None: not known. ``outdated``: the test did not look at all zones that
    are black now. ``entities`` tell when any of it has changed.
    """
    system = async_get_system(hass)
    entries = [
        entry
        for entry in hass.config_entries.async_entries(
            DOMAIN, include_ignore=False, include_disabled=False
        )
        if not is_system_entry(entry) and CONF_CAMERA_ID in entry.data
    ]
    hidden = await _async_hidden(
        hass, system, [entry.data[CONF_CAMERA_ID] for entry in entries]
    )
    connection.send_result(
        msg["id"],
        {
            "cameras": [
                {
                    **_told(hass, system, entry),
                    "hidden": hidden.get(entry.data[CONF_CAMERA_ID]),
                }
                for entry in entries
            ]
        },
    )


@websocket_command(
    {vol.Required("type"): f"{DOMAIN}/privacy/check", vol.Required(CONF_CAMERA_ID): str}
)
@require_admin
@async_response
async def check_privacy(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Test a camera, and send what was found."""
    if (camera := _camera(hass, connection, msg)) is None:
        return
    try:
        result = await async_privacy_checks(hass).async_check(camera)
    except HomeAssistantError as err:
        connection.send_error(msg["id"], **_fault(err))
        return
    connection.send_result(msg["id"], result.as_data)


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/privacy/check/subscribe",
        vol.Required(CONF_CAMERA_ID): str,
    }
)
@require_admin
@async_response
async def follow_check(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Test a camera, and send each output once it was looked at, then all of it.

    The last event has a ``result``, or an ``error``. Nobody's leaving ends the test.
    """
    if (camera := _camera(hass, connection, msg)) is None:
        return

    @callback
    def tell(event: dict[str, Any]) -> None:
        connection.send_message(event_message(msg["id"], event))

    @callback
    def looked_at(check: OutputCheck) -> None:
        tell({"output": asdict(check)})

    connection.subscriptions[msg["id"]] = lambda: None
    connection.send_result(msg["id"])
    try:
        result = await async_privacy_checks(hass).async_check(camera, looked_at)
    except HomeAssistantError as err:
        tell({"error": _fault(err)})
    else:
        tell({"result": result.as_data})


def _fault(err: HomeAssistantError) -> dict[str, Any]:
    """Return an error as answers have it."""
    return {
        "code": err.translation_key or "home_assistant_error",
        "message": str(err),
        "translation_key": err.translation_key,
        "translation_domain": err.translation_domain,
        "translation_placeholders": err.translation_placeholders,
    }


def _camera(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> HearthcamCamera | None:
    """Return the camera that a command names, or answer that there is none."""
    camera = async_get_system(hass).cameras.get(msg[CONF_CAMERA_ID])
    if camera is None:
        connection.send_error(
            msg["id"],
            "camera_not_found",
            "No such camera",
            translation_key="camera_not_found",
            translation_domain=DOMAIN,
        )
    return camera


def _told(
    hass: HomeAssistant, system: HearthcamSystem, entry: ConfigEntry[Any]
) -> dict[str, Any]:
    """Return what is known of a camera; of one that is not loaded, little."""
    camera_id: str = entry.data[CONF_CAMERA_ID]
    camera = system.cameras.get(camera_id)
    check = system.checks.get(camera_id)
    return {
        "entry_id": entry.entry_id,
        CONF_CAMERA_ID: camera_id,
        "name": entry.title,
        "loaded": camera is not None,
        "online": camera is not None and camera.online,
        "shut": camera is not None and camera.shut,
        "zones": 0 if camera is None else len(camera.privacy_now),
        "outputs": {output: _output(camera, output) for output in Output},
        "check": None if check is None else check.as_data,
        "outdated": camera is not None
        and check is not None
        and not marks_of(camera.privacy_now).issubset(check.marks),
        "entities": _entities(hass, camera_id),
    }


def _output(camera: HearthcamCamera | None, output: Output) -> dict[str, Any]:
    if camera is None:
        return {"state": None, "cause": None}
    demand, report = camera.demand, camera.state.privacy
    return {
        "state": demand.kept(report, output),
        "cause": demand.cause(report, output),
    }


def _entities(hass: HomeAssistant, camera_id: str) -> dict[str, str | None]:
    """Return the entities of a camera whose changes concern its privacy."""
    registry = er.async_get(hass)
    wanted = {
        "camera": (CAMERA_DOMAIN, f"{camera_id}_camera"),
        "zones": (SENSOR_DOMAIN, f"{camera_id}_privacy_zones"),
        "check": (SENSOR_DOMAIN, f"{camera_id}_privacy_check"),
        "hidden": (SENSOR_DOMAIN, "system_hidden_clips"),
    }
    return {
        name: registry.async_get_entity_id(domain, DOMAIN, unique_id)
        for name, (domain, unique_id) in wanted.items()
    }


async def _async_hidden(
    hass: HomeAssistant, system: HearthcamSystem, camera_ids: list[str]
) -> dict[str, int]:
    """Return how many clips of each camera are not shown yet, where that is known."""
    if (library := system.library) is None:
        return {}
    try:
        return {
            camera_id: await library.count_lacking(camera_id, marks) if marks else 0
            for camera_id in camera_ids
            for marks in (async_rules_of(hass, camera_id).past_marks,)
        }
    except LibraryError:
        return {}
