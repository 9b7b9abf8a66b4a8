"""The picture of the last motion."""

from datetime import datetime
from typing import override

from homeassistant.components.image import ImageEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .camera_state import Topic
from .device import HearthcamCamera
from .entity import LastingCameraEntity
from .models import HearthcamCameraConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a camera's last picture."""
    async_add_entities([LastMotionImage(hass, entry.runtime_data)])


class LastMotionImage(LastingCameraEntity, ImageEntity):
    """A still of the last motion's first moments, or its clip's thumbnail."""

    _attr_content_type = "image/jpeg"
    _attr_translation_key = "last_motion"
    _topic = Topic.PICTURE

    def __init__(self, hass: HomeAssistant, camera: HearthcamCamera) -> None:
        """Prepare."""
        ImageEntity.__init__(self, hass)
        LastingCameraEntity.__init__(self, camera, "last_motion")

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """When the motion of this picture began."""
        return self.camera.state.picture_time

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture."""
        return await self.camera.async_last_picture()
