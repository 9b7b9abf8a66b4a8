"""What all entities have in common."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription

from .camera_state import Topic
from .device import HearthcamCamera


class CameraEntity(Entity):
    """An entity of a camera; available while its main stream arrives."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _topic = Topic.STATE

    def __init__(self, camera: HearthcamCamera, key: str) -> None:
        """Belong to the camera; ``key`` tells its entities of a platform apart."""
        self.camera = camera
        self._attr_unique_id = f"{camera.camera_id}_{key}"
        self._attr_device_info = camera.device_info

    @property
    @override
    def available(self) -> bool:
        """Follow the stream."""
        return super().available and self._camera_available

    @property
    def _camera_available(self) -> bool:
        """Whether the camera has what this entity shows."""
        return self.camera.online

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the camera's state."""
        await super().async_added_to_hass()
        for topic in {Topic.STATE, self._topic}:
            self.async_on_remove(self.camera.subscribe(self._camera_changed, topic))

    @callback
    def _camera_changed(self) -> None:
        self.async_write_ha_state()


class LastingCameraEntity(CameraEntity):
    """What holds whatever the camera does: a wish of the user, a fact of the past."""

    @property
    @override
    def available(self) -> bool:
        """Stay available."""
        return True


class DescribedCameraEntity(CameraEntity):
    """An entity of a camera that a description explains."""

    def __init__(self, camera: HearthcamCamera, description: EntityDescription) -> None:
        """Take the description's key."""
        super().__init__(camera, description.key)
        self.entity_description = description
