"""The forms of a zone: what they ask, and what they show of one that there is."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME, PERCENTAGE, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)

from .arming import ArmingMode
from .const import (
    CONF_ENABLED,
    CONF_KIND,
    CONF_MIN_DURATION,
    CONF_MIN_SIZE,
    CONF_MODES,
    CONF_PAST,
    CONF_POLYGON,
    CONF_SENSITIVITY,
    DEFAULT_SENSITIVITY,
)
from .engine.parts import Point, ZoneKind
from .engine.polygon import polygon_fault
from .zone_shapes import (
    Area,
    ShapeError,
    ShapeFault,
    areas_of_polygon,
    polygon_of_areas,
    polygon_of_text,
    text_of_polygon,
)
from .zones import ZoneConfig

CONF_AREAS = "areas"
CONF_POINTS = "points"

NEW_ZONE: Final = {
    CONF_SENSITIVITY: DEFAULT_SENSITIVITY,
    CONF_MIN_SIZE: 0.0,
    CONF_MIN_DURATION: 0.0,
    CONF_ENABLED: True,
}
NEW_PRIVACY_ZONE: Final = {CONF_MODES: [], CONF_PAST: True, CONF_ENABLED: True}

SHAPE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_KIND, default=ZoneKind.MOTION.value): SelectSelector(
            SelectSelectorConfig(
                options=[kind.value for kind in ZoneKind],
                mode=SelectSelectorMode.LIST,
                translation_key="zone_kind",
            )
        ),
        vol.Optional(CONF_AREAS, default=list): SelectSelector(
            SelectSelectorConfig(
                options=[area.value for area in Area],
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="zone_area",
            )
        ),
        vol.Optional(CONF_POINTS): TextSelector(TextSelectorConfig(multiline=True)),
    }
)
TUNING_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_SENSITIVITY, default=DEFAULT_SENSITIVITY): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=1, max=100, step=1, mode=NumberSelectorMode.SLIDER
                )
            ),
            vol.Coerce(int),
        ),
        vol.Required(CONF_MIN_SIZE, default=0): NumberSelector(
            NumberSelectorConfig(
                min=0,
                max=100,
                step=1,
                unit_of_measurement=PERCENTAGE,
                mode=NumberSelectorMode.BOX,
            )
        ),
        vol.Required(CONF_MIN_DURATION, default=0): NumberSelector(
            NumberSelectorConfig(
                min=0,
                max=60,
                step=0.1,
                unit_of_measurement=UnitOfTime.SECONDS,
                mode=NumberSelectorMode.BOX,
            )
        ),
    }
)
PRIVACY_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_MODES, default=list): SelectSelector(
            SelectSelectorConfig(
                options=[mode.value for mode in ArmingMode],
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="arming_mode",
            )
        ),
        vol.Required(CONF_PAST, default=True): BooleanSelector(),
    }
)


def kept_data(kind: ZoneKind, changed: ConfigSubentry | None) -> dict[str, Any]:
    """Return what a zone keeps where its form does not ask: of a new one, defaults.

    So does one that could not be read; and what becomes a privacy zone is black.
    """
    new = NEW_PRIVACY_ZONE if kind is ZoneKind.PRIVACY else NEW_ZONE
    if changed is None:
        return {**new}
    try:
        zone = ZoneConfig.from_subentry(changed)
    except KeyError, TypeError, ValueError:
        return {**new}
    if kind is ZoneKind.PRIVACY and not zone.is_privacy:
        return {**new}
    had = zone.as_data
    return {key: had.get(key, value) for key, value in new.items()}


def shape_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the first form shows a zone's data: ticked areas, else points.

    Of one that cannot be read nothing is shown: it can be made anew.
    """
    kinds = [kind.value for kind in ZoneKind if kind == data.get(CONF_KIND)]
    shown: dict[str, Any] = {CONF_KIND: (*kinds, ZoneKind.PRIVACY.value)[0]}
    try:
        polygon = tuple(Point(float(x), float(y)) for x, y in data[CONF_POLYGON])
    except KeyError, TypeError, ValueError:
        return shown
    if areas := areas_of_polygon(polygon):
        return shown | {CONF_AREAS: [area.value for area in areas]}
    return shown | {CONF_POINTS: text_of_polygon(polygon)}


def read_shape(answer: Mapping[str, Any]) -> tuple[Point, ...] | dict[str, str]:
    """Return the polygon that was meant, or the error of a field."""
    areas = [Area(value) for value in answer.get(CONF_AREAS) or ()]
    text = (answer.get(CONF_POINTS) or "").strip()
    field = CONF_POINTS if text else CONF_AREAS
    if areas and text:
        return {field: ShapeFault.AMBIGUOUS.value}
    try:
        polygon = polygon_of_text(text) if text else polygon_of_areas(areas)
    except ShapeError as err:
        return {field: err.fault.value}
    if fault := polygon_fault(polygon):
        return {field: fault.value}
    return polygon
