"""The flow of a zone: its name, kind and shape, and what of its kind is to be asked."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME

from .arming import ArmingMode
from .const import (
    CONF_KIND,
    CONF_MIN_DURATION,
    CONF_MIN_SIZE,
    CONF_MODES,
    CONF_PAST,
    CONF_POLYGON,
    CONF_SENSITIVITY,
)
from .engine.parts import ZoneKind
from .zone_forms import (
    PRIVACY_SCHEMA,
    SHAPE_SCHEMA,
    TUNING_SCHEMA,
    kept_data,
    read_shape,
    shape_form,
)
from .zones import is_full, most_zones


class ZoneSubentryFlow(ConfigSubentryFlow):
    """Adds and changes a zone; a loaded camera applies it without a reload."""

    def __init__(self) -> None:
        """Start without an answer."""
        self._name = ""
        self._data: dict[str, Any] = {}
        self._most = {"most": ""}

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a zone."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = self._read_shape(user_input)
            if not errors:
                return await self._async_shaped()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(SHAPE_SCHEMA, user_input),
            description_placeholders=self._most,
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a zone; what is in use is the proposal."""
        subentry = self._get_reconfigure_subentry()
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = self._read_shape(user_input, subentry)
            if not errors:
                return await self._async_shaped()
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                SHAPE_SCHEMA,
                user_input or {CONF_NAME: subentry.title, **shape_form(subentry.data)},
            ),
            description_placeholders={"name": subentry.title, **self._most},
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

    async def async_step_privacy(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask when the zone is black, and whether it is in recordings from before."""
        if user_input is not None:
            chosen = user_input.get(CONF_MODES, ())
            self._data |= {
                CONF_MODES: [mode.value for mode in ArmingMode if mode in chosen],
                CONF_PAST: user_input[CONF_PAST],
            }
            return self._async_keep()
        return self.async_show_form(
            step_id="privacy",
            data_schema=self.add_suggested_values_to_schema(PRIVACY_SCHEMA, self._data),
            description_placeholders={"name": self._name},
            last_step=True,
        )

    def _read_shape(
        self, answer: Mapping[str, Any], changed: ConfigSubentry | None = None
    ) -> dict[str, str]:
        """Take the first form; return the errors of its fields."""
        self._name = answer[CONF_NAME].strip()
        errors = {} if self._name else {CONF_NAME: "name_missing"}
        kind = ZoneKind(answer[CONF_KIND])
        self._most = {"most": str(most_zones(kind))}
        changed_id = changed.subentry_id if changed else None
        if is_full(self._get_entry(), kind, changed_id):
            errors[CONF_KIND] = "too_many_zones"
        shape = read_shape(answer)
        if isinstance(shape, dict):
            return errors | shape
        self._data = {
            **kept_data(kind, changed),
            CONF_KIND: kind.value,
            CONF_POLYGON: [[point.x, point.y] for point in shape],
        }
        return errors

    async def _async_shaped(self) -> SubentryFlowResult:
        match self._data[CONF_KIND]:
            case ZoneKind.PRIVACY:
                return await self.async_step_privacy()
            case ZoneKind.IGNORE:
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
