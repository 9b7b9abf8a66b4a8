"""What a Repair of a camera offers to do; nothing is changed without a yes."""

import asyncio
from contextlib import suppress
import time
from typing import Any, Final

import voluptuous as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigEntryState

from .camera_errors import CameraError
from .camera_health import candidates_now, is_cured
from .camera_issues import Wrong
from .camera_watch import CLOCK_GOOD, DATA_WATCHES, CameraWatch
from .const import CONF_FIXED, CONF_ONVIF_CERTIFICATE
from .device import HearthcamCamera
from .discovery import async_meet_camera, async_search
from .flow_fix import (
    PlannedChange,
    async_apply,
    async_plan,
    fixed_data,
    plan_text,
    result_text,
)
from .found_cameras import find_found
from .onvif import fetch_fingerprint
from .onvif.control import CameraTime, posix_zone
from .onvif_address import OnvifAddress
from .session import CameraSession
from .stream_advice import Finding
from .stream_report import StreamReport

SEEN_SECONDS: Final = 45.0
"""In which a changed encoder shows in what the engine measures: it starts anew, and
two keyframes have to come."""
FOUND_SECONDS: Final = 10.0
"""In which a camera that was found has told who it is."""


def camera_flow(wrong: Wrong, entry: ConfigEntry[Any] | None) -> RepairsFlow:
    """Return the flow of a kind of Repair of a camera; None where it is gone."""
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return GoneFlow()
    kinds: dict[Wrong, type[CameraFlow]] = {
        Wrong.CLOCK: ClockFlow,
        Wrong.STREAMS: StreamsFlow,
        Wrong.CERTIFICATE: CertificateFlow,
        Wrong.ANOTHER: AnotherFlow,
    }
    camera: HearthcamCamera = entry.runtime_data
    if camera.session is None:
        return GoneFlow()
    return kinds[wrong](camera, camera.session)


class GoneFlow(RepairsFlow):
    """The camera is not there any more, or not loaded."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say so."""
        return self.async_abort(reason="not_loaded")


class CameraFlow(RepairsFlow):
    """What the flows share."""

    def __init__(self, camera: HearthcamCamera, session: CameraSession) -> None:
        """Take the camera."""
        self._camera = camera
        self._session = session
        self._entry = camera.entry

    def _ask(self, step_id: str, **texts: str) -> RepairsFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}),
            description_placeholders={"name": self._entry.title, **texts},
        )

    def _failed(self, error: CameraError) -> RepairsFlowResult:
        return self.async_abort(
            reason="failed", description_placeholders={"reason": str(error)}
        )

    def _still(self, reason: str, **texts: str) -> RepairsFlowResult:
        return self.async_abort(
            reason=reason,
            description_placeholders={"name": self._entry.title, **texts},
        )


class ClockFlow(CameraFlow):
    """Sets the camera's clock from Home Assistant's."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Look what the camera says by now."""
        session = self._session
        try:
            told = await session.async_do(session.control.timekeeping.read())
            offset = await session.async_do(session.control.camera.measure_clock())
        except CameraError as err:
            return self._failed(err)
        if offset is not None and abs(offset) <= CLOCK_GOOD:
            self._look()
            return self.async_create_entry(data={})
        return await self._async_ask(told, offset)

    async def _async_ask(
        self, told: CameraTime, offset: float | None
    ) -> RepairsFlowResult:
        report = await StreamReport.async_load(self.hass)
        # A camera that asks a time server stops doing so.
        step = "confirm_ntp" if told.is_ntp else "confirm"
        return self._ask(step, report=report.clock(offset))

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Set it, and measure what is left."""
        session = self._session
        zone = await self.hass.async_add_executor_job(
            posix_zone, self.hass.config.time_zone
        )
        try:
            left = await session.async_do(
                session.control.timekeeping.set_from(time.time(), zone)
            )
        except CameraError as err:
            return self._failed(err)
        if left is not None and abs(left) > CLOCK_GOOD:
            report = await StreamReport.async_load(self.hass)
            return self._still("not_taken", report=report.clock(left))
        self._look()
        return self.async_create_entry(data={})

    async def async_step_confirm_ntp(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Set it all the same."""
        return await self.async_step_confirm(user_input)

    def _look(self) -> None:
        self._session.clock_measured()


