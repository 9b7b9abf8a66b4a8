"""A Home Assistant with the integration, and an engine that tests command."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import sys
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import (
    CONF_CAMERA_ID,
    CONF_ENTRY_TYPE,
    CONF_MAC,
    CONF_MAIN_URL,
    CONF_MANUFACTURER,
    CONF_MODEL,
    CONF_SERIAL,
    CONF_SUB_URL,
    CONF_TRANSPORT,
    DOMAIN,
    ENTRY_TYPE_CAMERA,
    ENTRY_TYPE_SYSTEM,
    SUBENTRY_ZONE,
)
from custom_components.hearthcam.engine.protocol import (
    Profile,
    Report,
    StreamError,
    StreamInfo,
    StreamState,
    StreamStatus,
)
from custom_components.hearthcam.engine.wire import encode
from custom_components.hearthcam.supervision import Timing
from custom_components.hearthcam.system import HearthcamSystem, async_get_system
from homeassistant.config_entries import ConfigEntry, ConfigSubentryDataWithId
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

FAKE_ENGINE = Path(__file__).with_name("fake_engine.py")
PASSWORD = "pa:ss@w/rd"
QUICK = Timing(ready=20.0, silence=20.0, stop=5.0, back_off=(0.01, 0.02), good=60.0)


async def wait_for(condition: Callable[[], object], seconds: float = 45.0) -> None:
    """Wait until something is so; the time only bounds a failure."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def settled(hass: HomeAssistant) -> None:
    """Wait until the storage has done what it does by itself after a start.

    It compares rows and files, then looks whether there is room. Clips that a test
    adds or deletes meanwhile would be taken up by that, or by the test: who comes
    first is a matter of speed.
    """
    work = async_get_system(hass).storage._work
    assert work is not None

    def is_busy() -> bool:
        names = {task.get_name() for task in work._tasks}
        keeper = work.keeper
        return (
            "hearthcam reconcile" in names
            or keeper._wake.is_set()
            or keeper._lock.locked()
        )

    await wait_for(lambda: not is_busy())


