"""The steps that keep a camera: a new login, a new address, other streams."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD

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
from .flow_base import (
    BASE_FIELDS,
    RTSP_FIELDS,
    reading_data,
    stored_streams,
    stream_data,
)
from .flow_check import StreamRefused, StreamsToTry, async_try_streams
from .flow_forms import (
    HOST_RECONFIGURE_SCHEMA,
    LOGIN_SCHEMA,
    RTSP_RECONFIGURE_SCHEMA,
    Login,
    error_field,
    host_field,
    move_logins,
    profiles_schema,
    read_host,
    read_login,
    read_rtsp_form,
    without_password,
)
from .flow_onvif import OnvifSteps, chosen_profiles
from .flow_reading import CameraReading, ReadingError, async_read_camera
from .onvif_address import OnvifAddress


class KeepSteps(OnvifSteps):
    """Reauthentication and reconfiguration; a stream is opened before either ends."""

    def __init__(self) -> None:
        """Start with the transport that suits most."""
        super().__init__()
        self._transport = Transport.AUTO

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """The camera refuses the stored login."""
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
                errors[CONF_PASSWORD] = error
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
            return err.key if err.key == StreamError.INVALID_AUTH else None
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
        if CONF_ONVIF_PORT in data:
            return await self.async_step_reconfigure_host()
        return await self.async_step_reconfigure_rtsp()

    async def async_step_reconfigure_rtsp(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for URLs, login and transport of a camera without ONVIF."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input = move_logins(user_input)
            answer = read_rtsp_form(user_input, entry.data)
            if isinstance(answer, dict):
                errors = answer
            else:
                self._async_abort_entries_match({CONF_MAIN_URL: answer.main_url})
                streams = StreamsToTry(
                    answer.main_url,
                    answer.sub_url,
                    answer.login,
                    Transport(user_input[CONF_TRANSPORT]),
                )
                opened = await async_try_streams(self.hass, streams)
                if not isinstance(opened, StreamRefused):
                    return self._async_change_camera(
                        entry, {**stream_data(streams), CONF_HOST: answer.host}
                    )
                errors = error_field(
                    opened.error, opened.profile, RTSP_FIELDS, CONF_PASSWORD
                )
        return self.async_show_form(
            step_id="reconfigure_rtsp",
            data_schema=self.add_suggested_values_to_schema(
                RTSP_RECONFIGURE_SCHEMA, without_password(user_input or entry.data)
            ),
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    async def async_step_reconfigure_host(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for host, login and transport of an ONVIF camera."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            self._transport = Transport(user_input[CONF_TRANSPORT])
            address = replace(
                OnvifAddress.of_data(entry.data),
                host=read_host(user_input),
                port=user_input[CONF_ONVIF_PORT],
            )
            try:
                self._reading = await async_read_camera(
                    self.hass, address, read_login(user_input, entry.data)
                )
            except ReadingError as err:
                errors[host_field(err.key)] = err.key
            else:
                await self._async_abort_if_other_camera(entry, self._reading)
                return await self.async_step_reconfigure_profiles()
        return self.async_show_form(
            step_id="reconfigure_host",
            data_schema=self.add_suggested_values_to_schema(
                HOST_RECONFIGURE_SCHEMA, without_password(user_input or entry.data)
            ),
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    async def async_step_reconfigure_profiles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose main and sub anew; what is in use is the proposal."""
        assert self._reading is not None
        entry, reading = self._get_reconfigure_entry(), self._reading
        errors: dict[str, str] = {}
        if user_input is not None:
            chosen = chosen_profiles(user_input)
            result = await self._async_try_profiles(chosen, self._transport)
            if isinstance(result, StreamsToTry):
                return self._async_change_camera(
                    entry,
                    stream_data(result) | reading_data(reading, chosen, entry.data),
                )
            errors = result
        tokens = {option.value for option in reading.options}
        main, sub = reading.main, reading.sub
        if entry.data.get(CONF_MAIN_PROFILE) in tokens:
            main, sub = entry.data[CONF_MAIN_PROFILE], entry.data.get(CONF_SUB_PROFILE)
        schema = profiles_schema(reading.options, main, sub if sub in tokens else None)
        return self.async_show_form(
            step_id="reconfigure_profiles",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            description_placeholders={"name": entry.title},
            errors=errors,
        )
