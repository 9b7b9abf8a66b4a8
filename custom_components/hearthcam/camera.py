"""The camera itself: live through the engine's one connection, and stills."""

import asyncio
from typing import Final, override

from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.components.camera.webrtc import WebRTCClientConfiguration
from homeassistant.components.stream import Stream
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .camera_state import Topic
from .const import CONF_DETECTION, MANUFACTURER
from .device import HearthcamCamera
from .engine.protocol import Output
from .entity import CameraEntity
from .models import HearthcamCameraConfigEntry
from .privacy.ice import is_local_ice
from .stream_cut import async_cut_stream, async_preload_stream

PARALLEL_UPDATES = 0

_ENGINE_ONLY: Final = {
    # FFmpeg would ask a proxy that the environment names, for loopback too.
    "http_proxy": "",
    # Whatever a camera puts into its video, it is not taken for a playlist.
    "format_whitelist": "mpegts",
    "protocol_whitelist": "http,tcp",
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the camera."""
    async_add_entities([HearthcamCameraEntity(entry.runtime_data)])


class HearthcamCameraEntity(CameraEntity, Camera):
    """Live video and stills of one camera.

    Home Assistant, go2rtc, HomeKit and casts all get the engine's loopback stream:
    the camera sees one client, and its credentials stay here.
    """

    _attr_name = None
    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, camera: HearthcamCamera) -> None:
        """Prepare."""
        Camera.__init__(self)
        CameraEntity.__init__(self, camera, "camera")
        self._attr_brand = camera.config.manufacturer or MANUFACTURER
        self._attr_model = camera.config.model
        self._changes = camera.changes
        self._was_available = False
        self._is_preloaded = False
        self._following = asyncio.Lock()
        self._update_attributes()

    @property
    @override
    def _camera_available(self) -> bool:
        """Whether there are live pictures, known to show nothing that is hidden."""
        return self.camera.shows(Output.LIVE)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what may be shown, too."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.camera.subscribe(self._privacy_changed, Topic.PRIVACY)
        )

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Leave no stream behind, which nobody could end when something is hidden."""
        await self._async_cut()
        await super().async_will_remove_from_hass()

    @override
    async def stream_source(self) -> str | None:
        """Return the engine's live stream; its address stays over restarts.

        None while nothing may be shown.
        """
        return self.camera.live_url

    @override
    async def async_create_stream(self) -> Stream | None:
        """Return Home Assistant's own stream, which asks the engine and nobody else."""
        stream = await super().async_create_stream()
        if stream is not None:
            stream.pyav_options |= _ENGINE_ONLY
        return stream

    @callback  # type: ignore[misc]  # final, see below
    @override
    def async_get_webrtc_client_configuration(self) -> WebRTCClientConfiguration:
        """Return what browsers and go2rtc use: no server of the internet.

        Final in Home Assistant, which puts its own STUN server in just here, and
        leaves no other place to take it out.
        """
        config = super().async_get_webrtc_client_configuration()
        config.configuration.ice_servers = [
            server
            for server in config.configuration.ice_servers
            if all(
                map(
                    is_local_ice,
                    [server.urls] if isinstance(server.urls, str) else server.urls,
                )
            )
        ]
        return config

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return the last keyframe as JPEG, in the height that its shape gives."""
        return await self.camera.async_still(width)

    @override
    async def async_enable_motion_detection(self) -> None:
        """Detect and record."""
        self.camera.set_option(CONF_DETECTION, True)

    @override
    async def async_disable_motion_detection(self) -> None:
        """Only watch."""
        self.camera.set_option(CONF_DETECTION, False)

    @override
    def _camera_changed(self) -> None:
        self._update_attributes()
        was_available = self._was_available
        self._was_available = self._camera_available
        if self._was_available and not was_available:
            # A page that is open would wait for pictures that ended.
            self.async_update_token()
        if self._was_available and self.stream and not self.stream.available:
            # It would wait for 10 s and more before it tries again.
            self._follow(anew=True)
        super()._camera_changed()

    @callback
    def _privacy_changed(self) -> None:
        """Follow at once: what shows this camera, Home Assistant's stream included."""
        # A page that is open keeps a picture for as long as its address stays.
        self.async_update_token()
        self._was_available = self._camera_available
        self.async_write_ha_state()
        self._follow(anew=self._changes != self.camera.changes)
        self._changes = self.camera.changes

    @callback
    def _follow(self, *, anew: bool) -> None:
        self.camera.entry.async_create_task(
            self.hass, self._async_follow(anew=anew), "hearthcam live"
        )

    async def _async_follow(self, *, anew: bool) -> None:
        """Cut what was begun before, and offer again what may be shown."""
        if anew:
            await self._async_cut()
        async with self._following:
            # Those that take the source themselves (go2rtc) leave and come with it.
            await self.async_refresh_providers()
            if self._is_preloaded and self.camera.live_url:
                self._is_preloaded = False
                if stream := await self.async_create_stream():
                    await async_preload_stream(stream)

    async def _async_cut(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            self._is_preloaded |= stream.dynamic_stream_settings.preload_stream
            await async_cut_stream(stream)

    def _update_attributes(self) -> None:
        is_open = not self.camera.shut
        self._attr_is_recording = is_open and bool(self.camera.state.recording)
        self._attr_is_streaming = self.camera.state.watched
        self._attr_motion_detection_enabled = is_open and self.camera.config.detection
