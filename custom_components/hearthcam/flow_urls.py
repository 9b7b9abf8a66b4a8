"""The steps about cameras that are reached by a URL alone: RTSP, or pictures."""

from typing import Any
from uuid import uuid4

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD

from .const import CONF_MAIN_URL, CONF_RECORD_AUDIO, CONF_TRANSPORT
from .engine.protocol import Transport
from .flow_answers import error_field, move_logins, read_rtsp_form, without_password
from .flow_base import RTSP_FIELDS, FlowBase, stream_data
from .flow_check import StreamRefused, StreamsToTry, async_try_streams
from .flow_forms import (
    PICTURE_RECONFIGURE_SCHEMA,
    PICTURE_SCHEMA,
    RTSP_RECONFIGURE_SCHEMA,
    RTSP_SCHEMA,
)
from .rtsp_url import PICTURES, RTSP


class UrlSteps(FlowBase):
    """Such a camera tells nothing of itself, and its address is no identity."""

    async def async_step_rtsp(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the URLs of a camera that is reached by RTSP alone."""
        return await self._async_add("rtsp", RTSP, user_input)

    async def async_step_picture(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the URL of a camera that gives pictures over HTTP only."""
        return await self._async_add("picture", PICTURES, user_input)

    async def _async_add(
        self, step_id: str, schemes: tuple[str, ...], user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input = move_logins(user_input, schemes)
            streams = await self._async_tried(user_input, schemes)
            if isinstance(streams, dict):
                errors = streams
            else:
                await self.async_set_unique_id(uuid4().hex)
                audio = user_input.get(CONF_RECORD_AUDIO, False)
                return self._async_create_camera(
                    user_input[CONF_NAME].strip(),
                    streams,
                    {CONF_HOST: streams.host},
                    {CONF_RECORD_AUDIO: audio},
                )
        schema = RTSP_SCHEMA if schemes == RTSP else PICTURE_SCHEMA
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_step_reconfigure_rtsp(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for URLs, login and transport of a camera without ONVIF."""
        return await self._async_change("reconfigure_rtsp", RTSP, user_input)

    async def async_step_reconfigure_picture(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for URL and login of a camera that gives pictures only."""
        return await self._async_change("reconfigure_picture", PICTURES, user_input)

    async def _async_change(
        self, step_id: str, schemes: tuple[str, ...], user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input = move_logins(user_input, schemes)
            streams = await self._async_tried(user_input, schemes, entry)
            if isinstance(streams, dict):
                errors = streams
            else:
                return self._async_change_camera(
                    entry, {**stream_data(streams), CONF_HOST: streams.host}
                )
        schema = (
            RTSP_RECONFIGURE_SCHEMA if schemes == RTSP else PICTURE_RECONFIGURE_SCHEMA
        )
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, without_password(user_input or entry.data)
            ),
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    async def _async_tried(
        self,
        answer: dict[str, Any],
        schemes: tuple[str, ...],
        entry: ConfigEntry[Any] | None = None,
    ) -> StreamsToTry | dict[str, str]:
        """Open what a form names; return it, or the errors of the form."""
        meant = read_rtsp_form(answer, entry.data if entry else None, schemes)
        if isinstance(meant, dict):
            return meant
        self._async_abort_entries_match({CONF_MAIN_URL: meant.main_url})
        streams = StreamsToTry(
            meant.main_url,
            meant.sub_url,
            meant.login,
            Transport(answer.get(CONF_TRANSPORT, Transport.AUTO)),
        )
        opened = await async_try_streams(self.hass, streams)
        if isinstance(opened, StreamRefused):
            return error_field(opened.error, opened.profile, RTSP_FIELDS, CONF_PASSWORD)
        return streams
