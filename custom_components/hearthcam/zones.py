"""The zones of a camera: config subentries on one side, the engine's on the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.helpers.device_registry import DeviceInfo

from .const import (
    CONF_ENABLED,
    CONF_KIND,
    CONF_MIN_DURATION,
    CONF_MIN_SIZE,
    CONF_POLYGON,
    CONF_SENSITIVITY,
    DEFAULT_SENSITIVITY,
    DOMAIN,
    MANUFACTURER,
    SUBENTRY_ZONE,
)
from .engine.parts import Point, Zone, ZoneKind
from .engine.polygon import polygon_fault

_NOWHERE = Zone(
    "_all",
    ZoneKind.IGNORE,
    (Point(0.0, 0.0), Point(1.0, 0.0), Point(1.0, 1.0), Point(0.0, 1.0)),
)


@dataclass(frozen=True, slots=True)
class ZoneConfig:
    """A zone's subentry, read and typed.

    ``min_size`` is a share (0..1) of the picture's height, ``min_duration`` in s.
    """

    zone_id: str
    name: str
    kind: ZoneKind
    polygon: tuple[Point, ...]
    sensitivity: int = DEFAULT_SENSITIVITY
    min_size: float = 0.0
    min_duration: float = 0.0
    enabled: bool = True

    @classmethod
    def from_subentry(cls, subentry: ConfigSubentry) -> Self:
        """Read a subentry; raises KeyError, TypeError or ValueError: it is not ours."""
        data: Mapping[str, Any] = subentry.data
        polygon = tuple(Point(float(x), float(y)) for x, y in data[CONF_POLYGON])
        if fault := polygon_fault(polygon):
            raise ValueError(fault.value)
        return cls(
            zone_id=subentry.subentry_id,
            name=subentry.title,
            kind=ZoneKind(data[CONF_KIND]),
            polygon=polygon,
            sensitivity=min(max(int(data[CONF_SENSITIVITY]), 1), 100),
            min_size=float(data[CONF_MIN_SIZE]),
            min_duration=float(data[CONF_MIN_DURATION]),
            enabled=bool(data[CONF_ENABLED]),
        )

    @property
    def is_motion(self) -> bool:
        """Whether motion in it is reported (and not ignored)."""
        return self.kind is ZoneKind.MOTION

    @property
    def as_data(self) -> dict[str, Any]:
        """What its subentry holds, beside the title."""
        return {
            CONF_KIND: self.kind.value,
            CONF_POLYGON: [[point.x, point.y] for point in self.polygon],
            CONF_SENSITIVITY: self.sensitivity,
            CONF_MIN_SIZE: self.min_size,
            CONF_MIN_DURATION: self.min_duration,
            CONF_ENABLED: self.enabled,
        }

    @property
    def for_engine(self) -> Zone:
        """What the engine is told of it."""
        return Zone(
            self.zone_id,
            self.kind,
            self.polygon,
            self.sensitivity,
            self.min_size,
            self.min_duration,
        )

    def device_info(
        self, camera_id: str, camera_name: str, camera_device_id: str
    ) -> DeviceInfo:
        """Return what the device registry shall hold of it.

        The camera's name comes first: each camera may have a zone "Door".
        """
        return DeviceInfo(
            identifiers={zone_identifier(camera_id, self.zone_id)},
            name=f"{camera_name} {self.name}",
            manufacturer=MANUFACTURER,
            via_device_id=camera_device_id,
        )


def zone_identifier(camera_id: str, zone_id: str) -> tuple[str, str]:
    """Return what names a zone's device in the registry."""
    return (DOMAIN, f"{camera_id}_{zone_id}")


def zones_of(entry: ConfigEntry[Any]) -> tuple[dict[str, ZoneConfig], int]:
    """Return a camera's zones by their id, and how many could not be read."""
    zones: dict[str, ZoneConfig] = {}
    unreadable = 0
    for subentry in entry.get_subentries_of_type(SUBENTRY_ZONE):
        try:
            zones[subentry.subentry_id] = ZoneConfig.from_subentry(subentry)
        except KeyError, TypeError, ValueError:
            unreadable += 1
    return zones, unreadable


def zones_for_engine(zones: Iterable[ZoneConfig]) -> tuple[Zone, ...]:
    """Return the zones that count.

    Where all motion zones are switched off, nothing is reported: the engine would
    otherwise take the whole picture, of which the user had wanted only parts.
    """
    zones = tuple(zones)
    motion = [zone for zone in zones if zone.is_motion]
    if motion and not any(zone.enabled for zone in motion):
        return (_NOWHERE,)
    return tuple(zone.for_engine for zone in zones if zone.enabled)
