"""What the engine's tests share: one engine process, and one simulated camera."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.hearthcam.engine.protocol import (
    ConfigureCamera,
    StreamSource,
    StreamState,
    StreamStatus,
)
from tests.simulator import SimulatorProcess
from tests.simulator.process import RemoteCamera
from tests.unhidden import UNHIDDEN

from .process import EngineProcess
from .watching import Stage, Staged, Stream, film, stage


@pytest.fixture(autouse=True)
def relays_have_ended() -> Iterator[None]:
    """Wait for the relay's thread, which ends a moment after its last connection."""
    yield
    for thread in threading.enumerate():
        if thread.name == "relay":
            thread.join(5)


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    """Return an engine of the test's own."""
    with EngineProcess() as process:
        yield process


@pytest.fixture
def staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staged:
    """Return how to put a camera without a network on the stage."""

    def made(
        stream: Stream | None = None, **config: Any
    ) -> AbstractContextManager[Stage]:
        return stage(tmp_path, monkeypatch, *(stream or film()), **config)

    return made


def simulated(**options: Any) -> SimulatorProcess:
    """Return a simulator of one small camera with a login."""
    camera = {"name": "Test", "scene": "small", "user": "admin", "password": "p:w@/d"}
    return SimulatorProcess(camera | options)


def with_login(url: str) -> str:
    """Return a URL of a simulated camera with its credentials, percent-encoded."""
    return url.replace("rtsp://", "rtsp://admin:p%3Aw%40%2Fd@", 1)


def configuration(
    camera: RemoteCamera, directory: str, **changes: Any
) -> ConfigureCamera:
    """Return the command that adds a simulated camera."""
    sub = "sub" in camera.urls
    values: dict[str, Any] = {
        "camera_id": "test",
        "name": "Test",
        "directory": directory,
        "main": StreamSource(with_login(camera.rtsp_url())),
        "sub": StreamSource(with_login(camera.rtsp_url("sub"))) if sub else None,
        **UNHIDDEN,
    }
    return ConfigureCamera(**values | changes)


def wait_online(engine: EngineProcess, *, after: int = 0) -> StreamState:
    """Wait until a stream is online, for the (``after`` + 1)th time."""
    count = 0

    def is_online(state: StreamState) -> bool:
        nonlocal count
        count += state.status is StreamStatus.ONLINE
        return state.status is StreamStatus.ONLINE and count > after

    return engine.wait_for(StreamState, is_online)
