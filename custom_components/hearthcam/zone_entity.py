"""What the entities of a zone have in common, and how they come and go."""

from typing import override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .camera_state import Topic
from .const import DOMAIN
from .device import HearthcamCamera
from .zones import ZoneConfig


class ZoneEntity(Entity):
    """An entity of a zone, which is a device of its own below the camera's."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    key: str
    """Tells the entities of a zone and platform apart."""
    motion_only = True
    """Whether zones in which no motion is reported have none."""

    def __init__(self, camera: HearthcamCamera, zone: ZoneConfig) -> None:
        """Belong to the zone."""
        self.camera = camera
        self.zone = zone
        self._attr_unique_id = unique_id(camera, zone, self.key)
        self._attr_device_info = camera.zone_device_info(zone)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the zone and the camera."""
        await super().async_added_to_hass()
        for topic in (Topic.STATE, Topic.ZONES):
            self.async_on_remove(self.camera.subscribe(self._changed, topic))

    @callback
    def _changed(self) -> None:
        # A zone that is gone takes its entities with it in a moment.
        if zone := self.camera.zones.get(self.zone.zone_id):
            self.zone = zone
            self.async_write_ha_state()


def unique_id(camera: HearthcamCamera, zone: ZoneConfig, key: str) -> str:
    """Return what a zone's entity is called in the registry."""
    return f"{camera.camera_id}_{zone.zone_id}_{key}"


@callback
def async_follow_zones(
    camera: HearthcamCamera,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: Platform,
    kind: type[ZoneEntity],
) -> None:
    """Add an entity of a kind to each zone that there is, and to each that comes.

    Home Assistant removes those of a zone that goes. Those that a zone loses because
    its kind was changed are removed here.
    """
    added: set[str] = set()

    @callback
    def update() -> None:
        registry = er.async_get(camera.hass)
        added.intersection_update(camera.entry.subentries)
        for zone in camera.zones.values():
            if zone.is_motion or not kind.motion_only:
                if zone.zone_id not in added:
                    added.add(zone.zone_id)
                    async_add_entities(
                        [kind(camera, zone)], config_subentry_id=zone.zone_id
                    )
                continue
            added.discard(zone.zone_id)
            if entity_id := registry.async_get_entity_id(
                platform, DOMAIN, unique_id(camera, zone, kind.key)
            ):
                registry.async_remove(entity_id)

    update()
    camera.entry.async_on_unload(camera.subscribe(update, Topic.ZONES))
