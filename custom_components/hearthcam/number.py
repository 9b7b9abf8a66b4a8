"""How sensitively motion is looked for, and the settings of a camera's picture."""

from dataclasses import replace
from typing import override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_SENSITIVITY
from .device import HearthcamCamera
from .entity import LastingCameraEntity
from .models import HearthcamCameraConfigEntry
from .onvif_entity import async_follow_abilities
from .onvif_number import picture_numbers
from .zone_entity import ZoneEntity, async_follow_zones

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensitivities of a camera and its zones, and what its picture has."""
    camera = entry.runtime_data
    async_add_entities([CameraSensitivity(camera)])
    async_follow_zones(camera, async_add_entities, Platform.NUMBER, ZoneSensitivity)
    async_follow_abilities(camera, async_add_entities, picture_numbers)


class Sensitivity(NumberEntity):
    """From 1, which only what stands out clearly reaches, to 100."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_mode = NumberMode.SLIDER
    _attr_native_max_value = 100
    _attr_native_min_value = 1
    _attr_native_step = 1
    _attr_translation_key = "sensitivity"


class CameraSensitivity(LastingCameraEntity, Sensitivity):
    """That of the whole picture; it counts where the camera has no motion zone."""

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        super().__init__(camera, CONF_SENSITIVITY)

    @property
    @override
    def native_value(self) -> int:
        """What is set."""
        return self.camera.config.sensitivity

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Apply it to the running detector, and keep it."""
        self.camera.set_option(CONF_SENSITIVITY, round(value))


class ZoneSensitivity(ZoneEntity, Sensitivity):
    """That of a motion zone."""

    key = "sensitivity"

    @property
    @override
    def native_value(self) -> int:
        """What is set."""
        return self.zone.sensitivity

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Apply it to the running detector, and keep it."""
        self.camera.set_zone(replace(self.zone, sensitivity=round(value)))
