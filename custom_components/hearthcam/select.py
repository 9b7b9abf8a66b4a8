"""What a camera does in each arming mode, and the choices that it offers itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .arming import ArmingMode, Policy
from .entity import DescribedCameraEntity, LastingCameraEntity
from .models import CameraConfig, HearthcamCameraConfigEntry
from .onvif_entity import async_follow_abilities
from .onvif_select import onvif_selects

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class CameraSelectDescription(SelectEntityDescription):
    """A choice; the key is that of the entry's options."""

    value: Callable[[CameraConfig], str]


_POLICIES = [policy.value for policy in Policy]

SELECTS = (
    CameraSelectDescription(
        key=ArmingMode.DISARMED.option,
        translation_key="mode_disarmed",
        entity_category=EntityCategory.CONFIG,
        options=_POLICIES,
        value=lambda config: config.policies[ArmingMode.DISARMED],
    ),
    CameraSelectDescription(
        key=ArmingMode.ARMED_HOME.option,
        translation_key="mode_armed_home",
        entity_category=EntityCategory.CONFIG,
        options=_POLICIES,
        value=lambda config: config.policies[ArmingMode.ARMED_HOME],
    ),
    CameraSelectDescription(
        key=ArmingMode.ARMED_AWAY.option,
        translation_key="mode_armed_away",
        entity_category=EntityCategory.CONFIG,
        options=_POLICIES,
        value=lambda config: config.policies[ArmingMode.ARMED_AWAY],
    ),
    CameraSelectDescription(
        key=ArmingMode.ARMED_NIGHT.option,
        translation_key="mode_armed_night",
        entity_category=EntityCategory.CONFIG,
        options=_POLICIES,
        value=lambda config: config.policies[ArmingMode.ARMED_NIGHT],
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the choices of a camera."""
    camera = entry.runtime_data
    async_add_entities(CameraSelect(camera, description) for description in SELECTS)
    async_follow_abilities(camera, async_add_entities, onvif_selects)


class CameraSelect(LastingCameraEntity, DescribedCameraEntity, SelectEntity):
    """A choice of the user, kept in the entry's options."""

    entity_description: CameraSelectDescription

    @property
    @override
    def current_option(self) -> str:
        """What is chosen."""
        return self.entity_description.value(self.camera.config)

    @override
    async def async_select_option(self, option: str) -> None:
        """Apply it while everything goes on, and keep it."""
        self.camera.set_option(self.entity_description.key, option)
