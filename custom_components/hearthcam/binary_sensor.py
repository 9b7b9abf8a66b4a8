"""Whether something moves, what the camera detects, and whether it can be reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import HearthcamCamera
from .entity import DescribedCameraEntity
from .models import HearthcamCameraConfigEntry
from .onvif_binary_sensor import event_sensors
from .onvif_entity import async_follow_abilities
from .zone_entity import ZoneEntity, async_follow_zones

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class CameraBinarySensorDescription(BinarySensorEntityDescription):
    """What a binary sensor shows, and while what it is available."""

    value: Callable[[HearthcamCamera], bool]
    available: Callable[[HearthcamCamera], bool]


SENSORS = (
    CameraBinarySensorDescription(
        key="motion",
        device_class=BinarySensorDeviceClass.MOTION,
        value=lambda camera: camera.state.motion is not None,
        available=lambda camera: camera.online,
    ),
    CameraBinarySensorDescription(
        key="connectivity",
        translation_key="connectivity",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda camera: camera.online,
        # "Disconnected" would look like a fault where it is a wish.
        available=lambda camera: camera.engine_running and not camera.shut,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a camera and of its zones."""
    camera = entry.runtime_data
    async_add_entities(
        CameraBinarySensor(camera, description) for description in SENSORS
    )
    async_follow_zones(
        camera, async_add_entities, Platform.BINARY_SENSOR, ZoneMotionSensor
    )
    async_follow_abilities(camera, async_add_entities, event_sensors)


class CameraBinarySensor(DescribedCameraEntity, BinarySensorEntity):
    """A binary sensor of a camera."""

    entity_description: CameraBinarySensorDescription

    @property
    @override
    def available(self) -> bool:
        """Ask the description."""
        return self.entity_description.available(self.camera)

    @property
    @override
    def is_on(self) -> bool:
        """Ask the description."""
        return self.entity_description.value(self.camera)


class ZoneMotionSensor(ZoneEntity, BinarySensorEntity):
    """Whether something moves in a zone."""

    _attr_device_class = BinarySensorDeviceClass.MOTION
    key = "motion"

    @property
    @override
    def available(self) -> bool:
        """Follow the stream."""
        return self.camera.online

    @property
    @override
    def is_on(self) -> bool:
        """Whether the engine counts the zone among those with motion."""
        return self.zone.enabled and self.zone.zone_id in self.camera.state.moving_zones
