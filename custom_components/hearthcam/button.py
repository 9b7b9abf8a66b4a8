"""Recording now, whatever moves, and what a camera does at a press."""

from typing import Final, override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import HearthcamCamera
from .entity import CameraEntity, LastingCameraEntity
from .models import HearthcamCameraConfigEntry
from .onvif_button import onvif_buttons
from .onvif_entity import async_follow_abilities
from .privacy_check import async_privacy_checks

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
    async_add_entities([RecordButton(camera), CheckPrivacyButton(camera)])
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


class CheckPrivacyButton(LastingCameraEntity, ButtonEntity):
    """Looks at once whether privacy zones are black in all that is given out."""

    _attr_translation_key = "check_privacy"
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        super().__init__(camera, "check_privacy")

    @override
    async def async_press(self) -> None:
        """Test the camera; the sensor tells what came of it."""
        await async_privacy_checks(self.hass).async_check(self.camera)
