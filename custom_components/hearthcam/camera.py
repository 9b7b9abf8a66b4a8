"""The camera itself: live through the engine's one connection, and stills."""

from typing import override

from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_DETECTION, MANUFACTURER
from .device import HearthcamCamera
from .entity import CameraEntity
from .models import HearthcamCameraConfigEntry

PARALLEL_UPDATES = 0


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
        self._update_attributes()

    @override
    async def stream_source(self) -> str | None:
        """Return the engine's live stream; its address stays over restarts."""
        return self.camera.live_url

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
        if (
            self.stream
            and not self.stream.available
            and self.camera.online
            and self.camera.live_url
        ):
            # Whoever watches must not wait for the end of the stream's back-off.
            self.stream.update_source(self.camera.live_url)
        super()._camera_changed()

    def _update_attributes(self) -> None:
        self._attr_is_recording = bool(self.camera.state.recording)
        self._attr_is_streaming = self.camera.state.watched
        self._attr_motion_detection_enabled = self.camera.config.detection
