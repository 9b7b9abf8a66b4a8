"""Relays, the infrared lamp and other parts of a camera that are switched."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import callback

from .abilities import Abilities
from .const import CONF_MASK_AT_SOURCE
from .device import HearthcamCamera
from .onvif.control import AuxiliaryKind
from .onvif.events import CameraEvent, EventKind
from .onvif_assumed import AssumedToggle
from .onvif_entity import OnvifEntity
from .onvif_masks import OnvifMasks, can_mask
from .onvif_relay import RelayEntity
from .onvif_side import OnvifSide


@dataclass(frozen=True, kw_only=True)
class AuxiliarySwitchDescription(SwitchEntityDescription):
    """Something that commands switch."""

    kind: AuxiliaryKind


AUXILIARIES: Final = (
    AuxiliarySwitchDescription(
        key="ir_lamp", translation_key="ir_lamp", kind=AuxiliaryKind.IR_LAMP
    ),
    AuxiliarySwitchDescription(
        key="wiper", translation_key="wiper", kind=AuxiliaryKind.WIPER
    ),
    AuxiliarySwitchDescription(
        key="washer", translation_key="washer", kind=AuxiliaryKind.WASHER
    ),
)
MASK_AT_SOURCE: Final = SwitchEntityDescription(
    key=CONF_MASK_AT_SOURCE,
    translation_key="mask_at_source",
    entity_category=EntityCategory.CONFIG,
)
RELAY: Final = SwitchEntityDescription(key="relay", translation_key="relay")
NUMBERED_RELAY: Final = SwitchEntityDescription(
    key="relay", translation_key="relay_numbered"
)


def onvif_switches(camera: HearthcamCamera, onvif: OnvifSide) -> Iterator[OnvifEntity]:
    """Yield the switches for what the camera has."""
    abilities = onvif.abilities
    for description in AUXILIARIES:
        if _switches(abilities, description.kind):
            yield AuxiliarySwitch(camera, onvif, description)
    if camera.masks is not None and can_mask(abilities):
        yield MaskSwitch(camera, onvif, MASK_AT_SOURCE, camera.masks)
    yield from RelaySwitch.all_of(camera, onvif, RELAY, NUMBERED_RELAY)


class AuxiliarySwitch(AssumedToggle, SwitchEntity):
    """Switches by an auxiliary command."""

    entity_description: AuxiliarySwitchDescription

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for both commands."""
        return _switches(abilities, self.entity_description.kind)

    @override
    async def _async_command(self, on: bool) -> None:
        """Send the command."""
        auxiliary = self.onvif.abilities.auxiliary(self.entity_description.kind)
        if auxiliary is not None:
            state = "on" if on else "off"
            await self.async_do(lambda do: do.auxiliary(auxiliary, state))


class RelaySwitch(RelayEntity, AssumedToggle, SwitchEntity):
    """Switches a relay that stays as it is set; its events tell its state."""

    is_monostable = False

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to its events, and take what they told before."""
        await super().async_added_to_hass()
        self.async_on_remove(self.session.subscribe_events(self._event))
        if self.session.active(EventKind.RELAY, self._token):
            self._told(True)

    @override
    async def _async_command(self, on: bool) -> None:
        """Switch it."""
        await self.async_set(active=on)

    @callback
    def _event(self, event: CameraEvent) -> None:
        if event.kind is EventKind.RELAY and event.source == self._token:
            self._told(event.active is True)
            self.async_write_ha_state()

    @callback
    def _told(self, is_on: bool) -> None:
        """Take what the camera says: nothing is assumed any more."""
        self._attr_is_on = is_on
        self._attr_assumed_state = False


class MaskSwitch(OnvifEntity, SwitchEntity):
    """Has the camera black out the privacy zones; Hearthcam does until that is seen."""

    def __init__(
        self,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        description: SwitchEntityDescription,
        masks: OnvifMasks,
    ) -> None:
        """Belong to the camera's masks."""
        super().__init__(camera, onvif, description)
        self._masks = masks

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for masks, and that it stands still."""
        return can_mask(abilities)

    @property
    @override
    def is_on(self) -> bool:
        """What is wished."""
        return self._masks.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Give the zones to the camera; raises CameraError where it takes none."""
        await self._masks.async_turn_on()
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Take them back."""
        await self._masks.async_turn_off()
        self.async_write_ha_state()


def _switches(abilities: Abilities, kind: AuxiliaryKind) -> bool:
    auxiliary = abilities.auxiliary(kind)
    if auxiliary is None or not auxiliary.can_switch:
        return False
    # With a third state it is a choice.
    return kind is not AuxiliaryKind.IR_LAMP or auxiliary.command("auto") is None
