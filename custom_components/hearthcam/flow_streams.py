"""The steps about the streams of an ONVIF camera: measured, cured, chosen."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
import logging
from typing import Any, Final

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.exceptions import HomeAssistantError

from .const import CONF_FIXED, CONF_MEASURED
from .engine.protocol import Profile, Transport
from .flow_answers import chosen_profiles, error_field
from .flow_base import PROFILE_FIELDS, FlowBase
from .flow_check import StreamRefused, StreamsToTry, async_try_streams
from .flow_fix import (
    ChangeMade,
    PlannedChange,
    async_apply,
    async_plan,
    fixed_data,
    plan_text,
    result_text,
)
from .flow_forms import Option, profiles_schema
from .flow_measure import Look, async_measure
from .flow_reading import CameraReading, ReadingError
from .onvif import MediaProfile
from .stream_advice import (
    Candidate,
    candidates_of,
    cure,
    findings,
    measured_data,
    propose,
)
from .stream_report import StreamReport

_LOGGER = logging.getLogger(__package__)

SETTLE_SECONDS: Final = 2.0
"""Encoders that were changed start anew."""


class StreamSteps(FlowBase):
    """What the camera really sends, what hurts, and what is used."""

    def __init__(self) -> None:
        """Start with nothing measured."""
        super().__init__()
        self._reading: CameraReading | None = None
        self._transport = Transport.AUTO
        self._seen: dict[str, Candidate] = {}
        self._work: asyncio.Task[None] | None = None
        self._answer: dict[str, Any] | None = None
        self._plans: dict[bool, list[PlannedChange]] = {}
        self._made: list[ChangeMade] = []
        self._late: dict[str, str] = {}

    @property
    def _read(self) -> CameraReading:
        assert self._reading is not None
        return self._reading

    @property
    def _streams_step(self) -> str:
        """The step in which the streams are chosen."""
        new = self.source != SOURCE_RECONFIGURE
        return "profiles" if new else "reconfigure_profiles"

    async def _async_back(self, step: str) -> ConfigFlowResult:
        """Show a form again, with the errors of what came after it."""
        result: ConfigFlowResult = await getattr(self, f"async_step_{step}")()
        return result

    def _take_late(self) -> dict[str, str]:
        """Return these errors, once."""
        late, self._late = self._late, {}
        return late

    # --- measuring ------------------------------------------------------------

    async def async_step_measure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show that the streams are being measured."""
        if self._work is None:
            reading = self._read
            self._begin(
                self._async_look(
                    candidates_of(reading.profiles, reading.main, reading.sub)
                )
            )
        if self._work is not None and not self._work.done():
            return self.async_show_progress(
                step_id="measure",
                progress_action="measure",
                progress_task=self._work,
                description_placeholders={"name": self._read.name},
            )
        return self._worked(self._streams_step)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = self.hass.async_create_task(
            work, "hearthcam measure", eager_start=False
        )

    def _worked(self, step: str) -> ConfigFlowResult:
        """Go on with what is known by now; the page shows what is missing."""
        work, self._work = self._work, None
        if work is not None and (error := work.exception()):
            _LOGGER.error("The streams could not be measured", exc_info=error)
        return self.async_show_progress_done(next_step_id=step)

    async def _async_look(self, profiles: Iterable[MediaProfile]) -> None:
        # A camera that is in use has its first viewer already.
        second = self.source != SOURCE_RECONFIGURE and not self._made
        look = Look(self._transport, second)
        try:
            self._seen |= await async_measure(
                self.hass, self._read, profiles, look, self.async_update_progress
            )
        except HomeAssistantError as err:
            _LOGGER.warning("The streams could not be measured: %s", err)
        self._transport = look.transport

    # --- the page -------------------------------------------------------------

    async def _async_streams_form(
        self,
        *,
        name: str,
        errors: dict[str, str],
        stored: tuple[str, str | None] | None = None,
    ) -> ConfigFlowResult:
        """Show what was measured, and ask which streams are used.

        ``stored`` is the present choice of a camera that is being changed.
        """
        reading = self._read
        report = await StreamReport.async_load(self.hass)
        main, sub = stored or self._proposal()
        chosen = self._candidates(main, sub)
        page = report.page(
            self._seen.values(),
            findings(
                chosen.get(Profile.MAIN),
                chosen.get(Profile.SUB),
                reading.about.clock_offset,
            ),
            reading.about.clock_offset,
            result_text(report, self._made),
        )
        can_fix = reading.still is None and any(
            cure(profile, one, h264=True) for profile, one in chosen.items()
        )
        schema = profiles_schema(
            self._options(report),
            main,
            sub,
            None if stored else name,
            fix=can_fix,
        )
        return self.async_show_form(
            step_id=self._streams_step,
            data_schema=self.add_suggested_values_to_schema(schema, self._answer),
            description_placeholders={"name": name, "report": page},
            errors=errors,
        )

    def _proposal(self) -> tuple[str, str | None]:
        """Return the tokens of the proposed main and sub."""
        reading = self._read
        choice = propose(reading.profiles, self._seen, reading.main)
        if choice is None:
            return reading.main, reading.sub
        return choice.main.token, choice.sub.token if choice.sub else None

    def _candidates(self, main: str, sub: str | None) -> dict[Profile, Candidate]:
        """Return what was measured of two profiles."""
        tokens = {Profile.MAIN: main, Profile.SUB: sub}
        return {
            profile: self._seen[token]
            for profile, token in tokens.items()
            if token in self._seen
        }

    def _options(self, report: StreamReport) -> list[Option]:
        """Return the profiles as the user chooses among them."""
        return [
            Option(one.token, report.label(one, self._seen.get(one.token)))
            for one in self._read.profiles
        ]

    async def _async_try_profiles(
        self, chosen: tuple[str, str | None]
    ) -> StreamsToTry | dict[str, str]:
        """Open what was not measured yet; return the streams, or the errors."""
        try:
            streams = await self._read.async_streams(*chosen, self._transport)
        except ReadingError as err:
            return {"base": err.key}
        seen = self._candidates(*chosen)
        if all(
            profile in seen and seen[profile].info and seen[profile].url == url
            for profile, url in streams.urls.items()
        ):
            return streams
        if self._async_is_watched(streams):
            return streams
        opened = await async_try_streams(self.hass, streams)
        if isinstance(opened, StreamRefused):
            return error_field(opened.error, opened.profile, PROFILE_FIELDS, "base")
        return streams

    def _facts(
        self, chosen: tuple[str, str | None], before: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return what an entry keeps of measuring and curing."""
        return {
            CONF_MEASURED: measured_data(self._candidates(*chosen)),
            CONF_FIXED: {
                **(before or {}).get(CONF_FIXED, {}),
                **fixed_data(self._made),
            },
        }

    # --- curing ---------------------------------------------------------------

    async def async_step_fix(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say exactly what would be changed on the camera, and ask."""
        assert self._answer is not None
        reading = self._read
        chosen = self._candidates(*chosen_profiles(self._answer))
        encoders = {one.token: one.encoder for one in reading.profiles}
        self._plans = {
            h264: await async_plan(reading.camera, chosen, encoders, h264=h264)
            for h264 in (False, True)
        }
        plain, with_h264 = self._plans[False], self._plans[True]
        options = [
            step
            for step, plan in (("fix_apply", plain), ("fix_h264", with_h264))
            if plan and (step == "fix_apply" or plan != plain)
        ]
        if not options:
            self._late = {"base": "nothing_to_fix"}
            return await self._async_back(self._streams_step)
        report = await StreamReport.async_load(self.hass)
        return self.async_show_menu(
            step_id="fix",
            menu_options=[*options, self._streams_step],
            description_placeholders={
                "name": reading.name,
                "changes": plan_text(report, plain or with_h264),
            },
        )

    async def async_step_fix_apply(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the camera as it was said, and measure again."""
        if self._work is None:
            self._begin(self._async_fix(self._plans.get(False, [])))
        return self._show_fixing()

    async def async_step_fix_h264(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Do so, and have the main stream be H.264."""
        if self._work is None:
            self._begin(self._async_fix(self._plans.get(True, [])))
        return self._show_fixing()

    def _show_fixing(self) -> ConfigFlowResult:
        if self._work is not None and not self._work.done():
            return self.async_show_progress(
                step_id="fix_apply",
                progress_action="fix",
                progress_task=self._work,
                description_placeholders={"name": self._read.name},
            )
        return self._worked(self._streams_step)

    async def _async_fix(self, planned: list[PlannedChange]) -> None:
        reading = self._read
        self._made = await async_apply(reading.camera, planned)
        await asyncio.sleep(SETTLE_SECONDS)
        changed = {one.planned.token for one in self._made if one.done}
        await self._async_look([p for p in reading.profiles if p.token in changed])
