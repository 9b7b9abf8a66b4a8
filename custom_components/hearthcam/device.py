"""One camera: its channel to the engine, its state, and who is told of changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.util.dt import utc_from_timestamp

from .camera_state import (
    CameraReport,
    CameraState,
    MotionEvent,
    Topic,
    clip_attributes,
    motion_attributes,
)
from .const import CONF_DETECTION
from .devices import camera_device_info
from .engine.protocol import (
    CameraStats,
    ClipClosed,
    ClipFailed,
    ClipOpened,
    ConfigureCamera,
    Lost,
    MotionEnded,
    MotionStarted,
    Profile,
    StreamError,
    StreamState,
    StreamStatus,
)
from .library.models import Clip
from .models import CameraConfig
from .stills import async_fetch_still, read_thumbnail
from .system import HearthcamSystem

_LOGGER = logging.getLogger(__package__)

PICTURE_WIDTH: Final = 1280

type EventListener = Callable[[MotionEvent, dict[str, Any]], None]


class HearthcamCamera:
    """A camera as its entities see it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        system: HearthcamSystem,
        config: CameraConfig,
        system_device_id: str,
    ) -> None:
        """Prepare; `async_setup` starts it."""
        self.hass = hass
        self.entry = entry
        self.system = system
        self.config = config
        self.camera_id = config.camera_id
        self.state = CameraState()
        self._system_device_id = system_device_id
        self._picture: bytes | None = None
        self._logged_down: set[Profile] = set()
        self._listeners: dict[Topic, set[CALLBACK_TYPE]] = {
            topic: set() for topic in Topic
        }
        self._event_listeners: set[EventListener] = set()

    @property
    def online(self) -> bool:
        """Whether packets of the main stream arrive."""
        main = self.state.streams.get(Profile.MAIN)
        return (
            self.engine_running
            and main is not None
            and main.status is StreamStatus.ONLINE
        )

    @property
    def engine_running(self) -> bool:
        """Whether the engine can tell anything of this camera."""
        return self.system.supervisor.running

    @property
    def live_url(self) -> str | None:
        """The engine's MPEG-TS of this camera, whether or not it is online.

        Home Assistant asks once and keeps the address; the engine refuses while
        there is no picture.
        """
        return self.system.supervisor.url(f"live/{self.camera_id}.ts")

    @property
    def engine_config(self) -> ConfigureCamera:
        """What the engine is told of this camera, credentials included."""
        return ConfigureCamera(
            camera_id=self.camera_id,
            name=self.config.name,
            directory=str(self.system.root / self.camera_id),
            main=self.config.main,
            sub=self.config.sub,
            mode=self.config.mode,
            time_zone=self.hass.config.time_zone,
        )

    @property
    def device_info(self) -> DeviceInfo:
        """What the device registry shall hold."""
        return camera_device_info(self.config, self._system_device_id)

    async def async_setup(self) -> None:
        """Take up what the library knows, then start."""
        library = self.system.library
        if library is not None and (clip := await library.latest(self.camera_id)):
            self.state.last_clip = clip
            self.state.last_motion = utc_from_timestamp(clip.event_start)
            if clip.thumbnail:
                self.state.picture_time = utc_from_timestamp(clip.event_start)
        self.system.add_camera(self)

    @callback
    def async_unload(self) -> None:
        """Have the engine close everything of this camera."""
        self.system.remove_camera(self.camera_id)

    @callback
    def async_entry_updated(self) -> None:
        """Apply what changed in the entry, without a reload.

        A changed source makes the engine reconnect; nothing else is interrupted.
        """
        config = CameraConfig.from_entry(self.entry)
        if config == self.config:
            return
        self.config = config
        self.system.supervisor.configure(self.engine_config)
        self._notify(Topic.STATE)

    @callback
    def subscribe(
        self, listener: CALLBACK_TYPE, topic: Topic = Topic.STATE
    ) -> CALLBACK_TYPE:
        """Have the listener called at each change; returns what ends that."""
        self._listeners[topic].add(listener)
        return lambda: self._listeners[topic].discard(listener)

    @callback
    def subscribe_events(self, listener: EventListener) -> CALLBACK_TYPE:
        """Have the listener called with each motion event and its attributes."""
        self._event_listeners.add(listener)
        return lambda: self._event_listeners.discard(listener)

    @callback
    def set_detection(self, enabled: bool) -> None:
        """Detect and record, or only watch; kept in the entry's options.

        There it is known before the camera is started: a camera that was switched
        off is not recorded during the first seconds after a restart either.
        """
        if enabled == self.config.detection:
            return
        self.config = replace(self.config, detection=enabled)
        self.hass.config_entries.async_update_entry(
            self.entry, options={**self.entry.options, CONF_DETECTION: enabled}
        )
        self.system.supervisor.set_mode(self.camera_id, self.config.mode)
        self._notify(Topic.STATE)

    async def async_still(
        self, width: int | None = None, *, fresh: bool = False
    ) -> bytes | None:
        """Return a JPEG of now from the engine, None when there is none."""
        url = self.system.supervisor.url(f"still/{self.camera_id}.jpg")
        if url is None or not self.online:
            return None
        return await async_fetch_still(self.hass, url, width, fresh=fresh)

    async def async_last_picture(self) -> bytes | None:
        """Return the JPEG of the last motion: its still, else its thumbnail."""
        clip = self.state.last_clip
        if self._picture is not None or clip is None or clip.thumbnail is None:
            return self._picture
        return await self.hass.async_add_executor_job(
            read_thumbnail, self.system.root, clip.path
        )

    @callback
    def engine_changed(self) -> None:
        """Forget what only the engine that is gone could know."""
        self.state.forget_engine()
        self._notify(Topic.STATE)

    @callback
    def engine_report(self, report: CameraReport) -> None:
        """Take a report on this camera."""
        match report:
            case StreamState():
                self._stream_changed(report)
            case CameraStats():
                watched = self.state.watched
                self.state.stats = report
                self._notify(Topic.STATS)
                if watched != self.state.watched:
                    self._notify(Topic.STATE)
            case MotionStarted():
                self._motion_started(report)
            case MotionEnded():
                self.state.motion = None
                self._notify(Topic.STATE)
                self._fire(MotionEvent.ENDED, motion_attributes(report))
            case ClipOpened():
                self.state.recording.add(report.clip_id)
                self._notify(Topic.STATE)
            case ClipClosed():
                self.state.recording.discard(report.clip_id)
                self._notify(Topic.STATE)
            case ClipFailed():
                self._clip_failed(report)
            case Lost():
                self.state.lost_seconds += max(0.0, report.end - report.start)

    @callback
    def clip_recorded(self, clip: Clip) -> None:
        """Tell of a clip, which is on disk and in the library by now."""
        last = self.state.last_clip
        begun = utc_from_timestamp(clip.event_start)
        if last is None or clip.start >= last.start:
            self.state.last_clip = clip
            shown = self.state.picture_time
            if clip.thumbnail and (shown is None or shown < begun):
                self._picture = None
                self.state.picture_time = begun
                self._notify(Topic.PICTURE)
            if self.state.last_motion is None or self.state.last_motion < begun:
                self.state.last_motion = begun
                self._notify(Topic.STATE)
        self._fire(MotionEvent.CLIP_RECORDED, clip_attributes(clip))

    @callback
    def _stream_changed(self, report: StreamState) -> None:
        profile, name = report.profile, self.config.name
        self.state.streams[profile] = report
        if report.status is StreamStatus.ONLINE:
            if profile in self._logged_down:
                self._logged_down.discard(profile)
                _LOGGER.info("The %s stream of %s is back", profile, name)
        elif report.error is not None and profile not in self._logged_down:
            self._logged_down.add(profile)
            _LOGGER.info(
                "The %s stream of %s is unavailable: %s", profile, name, report.error
            )
        if report.error is StreamError.INVALID_AUTH:
            self.entry.async_start_reauth(self.hass)
        self._notify(Topic.STATE)

    @callback
    def _motion_started(self, report: MotionStarted) -> None:
        begun = utc_from_timestamp(report.time)
        self.state.motion = report
        self.state.last_motion = begun
        self._notify(Topic.STATE)
        self._fire(MotionEvent.STARTED, motion_attributes(report))
        self.entry.async_create_background_task(
            self.hass,
            self._async_take_picture(begun),
            f"hearthcam picture {self.camera_id}",
        )

    @callback
    def _clip_failed(self, report: ClipFailed) -> None:
        self.state.recording.discard(report.clip_id)
        self.state.clips_failed += 1
        _LOGGER.error(
            "A clip of %s could not be written: %s", self.config.name, report.cause
        )
        self._notify(Topic.STATE)

    async def _async_take_picture(self, begun: datetime) -> None:
        """Keep a still of the motion that has just begun."""
        if picture := await self.async_still(PICTURE_WIDTH, fresh=True):
            self._picture = picture
            self.state.picture_time = max(begun, self.state.picture_time or begun)
            self._notify(Topic.PICTURE)

    @callback
    def _notify(self, topic: Topic) -> None:
        for listener in list(self._listeners[topic]):
            listener()

    @callback
    def _fire(self, event: MotionEvent, attributes: dict[str, Any]) -> None:
        for listener in list(self._event_listeners):
            listener(event, attributes)
