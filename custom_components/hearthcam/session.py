"""One ONVIF camera while its entry is loaded: found, asked, listened to, kept."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .camera_errors import error_key
from .const import CONF_MAIN_PROFILE, CONF_ONVIF_PORT, CONF_ONVIF_SKIP
from .engine.protocol import CameraSaw
from .onvif import OnvifAuthError, OnvifCamera
from .onvif.events import CameraEvent, CameraEvents, Rung, declared_kinds
from .onvif_address import OnvifAddress, async_camera_of_data
from .session_identity import is_another_camera
from .session_look import FAULTS, Looked, async_look, async_topics
from .session_pace import SessionPace, SessionTiming
from .session_push import async_push_receiver
from .session_relay import EngineRelay
from .session_view import SessionTopic, SessionView

__all__ = ["CameraSession", "SessionTiming", "SessionTopic", "async_session_of"]

_LOGGER = logging.getLogger(__package__)

CLOSED_WITHIN: Final = 5.0
"""Seconds that unloading waits for a camera to be told goodbye."""
MOST_LOOKS: Final = 4
"""Times that what a camera has is asked for, where it breaks off meanwhile."""
ANOTHER: Final = "camera_is_another"
TIMING: Final = SessionTiming()


class CameraSession(SessionView):
    """An ONVIF camera that is loaded; what goes wrong never leaves its task."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        camera_id: str,
        tell_engine: Callable[[CameraSaw], None],
        timing: SessionTiming | None = None,
    ) -> None:
        """Prepare; nothing is contacted before `start`."""
        super().__init__(entry)
        self._hass = hass
        self._timing = timing or TIMING
        self._pace = SessionPace(self._timing)
        self._relay = EngineRelay(camera_id, tell_engine)
        self._connection = _connection(entry.data)
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._logged_down = False
        self._unsubscribe_stop: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> None:
        """Begin, in the background; once more: begin anew."""
        self._reopen()
        before = self._task
        self._task = self.entry.async_create_background_task(
            self._hass, self._run(before), f"hearthcam session {self.entry.entry_id}"
        )
        if self._unsubscribe_stop is None:
            # Entries are not unloaded then, and cameras have few leases to give.
            self._unsubscribe_stop = self._hass.bus.async_listen_once(
                EVENT_HOMEASSISTANT_STOP, self._async_stopping
            )

    async def async_close(self) -> None:
        """Unsubscribe and end, within `CLOSED_WITHIN` s."""
        if self._unsubscribe_stop is not None:
            self._unsubscribe_stop()
            self._unsubscribe_stop = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,), timeout=CLOSED_WITHIN)

    @callback
    def entry_updated(self) -> None:
        """Use another address or login, where it changed."""
        connection = _connection(self.entry.data)
        if connection != self._connection:
            self._connection = connection
            if self._task is not None:
                self.start()

    @callback
    def nudge(self) -> None:
        """Look at once: somebody knows that the camera is there again."""
        if not self.reachable:
            self._wake.set()

    @callback
    def engine_changed(self) -> None:
        """Tell an engine that was restarted what goes on."""
        self._relay.repeat()

    async def _async_stopping(self, _: Event) -> None:
        self._unsubscribe_stop = None
        await self.async_close()

    # --- the life of a session -------------------------------------------------

    async def _run(self, before: asyncio.Task[None] | None) -> None:
        """Live, and go on living after a fault of our own."""
        if before is not None:
            before.cancel()
            await asyncio.wait((before,))
        while True:
            try:
                await self._live()
            except Exception:
                # It must neither end Home Assistant nor silence the camera for good.
                _LOGGER.exception("The session of %s failed", self.entry.title)
            finally:
                self._relay.end_all()
                self._events = None
                self.reachable = False
                self._notify(SessionTopic.STATE, SessionTopic.EVENTS)
            await asyncio.sleep(self._timing.broken)

    async def _live(self) -> None:
        """Find the camera, ask it, then listen to it."""
        self._pace = SessionPace(self._timing)
        camera = async_camera_of_data(self._hass, self.entry.data)
        await self._introduced(camera)
        looked = await self._looked(camera)
        topics = await async_topics(camera)
        self._declared |= declared_kinds(topics or ())
        self._notify(SessionTopic.CAPABILITIES)
        main = self.entry.data.get(CONF_MAIN_PROFILE)
        async with (
            async_push_receiver(self._hass, camera.endpoint.host) as receiver,
            asyncio.TaskGroup() as group,
        ):
            events = CameraEvents(
                camera,
                self._event,
                self._rung_changed,
                receiver=receiver,
                ignored_sources=looked.other_channels(main),
                declared=topics,
            )
            self._events = events
            group.create_task(events.run())
            group.create_task(self._watch(camera, events))

    async def _introduced(self, camera: OnvifCamera) -> None:
        """Wait until the camera answers, and knows us."""
        while not await self._met(camera):
            await self._wait()

    async def _met(self, camera: OnvifCamera) -> bool:
        """Ask the camera who it is; tell whether it is ours and lets us in."""
        try:
            about = await camera.describe()
        except FAULTS as error:
            self._away(error_key(error))
            return False
        self._pace.let_in()
        if is_another_camera(about, self.entry.data):
            self._away(ANOTHER)
            return False
        self.description = about
        self._here()
        return True

    async def _looked(self, camera: OnvifCamera) -> Looked:
        """Ask what the camera has; what it breaks off at twice is never asked again.

        Some restart when they are asked (Home Assistant issue 91678).
        """
        main = self.entry.data.get(CONF_MAIN_PROFILE)
        skip = frozenset[str](self.entry.data.get(CONF_ONVIF_SKIP, ()))
        looked, suspect = await async_look(camera, main, skip), None
        for _ in range(MOST_LOOKS - 1):
            if looked.is_whole:
                break
            culprit = looked.capabilities.broke_at
            if culprit is not None and culprit == suspect:
                skip |= {culprit}
                self._keep_from_asking(skip)
            suspect = culprit
            await self._introduced(camera)
            looked = await async_look(camera, main, skip)
        self.profiles = looked.profiles or self.profiles
        self.capabilities, self._control = looked.capabilities, looked.control
        return looked

    @callback
    def _keep_from_asking(self, skip: frozenset[str]) -> None:
        """Keep what makes the camera break off, also over a restart."""
        self._hass.config_entries.async_update_entry(
            self.entry, data={**self.entry.data, CONF_ONVIF_SKIP: sorted(skip)}
        )

    async def _watch(self, camera: OnvifCamera, events: CameraEvents) -> None:
        """Know whether the camera is there, and its clock."""
        while True:
            await self._wait()
            was_refused = isinstance(events.error, OnvifAuthError)
            if was_refused or not self.reachable:
                if await self._met(camera) and was_refused:
                    # Else it tries every few seconds; to interrupt that while it
                    # subscribes would leave a lease behind.
                    events.nudge()
                continue
            try:
                await camera.measure_clock()
            except FAULTS as error:
                # Where its events come it is there, and was only busy.
                if not events.healthy:
                    self._away(error_key(error))
            else:
                self._notify(SessionTopic.STATE)

    async def _wait(self) -> None:
        """Wait until it is time to look, or there is a reason to look at once."""
        refused = self._events is not None and isinstance(
            self._events.error, OnvifAuthError
        )
        delay = self._pace.delay(has_events=self.has_events, events_refused=refused)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._wake.wait()
        self._wake.clear()

    @callback
    def _here(self) -> None:
        """Note that the camera answers."""
        self._pace.well()
        self.reachable, self.error = True, None
        if self._logged_down:
            self._logged_down = False
            _LOGGER.info("%s answers by ONVIF again", self.entry.title)
        self._notify(SessionTopic.STATE)

    @callback
    def _away(self, key: str) -> None:
        """Note that it does not, and why."""
        self._pace.failed(key)
        if self._pace.is_refused:
            self.entry.async_start_reauth(self._hass)
        if not self._logged_down:
            self._logged_down = True
            _LOGGER.info("%s does not answer by ONVIF: %s", self.entry.title, key)
        self.reachable, self.error = False, key
        self._relay.end_all()
        self._notify(SessionTopic.STATE)

    # --- what the camera tells -------------------------------------------------

    @callback
    def _event(self, event: CameraEvent) -> None:
        if event.active is not False:
            self._last[event.kind] = dt_util.utcnow()
        self._relay.take(event, self.clock_offset)
        if event.kind not in self._declared:
            self._declared |= {event.kind}
            self._notify(SessionTopic.CAPABILITIES)
        for listener in list(self._event_listeners):
            listener(event)
        self._notify(SessionTopic.EVENTS)

    @callback
    def _rung_changed(self, rung: Rung, healthy: bool) -> None:
        if healthy is not self.reachable:
            # Either it went away, or it is back, perhaps with another firmware.
            self._wake.set()
        self._notify(SessionTopic.STATE)


@callback
def async_session_of(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    camera_id: str,
    tell_engine: Callable[[CameraSaw], None],
) -> CameraSession | None:
    """Return a new session; None for a camera that was added without ONVIF."""
    if entry.data.get(CONF_ONVIF_PORT) is None:
        return None
    return CameraSession(hass, entry, camera_id, tell_engine)


def _connection(data: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what needs another client when it changes."""
    user, password = data.get(CONF_USERNAME), data.get(CONF_PASSWORD)
    return OnvifAddress.of_data(data), user, password
