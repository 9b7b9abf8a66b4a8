"""Recording now, whatever moves, and what a camera does at a press."""

from typing import Final, override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import HearthcamCamera
from .entity import CameraEntity
from .models import HearthcamCameraConfigEntry
from .onvif_button import onvif_buttons
from .onvif_entity import async_follow_abilities

PARALLEL_UPDATES = 1

DURATION: Final = 30.0
"""Seconds that a press records."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of a camera."""
    camera = entry.runtime_data
    async_add_entities([RecordButton(camera)])
    async_follow_abilities(camera, async_add_entities, onvif_buttons)


class RecordButton(CameraEntity, ButtonEntity):
    """Records for a while in any mode; a further press goes on for as long again."""

    _attr_translation_key = "record"

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        super().__init__(camera, "record")

    @override
    async def async_press(self) -> None:
        """Record from now on, and what the camera's pre-roll holds."""
        self.camera.record_now(DURATION)
