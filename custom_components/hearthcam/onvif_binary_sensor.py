"""What the camera itself detects, and its digital inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from .abilities import Abilities
from .device import HearthcamCamera
from .onvif.events import EventKind
from .onvif_entity import OnvifEntity
from .onvif_side import OnvifSide
from .session_view import SessionTopic


@dataclass(frozen=True, kw_only=True)
class SightingDescription(BinarySensorEntityDescription):
    """A class of events; motion is told by the engine, which hears of it too."""

    kind: EventKind


SIGHTINGS: Final = (
    SightingDescription(key="person", kind=EventKind.PERSON, translation_key="person"),
    SightingDescription(
        key="vehicle", kind=EventKind.VEHICLE, translation_key="vehicle"
    ),
    SightingDescription(key="animal", kind=EventKind.ANIMAL, translation_key="animal"),
    SightingDescription(
        key="package", kind=EventKind.PACKAGE, translation_key="package"
    ),
    SightingDescription(key="face", kind=EventKind.FACE, translation_key="face"),
    SightingDescription(
        key="license_plate",
        kind=EventKind.LICENSE_PLATE,
        translation_key="license_plate",
    ),
    SightingDescription(key="object", kind=EventKind.OBJECT, translation_key="object"),
    SightingDescription(
        key="line_crossing",
        kind=EventKind.LINE_CROSSING,
        translation_key="line_crossing",
    ),
    SightingDescription(
        key="intrusion", kind=EventKind.INTRUSION, translation_key="intrusion"
    ),
    SightingDescription(
        key="loitering", kind=EventKind.LOITERING, translation_key="loitering"
    ),
    SightingDescription(
        key="object_change",
        kind=EventKind.OBJECT_CHANGE,
        translation_key="object_change",
    ),
    SightingDescription(
        key="doorbell", kind=EventKind.DOORBELL, translation_key="doorbell"
    ),
    SightingDescription(key="fire", kind=EventKind.FIRE, translation_key="fire"),
    SightingDescription(
        key="sound",
        kind=EventKind.SOUND,
        device_class=BinarySensorDeviceClass.SOUND,
    ),
    SightingDescription(
        key="tamper",
        kind=EventKind.TAMPER,
        device_class=BinarySensorDeviceClass.TAMPER,
    ),
    SightingDescription(
        key="video_loss",
        kind=EventKind.VIDEO_LOSS,
        translation_key="video_loss",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SightingDescription(
        key="image_quality",
        kind=EventKind.IMAGE_QUALITY,
        translation_key="image_quality",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SightingDescription(
        key="hardware",
        kind=EventKind.HARDWARE,
        translation_key="hardware",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SightingDescription(
        key="temperature",
        kind=EventKind.TEMPERATURE,
        translation_key="temperature",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)

INPUT: Final = BinarySensorEntityDescription(key="input", translation_key="input")
NUMBERED_INPUT: Final = BinarySensorEntityDescription(
    key="input", translation_key="input_numbered"
)


def event_sensors(camera: HearthcamCamera, onvif: OnvifSide) -> Iterator[OnvifEntity]:
    """Yield the sensors of what the camera declares or sent."""
    abilities = onvif.abilities
    for description in SIGHTINGS:
        if description.kind in abilities.kinds:
            yield SightingSensor(camera, onvif, description)
    # Some list contacts that they have not, and declare no events of them.
    if not abilities.kinds or EventKind.DIGITAL_INPUT in abilities.kinds:
        is_single = len(abilities.inputs) == 1
        contact = INPUT if is_single else NUMBERED_INPUT
        for number, token in enumerate(abilities.inputs, 1):
            yield InputSensor(camera, onvif, contact, token, number)


class EventSensor(OnvifEntity, BinarySensorEntity):
    """Follows events; available while these would come."""

    _topic = SessionTopic.EVENTS

    @property
    @override
    def available(self) -> bool:
        """Without a subscription nothing is known."""
        return super().available and self.session.has_events


class SightingSensor(EventSensor):
    """Whether the camera sees, hears or notices something now."""

    entity_description: SightingDescription

    @property
    @override
    def is_on(self) -> bool:
        """Whether it goes on, at any source."""
        return self.session.active(self.entity_description.kind)


class InputSensor(EventSensor):
    """Whether a digital input is active."""

    def __init__(
        self,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        description: BinarySensorEntityDescription,
        token: str,
        number: int,
    ) -> None:
        """Belong to the input with this token."""
        super().__init__(camera, onvif, description, f"{description.key}_{token}")
        self._attr_translation_placeholders = {"number": str(number)}
        self._token = token

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for the token."""
        return self._token in abilities.inputs

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is active; a single one may have another name in events."""
        is_single = len(self.onvif.abilities.inputs) == 1
        return self.session.active(
            EventKind.DIGITAL_INPUT, None if is_single else self._token
        )
