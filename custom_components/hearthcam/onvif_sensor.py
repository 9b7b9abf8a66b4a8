"""How wrong the camera's clock is."""

from collections.abc import Iterator
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime

from .device import HearthcamCamera
from .onvif_entity import OnvifEntity
from .onvif_side import OnvifSide

CLOCK_OFFSET: Final = SensorEntityDescription(
    key="clock_offset",
    translation_key="clock_offset",
    device_class=SensorDeviceClass.DURATION,
    native_unit_of_measurement=UnitOfTime.SECONDS,
    suggested_display_precision=0,
    state_class=SensorStateClass.MEASUREMENT,
    entity_category=EntityCategory.DIAGNOSTIC,
)


def onvif_sensors(camera: HearthcamCamera, onvif: OnvifSide) -> Iterator[OnvifEntity]:
    """Yield the sensors of every camera with ONVIF."""
    yield ClockOffset(camera, onvif, CLOCK_OFFSET)


class ClockOffset(OnvifEntity, SensorEntity):
    """Seconds that the camera's clock is ahead of Home Assistant's."""

    @property
    @override
    def native_value(self) -> int | None:
        """Whole seconds: cameras tell no more."""
        offset = self.session.clock_offset
        return None if offset is None else round(offset)
