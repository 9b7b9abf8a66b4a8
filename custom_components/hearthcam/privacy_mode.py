"""Closing one camera for privacy, and opening it again."""

import asyncio
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .camera_errors import CameraError, async_translated
from .const import (
    CONF_CAMERA_ID,
    CONF_ENTRY_TYPE,
    CONF_TURNED_FROM,
    DOMAIN,
    ENTRY_TYPE_CAMERA,
)
from .models import CameraConfig
from .onvif.control import Ptz
from .presence import remembered_home
from .presets import named
from .privacy_ruling import rule
from .session_view import SHUT, SessionTopic
from .system import async_get_system

if TYPE_CHECKING:
    from .device import HearthcamCamera

_LOGGER = logging.getLogger(__package__)

TURN_SECONDS: Final = 8.0
"""Within which a camera has to take the order to turn away; it is closed anyway."""


class PrivacyMode:
    """Has the ONVIF session of a camera follow its rules.

    The engine does so by its configuration: at once, whatever the camera answers. The
    session is closed as quickly, but for its goodbye and the order to turn away,
    which need the camera for some seconds. It turns on its own; nobody waits for that.

    Where a camera is closed from the start it is not contacted at all.
    """

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare; nothing is contacted before `start`."""
        self._camera = camera
        self._shut = camera.shut
        self._is_applied = True
        self._worker: asyncio.Task[None] | None = None

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Open the camera unless it is closed, and follow; return what ends that."""
        camera, session = self._camera, self._camera.session
        self._shut = camera.shut
        stops = [camera.subscribe(self._follow)]
        if session is not None:
            stops.append(session.subscribe(self._turn_back, SessionTopic.CAPABILITIES))
            if self._shut:
                session.shut()
            else:
                session.start()

        @callback
        def stop() -> None:
            for one in stops:
                one()

        return stop

    @callback
    def _follow(self) -> None:
        """Close or open, where that changed."""
        camera, session = self._camera, self._camera.session
        if camera.shut is self._shut:
            return
        if self._shut and camera.entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            # Its session was ended, and nobody would end another one.
            return
        self._shut = camera.shut
        _LOGGER.info(
            "%s is %s by privacy mode",
            camera.config.name,
            "closed" if self._shut else "opened",
        )
        if self._shut:
            self._end_flows()
        if session is None:
            return
        self._is_applied = False
        ptz = None
        if self._shut:
            if session.reachable and session.capabilities is not None:
                ptz = session.control.ptz
            session.shut()
        if self._worker is None or self._worker.done():
            self._worker = camera.entry.async_create_background_task(
                camera.hass,
                self._async_apply(ptz),
                f"hearthcam privacy {camera.camera_id}",
            )

    @callback
    def _end_flows(self) -> None:
        """End what is under way to give the camera another login or address."""
        flows = self._camera.hass.config_entries.flow
        for flow in flows.async_progress_by_handler(DOMAIN, include_uninitialized=True):
            if flow["context"].get("entry_id") == self._camera.entry.entry_id:
                flows.async_abort(flow["flow_id"])

    async def _async_apply(self, ptz: Ptz | None) -> None:
        """Do what `_follow` found to be done, until nothing is left of it."""
        session = self._camera.session
        assert session is not None
        while not self._is_applied:
            self._is_applied = True
            if not self._shut:
                session.start()
                continue
            if ptz is None:
                await session.async_close()
            else:
                await asyncio.gather(session.async_close(), self._async_turn(ptz))
            ptz = None

    async def _async_turn(self, ptz: Ptz) -> None:
        """Have the camera look where the user wants it to while it is closed.

        Past the session, whose door is closed by now.
        """
        camera, name = self._camera, self._camera.config.privacy.preset
        if name is None or camera.onvif is None:
            return
        title, mover = camera.entry.title, camera.onvif.mover
        try:
            async with asyncio.timeout(TURN_SECONDS):
                presets = await async_translated(ptz.presets(), title)
                if (token := named(presets).get(name)) is None:
                    _LOGGER.warning("%s has no preset %s any more", title, name)
                    return
                await async_translated(ptz.goto_preset(token), title)
        except (CameraError, TimeoutError) as error:
            _LOGGER.warning("%s could not be turned away: %s", title, error)
            return
        if mover.preset != token:
            self._remember({"preset": mover.preset})
        mover.note(token)

    @callback
    def _turn_back(self) -> None:
        """Have an opened camera look where it did before it was turned away."""
        camera, session = self._camera, self._camera.session
        assert session is not None
        if self._shut or session.capabilities is None:
            return
        if (turned := camera.entry.data.get(CONF_TURNED_FROM)) is None:
            return
        self._remember(None)
        if camera.config.privacy.turn_back:
            camera.entry.async_create_background_task(
                camera.hass,
                self._async_turn_back(turned.get("preset")),
                f"hearthcam turn back {camera.camera_id}",
            )

    async def _async_turn_back(self, preset: str | None) -> None:
        camera = self._camera
        assert camera.onvif is not None
        mover = camera.onvif.mover
        back = mover.async_home if preset is None else partial(mover.async_goto, preset)
        try:
            await back()
        except CameraError as error:
            _LOGGER.warning(
                "%s could not be turned back: %s", camera.config.name, error
            )

    @callback
    def _remember(self, turned: dict[str, Any] | None) -> None:
        """Keep where it looked in the entry: it may be opened after a restart."""
        entry = self._camera.entry
        data = {
            key: kept for key, kept in entry.data.items() if key != CONF_TURNED_FROM
        }
        if turned is not None:
            data[CONF_TURNED_FROM] = turned
        self._camera.hass.config_entries.async_update_entry(entry, data=data)


@callback
def async_is_shut(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Tell whether a camera must not be contacted, also while it is not loaded."""
    if entry.data.get(CONF_ENTRY_TYPE) != ENTRY_TYPE_CAMERA:
        return False
    system = async_get_system(hass)
    if camera := system.cameras.get(entry.data.get(CONF_CAMERA_ID, "")):
        return camera.shut
    try:
        config = CameraConfig.from_entry(entry)
    except KeyError, ValueError:
        return False
    home = remembered_home(entry.data, config.privacy)
    policy = config.policy(system.arming.mode)
    return rule(policy, config.privacy, somebody_home=bool(home)).shut


def camera_shut(name: str) -> HomeAssistantError:
    """Return the error of whoever asks something of a closed camera."""
    return CameraError(SHUT, name)
