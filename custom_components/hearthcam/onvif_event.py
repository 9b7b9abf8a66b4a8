"""Rings of a doorbell, as the event that automations and assistants know."""

from collections.abc import Iterator
from typing import Final, override

from homeassistant.components.event import (
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.core import callback

from .abilities import Abilities
from .device import HearthcamCamera
from .onvif.events import CameraEvent, EventKind
from .onvif_entity import OnvifEntity
from .onvif_side import OnvifSide

DOORBELL: Final = EventEntityDescription(
    key="doorbell",
    translation_key="doorbell",
    device_class=EventDeviceClass.DOORBELL,
    event_types=[DoorbellEventType.RING],
)


def onvif_events(camera: HearthcamCamera, onvif: OnvifSide) -> Iterator[OnvifEntity]:
    """Yield the doorbell of a camera that has one."""
    if EventKind.DOORBELL in onvif.abilities.kinds:
        yield DoorbellEvent(camera, onvif, DOORBELL)


class DoorbellEvent(OnvifEntity, EventEntity):
    """Somebody rings."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the camera's events."""
        await super().async_added_to_hass()
        self.async_on_remove(self.session.subscribe_events(self._event))

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for the class of events."""
        return EventKind.DOORBELL in abilities.kinds

    @callback
    def _event(self, event: CameraEvent) -> None:
        if event.kind is not EventKind.DOORBELL or event.active is False:
            return
        if event.operation == "Initialized":
            # The state as a new subscription finds it: that was rung before.
            return
        self._trigger_event(DoorbellEventType.RING)
        self.async_write_ha_state()
