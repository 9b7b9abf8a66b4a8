"""Adding a camera: found on the network, by host, or by the URL of its pictures."""

from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback

from .const import CONF_ENTRY_TYPE, DOMAIN, ENTRY_TYPE_SYSTEM, SUBENTRY_ZONE
from .flow_answers import host_field, read_address, read_login
from .flow_forms import HOST_SCHEMA
from .flow_keep import KeepSteps
from .flow_onvif import Asked
from .flow_reading import ReadingError
from .flow_search import SearchSteps
from .flow_urls import UrlSteps
from .options_flow import CameraOptionsFlow
from .storage_flow import StorageOptionsFlow
from .subentry_flow import ZoneSubentryFlow


class HearthcamConfigFlow(SearchSteps, UrlSteps, KeepSteps, domain=DOMAIN):
    """The flow that makes one entry a camera, and the entry of the system."""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry[Any]
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """A camera has zones, the system has none."""
        if config_entry.data.get(CONF_ENTRY_TYPE) == ENTRY_TYPE_SYSTEM:
            return {}
        return {SUBENTRY_ZONE: ZoneSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> OptionsFlow:
        """Return the flow of a camera's options, or of the system's."""
        if config_entry.data.get(CONF_ENTRY_TYPE) == ENTRY_TYPE_SYSTEM:
            return StorageOptionsFlow()
        return CameraOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Search the network first, so that nobody has to know an address."""
        return await self.async_step_search()

    async def async_step_host(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the host of an ONVIF camera and its login."""
        errors = self._take_late()
        if errors and self._asked:
            user_input = self._asked.answer
        elif user_input is not None:
            address, login = read_address(user_input), read_login(user_input)
            try:
                return await self._async_contact(
                    Asked("host", address, login, user_input)
                )
            except ReadingError as err:
                errors[host_field(err.key)] = err.key
        return self.async_show_form(
            step_id="host",
            data_schema=self.add_suggested_values_to_schema(HOST_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_system(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Make the one entry of the system; started by the first camera's setup."""
        await self.async_set_unique_id(ENTRY_TYPE_SYSTEM)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title="Hearthcam", data={CONF_ENTRY_TYPE: ENTRY_TYPE_SYSTEM}
        )
