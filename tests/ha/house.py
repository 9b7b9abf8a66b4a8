"""A whole house: simulated cameras, the true engine, Home Assistant, and its disks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
import time
from typing import Any, Final
from unittest.mock import patch

import av
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.camera_settings import CameraSettings
from custom_components.hearthcam.const import (
    CONF_ENTRY_TYPE,
    CONF_MAIN_URL,
    CONF_SUB_URL,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
)
from custom_components.hearthcam.device import HearthcamCamera
from custom_components.hearthcam.engine.protocol import (
    ClipOpened,
    ConfigureCamera,
    Report,
)
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.system import HearthcamSystem, async_get_system
from homeassistant import block_async_io
from homeassistant.config_entries import SOURCE_SYSTEM
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.simulator import SimulatorProcess
from tests.simulator.process import RemoteCamera

from .conftest import make_camera_entry, make_zone, wait_for

FPS: Final = 10
"""Of the simulated cameras."""
EVERYTHING: Final = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


@dataclass(slots=True)
class House:
    """Home Assistant with cameras; ``told`` is what the engine reported, and when.

    The times in ``told`` are of the monotonic clock.
    """

    hass: HomeAssistant
    media: Path
    told: list[tuple[float, Report]] = field(default_factory=list)

    @property
    def system(self) -> HearthcamSystem:
        """The system."""
        return async_get_system(self.hass)

    @property
    def library(self) -> Library:
        """The library, which is open."""
        library = self.system.library
        assert library is not None
        return library

    @property
    def spool(self) -> Path:
        """The folder on the local disk."""
        return self.system.storage.spool

    def camera(self, camera_id: str) -> HearthcamCamera:
        """Return a camera."""
        return self.system.cameras[camera_id]

    def of[R](self, kind: type[R], since: float = 0.0) -> list[tuple[float, R]]:
        """Return the reports of a kind from a moment on."""
        return [
            (moment, report)
            for moment, report in list(self.told)
            if isinstance(report, kind) and moment >= since
        ]

    async def report[R](
        self,
        kind: type[R],
        fits: Callable[[R], object] = lambda _: True,
        *,
        since: float = 0.0,
        seconds: float = 15.0,
    ) -> tuple[float, R]:
        """Return the first report that fits, and when it came, once it is there."""

        def found() -> tuple[float, R] | None:
            return next((pair for pair in self.of(kind, since) if fits(pair[1])), None)

        await wait_for(found, seconds)
        pair = found()
        assert pair is not None
        return pair

    async def opened(self, camera_id: str, since: float = 0.0) -> ClipOpened:
        """Return the first clip that a camera opened from a moment on."""
        _, clip = await self.report(
            ClipOpened, lambda clip: clip.camera_id == camera_id, since=since
        )
        return clip

    async def add_system(self, **options: Any) -> None:
        """Set up the system's own entry, with options."""
        entry = MockConfigEntry(
            domain=DOMAIN,
            source=SOURCE_SYSTEM,
            title="Hearthcam",
            unique_id=ENTRY_TYPE_SYSTEM,
            data={CONF_ENTRY_TYPE: ENTRY_TYPE_SYSTEM},
            options=options,
        )
        entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(entry.entry_id)

    async def add(
        self,
        camera_id: str,
        camera: RemoteCamera,
        options: Mapping[str, Any] | None = None,
        *,
        blind: bool = False,
    ) -> MockConfigEntry:
        """Add a camera and wait for its pictures; a ``blind`` one sees no motion."""
        entry = make_camera_entry(
            camera_id,
            data={
                CONF_MAIN_URL: camera.rtsp_url("main"),
                CONF_SUB_URL: None,
                CONF_USERNAME: None,
                CONF_PASSWORD: None,
            },
            zones=[make_zone(kind="ignore", polygon=EVERYTHING)] if blind else [],
            options=options,
        )
        entry.add_to_hass(self.hass)
        self.hass.config_entries.async_update_entry(
            entry, title=camera_id.replace("_", " ").capitalize()
        )
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()
        await wait_for(lambda: entry.runtime_data.online, 30)
        return entry

    async def call(self, domain: str, action: str, **data: Any) -> Any:
        """Call an action; return what it answers, if it does."""
        answers = self.hass.services.supports_response(domain, action)
        return await self.hass.services.async_call(
            domain, action, data, blocking=True, return_response=answers != "none"
        )

    async def act(self, action: str, **data: Any) -> Any:
        """Call one of our own actions; return its answer."""
        return await self.call(DOMAIN, action, **data)

    def issue(self, key: str) -> ir.IssueEntry | None:
        """Return what Repairs shows."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, key)
        return issue if issue is not None and issue.active else None

    async def clips(self, camera_id: str) -> list[Clip]:
        """Return the rows of a camera, oldest first."""
        return [*reversed(await self.library.clips(camera_id, limit=1_000))]

    async def frames(self, camera_id: str, since: float = 0.0) -> list[float]:
        """Play all clips of a camera from a time (s) on; return when each picture was.

        Fails where a row and its file do not agree.
        """
        found: list[float] = []
        for clip in await self.clips(camera_id):
            if clip.start < since:
                continue
            path = await self.library.file_of(clip)
            assert path is not None, f"{clip.clip_id} has no file"
            assert path.stat().st_size == clip.size
            found += await asyncio.to_thread(pictures, path, clip.start)
        return found

    async def close(self) -> None:
        """Unload everything."""
        for loaded in self.hass.config_entries.async_loaded_entries(DOMAIN):
            await self.hass.config_entries.async_unload(loaded.entry_id)


def pictures(path: Path, start: float) -> list[float]:
    """Decode a whole file, strictly; return when each picture was, in s."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        return [start + float(frame.time or 0.0) for frame in container.decode(stream)]


