"""The steps about a camera that speaks ONVIF: discovered, logged in, profiles."""

from dataclasses import replace
from typing import Any, override
from uuid import uuid4

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.typing import DiscoveryInfoType

from .const import (
    CONF_MAIN_PROFILE,
    CONF_ONVIF_PORT,
    CONF_RECORD_AUDIO,
    CONF_SUB_PROFILE,
)
from .discovery import FoundCamera, async_identities_at
from .engine.protocol import Transport
from .flow_base import PROFILE_FIELDS, FlowBase, reading_data
from .flow_check import StreamRefused, StreamsToTry, async_try_streams
from .flow_forms import (
    LOGIN_SCHEMA,
    NO_SUB,
    Login,
    error_field,
    login_field,
    profiles_schema,
    read_login,
)
from .flow_identity import (
    Identity,
    async_follow_camera,
    async_learn_endpoint,
    find_entry,
)
from .flow_reading import CameraReading, ReadingError, async_read_camera
from .onvif.identity import clean_mac
from .onvif_address import OnvifAddress
from .privacy.local_only import is_local


class OnvifSteps(FlowBase):
    """Login, profiles, entry."""

    def __init__(self) -> None:
        """Start with no camera chosen."""
        super().__init__()
        self._camera: FoundCamera | None = None
        self._reading: CameraReading | None = None

    async def _async_read(
        self,
        address: OnvifAddress,
        login: Login,
        epr: str | None = None,
    ) -> ConfigFlowResult:
        """Ask the camera who it is and what it has; raises ReadingError."""
        reading = await async_read_camera(self.hass, address, login, epr)
        self._reading = reading
        if entry := find_entry(self.hass, reading.identity):
            async_learn_endpoint(self.hass, entry, epr)
            async_follow_camera(self.hass, entry, address)
            return self.async_abort(reason="already_configured")
        await self.async_set_unique_id(
            reading.identity.unique_id or uuid4().hex, raise_on_progress=False
        )
        self._abort_if_unique_id_configured()
        return await self.async_step_profiles()

    async def async_step_login(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login of the camera that was picked from the found ones."""
        return await self._async_login("login", user_input)

    async def _async_login(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for the login of a found camera."""
        assert self._camera is not None
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await self._async_read(
                    self._camera.address,
                    read_login(user_input),
                    self._camera.epr,
                )
            except ReadingError as err:
                errors[login_field(err.key)] = err.key
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(LOGIN_SCHEMA, user_input),
            description_placeholders={"name": self._camera.title},
            errors=errors,
        )

    async def async_step_profiles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Confirm the name and which profile is recorded and which analysed."""
        assert self._reading is not None
        reading = self._reading
        name = (self._camera and self._camera.name) or reading.name
        errors: dict[str, str] = {}
        if user_input is not None:
            chosen = chosen_profiles(user_input)
            result = await self._async_try_profiles(chosen, Transport.AUTO)
            if isinstance(result, StreamsToTry):
                # Another flow may have added this camera meanwhile.
                self._abort_if_unique_id_configured()
                self._async_end_other_flows(
                    reading.identity.known
                    | async_identities_at(self.hass, reading.address)
                )
                return self._async_create_camera(
                    user_input[CONF_NAME].strip(),
                    result,
                    reading_data(reading, chosen),
                    {CONF_RECORD_AUDIO: user_input[CONF_RECORD_AUDIO]},
                )
            errors = result
        schema = profiles_schema(reading.options, reading.main, reading.sub, name)
        return self.async_show_form(
            step_id="profiles",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            description_placeholders={"name": name},
            errors=errors,
        )

    async def _async_try_profiles(
        self, chosen: tuple[str, str | None], transport: Transport
    ) -> StreamsToTry | dict[str, str]:
        """Open the streams of the chosen profiles; return them, or the errors."""
        assert self._reading is not None
        try:
            streams = await self._reading.async_streams(*chosen, transport)
        except ReadingError as err:
            return {"base": err.key}
        opened = await async_try_streams(self.hass, streams)
        if isinstance(opened, StreamRefused):
            return error_field(opened.error, opened.profile, PROFILE_FIELDS, "base")
        return streams


class DiscoverySteps(OnvifSteps):
    """Cameras that announce themselves, or that the DHCP server saw again."""

    @override
    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Offer a camera that answered to WS-Discovery, or follow one that moved."""
        camera = FoundCamera.from_dict(discovery_info)
        if not is_local(camera.address.host):
            return self.async_abort(reason="not_local")
        if entry := find_entry(
            self.hass, camera.identity, camera.address, ignored=True
        ):
            async_learn_endpoint(self.hass, entry, camera.epr)
            async_follow_camera(self.hass, entry, camera.address)
            return self.async_abort(reason="already_configured")
        await self.async_set_unique_id(camera.identity.unique_id)
        self._abort_if_unique_id_configured()
        self._camera = camera
        self.context["title_placeholders"] = {"name": camera.title}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add it, and for its login."""
        return await self._async_login("discovery_confirm", user_input)

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a configured camera to the address it was given."""
        entry = find_entry(
            self.hass, Identity(mac=clean_mac(discovery_info.macaddress))
        )
        if entry is None:
            return self.async_abort(reason="no_devices_found")
        if CONF_ONVIF_PORT in entry.data and is_local(discovery_info.ip):
            address = replace(OnvifAddress.of_data(entry.data), host=discovery_info.ip)
            async_follow_camera(self.hass, entry, address)
        return self.async_abort(reason="already_configured")


def chosen_profiles(answer: dict[str, Any]) -> tuple[str, str | None]:
    """Return the tokens of main and sub; one profile twice means no sub."""
    main, sub = answer[CONF_MAIN_PROFILE], answer[CONF_SUB_PROFILE]
    return main, None if sub in (NO_SUB, main) else sub
