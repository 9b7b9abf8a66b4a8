"""Cameras for the simulator's own tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import CameraOptions, SimulatedCamera

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
            camera = SimulatedCamera(CameraOptions(cache=cache, **options))
            return await stack.enter_async_context(camera)

        yield start
