"""Figures of the library and of the folders that it lies in."""

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
from homeassistant.const import EntityCategory, UnitOfInformation
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.util.dt import utc_from_timestamp

from .const import SYSTEM_IDENTIFIER
from .engine.protocol import StoragePlace
from .storage import Storage
from .storage_figures import StorageFigures

_PLACES = [place.value for place in StoragePlace]
_FREE_STEP = 100_000_000
"""Bytes: a database row for each clip that is written helps nobody."""


@dataclass(frozen=True, kw_only=True)
class FigureSensorDescription(SensorEntityDescription):
    """A figure of the library, once it has been counted."""

    value: Callable[[StorageFigures], int | datetime | None]


@dataclass(frozen=True, kw_only=True)
class StorageSensorDescription(SensorEntityDescription):
    """What is known of the folders."""

    value: Callable[[Storage], int | str | None]


def _oldest(figures: StorageFigures) -> datetime | None:
    return None if figures.oldest is None else utc_from_timestamp(figures.oldest)


def _free(storage: Storage) -> int | None:
    view = storage.view
    if view is None or not view.total:
        return None
    return view.free // _FREE_STEP * _FREE_STEP


FIGURE_SENSORS = (
    FigureSensorDescription(
        key="clips",
        translation_key="clips",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda figures: figures.count,
    ),
    FigureSensorDescription(
        key="storage_used",
        translation_key="storage_used",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=2,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda figures: figures.size,
    ),
    FigureSensorDescription(
        key="spooled_clips",
        translation_key="spooled_clips",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda figures: figures.spooled,
    ),
    FigureSensorDescription(
        key="hidden_clips",
        translation_key="hidden_clips",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda figures: figures.hidden,
    ),
    FigureSensorDescription(
        key="oldest_clip",
        translation_key="oldest_clip",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_oldest,
    ),
)
STORAGE_SENSORS = (
    StorageSensorDescription(
        key="free_space",
        translation_key="free_space",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_free,
    ),
    StorageSensorDescription(
        key="storage_place",
        translation_key="storage_place",
        device_class=SensorDeviceClass.ENUM,
        options=_PLACES,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda storage: storage.place.value,
    ),
)


class _StorageSensor(SensorEntity):
    """Belongs to the system's device, and follows its storage."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, storage: Storage, description: SensorEntityDescription) -> None:
        """Take what to show."""
        self._storage = storage
        self.entity_description = description
        self._attr_unique_id = f"system_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={SYSTEM_IDENTIFIER})

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the storage."""
        await super().async_added_to_hass()
        self.async_on_remove(self._storage.subscribe(self.async_write_ha_state))


class FigureSensor(_StorageSensor):
    """A figure of the library."""

    entity_description: FigureSensorDescription

    @property
    @override
    def native_value(self) -> int | datetime | None:
        """Ask the description, once it has been counted."""
        figures = self._storage.figures
        return None if figures is None else self.entity_description.value(figures)


class StorageSensor(_StorageSensor):
    """What is known of the folders."""

    entity_description: StorageSensorDescription

    @property
    @override
    def native_value(self) -> int | str | None:
        """Ask the description."""
        return self.entity_description.value(self._storage)


def storage_sensors(storage: Storage) -> list[SensorEntity]:
    """Return all of them."""
    return [
        *(FigureSensor(storage, description) for description in FIGURE_SENSORS),
        *(StorageSensor(storage, description) for description in STORAGE_SENSORS),
    ]