@dataclass
class FakeEngineControl:
    """What a test does with the fake engine's processes."""

    journal: Path
    options: list[str] = field(default_factory=list)
    port: int = 0
    spawned: int = 0

    def command(self, listen_fd: int) -> list[str]:
        """Return the command line that the supervisor shall use."""
        self.spawned += 1
        return [
            sys.executable,
            str(FAKE_ENGINE),
            "--listen-fd",
            str(listen_fd),
            "--journal",
            str(self.journal),
            *self.options,
        ]

    def commands(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the commands received by all processes so far."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        messages = [json.loads(line) for line in lines]
        if kind is None:
            return messages
        return [message["data"] for message in messages if message["type"] == kind]

    async def emit(self, url: str, *reports: Report | bytes) -> None:
        """Have the engine whose loopback URL this is send reports."""
        port = int(url.split(":")[2].split("/", maxsplit=1)[0])
        body = b"".join(
            report if isinstance(report, bytes) else encode(report)
            for report in reports
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /emit HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        await reader.read()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
def fake_engine(tmp_path: Path, socket_enabled: None) -> FakeEngineControl:
    """Return the control of a fake engine that nobody uses yet."""
    return FakeEngineControl(tmp_path / "journal.jsonl")


@pytest.fixture
def fake_engine_used(fake_engine: FakeEngineControl) -> Generator[FakeEngineControl]:
    """Have the integration start the fake engine."""
    with (
        patch(
            "custom_components.hearthcam.system.engine_command",
            side_effect=fake_engine.command,
        ),
        patch("custom_components.hearthcam.system.TIMING", QUICK),
    ):
        yield fake_engine


@pytest.fixture(autouse=True)
def no_discovery() -> Generator[None]:
    """Keep the tests from searching the network."""
    with patch("custom_components.hearthcam.async_start_discovery"):
        yield


@pytest.fixture
async def home(hass: HomeAssistant, tmp_path: Path) -> HomeAssistant:
    """Return a Home Assistant whose files are this test's own."""
    hass.config.config_dir = str(tmp_path / "config")
    hass.config.media_dirs = {"local": str(tmp_path / "media")}
    (tmp_path / "config").mkdir()
    return hass


@pytest.fixture
def camera_entry() -> MockConfigEntry:
    """Return the entry of a camera, not yet added."""
    return make_camera_entry()


def make_camera_entry(
    camera_id: str = "front_door",
    data: Mapping[str, Any] | None = None,
    zones: Iterable[ConfigSubentryDataWithId] = (),
    options: Mapping[str, Any] | None = None,
) -> MockConfigEntry:
    """Return the entry of a camera, ``data`` replacing parts of it."""
    return MockConfigEntry(
        options=options,
        subentries_data=[*zones],
        domain=DOMAIN,
        title="Front door",
        unique_id=f"unique_{camera_id}",
        data={
            CONF_ENTRY_TYPE: ENTRY_TYPE_CAMERA,
            CONF_CAMERA_ID: camera_id,
            CONF_MAIN_URL: "rtsp://127.0.0.1:554/main",
            CONF_SUB_URL: "rtsp://127.0.0.1:554/sub",
            CONF_USERNAME: "admin",
            CONF_PASSWORD: PASSWORD,
            CONF_TRANSPORT: "tcp",
            CONF_HOST: "192.168.1.20",
            CONF_MAC: "00:11:22:33:44:55",
            CONF_SERIAL: "SN123456",
            CONF_MANUFACTURER: "Acme",
            CONF_MODEL: "Eye 2",
        }
        | dict(data or {}),
    )


def make_zone(
    name: str = "Driveway", zone_id: str = "DRIVEWAY", **data: Any
) -> ConfigSubentryDataWithId:
    """Return a zone in the left half of the picture, ``data`` replacing parts."""
    return ConfigSubentryDataWithId(
        data={
            "kind": "motion",
            "polygon": [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]],
            "sensitivity": 50,
            "min_size": 0.0,
            "min_duration": 0.0,
            "enabled": True,
        }
        | data,
        subentry_type=SUBENTRY_ZONE,
        title=name,
        unique_id=None,
        subentry_id=zone_id,
    )


@dataclass
class CameraHarness:
    """A camera that is set up, and its fake engine."""

    hass: HomeAssistant
    entry: MockConfigEntry
    engine: FakeEngineControl

    @property
    def camera_id(self) -> str:
        """The camera's id."""
        return str(self.entry.data[CONF_CAMERA_ID])

    @property
    def system(self) -> HearthcamSystem:
        """The system."""
        system: HearthcamSystem = self.entry.runtime_data.system
        return system

    def url(self, path: str = "") -> str:
        """Return a URL of the loopback server."""
        url = self.system.supervisor.url(path)
        assert url is not None
        return url

    async def emit(self, *reports: Report | bytes) -> None:
        """Have the engine report, and wait for nothing."""
        await self.engine.emit(self.url(), *reports)

    async def stream(
        self,
        status: StreamStatus = StreamStatus.ONLINE,
        error: StreamError | None = None,
    ) -> None:
        """Have the engine report the main stream's state, and wait for it."""
        info = None
        if status is StreamStatus.ONLINE:
            info = StreamInfo("h264", 1920, 1080, 15.0)
        report = StreamState(self.camera_id, Profile.MAIN, status, error, info)
        await self.emit(report)
        streams = self.entry.runtime_data.state.streams
        await wait_for(lambda: streams.get(Profile.MAIN) == report)
        await self.hass.async_block_till_done()

    async def state(self, entity_id: str, expected: str) -> None:
        """Wait for the state of an entity."""

        def reached() -> bool:
            state = self.hass.states.get(entity_id)
            return state is not None and state.state == expected

        await wait_for(reached)


@dataclass
class OnCamera:
    """The base of what does more with a camera that is set up."""

    camera: CameraHarness

    @property
    def hass(self) -> HomeAssistant:
        """Home Assistant."""
        return self.camera.hass

    @property
    def system(self) -> HearthcamSystem:
        """The system."""
        return self.camera.system


def system_entry(hass: HomeAssistant) -> ConfigEntry[Any]:
    """Return the one system entry."""
    (entry,) = (
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_ENTRY_TYPE] == ENTRY_TYPE_SYSTEM
    )
    return entry


@pytest.fixture
async def camera(
    home: HomeAssistant,
    camera_entry: MockConfigEntry,
    fake_engine_used: FakeEngineControl,
) -> AsyncGenerator[CameraHarness]:
    """Return a camera that is set up; its stream is not there yet."""
    camera_entry.add_to_hass(home)
    assert await home.config_entries.async_setup(camera_entry.entry_id)
    await home.async_block_till_done()
    await settled(home)
    yield CameraHarness(home, camera_entry, fake_engine_used)
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(entry.entry_id)


def open_files() -> set[str]:
    """Return what this process holds open: sockets, pipes and files."""
    folder = Path("/proc/self/fd")
    found = set()
    for name in os.listdir(folder):  # noqa: PTH208 - the folder itself is open meanwhile
        try:
            found.add(f"{name} {os.readlink(folder / name)}")  # noqa: PTH115 - as text
        except OSError:
            continue
    return found
