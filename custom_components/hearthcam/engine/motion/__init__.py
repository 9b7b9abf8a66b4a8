"""Motion in decoded pictures, with numpy alone: grid, background, tracks, events."""

from .detector import DetectorState, MotionDetector, Observation, detect
from .events import EventTracker, MotionBegan, MotionEvent, MotionOver
from .grid import Grid, grid_of
from .settings import MotionSettings

__all__ = [
    "DetectorState",
    "EventTracker",
    "Grid",
    "MotionBegan",
    "MotionDetector",
    "MotionEvent",
    "MotionOver",
    "MotionSettings",
    "Observation",
    "detect",
    "grid_of",
]