class StreamsFlow(CameraFlow):
    """Sets the camera's encoders as they were, or should be."""

    _planned: list[PlannedChange]

    @property
    def _watch(self) -> CameraWatch | None:
        return self.hass.data[DATA_WATCHES].get(self._entry.entry_id)

    @property
    def _findings(self) -> tuple[Finding, ...]:
        return self._watch.findings if self._watch is not None else ()

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say exactly what would be changed."""
        camera, session = self._camera, self._session
        chosen = candidates_now(camera.state, self._entry.data, self._findings)
        encoders = {one.token: one.encoder for one in session.profiles}
        fixed = self._entry.data.get(CONF_FIXED, {})
        try:
            self._planned = await async_plan(
                session.control.camera,
                chosen,
                encoders,
                h264=fixed.get("main", {}).get("codec") == "h264",
            )
        except CameraError as err:
            return self._failed(err)
        words = await StreamReport.async_load(self.hass)
        report = words.listed(words.finding(one) for one in self._findings)
        if not self._planned:
            return self._still("nothing_to_fix", report=report)
        changes = plan_text(words, self._planned)
        return self._ask("confirm", report=report, changes=changes)

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Change it, and see whether it helps."""
        camera, session, findings = self._camera, self._session, self._findings
        try:
            made = await async_apply(session.control.camera, self._planned)
        except CameraError as err:
            return self._failed(err)
        if not any(one.done for one in made):
            report = await StreamReport.async_load(self.hass)
            return self._still("not_taken", result=result_text(report, made))
        fixed = {**self._entry.data.get(CONF_FIXED, {}), **fixed_data(made)}
        self.hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, CONF_FIXED: fixed}
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(SEEN_SECONDS):
                while not is_cured(camera.state, findings):
                    await asyncio.sleep(1.0)
        if not is_cured(camera.state, findings):
            return self._still("not_better")
        if (watch := self._watch) is not None:
            watch.streams_changed()
        return self.async_create_entry(data={})


class CertificateFlow(CameraFlow):
    """Pins the certificate that the camera shows now."""

    _fingerprint: str

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show it beside the one that was accepted; nothing else is sent."""
        address = OnvifAddress.of_data(self._entry.data)
        try:
            self._fingerprint = await self._session.async_do(
                fetch_fingerprint(address.host, address.port)
            )
        except CameraError as err:
            return self._failed(err)
        if self._fingerprint == address.certificate:
            self._session.nudge()
            return self.async_create_entry(data={})
        return self._ask(
            "confirm",
            old=written(address.certificate or ""),
            new=written(self._fingerprint),
        )

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Accept this one only from now on."""
        data = {**self._entry.data, CONF_ONVIF_CERTIFICATE: self._fingerprint}
        self.hass.config_entries.async_update_entry(self._entry, data=data)
        return self.async_create_entry(data={})


class AnotherFlow(CameraFlow):
    """Looks for the camera elsewhere on the network."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return self._ask("search")

    async def async_step_search(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Search, and follow the camera where it proves who it is."""
        for found in await async_search(self.hass):
            if find_found(self.hass, found) is self._entry:
                async_meet_camera(self.hass, found)
        self._session.nudge()
        with suppress(TimeoutError):
            async with asyncio.timeout(FOUND_SECONDS):
                while not self._session.reachable:
                    await asyncio.sleep(0.2)
        if not self._session.reachable:
            return self._still("not_found")
        return self.async_create_entry(data={})


def written(fingerprint: str) -> str:
    """Return a SHA-256 as browsers show it."""
    pairs = (fingerprint[i : i + 2] for i in range(0, len(fingerprint), 2))
    return ":".join(pairs).upper()
