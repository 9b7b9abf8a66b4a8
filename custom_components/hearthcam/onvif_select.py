"""Choices of a camera: presets, the infrared filter, modes of the picture and lamps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.helpers.restore_state import RestoreEntity

from .abilities import Abilities
from .device import HearthcamCamera
from .onvif.control import Auxiliary, AuxiliaryKind, PictureSetting
from .onvif_entity import OnvifEntity
from .onvif_side import OnvifSide
from .picture_entity import PictureEntity
from .presets import named
from .readings import Part


@dataclass(frozen=True, kw_only=True)
class LampDescription(SelectEntityDescription):
    """A lamp that the camera can switch by itself."""

    kind: AuxiliaryKind


CHOICES: Final = (
    SelectEntityDescription(
        key="ir_cut_filter",
        translation_key="ir_cut_filter",
        entity_category=EntityCategory.CONFIG,
    ),
    SelectEntityDescription(
        key="exposure_mode",
        translation_key="exposure_mode",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    SelectEntityDescription(
        key="exposure_priority",
        translation_key="exposure_priority",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    SelectEntityDescription(
        key="white_balance_mode",
        translation_key="white_balance_mode",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    SelectEntityDescription(
        key="backlight_mode",
        translation_key="backlight_mode",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    SelectEntityDescription(
        key="wide_dynamic_range_mode",
        translation_key="wide_dynamic_range_mode",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
    SelectEntityDescription(
        key="focus_mode",
        translation_key="focus_mode",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
)
LAMPS: Final = (
    LampDescription(
        key="ir_lamp_mode", translation_key="ir_lamp_mode", kind=AuxiliaryKind.IR_LAMP
    ),
    LampDescription(
        key="white_light_mode",
        translation_key="white_light_mode",
        kind=AuxiliaryKind.WHITE_LIGHT,
    ),
)
PRESET: Final = SelectEntityDescription(key="ptz_preset", translation_key="ptz_preset")


def onvif_selects(camera: HearthcamCamera, onvif: OnvifSide) -> Iterator[OnvifEntity]:
    """Yield the choices that the camera offers."""
    abilities = onvif.abilities
    for description in CHOICES:
        setting = abilities.setting(description.key)
        if setting is not None and setting.choices:
            yield PictureSelect(camera, onvif, description)
    for lamp in LAMPS:
        if _modes(abilities, lamp.kind) is not None:
            yield LampSelect(camera, onvif, lamp)
    if abilities.movement.presets:
        yield PresetSelect(camera, onvif, PRESET)


class PictureSelect(PictureEntity, SelectEntity):
    """A mode of the camera's picture."""

    @override
    def fits(self, setting: PictureSetting) -> bool:
        """Take choices only."""
        return bool(setting.choices)

    @property
    @override
    def options(self) -> list[str]:
        """The camera's words, in lower case as translations have them."""
        return list(self._words)

    @property
    @override
    def current_option(self) -> str | None:
        """What was read last."""
        reading = self.reading
        return reading.lower() if isinstance(reading, str) else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Set it, and read back what the camera made of it."""
        await self.async_change(self._words[option])

    @property
    def _words(self) -> dict[str, str]:
        """The camera's words by ours."""
        choices = self.setting.choices if self.setting else ()
        return {choice.lower(): choice for choice in choices}


class LampSelect(OnvifEntity, SelectEntity, RestoreEntity):
    """On, off, or as the camera sees fit; what was wished last."""

    _attr_assumed_state = True
    entity_description: LampDescription

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for the third state."""
        return _modes(abilities, self.entity_description.kind) is not None

    @property
    @override
    def options(self) -> list[str]:
        """The states that there are commands for."""
        lamp = _modes(self.onvif.abilities, self.entity_description.kind)
        return [state for state, _ in lamp.states] if lamp else []

    @override
    async def async_added_to_hass(self) -> None:
        """Assume what it was before a restart."""
        await super().async_added_to_hass()
        state = await self.async_get_last_state()
        if state is not None and state.state in self.options:
            self._attr_current_option = state.state

    @override
    async def async_select_option(self, option: str) -> None:
        """Send the command."""
        lamp = _modes(self.onvif.abilities, self.entity_description.kind)
        if lamp is not None:
            await self.async_do(lambda do: do.auxiliary(lamp, option))
            self._attr_current_option = option
            self.async_write_ha_state()


class PresetSelect(OnvifEntity, SelectEntity):
    """The stored positions; which one it is sent to, until it moves otherwise."""

    def __init__(
        self,
        camera: HearthcamCamera,
        onvif: OnvifSide,
        description: SelectEntityDescription,
    ) -> None:
        """Be there, but not for all to see where the camera may be a fixed one."""
        super().__init__(camera, onvif, description)
        self._attr_entity_registry_enabled_default = onvif.abilities.movement.is_sure

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask whether it has some."""
        return abilities.movement.presets

    @property
    @override
    def options(self) -> list[str]:
        """Their names; a token tells those apart that have the same."""
        return list(named(self.onvif.readings.data.presets))

    @property
    @override
    def current_option(self) -> str | None:
        """The one that it was sent to."""
        presets = named(self.onvif.readings.data.presets)
        at = self.onvif.mover.preset
        return next((name for name, token in presets.items() if token == at), None)

    @override
    async def async_added_to_hass(self) -> None:
        """Have the presets read, now and then."""
        await super().async_added_to_hass()
        readings = self.onvif.readings
        self.async_on_remove(readings.async_add_listener(self._changed, Part.PRESETS))
        readings.refresh_soon()

    async def async_update(self) -> None:
        """Read them again, when asked to."""
        await self.onvif.readings.async_refresh()

    @override
    async def async_select_option(self, option: str) -> None:
        """Go there."""
        token = named(self.onvif.readings.data.presets)[option]
        await self.onvif.mover.async_goto(token)


def _modes(abilities: Abilities, kind: AuxiliaryKind) -> Auxiliary | None:
    """Return what switches a lamp that the camera can also switch by itself."""
    lamp = abilities.auxiliary(kind)
    return lamp if lamp is not None and lamp.command("auto") is not None else None