def seamless(moments: list[float]) -> bool:
    """Tell whether pictures follow each other without a missing or doubled one."""
    steps = [after - before for before, after in pairwise(moments)]
    return all(abs(step - 1 / FPS) < 0.03 for step in steps)


@asynccontextmanager
async def a_house(hass: HomeAssistant, media: Path) -> AsyncIterator[House]:
    """Note what the engine reports, and unload everything at the end."""
    house = House(hass, media)
    take = HearthcamSystem.engine_report

    def note(system: HearthcamSystem, report: Report) -> None:
        house.told.append((time.monotonic(), report))
        take(system, report)

    with patch.object(HearthcamSystem, "engine_report", note):
        try:
            yield house
        finally:
            await house.close()


@asynccontextmanager
async def simulated(*cameras: Mapping[str, Any]) -> AsyncIterator[list[RemoteCamera]]:
    """Run small cameras in a process of their own."""
    process = SimulatorProcess(*({"scene": "small", **camera} for camera in cameras))
    await asyncio.to_thread(process.start)
    try:
        yield process.cameras
    finally:
        await asyncio.to_thread(process.stop)


@contextmanager
def short_segments(seconds: float) -> Iterator[None]:
    """Have continuous recordings cut after so many seconds."""
    told: property = vars(CameraSettings)["engine_config"]

    def cut(camera: CameraSettings) -> ConfigureCamera:
        config: ConfigureCamera = told.__get__(camera)
        return replace(config, segment=seconds)

    with patch.object(CameraSettings, "engine_config", property(cut)):
        yield


@contextmanager
def nothing_blocks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Fail where the integration keeps the event loop waiting for a disk.

    By Home Assistant's own detector; the fixture `disable_block_async_io` ends it.
    """
    # As outside of tests: of files too, which tests may open themselves.
    monkeypatch.setattr(block_async_io, "_IN_TESTS", False)
    block_async_io.enable()
    yield
    assert not [
        message
        for phase in ("setup", "call", "teardown")
        for record in caplog.get_records(phase)
        if "blocking call" in (message := record.getMessage())
        and "integration 'hearthcam'" in message
    ]
