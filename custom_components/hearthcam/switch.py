"""Whether a camera is closed, armed and detects, which zones count, and its relays."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_ARMED, CONF_DETECTION, CONF_PRIVACY_MODE, DOMAIN
from .entity import DescribedCameraEntity, LastingCameraEntity
from .models import CameraConfig, HearthcamCameraConfigEntry
from .onvif_entity import async_follow_abilities
from .onvif_switch import onvif_switches
from .privacy_ruling import PrivacyReason
from .zone_entity import ZoneEntity, async_follow_zones

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class CameraSwitchDescription(SwitchEntityDescription):
    """A switch; the key is that of the entry's options."""

    value: Callable[[CameraConfig], bool]


SWITCHES = (
    # The camera's own part in the arming mode: off, it counts as disarmed.
    CameraSwitchDescription(
        key=CONF_ARMED,
        translation_key="armed",
        value=lambda config: config.armed,
    ),
    # Detection, and with it recording; live view stays.
    CameraSwitchDescription(
        key=CONF_DETECTION,
        translation_key="detection",
        entity_category=EntityCategory.CONFIG,
        value=lambda config: config.detection,
    ),
)

CLOSED_BY: Final = {
    PrivacyReason.ARMING_MODE: "closed_by_arming_mode",
    PrivacyReason.PRESENCE: "closed_by_presence",
}
PRIVACY_MODE: Final = SwitchEntityDescription(
    key=CONF_PRIVACY_MODE, translation_key="privacy_mode"
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearthcamCameraConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of a camera and of its zones."""
    camera = entry.runtime_data
    async_add_entities(CameraSwitch(camera, description) for description in SWITCHES)
    async_add_entities([PrivacySwitch(camera, PRIVACY_MODE)])
    async_follow_zones(camera, async_add_entities, Platform.SWITCH, ZoneSwitch)
    async_follow_abilities(camera, async_add_entities, onvif_switches)


class CameraSwitch(LastingCameraEntity, DescribedCameraEntity, SwitchEntity):
    """A wish about a camera, kept in the entry's options."""

    entity_description: CameraSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """What is wished."""
        return self.entity_description.value(self.camera.config)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Apply it while everything goes on, and keep it."""
        self.camera.set_option(self.entity_description.key, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Apply it while everything goes on, and keep it."""
        self.camera.set_option(self.entity_description.key, False)


class PrivacySwitch(LastingCameraEntity, DescribedCameraEntity, SwitchEntity):
    """Whether the camera is closed, for whatever reason; what is switched is kept.

    Switching it on and off is one reason among others: a camera that the arming mode
    or somebody's presence has closed stays closed.
    """

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is closed."""
        return self.camera.shut

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Close it at once, and keep it closed over restarts."""
        self.camera.set_option(CONF_PRIVACY_MODE, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Open it, unless something else has it closed."""
        was_switched = self.camera.config.privacy.switch
        self.camera.set_option(CONF_PRIVACY_MODE, False)
        if was_switched or not self.camera.shut:
            return
        # There was nothing to switch off: say why it stays closed.
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=CLOSED_BY[self.camera.ruling.reason],
            translation_placeholders={"name": self.camera.config.name},
        )


class ZoneSwitch(ZoneEntity, SwitchEntity):
    """Has a zone count or not; its shape and settings stay."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "zone_enabled"
    key = "enabled"
    motion_only = False

    @property
    @override
    def is_on(self) -> bool:
        """Whether the zone counts."""
        return self.zone.enabled

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Have it count."""
        self.camera.set_zone(replace(self.zone, enabled=True))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Have it not count."""
        self.camera.set_zone(replace(self.zone, enabled=False))
