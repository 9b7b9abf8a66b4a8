"""Diagnostics tell of states and never of identities."""

import json

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.diagnostics import async_get_config_entry_diagnostics
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    EngineStats,
    MotionStarted,
)

from .conftest import PASSWORD, CameraHarness, wait_for


async def test_diagnostics_of_a_camera_hold_no_identity(camera: CameraHarness) -> None:
    await camera.stream()
    await camera.emit(
        CameraStats("front_door", 15.0, 4000.0, 2.0, 8.0, 1, "rest", 0.5, 0),
        EngineStats(1.0, 2, 3),
        MotionStarted("front_door", "EVENT00001", 1_700_000_000.0, 0.8),
    )
    await wait_for(lambda: camera.entry.runtime_data.state.motion)
    await camera.hass.async_block_till_done()
    diagnostics = await async_get_config_entry_diagnostics(camera.hass, camera.entry)
    text = json.dumps(diagnostics)
    for secret in (
        PASSWORD,
        "admin",
        "rtsp:",
        "192.168.1.20",
        "00:11:22:33:44:55",
        "SN123456",
        "front_door",
        "Front door",
        camera.url().partition("auth=")[2],
    ):
        assert secret not in text, secret
    assert diagnostics["online"] is True
    assert diagnostics["streams"]["main"]["info"]["width"] == 1920
    assert diagnostics["stats"]["fps"] == 15.0
    assert diagnostics["motion"] is True
    engine = diagnostics["system"]["engine"]
    assert engine["running"] is True
    assert engine["restarts"] == 0
    assert engine["stats"] == {"cpu_seconds": 1.0, "rss": 2, "threads": 3}


async def test_diagnostics_of_the_system(camera: CameraHarness) -> None:
    (entry,) = (
        entry
        for entry in camera.hass.config_entries.async_entries(DOMAIN)
        if entry is not camera.entry
    )
    diagnostics = await async_get_config_entry_diagnostics(camera.hass, entry)
    assert diagnostics["entry"]["data"] == {"entry_type": "system"}
    assert diagnostics["system"]["cameras"] == 1
    assert diagnostics["system"]["library"] == {"count": 0, "size": 0}
    assert "streams" not in diagnostics
