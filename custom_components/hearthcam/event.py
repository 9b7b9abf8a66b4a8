"""Motion as events: its start, its end, and its clip once it can be played."""

from typing import Any, override

from homeassistant.components.event import EventDeviceClass, EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .camera_state import MotionEvent
from .device import HearthcamCamera
from .entity import CameraEntity
from .models import HearthcamCameraConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a camera's event entity."""
    async_add_entities([MotionEventEntity(entry.runtime_data)])


class MotionEventEntity(CameraEntity, EventEntity):
    """What happens around a motion, with ids and relative URLs."""

    _attr_device_class = EventDeviceClass.MOTION
    _attr_event_types = list(MotionEvent)
    _attr_translation_key = "motion"

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        super().__init__(camera, "motion_event")

    @property
    @override
    def available(self) -> bool:
        """Stay available: a clip is also told of after its camera has gone."""
        return self.camera.engine_running

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the camera's events."""
        await super().async_added_to_hass()
        self.async_on_remove(self.camera.subscribe_events(self._event))

    @callback
    def _event(self, event: MotionEvent, attributes: dict[str, Any]) -> None:
        self._trigger_event(event, attributes)
        self.async_write_ha_state()
