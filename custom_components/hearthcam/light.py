"""The white light of a camera."""

from typing import Final, override

from homeassistant.components.light import LightEntity, LightEntityDescription
from homeassistant.components.light.const import ColorMode
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .abilities import Abilities
from .models import HearthcamCameraConfigEntry
from .onvif.control import AuxiliaryKind
from .onvif_assumed import AssumedToggle
from .onvif_entity import async_follow_abilities

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


class WhiteLight(AssumedToggle, LightEntity):
    """On and off, without colours or levels."""

    _attr_color_mode = ColorMode.ONOFF
    _attr_supported_color_modes = {ColorMode.ONOFF}

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for both commands."""
        return _has_light(abilities)

    @override
    async def _async_command(self, on: bool) -> None:
        """Send the command."""
        light = self.onvif.abilities.auxiliary(AuxiliaryKind.WHITE_LIGHT)
        if light is not None:
            state = "on" if on else "off"
            await self.async_do(lambda do: do.auxiliary(light, state))


def _has_light(abilities: Abilities) -> bool:
    light = abilities.auxiliary(AuxiliaryKind.WHITE_LIGHT)
    return light is not None and light.can_switch
