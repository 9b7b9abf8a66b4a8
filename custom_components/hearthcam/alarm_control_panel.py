"""The arming mode as Home Assistant's alarm panel, on the system's device."""

from typing import override

from homeassistant.components.alarm_control_panel import AlarmControlPanelEntity
from homeassistant.components.alarm_control_panel.const import (
    AlarmControlPanelEntityFeature,
    AlarmControlPanelState,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .arming import Arming, ArmingMode
from .const import SYSTEM_IDENTIFIER
from .models import HearthcamSystemConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamSystemConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the panel."""
    async_add_entities([ArmingPanel(entry.runtime_data.system.arming)])


class ArmingPanel(AlarmControlPanelEntity):
    """Shows and changes the arming mode; a change takes effect at once."""

    _attr_code_arm_required = False
    _attr_has_entity_name = True
    _attr_name = None
    _attr_should_poll = False
    _attr_supported_features = (
        AlarmControlPanelEntityFeature.ARM_HOME
        | AlarmControlPanelEntityFeature.ARM_AWAY
        | AlarmControlPanelEntityFeature.ARM_NIGHT
    )
    _attr_unique_id = "system_arming"

    def __init__(self, arming: Arming) -> None:
        """Belong to the system's device."""
        self._arming = arming
        self._attr_device_info = DeviceInfo(identifiers={SYSTEM_IDENTIFIER})
        self._attr_alarm_state = _state(arming.mode)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the mode."""
        await super().async_added_to_hass()
        self.async_on_remove(self._arming.subscribe(self._changed))

    def _changed(self) -> None:
        self._attr_alarm_state = _state(self._arming.mode)
        self.async_write_ha_state()

    @override
    async def async_alarm_disarm(self, code: str | None = None) -> None:
        """Disarm."""
        self._arming.set(ArmingMode.DISARMED)

    @override
    async def async_alarm_arm_home(self, code: str | None = None) -> None:
        """Somebody is at home."""
        self._arming.set(ArmingMode.ARMED_HOME)

    @override
    async def async_alarm_arm_away(self, code: str | None = None) -> None:
        """Nobody is at home."""
        self._arming.set(ArmingMode.ARMED_AWAY)

    @override
    async def async_alarm_arm_night(self, code: str | None = None) -> None:
        """Everybody sleeps."""
        self._arming.set(ArmingMode.ARMED_NIGHT)


def _state(mode: ArmingMode | None) -> AlarmControlPanelState | None:
    return None if mode is None else AlarmControlPanelState(mode)
