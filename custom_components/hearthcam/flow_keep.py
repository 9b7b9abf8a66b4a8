"""The steps that keep a camera: a new login, a new address, other streams."""

from collections.abc import Mapping
from typing import Any, override
from urllib.parse import urlsplit

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow

from .const import (
    CONF_ENTRY_TYPE,
    CONF_MAIN_PROFILE,
    CONF_MAIN_URL,
    CONF_ONVIF_PORT,
    CONF_SUB_PROFILE,
    CONF_TRANSPORT,
    ENTRY_TYPE_SYSTEM,
)
from .engine.protocol import StreamError, Transport
from .flow_answers import (
    Login,
    chosen_profiles,
    error_field,
    host_field,
    login_field,
    read_address,
    read_login,
    take_fix,
    without_password,
)
from .flow_base import BASE_FIELDS, reading_data, stored_streams, stream_data
from .flow_check import StreamRefused, StreamsToTry, async_try_streams
from .flow_forms import HOST_RECONFIGURE_SCHEMA, LOGIN_SCHEMA
from .flow_onvif import Asked, OnvifSteps
from .flow_reading import (
    CERTIFICATE_CHANGED,
    CameraReading,
    ReadingError,
    async_read_camera,
)
from .onvif_address import OnvifAddress
from .privacy_mode import async_is_shut
from .rtsp_url import RTSP


class KeepSteps(OnvifSteps):
    """Reauthentication and reconfiguration; a stream is opened before either ends."""

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """The camera refuses the stored login."""
        self._abort_if_shut(self._get_reauth_entry())
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new login."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            login = read_login(user_input)
            if error := await self._async_verify(entry, login):
                errors[login_field(error)] = error
            else:
                streams = stored_streams(entry.data, login)
                opened = await async_try_streams(self.hass, streams)
                if not isinstance(opened, StreamRefused):
                    return self._async_change_camera(entry, stream_data(streams))
                errors = error_field(
                    opened.error, opened.profile, BASE_FIELDS, CONF_PASSWORD
                )
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(
                LOGIN_SCHEMA, without_password(user_input or entry.data)
            ),
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    @callback
    def _abort_if_shut(self, entry: ConfigEntry[Any]) -> None:
        """Leave a camera alone that privacy mode has closed.

        A flow that is under way when it is closed is ended by `privacy_mode`.
        """
        if async_is_shut(self.hass, entry):
            raise AbortFlow("camera_shut")

    async def _async_verify(self, entry: ConfigEntry[Any], login: Login) -> str | None:
        """Return the error when an ONVIF camera refuses the login.

        Aborts when another camera answers. One whose ONVIF service is out of order
        is left to its streams.
        """
        if CONF_ONVIF_PORT not in entry.data:
            return None
        try:
            reading = await async_read_camera(
                self.hass, OnvifAddress.of_data(entry.data), login
            )
        except ReadingError as err:
            is_told = err.key in (StreamError.INVALID_AUTH, CERTIFICATE_CHANGED)
            return err.key if is_told else None
        await self._async_abort_if_other_camera(entry, reading)
        return None

    async def _async_abort_if_other_camera(
        self, entry: ConfigEntry[Any], reading: CameraReading
    ) -> None:
        """Abort when the camera that answered is not the one of the entry."""
        identity = reading.identity
        same = not identity.known or identity.is_of(entry)
        await self.async_set_unique_id(
            entry.unique_id if same else identity.unique_id, raise_on_progress=False
        )
        self._abort_if_unique_id_mismatch()

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change what the entry is about, as it was added."""
        data = self._get_reconfigure_entry().data
        if data.get(CONF_ENTRY_TYPE) == ENTRY_TYPE_SYSTEM:
            return self.async_abort(reason="nothing_to_reconfigure")
        self._abort_if_shut(self._get_reconfigure_entry())
        if CONF_ONVIF_PORT in data:
            return await self.async_step_reconfigure_host()
        is_rtsp = urlsplit(data[CONF_MAIN_URL]).scheme in RTSP
        return await self._async_back(
            "reconfigure_rtsp" if is_rtsp else "reconfigure_picture"
        )

    async def async_step_reconfigure_host(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for host, login and transport of an ONVIF camera."""
        entry = self._get_reconfigure_entry()
        errors = self._take_late()
        if errors and self._asked:
            user_input = self._asked.answer
        elif user_input is not None:
            self._transport = Transport(user_input[CONF_TRANSPORT])
            address = read_address(user_input, OnvifAddress.of_data(entry.data))
            login = read_login(user_input, entry.data)
            try:
                return await self._async_contact(
                    Asked("reconfigure_host", address, login, user_input)
                )
            except ReadingError as err:
                errors[host_field(err.key)] = err.key
        return self.async_show_form(
            step_id="reconfigure_host",
            data_schema=self.add_suggested_values_to_schema(
                HOST_RECONFIGURE_SCHEMA, without_password(user_input or entry.data)
            ),
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    @override
    async def _async_identify(self, reading: CameraReading, epr: str | None) -> None:
        """An entry that is changed stays the same camera's."""
        if self.source != SOURCE_RECONFIGURE:
            await super()._async_identify(reading, epr)
            return
        await self._async_abort_if_other_camera(self._get_reconfigure_entry(), reading)

    async def async_step_reconfigure_profiles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose main and sub anew; what is in use is the proposal."""
        entry, reading = self._get_reconfigure_entry(), self._read
        errors = self._take_late()
        if user_input is not None:
            self._answer, is_to_fix = take_fix(user_input)
            if is_to_fix:
                return await self.async_step_fix()
            chosen = chosen_profiles(user_input)
            result = await self._async_try_profiles(chosen)
            if isinstance(result, StreamsToTry):
                return self._async_change_camera(
                    entry,
                    stream_data(result)
                    | reading_data(reading, chosen, entry.data)
                    | self._facts(chosen, entry.data),
                )
            errors = result
        tokens = {profile.token for profile in reading.profiles}
        main, sub = reading.main, reading.sub
        if entry.data.get(CONF_MAIN_PROFILE) in tokens:
            main, sub = entry.data[CONF_MAIN_PROFILE], entry.data.get(CONF_SUB_PROFILE)
        return await self._async_streams_form(
            name=entry.title,
            errors=errors,
            stored=(main, sub if sub in tokens else None),
        )
