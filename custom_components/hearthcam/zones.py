"""The zones of a camera: config subentries on one side, the engine's on the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.helpers.device_registry import DeviceInfo

from .arming import ArmingMode
from .const import (
    CONF_ENABLED,
    CONF_KIND,
    CONF_MIN_DURATION,
    CONF_MIN_SIZE,
    CONF_MODES,
    CONF_PAST,
    CONF_POLYGON,
    CONF_SENSITIVITY,
    DEFAULT_SENSITIVITY,
    DOMAIN,
    MANUFACTURER,
    MAX_PRIVACY_ZONES,
    MAX_ZONES,
    SUBENTRY_ZONE,
)
from .engine.parts import Point, Zone, ZoneKind
from .engine.polygon import WHOLE, polygon_fault

_NOWHERE = Zone("_all", ZoneKind.IGNORE, WHOLE)


@dataclass(frozen=True, slots=True)
class ZoneConfig:
    """A zone's subentry, read and typed.

    ``min_size`` is a share (0..1) of the picture's height, ``min_duration`` in s.
    A privacy zone is black in the arming modes ``modes``, or always where there are
    none; ``past``: an always black one also in what was recorded before it.
    """

    zone_id: str
    name: str
    kind: ZoneKind
    polygon: tuple[Point, ...]
    sensitivity: int = DEFAULT_SENSITIVITY
    min_size: float = 0.0
    min_duration: float = 0.0
    enabled: bool = True
    modes: tuple[ArmingMode, ...] = ()
    past: bool = True

    @classmethod
    def from_subentry(cls, subentry: ConfigSubentry) -> Self:
        """Read a subentry; raises KeyError, TypeError or ValueError: it is not ours."""
        data: Mapping[str, Any] = subentry.data
        polygon = tuple(Point(float(x), float(y)) for x, y in data[CONF_POLYGON])
        if fault := polygon_fault(polygon):
            raise ValueError(fault.value)
        if is_privacy(subentry):
            modes = _listed(data.get(CONF_MODES, ()))
            return cls(
                zone_id=subentry.subentry_id,
                name=subentry.title,
                kind=ZoneKind(data[CONF_KIND]),
                polygon=polygon,
                enabled=_flag(data[CONF_ENABLED]),
                modes=tuple(mode for mode in ArmingMode if mode in modes),
                past=_flag(data.get(CONF_PAST, True)),
            )
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
    def is_privacy(self) -> bool:
        """Whether it is black, and nothing of what follows is about motion."""
        return self.kind is ZoneKind.PRIVACY

    @property
    def as_data(self) -> dict[str, Any]:
        """What its subentry holds, beside the title."""
        if self.is_privacy:
            return {
                CONF_KIND: self.kind.value,
                CONF_POLYGON: [[point.x, point.y] for point in self.polygon],
                CONF_MODES: [mode.value for mode in self.modes],
                CONF_PAST: self.past,
                CONF_ENABLED: self.enabled,
            }
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


def is_privacy(subentry: ConfigSubentry) -> bool:
    """Tell whether a zone is to be black; so is one whose kind cannot be read."""
    return subentry.data.get(CONF_KIND) not in (ZoneKind.MOTION, ZoneKind.IGNORE)


def zones_of(entry: ConfigEntry[Any]) -> tuple[dict[str, ZoneConfig], int]:
    """Return a camera's zones by their id, and how many do not count.

    Those cannot be read. What is meant by a privacy zone that cannot be read is for
    `privacy_rules` to say.
    """
    zones: dict[str, ZoneConfig] = {}
    unreadable = 0
    for subentry in entry.get_subentries_of_type(SUBENTRY_ZONE):
        try:
            zones[subentry.subentry_id] = ZoneConfig.from_subentry(subentry)
        except KeyError, TypeError, ValueError:
            unreadable += not is_privacy(subentry)
    return zones, unreadable


def most_zones(kind: ZoneKind) -> int:
    """Return how many zones of a kind a camera may have, or of those alike."""
    return MAX_PRIVACY_ZONES if kind is ZoneKind.PRIVACY else MAX_ZONES


def is_full(
    entry: ConfigEntry[Any], kind: ZoneKind, changed: str | None = None
) -> bool:
    """Tell whether a camera has as many zones of a kind as it may, ``changed`` aside."""
    hidden = kind is ZoneKind.PRIVACY
    there = [
        zone
        for zone in entry.get_subentries_of_type(SUBENTRY_ZONE)
        if is_privacy(zone) is hidden and zone.subentry_id != changed
    ]
    return len(there) >= most_zones(kind)


def zones_for_engine(zones: Iterable[ZoneConfig]) -> tuple[Zone, ...]:
    """Return the zones that count for motion.

    Where all motion zones are switched off, nothing is reported: the engine would
    otherwise take the whole picture, of which the user had wanted only parts.
    """
    zones = tuple(zone for zone in zones if not zone.is_privacy)
    motion = [zone for zone in zones if zone.is_motion]
    if motion and not any(zone.enabled for zone in motion):
        return (_NOWHERE,)
    return tuple(zone.for_engine for zone in zones if zone.enabled)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _listed(value: object) -> list[ArmingMode]:
    if not isinstance(value, list | tuple):
        raise TypeError
    return [ArmingMode(mode) for mode in value]
