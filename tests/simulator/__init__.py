"""A camera for tests and the demo."""

from .camera import CameraOptions, SimulatedCamera
from .control import Control
from .process import SimulatorProcess
from .scene import Scene, crossing, house_scene, short_scene, visit
from .source import DrawnScene, Source, VideoFile, small_source

__all__ = [
    "CameraOptions",
    "Control",
    "DrawnScene",
    "Scene",
    "SimulatedCamera",
    "SimulatorProcess",
    "Source",
    "VideoFile",
    "crossing",
    "house_scene",
    "short_scene",
    "small_source",
    "visit",
]
