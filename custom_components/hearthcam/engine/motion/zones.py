"""Where motion counts: polygons as cells, and what an observation says of each zone.

A zone is a step of its own behind the detector, and pure: changing zones forgets
nothing of what the detector has learnt. The detector runs with the sensitivity of
the most sensitive zone (`ZoneMap.sensitivity`); each zone then asks for its own.

What a polygon must be is told by `engine.polygon`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ..polygon import PolygonFault, polygon_area, polygon_fault
from ..protocol import Point, Zone, ZoneKind
from .grid import Grid, Mask
from .observation import Observation, Region, region_of
from .settings import MotionSettings

__all__ = [
    "Geometry",
    "PolygonFault",
    "ZoneMap",
    "ZoneView",
    "ZonedObservation",
    "cells_of",
    "polygon_area",
    "polygon_fault",
]

WHOLE: Final = ""
"""The id of the whole picture, which counts where there is no motion zone."""
_COVERED: Final = 0.5
_LINES: Final = 8
"""Lines at which a cell's height is sampled; across them coverage is exact."""
_MOSTLY: Final = 0.75
"""Share of a region in ignore zones from which the rest of it is ignored, too.

An ignore zone drawn a little too small leaves a rim of the tree that it is for.
"""
_SHARE: Final = 0.1
"""Share of a region that must lie in a motion zone: who passes by brushes against it."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """The cells of a grid: how many, and one's extent in the picture (0..1)."""

    rows: int
    columns: int
    cell_width: float
    cell_height: float

    @classmethod
    def of(cls, grid: Grid) -> Self:
        """Return the geometry of a picture's grid."""
        rows, columns = grid.luma.shape
        return cls(rows, columns, grid.cell_width, grid.cell_height)


def cells_of(polygon: Sequence[Point], geometry: Geometry) -> Mask:
    """Return the cells that a good polygon covers by half.

    A polygon too thin to cover any cell by half gets those that it touches; every
    good polygon gets at least one. The strip that a grid may leave out at the right
    and at the bottom belongs to the last cells.
    """
    covered = _coverage(polygon, geometry)
    mask: Mask = covered >= _COVERED
    if not mask.any():
        mask = covered > 0.0
    if not mask.any():
        for point in polygon:
            row = min(int(point.y / geometry.cell_height), geometry.rows - 1)
            column = min(int(point.x / geometry.cell_width), geometry.columns - 1)
            mask[row, column] = True
    return mask


def _coverage(polygon: Sequence[Point], geometry: Geometry) -> npt.NDArray[np.float64]:
    """Return the share of each cell that lies in a polygon."""
    covered = np.zeros((geometry.rows, geometry.columns))
    across = np.arange(geometry.columns + 1) * geometry.cell_width
    down = np.arange(geometry.rows + 1) * geometry.cell_height
    across[-1] = down[-1] = 1.0
    left, right = across[:-1], across[1:]
    edges = list(zip(polygon, [*polygon[1:], polygon[0]], strict=True))
    for line in range(geometry.rows * _LINES):
        row, part = divmod(line, _LINES)
        y = float(down[row] + (part + 0.5) / _LINES * (down[row + 1] - down[row]))
        crossings = sorted(
            start.x + (y - start.y) / (end.y - start.y) * (end.x - start.x)
            for start, end in edges
            if (start.y <= y) != (end.y <= y)
        )
        for begin, finish in zip(crossings[::2], crossings[1::2], strict=True):
            inside = np.minimum(finish, right) - np.maximum(begin, left)
            covered[row] += np.maximum(inside, 0.0)
    shares: npt.NDArray[np.float64] = covered / (_LINES * (right - left))
    return shares


@dataclass(frozen=True, slots=True, eq=False)
class ZoneView:
    """What an observation says of one motion zone; `WHOLE` is the whole picture."""

    zone_id: str
    min_duration: float
    seen: Observation


@dataclass(frozen=True, slots=True, eq=False)
class ZonedObservation:
    """An observation and what it says of each motion zone.

    ``seen`` is what the detector said; ``whole`` holds of it what lies in any motion
    zone, regions uncut.
    """

    seen: Observation
    whole: Observation
    zones: tuple[ZoneView, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _MotionZone:
    zone_id: str
    mask: Mask | None
    scale: float
    min_size: float
    min_duration: float


class ZoneMap:
    """Zones as cells of a grid of one geometry. Never changes.

    Without a motion zone the whole picture is one, with ``sensitivity``.
    """

    def __init__(
        self, zones: tuple[Zone, ...], sensitivity: int, geometry: Geometry
    ) -> None:
        """Rasterise good polygons to a grid."""
        self.geometry = geometry
        self._ignored: Mask | None = None
        ignored = [zone for zone in zones if zone.kind is ZoneKind.IGNORE]
        if ignored:
            masks = [cells_of(zone.polygon, geometry) for zone in ignored]
            self._ignored = np.logical_or.reduce(masks)
        motion = [zone for zone in zones if zone.kind is ZoneKind.MOTION]
        self.sensitivity = max(
            (zone.sensitivity for zone in motion), default=sensitivity
        )
        self._zones = [
            _MotionZone(
                zone.zone_id,
                cells_of(zone.polygon, geometry),
                MotionSettings(zone.sensitivity).scale,
                zone.min_size,
                zone.min_duration,
            )
            for zone in motion
        ] or [_MotionZone(WHOLE, None, MotionSettings(sensitivity).scale, 0.0, 0.0)]

    def apply(self, seen: Observation, smallest: int = 3) -> ZonedObservation:
        """Return what an observation says of each zone; ``smallest`` is in cells.

        The observation's grid must have this map's shape.
        """
        if not seen.regions or (self._ignored is None and self._zones[0].mask is None):
            views = [ZoneView(z.zone_id, z.min_duration, seen) for z in self._zones]
            return ZonedObservation(seen, seen, tuple(views))
        views = []
        told: dict[int, Region] = {}
        for zone in self._zones:
            inside = [
                (region, part)
                for region in seen.regions
                if (part := self._part(seen, region, zone, smallest)) is not None
            ]
            told |= {id(region): region for region, _ in inside}
            restricted = seen.of([part for _, part in inside])
            views.append(ZoneView(zone.zone_id, zone.min_duration, restricted))
        return ZonedObservation(seen, seen.of(told.values()), tuple(views))

    def _part(
        self, seen: Observation, region: Region, zone: _MotionZone, smallest: int
    ) -> Region | None:
        """Return what of a region counts for a zone; None where nothing does."""
        if region.box.height < zone.min_size:
            return None
        rows, columns = region.rows, region.columns
        whole = rows.size
        if self._ignored is not None:
            kept = ~self._ignored[rows, columns]
            rows, columns = rows[kept], columns[kept]
            if rows.size <= (1.0 - _MOSTLY) * whole:
                return None
        if zone.mask is not None:
            kept = zone.mask[rows, columns]
            rows, columns = rows[kept], columns[kept]
            if rows.size < _SHARE * whole:
                return None
        excess = seen.cells[rows, columns]
        strong = excess > zone.scale
        if (
            strong.sum() < smallest
            or excess[strong].sum() < 1.5 * zone.scale * smallest
        ):
            return None
        if rows.size == whole and strong.all():
            return region
        return region_of(
            seen.cells,
            rows[strong],
            columns[strong],
            self.geometry.cell_width,
            self.geometry.cell_height,
            since=region.since,
            confirmed=region.confirmed,
        )
