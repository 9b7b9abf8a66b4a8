"""What the panel asks for: zones, and what a detector sees right now.

All of it is for administrators: zones are configuration, and the detector's view
tells of every movement, though of nothing in a privacy zone.
"""

from functools import wraps
from types import MappingProxyType
from typing import Any

import voluptuous as vol

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import WebSocketCommandHandler
from homeassistant.components.websocket_api.decorators import (
    require_admin,
    websocket_command,
)
from homeassistant.components.websocket_api.messages import event_message
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback

from .arming import ArmingMode
from .const import (
    CONF_CAMERA_ID,
    CONF_ENABLED,
    CONF_KIND,
    CONF_MIN_DURATION,
    CONF_MIN_SIZE,
    CONF_MODES,
    CONF_PAST,
    CONF_POLYGON,
    CONF_SENSITIVITY,
    DEFAULT_SENSITIVITY,
    DOMAIN,
    MAX_PRIVACY_ZONES,
    MAX_ZONES,
    SUBENTRY_ZONE,
)
from .device import HearthcamCamera
from .engine.parts import Point, ZoneKind
from .engine.polygon import polygon_fault
from .engine.protocol import DetectorView, Output
from .exceptions import ZoneError
from .privacy_state import Kept
from .system import async_get_system
from .zones import ZoneConfig, is_full, is_privacy, most_zones

CONF_ENTRY_ID = "entry_id"
CONF_ZONE_ID = "zone_id"
CONF_NAME = "name"

_ENTRY: dict[Any, Any] = {vol.Required(CONF_ENTRY_ID): str}
_NAME = vol.All(str, vol.Strip, vol.Length(min=1, max=100))
_SHARE = vol.All(vol.Coerce(float), vol.Range(0, 1))
_SECONDS = vol.All(vol.Coerce(float), vol.Range(0, 60))
_SENSITIVITY = vol.All(vol.Coerce(int), vol.Range(1, 100))
# How many points there may be and where is for `polygon_fault` to say.
_POLYGON = vol.All(
    [vol.ExactSequence((vol.Coerce(float), vol.Coerce(float)))], vol.Length(max=1000)
)


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register the commands, once."""
    for command in (subscribe_detector, list_zones, save_zone, delete_zone):
        async_register_command(hass, command)


def _with_codes(
    handler: WebSocketCommandHandler,
) -> WebSocketCommandHandler:
    """Answer a ZoneError with its key as code, and its text."""

    @callback
    @wraps(handler)
    def answer(
        hass: HomeAssistant,
        connection: ActiveConnection,
        msg: dict[str, Any],
    ) -> None:
        try:
            handler(hass, connection, msg)
        except ZoneError as err:
            connection.send_error(
                msg["id"],
                err.code,
                str(err),
                translation_key=err.translation_key,
                translation_domain=err.translation_domain,
                translation_placeholders=err.translation_placeholders,
            )

    return answer


@websocket_command({vol.Required("type"): f"{DOMAIN}/detector/subscribe", **_ENTRY})
@require_admin
@_with_codes
def subscribe_detector(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Send what a camera's detector sees, picture by picture, until unsubscribed."""
    entry = _camera_entry(hass, msg)

    @callback
    def forward(view: DetectorView) -> None:
        event = {
            "time": view.time,
            "columns": view.columns,
            "rows": view.rows,
            "cells": view.cells,
            "boxes": [[box.x, box.y, box.width, box.height] for box in view.boxes],
            "rung": view.rung,
            "moving": view.moving,
        }
        connection.send_message(event_message(msg["id"], event))

    watch = async_get_system(hass).detector_watch
    connection.subscriptions[msg["id"]] = watch.subscribe(
        entry.data[CONF_CAMERA_ID], forward
    )
    connection.send_result(msg["id"])


