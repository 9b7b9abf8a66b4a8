"""The siren of a camera."""

from contextlib import suppress
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.siren import SirenEntity, SirenEntityDescription
from homeassistant.components.siren.const import ATTR_DURATION, SirenEntityFeature
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

from .abilities import Abilities
from .camera_errors import CameraError
from .models import HearthcamCameraConfigEntry
from .onvif.control import AuxiliaryKind
from .onvif_entity import OnvifEntity, async_follow_abilities

PARALLEL_UPDATES = 1

SIREN: Final = SirenEntityDescription(key="siren", translation_key="siren")

RETRY: Final = 5.0
"""Seconds until a camera that did not hear the end is told again."""
MOST_TRIES: Final = 60


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the siren of a camera that has one."""
    async_follow_abilities(
        entry.runtime_data,
        async_add_entities,
        lambda camera, onvif: (
            [CameraSiren(camera, onvif, SIREN)] if _has_siren(onvif.abilities) else []
        ),
    )


class CameraSiren(OnvifEntity, SirenEntity):
    """Sounds until it is switched off, or for a while; its state is assumed."""

    _attr_assumed_state = True
    _attr_is_on = False
    _attr_supported_features = (
        SirenEntityFeature.TURN_ON
        | SirenEntityFeature.TURN_OFF
        | SirenEntityFeature.DURATION
    )
    _end: CALLBACK_TYPE | None = None
    _tries = 0

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for both commands: what cannot be silenced is not offered."""
        return _has_siren(abilities)

    @override
    async def async_added_to_hass(self) -> None:
        """Do not leave it sounding when Home Assistant ends."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_stop)
        )

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Do not leave it sounding when the camera is unloaded."""
        await self._async_stop()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Sound, for ``duration`` seconds where that is given."""
        self._cancel_end()
        self._tries = 0
        await self._async_switch(True)
        if (seconds := kwargs.get(ATTR_DURATION)) is not None:
            self._end = async_call_later(self.hass, float(seconds), self._async_end)
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Be silent."""
        self._cancel_end()
        await self._async_switch(False)
        self.async_write_ha_state()

    async def _async_end(self, _: datetime) -> None:
        """Silence it; where the camera does not answer, try again."""
        self._end = None
        try:
            await self._async_switch(False)
        except CameraError:
            self._tries += 1
            if self._tries < MOST_TRIES:
                self._end = async_call_later(self.hass, RETRY, self._async_end)
        self.async_write_ha_state()

    async def _async_stop(self, _: Event | None = None) -> None:
        """Silence it where it would have been: nobody else does so later."""
        if self._cancel_end():
            with suppress(CameraError):
                await self._async_switch(False)

    async def _async_switch(self, on: bool) -> None:
        siren = self.onvif.abilities.auxiliary(AuxiliaryKind.SIREN)
        if siren is not None:
            state = "on" if on else "off"
            await self.async_do(lambda do: do.auxiliary(siren, state))
            self._attr_is_on = on

    @callback
    def _cancel_end(self) -> bool:
        """Forget the end that was planned; tell whether there was one."""
        if self._end is None:
            return False
        self._end()
        self._end = None
        return True


def _has_siren(abilities: Abilities) -> bool:
    siren = abilities.auxiliary(AuxiliaryKind.SIREN)
    return siren is not None and siren.can_switch
