"""What is black of a camera's picture, and since when: the rules of its zones."""

from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .arming import ArmingMode
from .const import SUBENTRY_ZONE
from .engine.parts import PrivacyZone
from .engine.polygon import WHOLE, mark_of
from .zones import ZoneConfig, is_privacy, zones_of


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """The privacy zones of a camera.

    ``unreadable`` are the ids of those that cannot be read: nobody knows what they
    are to hide, so they hide the whole picture until they can be read or are removed.
    """

    zones: tuple[ZoneConfig, ...] = ()
    unreadable: tuple[str, ...] = ()

    def now(
        self, arming: ArmingMode | None, at_source: frozenset[str] = frozenset()
    ) -> tuple[PrivacyZone, ...]:
        """Return what is black in a mode of the house; None: in any of them.

        ``at_source`` are the zones that the camera says it blacks out by itself.
        """
        return tuple(
            PrivacyZone(zone.zone_id, zone.polygon, zone.zone_id in at_source)
            for zone in self.zones
            if zone.enabled and (not zone.modes or arming in (None, *zone.modes))
        ) + tuple(PrivacyZone(zone_id, WHOLE) for zone_id in self.unreadable)

    def wants(self, zone_id: str) -> bool:
        """Tell whether there is a zone of that id that hides anything, in any mode."""
        return zone_id in self.unreadable or any(
            zone.zone_id == zone_id and zone.enabled for zone in self.zones
        )

    @property
    def of_any_kind(self) -> tuple[PrivacyZone, ...]:
        """All that can be read, switched on or off."""
        return tuple(PrivacyZone(zone.zone_id, zone.polygon) for zone in self.zones)

    @property
    def past(self) -> tuple[PrivacyZone, ...]:
        """What is to be made black in what was recorded before.

        Never what an unreadable zone stands for: that cannot be undone.
        """
        return tuple(
            PrivacyZone(zone.zone_id, zone.polygon)
            for zone in self.zones
            if zone.enabled and zone.past and not zone.modes
        )

    @property
    def past_marks(self) -> frozenset[str]:
        """The marks that a clip must carry to be shown.

        While a zone cannot be read, that is the mark of the whole picture too: what
        was recorded before is not shown, and not changed either.
        """
        return marks_of(self.past) | (
            {mark_of(WHOLE)} if self.unreadable else frozenset()
        )


def privacy_rules(entry: ConfigEntry[Any]) -> PrivacyRules:
    """Return the rules of a camera's entry, whether or not it is loaded."""
    zones, _ = zones_of(entry)
    return PrivacyRules(
        tuple(zone for zone in zones.values() if zone.is_privacy),
        tuple(
            subentry.subentry_id
            for subentry in entry.get_subentries_of_type(SUBENTRY_ZONE)
            if is_privacy(subentry) and subentry.subentry_id not in zones
        ),
    )


def marks_of(zones: tuple[PrivacyZone, ...]) -> frozenset[str]:
    """Return the marks of zones: what they hide, told apart by their points."""
    return frozenset(mark_of(zone.polygon) for zone in zones)
