"""Lamps, covers and the sun: what changes the light before a camera without motion.

The engine is told of each such change in the camera's area, so that a change of the
whole picture at that moment needs no other explanation.
"""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.cover.const import (
    ATTR_CURRENT_POSITION,
    ATTR_CURRENT_TILT_POSITION,
    DOMAIN as COVER_DOMAIN,
)
from homeassistant.components.light.const import ATTR_BRIGHTNESS, DOMAIN as LIGHT_DOMAIN
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event

from .engine.protocol import ExplainLight
from .supervisor import Supervisor

SUN: Final = "sun.sun"
_JUMP: Final = 51
"""A fifth of the brightness, 0 to 255, from which on it explains something."""
_COVER_STATES: Final = {"open", "opening", "closed", "closing"}
_SUN_STATES: Final = {"above_horizon", "below_horizon"}
_ENTITY_CHANGES: Final = {"area_id", "device_id", "disabled_by", "entity_id"}


class LightWatch:
    """Follows what can change the light in the areas of the loaded cameras.

    One listener for all cameras, on just the entities that matter; which those are is
    found out anew when the registries change, and at no other time.
    """

    def __init__(self, hass: HomeAssistant, supervisor: Supervisor) -> None:
        """Start without a camera."""
        self._hass = hass
        self._supervisor = supervisor
        self._cameras: dict[str, str] = {}
        self._explains: dict[str, set[str]] = {}
        self._stop_states: CALLBACK_TYPE | None = None
        self._stop_registries: list[CALLBACK_TYPE] = []

    def count(self, camera_id: str) -> int:
        """Return how many entities are followed for a camera, the sun included."""
        return sum(camera_id in cameras for cameras in self._explains.values())

    @callback
    def add_camera(self, camera_id: str, device_id: str) -> None:
        """Follow what is in a camera's area, which is that of its device."""
        self._cameras[camera_id] = device_id
        if not self._stop_registries:
            bus = self._hass.bus
            self._stop_registries = [
                bus.async_listen(
                    er.EVENT_ENTITY_REGISTRY_UPDATED,
                    self._registry_changed,
                    event_filter=_entity_matters,
                ),
                bus.async_listen(
                    dr.EVENT_DEVICE_REGISTRY_UPDATED,
                    self._registry_changed,
                    event_filter=_device_matters,
                ),
            ]
        self._find()

    @callback
    def remove_camera(self, camera_id: str) -> None:
        """Follow nothing for a camera any more."""
        if self._cameras.pop(camera_id, None) is None:
            return
        if not self._cameras:
            for stop in self._stop_registries:
                stop()
            self._stop_registries = []
        self._find()

    @callback
    def _registry_changed(self, event: Event[Any]) -> None:
        self._find()

    def _find(self) -> None:
        """Find what to follow, and follow it."""
        explains: dict[str, set[str]] = {}
        by_area: dict[str, set[str]] = {}
        devices = dr.async_get(self._hass)
        for camera_id, device_id in self._cameras.items():
            explains.setdefault(SUN, set()).add(camera_id)
            device = devices.async_get(device_id)
            if device and (area := dr.async_get_effective_area_id(self._hass, device)):
                by_area.setdefault(area, set()).add(camera_id)
        for area, camera_ids in by_area.items():
            for entity_id in _sources_in(self._hass, area):
                explains.setdefault(entity_id, set()).update(camera_ids)
        followed, self._explains = self._explains.keys(), explains
        if followed == explains.keys():
            return
        if self._stop_states is not None:
            self._stop_states()
            self._stop_states = None
        if explains:
            self._stop_states = async_track_state_change_event(
                self._hass, list(explains), self._state_changed
            )

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if old is None or new is None:
            return
        if not _CHANGES[new.domain](old, new):
            return
        for camera_id in self._explains.get(new.entity_id, ()):
            self._supervisor.tell(ExplainLight(camera_id, event.time_fired_timestamp))


def _sources_in(hass: HomeAssistant, area_id: str) -> set[str]:
    """Return the lights and covers of an area; an entity's own area comes first."""
    registry = er.async_get(hass)
    entries = list(er.async_entries_for_area(registry, area_id))
    for device in dr.async_entries_for_area(dr.async_get(hass), area_id):
        entries += [
            entry
            for entry in er.async_entries_for_device(registry, device.id)
            if entry.area_id is None
        ]
    return {
        entry.entity_id
        for entry in entries
        if entry.domain in (LIGHT_DOMAIN, COVER_DOMAIN) and entry.disabled_by is None
    }


@callback
def _entity_matters(data: er.EventEntityRegistryUpdatedData) -> bool:
    if split_entity_id(data["entity_id"])[0] not in (LIGHT_DOMAIN, COVER_DOMAIN):
        return False
    return data["action"] != "update" or not _ENTITY_CHANGES.isdisjoint(data["changes"])


@callback
def _device_matters(data: dr.EventDeviceRegistryUpdatedData) -> bool:
    return data["action"] == "update" and "area_id" in data["changes"]


def _light_changed(old: State, new: State) -> bool:
    """Tell whether a lamp went on or off, or became much brighter or darker."""
    if {old.state, new.state} <= {STATE_ON, STATE_OFF} and old.state != new.state:
        return True
    before = old.attributes.get(ATTR_BRIGHTNESS)
    after = new.attributes.get(ATTR_BRIGHTNESS)
    return before is not None and after is not None and abs(after - before) > _JUMP


def _cover_changed(old: State, new: State) -> bool:
    """Tell whether a cover moved."""
    if not {old.state, new.state} <= _COVER_STATES:
        return False
    return old.state != new.state or any(
        old.attributes.get(attribute) != new.attributes.get(attribute)
        for attribute in (ATTR_CURRENT_POSITION, ATTR_CURRENT_TILT_POSITION)
    )


def _sun_changed(old: State, new: State) -> bool:
    """Tell whether the sun rose or set."""
    return {old.state, new.state} == _SUN_STATES


_CHANGES: Final[dict[str, Callable[[State, State], bool]]] = {
    LIGHT_DOMAIN: _light_changed,
    COVER_DOMAIN: _cover_changed,
    "sun": _sun_changed,
}
