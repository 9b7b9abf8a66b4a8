"""Figures of the cameras and of the system."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import math
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfDataRate
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .camera_state import Topic
from .device import HearthcamCamera
from .engine.protocol import CameraStats
from .engine.rungs import Rung
from .entity import DescribedCameraEntity, LastingCameraEntity
from .models import HearthcamConfigEntry
from .onvif_entity import async_follow_abilities
from .onvif_sensor import onvif_sensors
from .privacy_ruling import PrivacyReason
from .privacy_sensor import (
    PRIVACY_CHECK,
    PRIVACY_ZONES,
    PrivacyCheckSensor,
    PrivacySensor,
)
from .storage_sensor import storage_sensors

PARALLEL_UPDATES = 0

_RUNGS = [rung.value for rung in Rung]


@dataclass(frozen=True, kw_only=True)
class StatsSensorDescription(SensorEntityDescription):
    """A figure that the engine measures."""

    value: Callable[[CameraStats], float | str | None]


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

COVERAGE = SensorEntityDescription(
    key="coverage",
    translation_key="coverage",
    native_unit_of_measurement=PERCENTAGE,
    suggested_display_precision=2,
    state_class=SensorStateClass.MEASUREMENT,
    entity_category=EntityCategory.DIAGNOSTIC,
)

PRIVACY_REASON = SensorEntityDescription(
    key="privacy_mode_reason",
    translation_key="privacy_mode_reason",
    device_class=SensorDeviceClass.ENUM,
    options=[reason.value for reason in PrivacyReason],
    entity_category=EntityCategory.DIAGNOSTIC,
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
                CoverageSensor(runtime, COVERAGE),
                PrivacySensor(runtime, PRIVACY_ZONES),
                PrivacyCheckSensor(runtime, PRIVACY_CHECK),
                PrivacyReasonSensor(runtime, PRIVACY_REASON),
            ]
        )
        async_follow_abilities(runtime, async_add_entities, onvif_sensors)
    else:
        async_add_entities(storage_sensors(runtime.system.storage))


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


class LastMotionSensor(LastingCameraEntity, DescribedCameraEntity, SensorEntity):
    """When something moved last."""

    @property
    @override
    def native_value(self) -> datetime | None:
        """The start of the last motion."""
        return self.camera.state.last_motion


class PrivacyReasonSensor(LastingCameraEntity, DescribedCameraEntity, SensorEntity):
    """Why the camera is closed, or records nothing, for the sake of privacy."""

    _unrecorded_attributes = frozenset({"reasons", "home"})

    @property
    @override
    def native_value(self) -> str:
        """The first of the reasons."""
        return self.camera.ruling.reason

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """All of them, and the entities that say that somebody is home."""
        return {
            "reasons": [reason.value for reason in self.camera.ruling.reasons],
            "home": sorted(self.camera.presence.home),
        }


class CoverageSensor(LastingCameraEntity, DescribedCameraEntity, SensorEntity):
    """Which share of the last day's armed time was not lost."""

    _unrecorded_attributes = frozenset({"armed", "recorded", "watched", "lost"})

    @property
    @override
    def native_value(self) -> float | None:
        """The share, never rounded up: 100 % means that not a second was lost."""
        totals = self.camera.system.ledger.totals(self.camera.camera_id)
        if totals is None or (share := totals.share) is None:
            return None
        return math.floor(share * 10_000) / 100

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """The seconds behind it; those lost by their cause."""
        totals = self.camera.system.ledger.totals(self.camera.camera_id)
        if totals is None:
            return None
        return {
            "armed": round(totals.armed),
            "recorded": round(totals.recorded),
            "watched": round(totals.watched),
            "lost": {
                cause: math.ceil(seconds) for cause, seconds in totals.causes.items()
            },
        }

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the ledger."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.camera.system.ledger.subscribe(
                self.camera.camera_id, self.async_write_ha_state
            )
        )
