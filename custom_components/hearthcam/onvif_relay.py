"""What the switches and buttons of a camera's relays have in common."""

from collections.abc import Iterator
from typing import ClassVar, Self, override

from homeassistant.helpers.entity import EntityDescription

from .abilities import Abilities
from .device import HearthcamCamera
from .onvif_entity import OnvifEntity
from .onvif_side import OnvifSide


class RelayEntity(OnvifEntity):
    """A relay; ``is_monostable`` are those that fall back by themselves."""

    is_monostable: ClassVar[bool]

    def __init__(
        self,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        description: EntityDescription,
        token: str,
        number: int,
    ) -> None:
        """Belong to the relay with this token."""
        super().__init__(camera, onvif, description, f"relay_{token}")
        self._attr_translation_placeholders = {"number": str(number)}
        self._token = token

    @classmethod
    def all_of(
        cls,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        only: EntityDescription,
        numbered: EntityDescription,
    ) -> Iterator[Self]:
        """Yield one for each relay of this kind; ``only`` is for a camera's only one."""
        relays = onvif.abilities.relays
        description = only if len(relays) == 1 else numbered
        for number, relay in enumerate(relays, 1):
            if relay.is_monostable is cls.is_monostable:
                yield cls(camera, onvif, description, relay.token, number)

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for the token."""
        relay = abilities.relay(self._token)
        return relay is not None and relay.is_monostable is self.is_monostable

    async def async_set(self, *, active: bool) -> None:
        """Switch it; raises CameraError."""
        await self.async_do(lambda do: do.io.switch(self._token, active=active))
