"""The flow of a zone: its name, kind and shape, and what of the motion in it counts."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME, PERCENTAGE, UnitOfTime
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)

from .const import (
    CONF_ENABLED,
    CONF_KIND,
    CONF_MIN_DURATION,
    CONF_MIN_SIZE,
    CONF_POLYGON,
    CONF_SENSITIVITY,
    DEFAULT_SENSITIVITY,
    MAX_ZONES,
    SUBENTRY_ZONE,
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

CONF_AREAS = "areas"
CONF_POINTS = "points"

NEW_ZONE: Final = {
    CONF_SENSITIVITY: DEFAULT_SENSITIVITY,
    CONF_MIN_SIZE: 0.0,
    CONF_MIN_DURATION: 0.0,
    CONF_ENABLED: True,
}

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


class ZoneSubentryFlow(ConfigSubentryFlow):
    """Adds and changes a zone; a loaded camera applies it without a reload."""

    def __init__(self) -> None:
        """Start without an answer."""
        self._name = ""
        self._data: dict[str, Any] = {}

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a zone."""
        zones = self._get_entry().get_subentries_of_type(SUBENTRY_ZONE)
        if len(zones) >= MAX_ZONES:
            return self.async_abort(
                reason="too_many_zones",
                description_placeholders={"most": str(MAX_ZONES)},
            )
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = self._read_shape(user_input, NEW_ZONE)
            if not errors:
                return await self._async_shaped()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(SHAPE_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a zone; what is in use is the proposal."""
        subentry = self._get_reconfigure_subentry()
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = self._read_shape(user_input, subentry.data)
            if not errors:
                return await self._async_shaped()
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                SHAPE_SCHEMA,
                user_input or {CONF_NAME: subentry.title, **shape_form(subentry.data)},
            ),
            description_placeholders={"name": subentry.title},
            errors=errors,
        )

    async def async_step_tuning(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what of the motion in the zone is to be reported."""
        if user_input is not None:
            self._data |= {
                CONF_SENSITIVITY: user_input[CONF_SENSITIVITY],
                CONF_MIN_SIZE: user_input[CONF_MIN_SIZE] / 100,
                CONF_MIN_DURATION: user_input[CONF_MIN_DURATION],
            }
            return self._async_keep()
        return self.async_show_form(
            step_id="tuning",
            data_schema=self.add_suggested_values_to_schema(
                TUNING_SCHEMA,
                self._data | {CONF_MIN_SIZE: round(self._data[CONF_MIN_SIZE] * 100, 1)},
            ),
            description_placeholders={"name": self._name},
            last_step=True,
        )

    def _read_shape(
        self, answer: Mapping[str, Any], rest: Mapping[str, Any]
    ) -> dict[str, str]:
        """Take the first form; return the errors of its fields."""
        self._name = answer[CONF_NAME].strip()
        errors = {} if self._name else {CONF_NAME: "name_missing"}
        shape = read_shape(answer)
        if isinstance(shape, dict):
            return errors | shape
        self._data = {
            **rest,
            CONF_KIND: answer[CONF_KIND],
            CONF_POLYGON: [[point.x, point.y] for point in shape],
        }
        return errors

    async def _async_shaped(self) -> SubentryFlowResult:
        if self._data[CONF_KIND] == ZoneKind.IGNORE:
            # Of what is never reported nothing needs to be tuned.
            return self._async_keep()
        return await self.async_step_tuning()

    def _async_keep(self) -> SubentryFlowResult:
        if self.source == SOURCE_USER:
            return self.async_create_entry(title=self._name, data=self._data)
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        # A camera that is not loaded has no listener, and reads it when it is.
        return self.async_update_and_abort(
            entry, subentry, title=self._name, data=self._data
        )


def shape_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the first form shows a zone's data: ticked areas, else points."""
    polygon = tuple(Point(x, y) for x, y in data[CONF_POLYGON])
    shown: dict[str, Any] = {CONF_KIND: data[CONF_KIND]}
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
