"""Motion as events, up to the clip that can be played, gaps in recording, rings."""

from enum import StrEnum
from typing import Any, override

from homeassistant.components.event import EventDeviceClass, EventEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.dt import utc_from_timestamp

from .camera_state import MotionEvent
from .device import HearthcamCamera
from .entity import CameraEntity, LastingCameraEntity
from .library.gaps import Gap
from .models import HearthcamCameraConfigEntry
from .onvif_entity import async_follow_abilities
from .onvif_event import onvif_events

PARALLEL_UPDATES = 0


class RecordingEvent(StrEnum):
    """What is told of an armed camera's recording."""

    GAP_STARTED = "gap_started"
    """More than five seconds are lost by now."""
    GAP_ENDED = "gap_ended"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of a camera."""
    camera = entry.runtime_data
    async_add_entities([MotionEventEntity(camera), RecordingEventEntity(camera)])
    async_follow_abilities(camera, async_add_entities, onvif_events)


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


class RecordingEventEntity(LastingCameraEntity, EventEntity):
    """Gaps of an armed camera: each one is told twice, when it is known and its end.

    A gap that is known only afterwards (nothing ran) is told twice in a row.
    """

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_event_types = list(RecordingEvent)
    _attr_translation_key = "recording"

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        super().__init__(camera, "recording")

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the ledger."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.camera.system.ledger.subscribe_gaps(self.camera.camera_id, self._gap)
        )

    @callback
    def _gap(self, gap: Gap) -> None:
        attributes: dict[str, Any] = {
            "cause": gap.cause,
            "start": utc_from_timestamp(gap.start).isoformat(),
        }
        if gap.end is None:
            self._trigger_event(RecordingEvent.GAP_STARTED, attributes)
        else:
            attributes["end"] = utc_from_timestamp(gap.end).isoformat()
            attributes["duration"] = round(gap.end - gap.start, 1)
            self._trigger_event(RecordingEvent.GAP_ENDED, attributes)
        self.async_write_ha_state()
