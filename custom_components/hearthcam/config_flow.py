"""Adding a camera: found on the network, by host, or by RTSP URL."""

import asyncio
import logging
from typing import Any, override
from uuid import uuid4

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD
from homeassistant.core import callback

from .const import (
    CONF_ENTRY_TYPE,
    CONF_MAIN_URL,
    CONF_ONVIF_PORT,
    CONF_RECORD_AUDIO,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
    SUBENTRY_ZONE,
)
from .discovery import FoundCamera, async_search
from .flow_base import RTSP_FIELDS
from .flow_check import StreamRefused, StreamsToTry, async_try_streams
from .flow_forms import (
    CHOICE_HOST,
    CHOICE_RTSP,
    CHOICE_SEARCH,
    CONF_CAMERA,
    HOST_SCHEMA,
    RTSP_SCHEMA,
    Option,
    error_field,
    found_schema,
    host_field,
    move_logins,
    read_host,
    read_login,
    read_rtsp_form,
)
from .flow_identity import find_entry
from .flow_keep import KeepSteps
from .flow_onvif import DiscoverySteps
from .flow_reading import ReadingError
from .onvif_address import OnvifAddress
from .options_flow import CameraOptionsFlow
from .storage_flow import StorageOptionsFlow
from .subentry_flow import ZoneSubentryFlow

_LOGGER = logging.getLogger(__package__)


class HearthcamConfigFlow(DiscoverySteps, KeepSteps, domain=DOMAIN):
    """The flow that makes one entry a camera, and the entry of the system."""

    def __init__(self) -> None:
        """Start with nothing found."""
        super().__init__()
        self._search: asyncio.Task[list[FoundCamera]] | None = None
        self._found: dict[str, FoundCamera] = {}

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

    async def async_step_search(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show that the network is being searched."""
        if self._search is None:
            self._search = self.hass.async_create_task(
                async_search(self.hass), "hearthcam search", eager_start=False
            )
        if not self._search.done():
            return self.async_show_progress(
                step_id="search", progress_action="search", progress_task=self._search
            )
        search, self._search = self._search, None
        if error := search.exception():
            # The ways by hand are left.
            _LOGGER.error("The network could not be searched", exc_info=error)
        self._found = {
            camera.key: camera
            for camera in (() if error else search.result())
            if find_entry(self.hass, camera.identity, camera.address) is None
        }
        return self.async_show_progress_done(next_step_id="pick")

    async def async_step_pick(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose a found camera, or the way to name another one."""
        if user_input is None:
            return self.async_show_form(
                step_id="pick",
                data_schema=found_schema(
                    Option(key, camera.label) for key, camera in self._found.items()
                ),
                description_placeholders={"count": str(len(self._found))},
            )
        choice = user_input[CONF_CAMERA]
        if choice == CHOICE_RTSP:
            return await self.async_step_rtsp()
        if choice == CHOICE_HOST:
            return await self.async_step_host()
        if choice == CHOICE_SEARCH:
            return await self.async_step_search()
        self._camera = self._found[choice]
        return await self.async_step_login()

    async def async_step_host(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the host of an ONVIF camera and its login."""
        errors: dict[str, str] = {}
        if user_input is not None:
            address = OnvifAddress(read_host(user_input), user_input[CONF_ONVIF_PORT])
            try:
                return await self._async_read(address, read_login(user_input))
            except ReadingError as err:
                errors[host_field(err.key)] = err.key
        return self.async_show_form(
            step_id="host",
            data_schema=self.add_suggested_values_to_schema(HOST_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_rtsp(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the URLs of a camera that is reached by RTSP alone."""
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input = move_logins(user_input)
            answer = read_rtsp_form(user_input)
            if isinstance(answer, dict):
                errors = answer
            else:
                self._async_abort_entries_match({CONF_MAIN_URL: answer.main_url})
                streams = StreamsToTry(answer.main_url, answer.sub_url, answer.login)
                opened = await async_try_streams(self.hass, streams)
                if not isinstance(opened, StreamRefused):
                    # Such a camera tells nothing of itself, and its address is no
                    # identity.
                    await self.async_set_unique_id(uuid4().hex)
                    return self._async_create_camera(
                        user_input[CONF_NAME].strip(),
                        streams,
                        {CONF_HOST: answer.host},
                        {CONF_RECORD_AUDIO: user_input[CONF_RECORD_AUDIO]},
                    )
                errors = error_field(
                    opened.error, opened.profile, RTSP_FIELDS, CONF_PASSWORD
                )
        return self.async_show_form(
            step_id="rtsp",
            data_schema=self.add_suggested_values_to_schema(RTSP_SCHEMA, user_input),
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
