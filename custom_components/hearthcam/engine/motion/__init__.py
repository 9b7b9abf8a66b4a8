"""Motion in decoded pictures, with numpy alone: grid, background, tracks, events."""

from .detector import DetectorState, MotionDetector, detect
from .events import EventTracker, MotionBegan, MotionEvent, MotionOver
from .grid import Grid, grid_of
from .observation import Light, Observation, Region, region_of
from .settings import MotionSettings

__all__ = [
    "DetectorState",
    "EventTracker",
    "Grid",
    "Light",
    "MotionBegan",
    "MotionDetector",
    "MotionEvent",
    "MotionOver",
    "MotionSettings",
    "Observation",
    "Region",
    "detect",
    "grid_of",
    "region_of",
]
