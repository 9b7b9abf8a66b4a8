"""One camera: its channel to the engine, its state, and who is told of changes."""

from dataclasses import replace
from datetime import datetime
import logging
import time
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.dt import utc_from_timestamp
from homeassistant.util.ulid import ulid_now

from .camera_pictures import CameraPictures
from .camera_state import (
    CameraReport,
    MotionEvent,
    Topic,
    clip_attributes,
    motion_attributes,
)
from .const import CHECK_KIND
from .engine.protocol import (
    APART,
    CameraStats,
    ClipClosed,
    ClipFailed,
    ClipOpened,
    LightExplained,
    Lost,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    PrivacyState,
    Profile,
    StreamError,
    StreamState,
    StreamStatus,
)
from .library.models import CONTINUOUS, Clip, ClipQuery, Event
from .models import CameraConfig
from .onvif_masks import OnvifMasks
from .onvif_side import OnvifSide
from .privacy_mode import PrivacyMode, camera_shut
from .recording_options import RECORD_CLASSES, async_reported_classes
from .session import async_session_of
from .system import HearthcamSystem

_LOGGER = logging.getLogger(__package__)


class HearthcamCamera(CameraPictures):
    """A camera as its entities see it; without ONVIF it has no ``session``."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        system: HearthcamSystem,
        config: CameraConfig,
        system_device_id: str,
    ) -> None:
        """Prepare; `async_setup` starts it."""
        super().__init__(hass, entry, system, config, system_device_id)
        tell = system.supervisor.tell
        self.session = async_session_of(hass, entry, config.camera_id, tell)
        self.onvif = OnvifSide.of(hass, entry, self.session)
        self.masks = OnvifMasks(self, self.onvif) if self.onvif else None
        self._logged_down: set[Profile] = set()

    async def async_setup(self) -> None:
        """Take up what the library knows, then start."""
        library = self.system.library
        if library is not None:
            self.reported |= await async_reported_classes(library, self.camera_id)
            motions = ClipQuery((self.camera_id,), kinds=RECORD_CLASSES, limit=1)
            for clip in await library.search(motions):
                self._motion_recorded(clip)
            for event in await library.events(
                self.camera_id, kinds=RECORD_CLASSES, limit=1
            ):
                self._motion_known(utc_from_timestamp(event.start))
        self.entry.async_on_unload(self.system.arming.subscribe(self.rules_changed))
        self.entry.async_on_unload(self.presence.start())
        self.blocked = self.known_block
        self.system.add_camera(self)
        if self.masks is not None:
            self.entry.async_on_unload(self.masks.start())
        self.entry.async_on_unload(PrivacyMode(self).start())

    async def async_unload(self) -> None:
        """Say goodbye to the camera, and have the engine close everything of it."""
        if self.session is not None:
            await self.session.async_close()
        self.unloaded = True
        self.system.remove_camera(self.camera_id)
        self._issues.clear()

    @callback
    def record_now(self, duration: float, pre_roll: float | None = None) -> str:
        """Record for ``duration`` s from now, and the pre-roll; return the event's id.

        Without ``pre_roll`` (s) it is that of the camera's options. Raises
        EngineError when there is no engine, CameraError while it is closed.
        """
        if self.shut:
            raise camera_shut(self.config.name)
        event_id, now = ulid_now(), time.time()
        self.system.supervisor.record_now(
            self.camera_id,
            event_id,
            duration,
            pre_roll=self.config.recording.pre_roll if pre_roll is None else pre_roll,
        )
        self.system.storage.put_event(
            Event(event_id, self.camera_id, "manual", now, now + duration)
        )
        return event_id

    @callback
    def engine_changed(self) -> None:
        """Forget what only the engine that is gone could know."""
        self.state.forget_engine()
        self._privacy_changed()
        if self.session is not None and self.engine_running:
            self.session.engine_changed()
        self._notify(Topic.STATE)

    @callback
    @override
    def async_entry_updated(self) -> None:
        """Apply what changed, also to the ONVIF side."""
        if self.masks is not None:
            # What the camera holds of a zone that was changed counts no more.
            self.masked_at_source = self.masks.still_held
        super().async_entry_updated()
        if self.masks is not None:
            self.masks.entry_updated()
        if self.session is not None:
            self.session.entry_updated()

    @callback
    def engine_report(self, report: CameraReport) -> None:
        """Take a report on this camera."""
        if isinstance(report, MotionStarted | MotionUpdated | MotionEnded):
            self.class_reported(report.kind)
        match report:
            case StreamState():
                self._stream_changed(report)
            case PrivacyState():
                self._privacy_reported(report)
            case CameraStats():
                watched = self.state.watched
                self.state.stats = report
                self._notify(Topic.STATS)
                if watched != self.state.watched:
                    self._notify(Topic.STATE)
            case MotionStarted():
                self._event_started(report)
            case MotionUpdated():
                motion = self.state.motion
                if motion is not None and motion.event_id == report.event_id:
                    self.state.motion = replace(motion, kind=report.kind)
                    self.state.moving_zones = frozenset(report.zones)
                    self._notify(Topic.STATE)
            case MotionEnded() if report.kind not in APART:
                self.state.motion = None
                self.state.moving_zones = frozenset()
                self._notify(Topic.STATE)
                self._fire(MotionEvent.ENDED, self._motion_attributes(report))
            case LightExplained():
                self.state.lights[report.cause] += 1
                self.state.last_light = report
                _LOGGER.debug(
                    "The light before %s changed, no motion: %s",
                    self.config.name,
                    report.cause,
                )
            case ClipOpened():
                # A clip whose disk failed goes on in this one.
                self.state.recording.discard(report.follows)
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
        """Tell of a clip, which is on disk and in the library by now.

        Not of a piece of what is recorded all the time, or for a test: who waits for
        clips waits for something that happened.
        """
        if clip.kind in (CONTINUOUS, CHECK_KIND):
            return
        # Others show what somebody asked for, or what another camera saw.
        if clip.kind in RECORD_CLASSES:
            self._motion_recorded(clip)
        self._fire(MotionEvent.CLIP_RECORDED, clip_attributes(clip))

    @callback
    def _motion_recorded(self, clip: Clip) -> None:
        last = self.state.last_clip
        if last is not None and clip.start < last.start:
            return
        self.state.last_clip = clip
        begun = utc_from_timestamp(clip.event_start)
        shown = self.state.picture_time
        if clip.thumbnail and (shown is None or shown < begun):
            self._picture = None
            self.state.picture_time = begun
            self._notify(Topic.PICTURE)
        self._motion_known(begun)

    @callback
    def _motion_known(self, begun: datetime) -> None:
        if self.state.last_motion is None or self.state.last_motion < begun:
            self.state.last_motion = begun
            self._notify(Topic.STATE)

    @callback
    def _stream_changed(self, report: StreamState) -> None:
        profile, name = report.profile, self.config.name
        self.state.streams[profile] = report
        if self.shut:
            # Of a connection that is being closed: neither a fault nor news.
            self._notify(Topic.STATE)
            return
        if report.status is StreamStatus.ONLINE:
            if self.session is not None:
                self.session.nudge()
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
    def _event_started(self, report: MotionStarted) -> None:
        begun = utc_from_timestamp(report.time)
        if report.kind not in APART:
            self.state.motion = report
            self.state.moving_zones = frozenset(report.zones)
            self.state.last_motion = begun
            self._notify(Topic.STATE)
            self._fire(MotionEvent.STARTED, self._motion_attributes(report))
        self.entry.async_create_background_task(
            self.hass,
            self._async_take_picture(begun),
            f"hearthcam picture {self.camera_id}",
        )

    def _motion_attributes(self, report: MotionStarted | MotionEnded) -> dict[str, Any]:
        names = {zone.zone_id: zone.name for zone in self.zones.values()}
        return motion_attributes(report, names)

    @callback
    def _clip_failed(self, report: ClipFailed) -> None:
        self.state.recording.discard(report.clip_id)
        self.state.clips_failed += 1
        # What cannot be made black is told once, and not with every clip.
        level = logging.DEBUG if report.cause.is_for_privacy else logging.ERROR
        message = "A clip of %s could not be written: %s"
        _LOGGER.log(level, message, self.config.name, report.cause)
        self._notify(Topic.STATE)
