"""Cameras for the simulator's own tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import av
import pytest

from tests.simulator import CameraOptions, SimulatedCamera, small_source

GOP = 0.5
"""Seconds from keyframe to keyframe: short, so that tests need not wait for one."""
StartCamera = Callable[..., Any]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of encodings that all tests share."""
    return tmp_path_factory.mktemp("simulator")


@pytest.fixture
async def start_camera(socket_enabled: None, cache: Path) -> AsyncIterator[StartCamera]:
    """Return what starts a camera with the given options, until the test's end."""
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> SimulatedCamera:
            options = {"main": small_source(gop=GOP), "cache": cache, **options}
            camera = SimulatedCamera(CameraOptions(**options))
            return await stack.enter_async_context(camera)

        yield start


def first_packet_size(url: str) -> int:
    """Open a stream as FFmpeg does by itself; blocks."""
    options = {"analyzeduration": "200000", "fpsprobesize": "0"}
    with av.open(url, options=options, timeout=10) as container:
        return int(next(container.demux()).size)
