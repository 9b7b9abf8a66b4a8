"""The steps about cameras that are reached by a URL alone: RTSP, or pictures."""

from dataclasses import replace
import logging
from typing import Any
from uuid import uuid4

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD
from homeassistant.exceptions import HomeAssistantError

from .const import CONF_MAIN_URL, CONF_MEASURED, CONF_RECORD_AUDIO, CONF_TRANSPORT
from .engine.protocol import Profile, StreamError, Transport
from .flow_answers import error_field, move_logins, read_rtsp_form, without_password
from .flow_base import RTSP_FIELDS, stream_data
from .flow_check import StreamRefused, StreamsToTry, async_try_streams
from .flow_forms import (
    PICTURE_RECONFIGURE_SCHEMA,
    PICTURE_SCHEMA,
    RTSP_RECONFIGURE_SCHEMA,
    RTSP_SCHEMA,
)
from .flow_measure import Look, async_measure_urls
from .flow_streams import StreamSteps
from .rtsp_url import PICTURES, RTSP
from .stream_advice import Candidate, findings, measured_data
from .stream_report import StreamReport

_LOGGER = logging.getLogger(__package__)


class UrlSteps(StreamSteps):
    """Such a camera tells nothing of itself, and its address is no identity."""

    def __init__(self) -> None:
        """Start with nothing typed."""
        super().__init__()
        self._form = ""
        self._streams: StreamsToTry | None = None
        self._looked: dict[Profile, Candidate] = {}

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
        errors = self._take_late()
        if errors:
            user_input = self._answer
        elif user_input is not None:
            self._answer = move_logins(user_input, schemes)
            meant = self._meant(self._answer, schemes)
            if isinstance(meant, StreamsToTry):
                self._form, self._streams = step_id, meant
                return await self.async_step_look()
            user_input, errors = self._answer, meant
        schema = RTSP_SCHEMA if schemes == RTSP else PICTURE_SCHEMA
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_step_look(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show that the streams are being measured."""
        assert self._answer is not None
        if self._work is None:
            self._begin(self._async_look_at_urls())
        if self._work is not None and not self._work.done():
            return self.async_show_progress(
                step_id="look",
                progress_action="measure",
                progress_task=self._work,
                description_placeholders={"name": self._answer[CONF_NAME]},
            )
        return self._worked(self._form if self._late else "checked")

    async def _async_look_at_urls(self) -> None:
        assert self._streams is not None
        report = await StreamReport.async_load(self.hass)
        names = {one: report.profile(one).capitalize() for one in Profile}
        look = Look(self._streams.transport, second=self._form == "rtsp")
        self._late = {"base": StreamError.UNKNOWN.value}
        try:
            self._looked = await async_measure_urls(
                self.hass, self._streams, names, look, self.async_update_progress
            )
        except HomeAssistantError as err:
            _LOGGER.warning("The camera could not be tried: %s", err)
            return
        self._streams = replace(self._streams, transport=look.transport)
        self._late = {}
        for profile, one in self._looked.items():
            if one.error:
                error = StreamError(one.error)
                self._late = error_field(error, profile, RTSP_FIELDS, CONF_PASSWORD)

    async def async_step_checked(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what hurts, if anything does, and make the entry."""
        assert self._answer is not None
        assert self._streams is not None
        seen = self._looked
        hurts = findings(seen.get(Profile.MAIN), seen.get(Profile.SUB))
        if user_input is None and hurts and self._form == "rtsp":
            report = await StreamReport.async_load(self.hass)
            page = report.page(seen.values(), hurts, None, tells_clock=False)
            return self.async_show_form(
                step_id="checked",
                data_schema=vol.Schema({}),
                description_placeholders={
                    "name": self._answer[CONF_NAME],
                    "report": page,
                },
                last_step=True,
            )
        await self.async_set_unique_id(uuid4().hex)
        return self._async_create_camera(
            self._answer[CONF_NAME].strip(),
            self._streams,
            {CONF_HOST: self._streams.host, CONF_MEASURED: measured_data(seen)},
            {CONF_RECORD_AUDIO: self._answer.get(CONF_RECORD_AUDIO, False)},
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
                changed = {CONF_HOST: streams.host, CONF_MEASURED: {}}
                return self._async_change_camera(entry, stream_data(streams) | changed)
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
        self, answer: dict[str, Any], schemes: tuple[str, ...], entry: ConfigEntry[Any]
    ) -> StreamsToTry | dict[str, str]:
        """Open what a form names; return it, or the errors of the form."""
        streams = self._meant(answer, schemes, entry)
        if isinstance(streams, dict):
            return streams
        opened = await async_try_streams(self.hass, streams)
        if isinstance(opened, StreamRefused):
            return error_field(opened.error, opened.profile, RTSP_FIELDS, CONF_PASSWORD)
        return streams

    def _meant(
        self,
        answer: dict[str, Any],
        schemes: tuple[str, ...],
        entry: ConfigEntry[Any] | None = None,
    ) -> StreamsToTry | dict[str, str]:
        """Return what a form names, or its errors; aborts for a configured camera."""
        meant = read_rtsp_form(answer, entry.data if entry else None, schemes)
        if isinstance(meant, dict):
            return meant
        self._async_abort_entries_match({CONF_MAIN_URL: meant.main_url})
        return StreamsToTry(
            meant.main_url,
            meant.sub_url,
            meant.login,
            Transport(answer.get(CONF_TRANSPORT, Transport.AUTO)),
        )
