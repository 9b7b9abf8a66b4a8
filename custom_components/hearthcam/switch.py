"""Whether a camera detects motion and records it, and which of its zones count."""

from dataclasses import replace
from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import HearthcamCamera
from .entity import CameraSettingEntity
from .models import HearthcamCameraConfigEntry
from .zone_entity import ZoneEntity, async_follow_zones

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of a camera and of its zones."""
    camera = entry.runtime_data
    async_add_entities([DetectionSwitch(camera)])
    async_follow_zones(camera, async_add_entities, Platform.SWITCH, ZoneSwitch)


class DetectionSwitch(CameraSettingEntity, SwitchEntity):
    """Turns detection (and with it recording) on and off; live view stays."""

    _attr_translation_key = "detection"

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        super().__init__(camera, "detection")

    @property
    @override
    def is_on(self) -> bool:
        """Whether the camera detects."""
        return self.camera.config.detection

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Detect and record."""
        self.camera.set_detection(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Only watch."""
        self.camera.set_detection(False)


class ZoneSwitch(ZoneEntity, SwitchEntity):
    """Has a zone count or not; its shape and settings stay."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "zone_enabled"
    key = "enabled"
    motion_only = False

    @property
    @override
    def is_on(self) -> bool:
        """Whether the zone counts."""
        return self.zone.enabled

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Have it count."""
        self.camera.set_zone(replace(self.zone, enabled=True))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Have it not count."""
        self.camera.set_zone(replace(self.zone, enabled=False))
