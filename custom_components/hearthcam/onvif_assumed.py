"""What a camera switches and cannot be asked for."""

from typing import Any, override

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.helpers.entity import ToggleEntity
from homeassistant.helpers.restore_state import RestoreEntity

from .onvif_entity import OnvifEntity


class AssumedToggle(OnvifEntity, ToggleEntity, RestoreEntity):
    """On and off, whose state the camera cannot be asked for: what was wished last."""

    _attr_assumed_state = True

    @override
    async def async_added_to_hass(self) -> None:
        """Assume what it was before a restart."""
        await super().async_added_to_hass()
        state = await self.async_get_last_state()
        if state is not None and state.state in (STATE_ON, STATE_OFF):
            self._attr_is_on = state.state == STATE_ON

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch it on."""
        await self._async_switch(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch it off."""
        await self._async_switch(False)

    async def _async_switch(self, on: bool) -> None:
        await self._async_command(on)
        self._attr_is_on = on
        self.async_write_ha_state()

    async def _async_command(self, on: bool) -> None:
        """Tell the camera; raises CameraError."""
        raise NotImplementedError
