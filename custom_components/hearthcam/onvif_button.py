"""Moving a camera, its momentary relays, restarting it and setting its clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import time
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.button.const import ButtonDeviceClass
from homeassistant.const import EntityCategory

from .abilities import Abilities
from .camera_errors import CameraError
from .camera_watch import CLOCK_GOOD
from .device import HearthcamCamera
from .onvif.control import Auxiliary, AuxiliaryKind, posix_zone
from .onvif_entity import OnvifEntity
from .onvif_relay import RelayEntity
from .onvif_side import OnvifSide

SPEED: Final = 0.5
SECONDS: Final = 0.5
"""How long a press moves the camera."""


@dataclass(frozen=True, kw_only=True)
class MoveDescription(ButtonEntityDescription):
    """A direction: -1 is left, down or out."""

    exists: Callable[[Abilities], bool]
    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


def _pans(abilities: Abilities) -> bool:
    return abilities.movement.pan_tilt


def _zooms(abilities: Abilities) -> bool:
    return abilities.movement.zoom


MOVES: Final = (
    MoveDescription(key="ptz_up", translation_key="ptz_up", tilt=SPEED, exists=_pans),
    MoveDescription(
        key="ptz_down", translation_key="ptz_down", tilt=-SPEED, exists=_pans
    ),
    MoveDescription(
        key="ptz_left", translation_key="ptz_left", pan=-SPEED, exists=_pans
    ),
    MoveDescription(
        key="ptz_right", translation_key="ptz_right", pan=SPEED, exists=_pans
    ),
    MoveDescription(
        key="ptz_zoom_in", translation_key="ptz_zoom_in", zoom=SPEED, exists=_zooms
    ),
    MoveDescription(
        key="ptz_zoom_out", translation_key="ptz_zoom_out", zoom=-SPEED, exists=_zooms
    ),
)
HOME: Final = ButtonEntityDescription(key="ptz_home", translation_key="ptz_home")
RELAY: Final = ButtonEntityDescription(key="relay", translation_key="relay")
NUMBERED_RELAY: Final = ButtonEntityDescription(
    key="relay", translation_key="relay_numbered"
)
WIPE: Final = ButtonEntityDescription(key="wiper", translation_key="wiper")
REBOOT: Final = ButtonEntityDescription(
    key="reboot",
    device_class=ButtonDeviceClass.RESTART,
    entity_category=EntityCategory.CONFIG,
)
# It takes the camera off NTP: who wants that enables it, or is asked by the Repair.
SET_CLOCK: Final = ButtonEntityDescription(
    key="set_clock",
    translation_key="set_clock",
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
)


def onvif_buttons(camera: HearthcamCamera, onvif: OnvifSide) -> Iterator[OnvifEntity]:
    """Yield the buttons for what the camera can do."""
    abilities = onvif.abilities
    for description in MOVES:
        if description.exists(abilities):
            yield MoveButton(camera, onvif, description)
    if abilities.movement.home:
        yield HomeButton(camera, onvif, HOME)
    yield from RelayButton.all_of(camera, onvif, RELAY, NUMBERED_RELAY)
    if _one_wipe(abilities) is not None:
        yield WiperButton(camera, onvif, WIPE)
    yield RebootButton(camera, onvif, REBOOT)
    yield ClockButton(camera, onvif, SET_CLOCK)


class MoveButton(OnvifEntity, ButtonEntity):
    """Moves the camera a bit."""

    entity_description: MoveDescription

    def __init__(
        self, camera: HearthcamCamera, onvif: OnvifSide, description: MoveDescription
    ) -> None:
        """Be there, but not for all to see where the camera may be a fixed one."""
        super().__init__(camera, onvif, description)
        self._attr_entity_registry_enabled_default = onvif.abilities.movement.is_sure

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask the description."""
        return self.entity_description.exists(abilities)

    @override
    async def async_press(self) -> None:
        """Move, and stop."""
        move = self.entity_description
        await self.onvif.mover.async_move(move.pan, move.tilt, move.zoom, SECONDS)


class HomeButton(OnvifEntity, ButtonEntity):
    """Moves the camera to its home position."""

    def __init__(
        self,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        description: ButtonEntityDescription,
    ) -> None:
        """Be there, but not for all to see where the camera may be a fixed one."""
        super().__init__(camera, onvif, description)
        self._attr_entity_registry_enabled_default = onvif.abilities.movement.is_sure

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask whether it has one."""
        return abilities.movement.home

    @override
    async def async_press(self) -> None:
        """Go there."""
        await self.onvif.mover.async_home()


class RelayButton(RelayEntity, ButtonEntity):
    """Switches a relay that falls back by itself."""

    is_monostable = True

    @override
    async def async_press(self) -> None:
        """Switch it on; the camera switches it off."""
        await self.async_set(active=True)


class WiperButton(OnvifEntity, ButtonEntity):
    """Wipes once, where the wiper cannot be switched off."""

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for the command."""
        return _one_wipe(abilities) is not None

    @override
    async def async_press(self) -> None:
        """Wipe."""
        if (wiper := _one_wipe(self.onvif.abilities)) is not None:
            await self.async_do(lambda do: do.auxiliary(wiper, "on"))


class RebootButton(OnvifEntity, ButtonEntity):
    """Restarts the camera."""

    @override
    async def async_press(self) -> None:
        """Restart it; it is away for a minute or so."""
        await self.async_do(lambda do: do.reboot())


class ClockButton(OnvifEntity, ButtonEntity):
    """Sets the camera's clock and time zone from Home Assistant."""

    @override
    async def async_press(self) -> None:
        """Set both; a zone that the camera refuses stays as it is."""
        zone = await self.hass.async_add_executor_job(
            posix_zone, self.hass.config.time_zone
        )
        left = await self.async_do(
            lambda do: do.timekeeping.set_from(time.time(), zone)
        )
        self.session.clock_measured()
        if left is not None and abs(left) > CLOCK_GOOD:
            raise CameraError("camera_ignored", self.session.entry.title)


def _one_wipe(abilities: Abilities) -> Auxiliary | None:
    """Return the command of a wiper that can only be started."""
    wiper = abilities.auxiliary(AuxiliaryKind.WIPER)
    if wiper is None or wiper.can_switch or wiper.command("on") is None:
        return None
    return wiper
