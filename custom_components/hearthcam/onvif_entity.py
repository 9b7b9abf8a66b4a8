"""What the entities of a camera's own abilities have in common, and how they come."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .abilities import Abilities
from .camera_control import CameraControl
from .device import HearthcamCamera
from .onvif_side import OnvifSide
from .session_view import SessionTopic

type Make = Callable[[HearthcamCamera, OnvifSide], Iterable[OnvifEntity]]


class OnvifEntity(Entity):
    """An entity of what a camera can do by itself; available while it answers."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _topic = SessionTopic.STATE

    def __init__(
        self,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        description: EntityDescription,
        key: str | None = None,
    ) -> None:
        """Belong to the camera; ``key`` is another one than the description's."""
        self.entity_description = description
        self.onvif = onvif
        self.session = onvif.session
        self._attr_unique_id = f"{camera.camera_id}_{key or description.key}"
        self._attr_device_info = camera.device_info

    @property
    @override
    def available(self) -> bool:
        """Follow the session; what the camera lost by new firmware is not there.

        Before it was asked what it has, nothing can be asked of it.
        """
        session = self.session
        return (
            session.reachable
            and session.capabilities is not None
            and self.exists(self.onvif.abilities)
        )

    def exists(self, abilities: Abilities) -> bool:
        """Tell whether the camera has it still."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the session and the abilities."""
        await super().async_added_to_hass()
        for topic in {SessionTopic.STATE, SessionTopic.CAPABILITIES, self._topic}:
            self.async_on_remove(self.session.subscribe(self._changed, topic))
        self.async_on_remove(self.onvif.subscribe(self._changed))

    async def async_do[T](
        self, call: Callable[[CameraControl], Coroutine[Any, Any, T]]
    ) -> T:
        """Return what the camera answers; raises CameraError, translated."""
        return await self.session.async_do(call(self.session.control))

    @callback
    def _changed(self) -> None:
        self.async_write_ha_state()


@callback
def async_follow_abilities(
    camera: HearthcamCamera,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Make,
) -> None:
    """Add the entities for what the camera can do, and for what is learnt later."""
    if (onvif := camera.onvif) is None:
        return
    added: set[str | None] = set()

    @callback
    def update() -> None:
        new = [
            entity for entity in make(camera, onvif) if entity.unique_id not in added
        ]
        added.update(entity.unique_id for entity in new)
        if new:
            async_add_entities(new)

    update()
    camera.entry.async_on_unload(onvif.subscribe(update))
