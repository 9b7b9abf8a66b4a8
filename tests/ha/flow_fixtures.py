"""The fixtures of the tests of the config flow and of discovery."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest

from custom_components.hearthcam.onvif import DiscoveredCamera
from homeassistant.core import HomeAssistant
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.state import CameraState

from .flow_parts import PACKAGE, TriedStreams, camera_state


@pytest.fixture
def tried_streams() -> Generator[TriedStreams]:
    """Put the stand-in where the flow asks for the engine."""
    streams = TriedStreams()

    @asynccontextmanager
    async def engine(hass: HomeAssistant) -> AsyncGenerator[Any]:
        if streams.broken:
            raise streams.broken
        yield SimpleNamespace(supervisor=streams)

    with (
        patch(f"{PACKAGE}.flow_check.async_engine", engine),
        patch(f"{PACKAGE}.flow_measure.async_engine", engine),
        patch(f"{PACKAGE}.flow_streams.SETTLE_SECONDS", 0),
    ):
        yield streams


@pytest.fixture
def no_setup() -> Generator[AsyncMock]:
    """Let entries load without an engine: these tests end where an entry begins."""
    with (
        patch(f"{PACKAGE}.async_setup", return_value=True),
        patch(f"{PACKAGE}.async_unload_entry", return_value=True),
        patch(f"{PACKAGE}.async_setup_entry", return_value=True) as mock,
    ):
        yield mock


@pytest.fixture
def search_answers() -> Generator[list[DiscoveredCamera]]:
    """Answer the searches; empty until the test fills it."""
    found: list[DiscoveredCamera] = []

    async def discover(
        _: Any, __: float, on_found: Callable[[DiscoveredCamera], None]
    ) -> list[DiscoveredCamera]:
        for camera in found:
            on_found(camera)
        return list(found)

    with (
        patch(f"{PACKAGE}.discovery.discover", discover),
        patch(f"{PACKAGE}.discovery.AnnouncementListener.start", return_value=0),
    ):
        yield found


@pytest.fixture
async def onvif_device(
    socket_enabled: None,
) -> AsyncGenerator[tuple[CameraState, OnvifDevice]]:
    """Run a real ONVIF device on loopback."""
    state = camera_state()
    onvif = OnvifDevice(state)
    await onvif.start()
    yield state, onvif
    await onvif.stop()