@websocket_command({vol.Required("type"): f"{DOMAIN}/zones/list", **_ENTRY})
@require_admin
@_with_codes
def list_zones(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Send a camera's zones, and the sensitivity of the whole picture.

    Privacy zones carry their ``state`` by output (`live`, `still`, `clips`) as the
    sensor tells it, `off` while they are not black, or None: not known. Of a zone that
    cannot be read, `unreadable`, there are name and kind only.
    """
    entry = _camera_entry(hass, msg)
    camera = async_get_system(hass).cameras.get(entry.data[CONF_CAMERA_ID])
    zones = [
        {CONF_ZONE_ID: zone.subentry_id, CONF_NAME: zone.title, **_shape(zone)}
        | ({"state": _privacy_state(camera, zone)} if is_privacy(zone) else {})
        for zone in entry.get_subentries_of_type(SUBENTRY_ZONE)
    ]
    sensitivity = entry.options.get(CONF_SENSITIVITY, DEFAULT_SENSITIVITY)
    connection.send_result(
        msg["id"],
        {
            "zones": zones,
            CONF_SENSITIVITY: sensitivity,
            "most": MAX_ZONES,
            "most_privacy": MAX_PRIVACY_ZONES,
        },
    )


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/zones/save",
        **_ENTRY,
        vol.Optional(CONF_ZONE_ID): str,
        vol.Required(CONF_NAME): _NAME,
        vol.Required(CONF_KIND): vol.In([kind.value for kind in ZoneKind]),
        vol.Required(CONF_POLYGON): _POLYGON,
        vol.Optional(CONF_SENSITIVITY, default=DEFAULT_SENSITIVITY): _SENSITIVITY,
        vol.Optional(CONF_MIN_SIZE, default=0.0): _SHARE,
        vol.Optional(CONF_MIN_DURATION, default=0.0): _SECONDS,
        vol.Optional(CONF_MODES, default=list): [
            vol.In([mode.value for mode in ArmingMode])
        ],
        vol.Optional(CONF_PAST, default=True): bool,
        vol.Optional(CONF_ENABLED, default=True): bool,
    }
)
@require_admin
@_with_codes
def save_zone(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Change a zone, or without an id add one; send its id.

    ``modes`` and ``past`` are of privacy zones, and nothing of motion is.
    """
    entry = _camera_entry(hass, msg)
    if fault := polygon_fault([Point(x, y) for x, y in msg[CONF_POLYGON]]):
        raise ZoneError(fault.value)
    kind = ZoneKind(msg[CONF_KIND])
    own = (
        (CONF_MODES, CONF_PAST)
        if kind is ZoneKind.PRIVACY
        else (CONF_SENSITIVITY, CONF_MIN_SIZE, CONF_MIN_DURATION)
    )
    data = {key: msg[key] for key in (CONF_KIND, CONF_POLYGON, *own, CONF_ENABLED)}
    data[CONF_POLYGON] = [list(point) for point in data[CONF_POLYGON]]
    zone = _zone(entry, msg) if CONF_ZONE_ID in msg else None
    if is_full(entry, kind, zone.subentry_id if zone else None):
        raise ZoneError("too_many_zones", most=str(most_zones(kind)))
    if zone is not None:
        hass.config_entries.async_update_subentry(
            entry, zone, title=msg[CONF_NAME], data=data
        )
    else:
        zone = ConfigSubentry(
            data=MappingProxyType(data),
            subentry_type=SUBENTRY_ZONE,
            title=msg[CONF_NAME],
            unique_id=None,
        )
        hass.config_entries.async_add_subentry(entry, zone)
    connection.send_result(msg["id"], {CONF_ZONE_ID: zone.subentry_id})


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/zones/delete",
        **_ENTRY,
        vol.Required(CONF_ZONE_ID): str,
    }
)
@require_admin
@_with_codes
def delete_zone(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Remove a zone with its entities."""
    entry = _camera_entry(hass, msg)
    hass.config_entries.async_remove_subentry(entry, _zone(entry, msg).subentry_id)
    connection.send_result(msg["id"])


def _camera_entry(hass: HomeAssistant, msg: dict[str, Any]) -> ConfigEntry[Any]:
    """Return the camera's entry that a command names; raises ZoneError."""
    entry = hass.config_entries.async_get_entry(msg[CONF_ENTRY_ID])
    if entry is None or entry.domain != DOMAIN or CONF_CAMERA_ID not in entry.data:
        raise ZoneError("camera_not_found")
    return entry


def _zone(entry: ConfigEntry[Any], msg: dict[str, Any]) -> ConfigSubentry:
    """Return the zone that a command names; raises ZoneError."""
    zone = entry.subentries.get(msg[CONF_ZONE_ID])
    if zone is None or zone.subentry_type != SUBENTRY_ZONE:
        raise ZoneError("zone_not_found")
    return zone


def _shape(zone: ConfigSubentry) -> dict[str, Any]:
    """Return what a zone is, as far as that can be read."""
    try:
        return ZoneConfig.from_subentry(zone).as_data
    except KeyError, TypeError, ValueError:
        kind = ZoneKind.PRIVACY.value if is_privacy(zone) else zone.data[CONF_KIND]
        return {CONF_KIND: kind, "unreadable": True}


def _privacy_state(
    camera: HearthcamCamera | None, zone: ConfigSubentry
) -> dict[str, str | None]:
    """Return how each output keeps a privacy zone black."""
    if camera is None or not camera.engine_running:
        return dict.fromkeys(Output)
    if zone.subentry_id not in {one.zone_id for one in camera.privacy_now}:
        return dict.fromkeys(Output, "off")
    report = camera.state.privacy
    kept = {output: camera.demand.kept(report, output) for output in Output}
    masked = (Kept.CAMERA, Kept.ENGINE)
    at_source = report is not None and zone.subentry_id in report.at_source
    return {
        output: masked[not at_source] if how in masked else how
        for output, how in kept.items()
    }
