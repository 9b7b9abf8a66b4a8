"""The simulated cameras that the benchmarks watch: a quiet picture, and a busy one."""

from enum import StrEnum
from pathlib import Path
import time

from tests.simulator import DrawnScene, Scene, SimulatorProcess, crossing
from tests.simulator.encode import default_cache

GOP = 2.0
"""Seconds from keyframe to keyframe."""

DESCRIPTION = (
    "1080p15 H.264 4 Mbit/s main + 640x360 10 fps 0.5 Mbit/s sub, "
    f"a keyframe every {GOP:g} s"
)


class Picture(StrEnum):
    """What the cameras see."""

    REST = "rest"
    """A house front and sensor noise; nothing moves, ever."""
    BUSY = "busy"
    """Somebody walks through the picture all the time."""


_SCENES = {
    Picture.REST: Scene(20.0),
    Picture.BUSY: Scene(
        24.0,
        (
            crossing("person", 0.0, 8.0),
            crossing("person", 6.0, 14.0, leftwards=True),
            crossing("person", 11.0, 19.0),
            crossing("person", 17.0, 24.0, leftwards=True),
        ),
    ),
}


def video_of(picture: Picture) -> Path:
    """Return the main stream's loop as a file, encoded now or earlier; blocks."""
    return DrawnScene(_SCENES[picture], gop=GOP, strip=False).encode(default_cache())


def start_cameras(picture: Picture, count: int) -> SimulatorProcess:
    """Return a running simulator, a process of its own, of that many cameras."""
    video = video_of(picture)
    simulator = SimulatorProcess(
        *(
            {"name": camera_id(i), "video": str(video), "sub": True}
            for i in range(count)
        )
    )
    simulator.start()
    # Cameras do not agree on when to send their keyframes.
    for number, camera in enumerate(simulator.cameras):
        if number:
            time.sleep(GOP / count)
        camera.switch("go_to", loop_time=number * GOP % _SCENES[picture].duration)
    return simulator


def camera_id(number: int) -> str:
    """Return the id of a camera, counted from 0."""
    return f"bench_{number}"
