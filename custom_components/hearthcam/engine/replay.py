"""Detection once more, from what was written down, with other zones or sensitivities.

What was a region then is one again, with what was known of it: the same settings give
the same motions. A higher sensitivity adds regions of the cells that were below the
threshold then, followed from picture to picture as the detector does. What was not
looked at cannot be looked at again: at rest that is all between keyframes.
"""

from collections.abc import Iterable

import numpy as np

from .features import Record
from .motion import MotionSettings, Region, region_of
from .motion.blobs import blobs_of
from .motion.clutter import Clutter
from .motion.observation import Observation
from .motion.tracks import Track, candidates, follow
from .motion.zone_events import ZoneEvent, ZoneEvents
from .motion.zones import ZoneMap
from .protocol import Zone


def replay(
    records: Iterable[Record],
    zones: tuple[Zone, ...] = (),
    sensitivity: int = 50,
    hold: float = 2.0,
) -> list[ZoneEvent]:
    """Return the motions that these settings would have given; records in order."""
    events = ZoneEvents(hold)
    told: list[ZoneEvent] = []
    faint = _Faint()
    used: ZoneMap | None = None
    for record in records:
        if used is None or used.geometry != record.geometry:
            used = ZoneMap(zones, sensitivity, record.geometry)
        settings = MotionSettings(used.sensitivity)
        seen = record.observation
        if settings.scale < record.scale:
            added = faint.regions(record, settings)
            seen = seen.of((*seen.regions, *added))
        told += events.feed(used.apply(seen, settings.smallest))
    return told + events.finish()


class _Faint:
    """Follows what was below the threshold."""

    def __init__(self) -> None:
        self._tracks: tuple[Track, ...] = ()
        self._clutter = Clutter()

    def regions(self, record: Record, settings: MotionSettings) -> list[Region]:
        """Return the regions that the cells outside of regions make."""
        seen: Observation = record.observation
        geometry = record.geometry
        changed = np.zeros(seen.cells.shape, dtype=np.bool_)
        changed.ravel()[record.others] = record.energies > settings.scale
        blobs = candidates(blobs_of(changed, changed, seen.cells), settings)
        self._tracks, self._clutter = follow(
            self._tracks, blobs, [], seen.time, self._clutter, seen.cells.shape
        )
        return [
            region_of(
                seen.cells,
                track.blob.rows,
                track.blob.columns,
                geometry.cell_width,
                geometry.cell_height,
                since=track.first,
                confirmed=track.moves(seen.time),
            )
            for track in self._tracks
            if track.last == seen.time
        ]
