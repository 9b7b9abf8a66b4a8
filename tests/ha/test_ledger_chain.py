"""The ledger and the actions with a simulated camera and the true engine."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
import itertools
import os
from pathlib import Path
import signal
from typing import Any

import av
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import CONF_MAIN_URL, CONF_SUB_URL, DOMAIN
from custom_components.hearthcam.library.spans import Span, State
from custom_components.hearthcam.system import HearthcamSystem
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from tests.simulator import CameraOptions, SimulatedCamera, small_source
from tests.simulator.scene import Scene

from .conftest import make_camera_entry, wait_for

CAMERA = "camera.front_door"


@pytest.fixture
async def system(
    home: HomeAssistant, socket_enabled: None
) -> AsyncGenerator[HearthcamSystem]:
    """Return the system with a camera before which nothing happens."""
    source = small_source(scene=Scene(60.0, ()))
    async with SimulatedCamera(CameraOptions(main=source)) as simulator:
        entry: MockConfigEntry = make_camera_entry(
            data={
                CONF_MAIN_URL: simulator.rtsp_url("main"),
                CONF_SUB_URL: None,
                CONF_USERNAME: None,
                CONF_PASSWORD: None,
            }
        )
        entry.add_to_hass(home)
        assert await home.config_entries.async_setup(entry.entry_id)
        await home.async_block_till_done()
        await wait_for(lambda: entry.runtime_data.online, 30)
        yield entry.runtime_data.system
        for loaded in home.config_entries.async_loaded_entries(DOMAIN):
            await home.config_entries.async_unload(loaded.entry_id)


async def call(hass: HomeAssistant, action: str, **data: Any) -> Any:
    """Call an action for the camera; return its answer."""
    response = await hass.services.async_call(
        DOMAIN,
        action,
        {"entity_id": CAMERA, **data},
        blocking=True,
        return_response=True,
    )
    assert response is not None
    return response[CAMERA]


async def accounted_until(system: HearthcamSystem, moment: float) -> list[Span]:
    """Return the ledger once it tells of a moment."""
    account = system.ledger._accounts["front_door"]
    await wait_for(lambda: account.cursor > moment, 60)
    return await system.ledger.async_spans("front_door", 0, moment + 60)


async def test_recording_is_accounted_for_and_exported_over_a_killed_engine(
    home: HomeAssistant, system: HearthcamSystem, tmp_path: Path
) -> None:
    recorded = await call(home, "record", duration=3, pre_roll=0, wait=True)
    (clip,) = recorded["clips"]
    clip_start, clip_end = map(datetime.fromisoformat, (clip["start"], clip["end"]))
    begun, pid = system.ledger.now, system.supervisor.status.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await wait_for(lambda: system.supervisor.status.restarts, 30)
    await wait_for(lambda: system.cameras["front_door"].online, 30)
    back = system.ledger.now
    spans = await accounted_until(system, back)

    for before, after in itertools.pairwise(spans):
        # Not a moment is missing or counted twice.
        assert before.end == after.start
    first = next(span for span in spans if span.state is State.RECORDED)
    assert first.start <= clip_start.timestamp() + 0.1
    assert first.end >= clip_end.timestamp() - 0.1
    lost = [span for span in spans if span.state is State.LOST]
    assert [span.cause for span in lost] == ["engine_stopped"]
    assert lost[0].start <= begun + 0.1
    assert lost[0].end >= begun

    home.config.allowlist_external_dirs = {str(tmp_path)}
    target = tmp_path / "export.mp4"
    answer = await call(
        home,
        "export",
        filename=str(target),
        start=(clip_start + timedelta(seconds=1)).isoformat(),
        end=clip["end"],
    )
    assert answer["size"] == target.stat().st_size
    with av.open(str(target)) as container:
        frames = await asyncio.to_thread(
            lambda: sum(1 for _ in container.decode(video=0))
        )
    assert frames > 10
