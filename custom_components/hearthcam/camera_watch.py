"""Watches one loaded camera for what its owner should know, and tells by Repairs."""

from collections.abc import Callable, Coroutine
from datetime import datetime
import time
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .camera_errors import CameraError
from .camera_health import StreamHealth
from .camera_issues import CameraIssues, Wrong
from .camera_state import Topic
from .const import DOMAIN
from .device import HearthcamCamera
from .session import SessionTopic
from .stream_advice import CLOCK_OFF, Finding
from .stream_report import StreamReport

CLOCK_GOOD: Final = CLOCK_OFF / 2
"""Seconds at which a wrong clock counts as set: not those at which it was wrong."""
CONFIRM_SECONDS: Final = 120.0
"""A camera that has just started may not have asked its time server yet."""
DATA_WATCHES: HassKey[dict[str, CameraWatch]] = HassKey(f"{DOMAIN}_watches")
"""By the ids of the entries."""
_ERRORS: Final = {
    "camera_certificate_changed": Wrong.CERTIFICATE,
    "camera_is_another": Wrong.ANOTHER,
}


class CameraWatch:
    """The Repairs of one camera, as long as its entry is loaded.

    The clock is told of above `CLOCK_OFF` (a minute): clips are dated by Home
    Assistant and logins by the camera's clock, so that seconds do no harm, and a
    camera without a time server drifts by some a week. Who is told too often does
    not read it.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        camera: HearthcamCamera,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; ``monotonic`` returns seconds."""
        self._hass = hass
        self._camera = camera
        self._monotonic = monotonic
        self._health = StreamHealth()
        self._issues = CameraIssues(hass, camera.entry)
        self._findings: tuple[Finding, ...] = ()
        self._confirming: CALLBACK_TYPE | None = None
        self._stops: list[CALLBACK_TYPE] = []

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What hurts in the streams for long."""
        return self._findings

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin; return what ends it."""
        camera = self._camera
        self._hass.data.setdefault(DATA_WATCHES, {})[camera.entry.entry_id] = self
        self._stops = [camera.subscribe(self._stats_changed, Topic.STATS)]
        if camera.session is not None:
            self._stops.append(
                camera.session.subscribe(self._session_changed, SessionTopic.STATE)
            )
        return self._stop

    @callback
    def _stop(self) -> None:
        for stop in self._stops:
            stop()
        self._stops = []
        self._hass.data.get(DATA_WATCHES, {}).pop(self._camera.entry.entry_id, None)
        self._end_confirming()
        self._issues.clear(*Wrong)

    @callback
    def _session_changed(self) -> None:
        session = self._camera.session
        assert session is not None
        kind = _ERRORS.get(session.error or "")
        if session.reachable or kind is not None:
            self._issues.clear(*(set(_ERRORS.values()) - {kind}))
        if kind is not None:
            self._issues.tell(kind)
        if session.reachable:
            self._look_at_clock(session.clock_offset)

    @callback
    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        entry = self._camera.entry
        entry.async_create_background_task(
            self._hass, work, f"hearthcam watch {entry.entry_id}"
        )

    # --- the clock --------------------------------------------------------------

    @callback
    def clock_measured(self) -> None:
        """Look at it at once: it was set."""
        if self._camera.session is not None:
            self._look_at_clock(self._camera.session.clock_offset)

    @callback
    def _look_at_clock(self, offset: float | None) -> None:
        is_told = self._issues.has(Wrong.CLOCK)
        limit = CLOCK_GOOD if is_told else CLOCK_OFF
        if offset is None or abs(offset) <= limit:
            self._end_confirming()
            self._issues.clear(Wrong.CLOCK)
        elif is_told:
            self._in_background(self._async_tell_clock(offset))
        elif self._confirming is None:
            self._confirming = async_call_later(
                self._hass, CONFIRM_SECONDS, self._confirm
            )

    @callback
    def _confirm(self, _: datetime) -> None:
        self._confirming = None
        self._in_background(self._async_confirm())

    async def _async_confirm(self) -> None:
        """Measure once more before anything is said."""
        session = self._camera.session
        if session is None or not session.reachable:
            return
        try:
            offset = await session.async_do(session.control.camera.measure_clock())
        except CameraError:
            return
        if offset is not None and abs(offset) > CLOCK_OFF:
            await self._async_tell_clock(offset)

    async def _async_tell_clock(self, offset: float) -> None:
        report = await StreamReport.async_load(self._hass)
        if self._stops:
            self._issues.tell(Wrong.CLOCK, report.clock(offset))

    @callback
    def _end_confirming(self) -> None:
        if self._confirming is not None:
            self._confirming()
            self._confirming = None

    # --- the streams ------------------------------------------------------------

    @callback
    def streams_changed(self) -> None:
        """Look anew: the camera's encoders were set."""
        self._health.forget()
        self._findings = ()
        self._issues.clear(Wrong.STREAMS)

    @callback
    def _stats_changed(self) -> None:
        camera = self._camera
        found = self._health.take(camera.state, camera.entry.data, self._monotonic())
        before, self._findings = self._findings, found
        if not found:
            if before:
                self._issues.clear(Wrong.STREAMS)
        elif [(one.hurt, one.profile) for one in found] != [
            (one.hurt, one.profile) for one in before
        ]:
            self._in_background(self._async_tell_streams(found))

    async def _async_tell_streams(self, found: tuple[Finding, ...]) -> None:
        report = await StreamReport.async_load(self._hass)
        if not (self._findings and self._stops):
            return
        text = report.listed(report.finding(one) for one in found)
        has_onvif = self._camera.session is not None
        self._issues.tell(Wrong.STREAMS, text, is_fixable=has_onvif)
