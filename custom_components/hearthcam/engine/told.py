"""What was seen, as reports to Home Assistant."""

from .motion.zone_events import ZonedMotionBegan, ZonedMotionOver, ZonesChanged
from .protocol import (
    DetectorView,
    LightExplained,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    Report,
)
from .sight import LightChanged, Told, View


def report_of(camera_id: str, event_id: str, told: Told, rung: str) -> Report:
    """Return the report of one thing that was seen.

    ``event_id`` is that of the motion that goes on, begins or ends.
    """
    match told:
        case ZonedMotionBegan():
            return MotionStarted(
                camera_id,
                event_id,
                told.time,
                told.score,
                told.boxes,
                zones=told.zones,
                reason=told.reason,
            )
        case ZonesChanged():
            return MotionUpdated(
                camera_id, event_id, told.time, told.score, told.zones, told.boxes
            )
        case ZonedMotionOver():
            return MotionEnded(
                camera_id,
                event_id,
                told.start,
                told.end,
                told.peak,
                told.score,
                zones=told.zones,
                reason=told.reason,
                results=told.results,
            )
        case LightChanged():
            return LightExplained(camera_id, told.time, told.cause.value)
        case View():
            return DetectorView(
                camera_id,
                told.time,
                told.columns,
                told.rows,
                told.cells,
                told.boxes,
                rung,
                told.moving,
            )
