"""Whether a camera detects motion and records it."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import HearthcamCamera
from .entity import CameraEntity
from .models import HearthcamCameraConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a camera's switch."""
    async_add_entities([DetectionSwitch(entry.runtime_data)])


class DetectionSwitch(CameraEntity, SwitchEntity):
    """Turns detection (and with it recording) on and off; live view stays."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "detection"

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        super().__init__(camera, "detection")

    @property
    @override
    def available(self) -> bool:
        """Stay available: it is the user's wish, whatever the camera does."""
        return True

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
