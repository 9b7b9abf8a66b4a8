"""A camera for tests and the demo.

    options = CameraOptions(main=small_source(), audio="aac", onvif=True)
    async with SimulatedCamera(options) as camera:
        camera.rtsp_url("main")
        camera.control.drop_connections()

`SimulatorProcess` runs cameras apart from the test's event loop; from the command
line, `python -m tests.simulator` does.
"""

from .camera import SimulatedCamera
from .control import Control
from .options import CameraOptions
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
