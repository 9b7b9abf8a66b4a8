"""Figures of the cameras and of the system."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfDataRate, UnitOfInformation
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .camera_state import Topic
from .const import SYSTEM_IDENTIFIER
from .device import HearthcamCamera
from .engine.protocol import CameraStats
from .engine.rungs import Rung
from .entity import DescribedCameraEntity
from .library.models import Totals
from .models import HearthcamConfigEntry
from .system import HearthcamSystem

PARALLEL_UPDATES = 0

_RUNGS = [rung.value for rung in Rung]


@dataclass(frozen=True, kw_only=True)
class StatsSensorDescription(SensorEntityDescription):
    """A figure that the engine measures."""

    value: Callable[[CameraStats], float | str | None]


@dataclass(frozen=True, kw_only=True)
class TotalsSensorDescription(SensorEntityDescription):
    """A figure of the library."""

    value: Callable[[Totals], int]


STATS_SENSORS = (
    StatsSensorDescription(
        key="frame_rate",
        translation_key="frame_rate",
        native_unit_of_measurement="fps",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        # Whole frames: a database row each time the first decimal moves helps
        # nobody.
        value=lambda stats: round(stats.fps),
    ),
    StatsSensorDescription(
        key="bitrate",
        translation_key="bitrate",
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.KILOBITS_PER_SECOND,
        suggested_unit_of_measurement=UnitOfDataRate.MEGABITS_PER_SECOND,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda stats: round(stats.bitrate),
    ),
    StatsSensorDescription(
        key="analysis",
        translation_key="analysis",
        device_class=SensorDeviceClass.ENUM,
        options=_RUNGS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda stats: stats.rung if stats.rung in _RUNGS else None,
    ),
    StatsSensorDescription(
        key="analysis_load",
        translation_key="analysis_load",
        native_unit_of_measurement="ms/s",
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda stats: round(stats.analysis_ms, 1),
    ),
)

LAST_MOTION = SensorEntityDescription(
    key="last_motion",
    translation_key="last_motion",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_category=EntityCategory.DIAGNOSTIC,
)

TOTALS_SENSORS = (
    TotalsSensorDescription(
        key="clips",
        translation_key="clips",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda totals: totals.count,
    ),
    TotalsSensorDescription(
        key="storage_used",
        translation_key="storage_used",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=2,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda totals: totals.size,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a camera, or of the system."""
    runtime = entry.runtime_data
    if isinstance(runtime, HearthcamCamera):
        async_add_entities(
            [
                *(StatsSensor(runtime, description) for description in STATS_SENSORS),
                LastMotionSensor(runtime, LAST_MOTION),
            ]
        )
    else:
        async_add_entities(
            TotalsSensor(runtime.system, description) for description in TOTALS_SENSORS
        )


class StatsSensor(DescribedCameraEntity, SensorEntity):
    """A figure that the engine measures."""

    entity_description: StatsSensorDescription
    _topic = Topic.STATS

    @property
    @override
    def native_value(self) -> float | str | None:
        """Ask the description, once there is a measurement."""
        stats = self.camera.state.stats
        return None if stats is None else self.entity_description.value(stats)


class LastMotionSensor(DescribedCameraEntity, SensorEntity):
    """When something moved last."""

    @property
    @override
    def available(self) -> bool:
        """Stay available: it is a fact about the past."""
        return True

    @property
    @override
    def native_value(self) -> datetime | None:
        """The start of the last motion."""
        return self.camera.state.last_motion


class TotalsSensor(SensorEntity):
    """A figure of the library."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: TotalsSensorDescription

    def __init__(
        self, system: HearthcamSystem, description: TotalsSensorDescription
    ) -> None:
        """Belong to the system's device."""
        self._system = system
        self.entity_description = description
        self._attr_unique_id = f"system_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={SYSTEM_IDENTIFIER})

    @property
    @override
    def native_value(self) -> int | None:
        """Ask the description, once it has been counted."""
        totals = self._system.totals
        return None if totals is None else self.entity_description.value(totals)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the library."""
        await super().async_added_to_hass()
        self.async_on_remove(self._system.subscribe(self.async_write_ha_state))
