"""Numbers of the camera's picture: brightness, contrast, exposure and such."""

from collections.abc import Iterator
from typing import Final, override

from homeassistant.components.number import (
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfTime

from .device import HearthcamCamera
from .onvif.control import PictureSetting, Range
from .onvif_entity import OnvifEntity
from .onvif_side import OnvifSide
from .picture_entity import PictureEntity

_DECIBEL: Final = "dB"
_SLIDER: Final = 1000
"""Steps above which a slider is no use."""

NUMBERS: Final = (
    NumberEntityDescription(
        key="brightness",
        translation_key="brightness",
        entity_category=EntityCategory.CONFIG,
    ),
    NumberEntityDescription(
        key="color_saturation",
        translation_key="color_saturation",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="contrast",
        translation_key="contrast",
        entity_category=EntityCategory.CONFIG,
    ),
    NumberEntityDescription(
        key="sharpness",
        translation_key="sharpness",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="exposure_time",
        translation_key="exposure_time",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=UnitOfTime.MICROSECONDS,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="exposure_time_min",
        translation_key="exposure_time_min",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=UnitOfTime.MICROSECONDS,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="exposure_time_max",
        translation_key="exposure_time_max",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=UnitOfTime.MICROSECONDS,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="gain",
        translation_key="gain",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=_DECIBEL,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="gain_min",
        translation_key="gain_min",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=_DECIBEL,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="gain_max",
        translation_key="gain_max",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=_DECIBEL,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="iris",
        translation_key="iris",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=_DECIBEL,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="backlight_level",
        translation_key="backlight_level",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="wide_dynamic_range_level",
        translation_key="wide_dynamic_range_level",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="white_balance_red",
        translation_key="white_balance_red",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="white_balance_blue",
        translation_key="white_balance_blue",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="focus_speed",
        translation_key="focus_speed",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="focus_near",
        translation_key="focus_near",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    NumberEntityDescription(
        key="focus_far",
        translation_key="focus_far",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
)


def picture_numbers(camera: HearthcamCamera, onvif: OnvifSide) -> Iterator[OnvifEntity]:
    """Yield the numbers that the camera lets us set."""
    for description in NUMBERS:
        setting = onvif.abilities.setting(description.key)
        if setting is not None and setting.range is not None:
            yield PictureNumber(camera, onvif, description, setting.range)


class PictureNumber(PictureEntity, NumberEntity):
    """A number in the camera's own range."""

    def __init__(
        self,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        description: NumberEntityDescription,
        span: Range,
    ) -> None:
        """Take the range, which newer firmware may change."""
        super().__init__(camera, onvif, description)
        self._set_range(span)

    @override
    def fits(self, setting: PictureSetting) -> bool:
        """Take numbers only."""
        return setting.range is not None

    @property
    @override
    def native_value(self) -> float | None:
        """What was read last."""
        reading = self.reading
        return reading if isinstance(reading, float) else None

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it, and read back what the camera made of it."""
        await self.async_change(value)

    @override
    def _changed(self) -> None:
        if self.setting is not None and self.setting.range is not None:
            self._set_range(self.setting.range)
        super()._changed()

    def _set_range(self, span: Range) -> None:
        width = span.maximum - span.minimum
        whole = width >= 4 and span.minimum.is_integer() and span.maximum.is_integer()
        self._attr_native_min_value = span.minimum
        self._attr_native_max_value = span.maximum
        self._attr_native_step = 1.0 if whole else width / 100
        is_short = width / self._attr_native_step <= _SLIDER
        self._attr_mode = NumberMode.SLIDER if is_short else NumberMode.BOX
