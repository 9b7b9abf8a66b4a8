"""The white light of a camera."""

from typing import Any, Final, override

from homeassistant.components.light import LightEntity, LightEntityDescription
from homeassistant.components.light.const import ColorMode
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .abilities import Abilities
from .models import HearthcamCameraConfigEntry
from .onvif.control import AuxiliaryKind
from .onvif_entity import OnvifEntity, async_follow_abilities

PARALLEL_UPDATES = 1

WHITE_LIGHT: Final = LightEntityDescription(
    key="white_light", translation_key="white_light"
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the light of a camera that has one."""
    async_follow_abilities(
        entry.runtime_data,
        async_add_entities,
        lambda camera, onvif: (
            [WhiteLight(camera, onvif, WHITE_LIGHT)]
            if _has_light(onvif.abilities)
            else []
        ),
    )


class WhiteLight(OnvifEntity, LightEntity, RestoreEntity):
    """On and off; the camera cannot be asked which, so it is what was wished last."""

    _attr_assumed_state = True
    _attr_color_mode = ColorMode.ONOFF
    _attr_supported_color_modes = {ColorMode.ONOFF}

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for both commands."""
        return _has_light(abilities)

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
        light = self.onvif.abilities.auxiliary(AuxiliaryKind.WHITE_LIGHT)
        if light is None:
            return
        state = "on" if on else "off"
        await self.async_do(lambda do: do.auxiliary(light, state))
        self._attr_is_on = on
        self.async_write_ha_state()


def _has_light(abilities: Abilities) -> bool:
    light = abilities.auxiliary(AuxiliaryKind.WHITE_LIGHT)
    return light is not None and light.can_switch
