"""Diagnostics tell of states and never of identities."""

import json
from pathlib import Path
from types import MappingProxyType

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.diagnostics import async_get_config_entry_diagnostics
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    EngineStats,
    LightExplained,
    MotionStarted,
)
from homeassistant.config_entries import ConfigSubentry

from .conftest import PASSWORD, CameraHarness, make_zone, wait_for


def stats() -> CameraStats:
    """Return figures."""
    return CameraStats(
        *("front_door", 15.0, 4000.0, 2.0, 8.0, 1, "full", 5.0, 0, 11.5, "half")
    )


async def test_diagnostics_of_a_camera_hold_no_identity(camera: CameraHarness) -> None:
    await camera.stream()
    await camera.emit(
        stats(),
        EngineStats(1.0, 2, 3, 0.05, 0.5, "half"),
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
    assert engine["stats"] == {
        "cpu_seconds": 1.0,
        "rss": 2,
        "threads": 3,
        "analysis_used": 0.05,
        "analysis_budget": 0.5,
        "governor": "half",
    }


async def test_diagnostics_tell_of_recording(camera: CameraHarness) -> None:
    options = {
        "incident": ["bedroom_of_anna"],
        "record_zones": ["ANNA"],
        "pre_roll": 8.0,
        "mode_armed_home": "detect",
    }
    camera.hass.config_entries.async_update_entry(camera.entry, options=options)
    diagnostics = await async_get_config_entry_diagnostics(camera.hass, camera.entry)
    assert "anna" not in json.dumps(diagnostics).lower()
    assert diagnostics["entry"]["options"]["pre_roll"] == 8.0
    assert diagnostics["policy"] == diagnostics["mode"] == "detect"
    assert diagnostics["reported_classes"] == ["motion"]
    assert diagnostics["system"]["arming"] == "armed_home"


async def test_diagnostics_tell_of_detection(camera: CameraHarness) -> None:
    hass = camera.hass
    for zone in (make_zone("Bedroom of Anna", "ANNA"), make_zone("Road", "ROAD")):
        hass.config_entries.async_add_subentry(
            camera.entry,
            ConfigSubentry(
                data=MappingProxyType(dict(zone["data"])),
                subentry_type=zone["subentry_type"],
                title=zone["title"],
                unique_id=None,
                subentry_id=zone["subentry_id"],
            ),
        )
    await camera.emit(
        stats(),
        MotionStarted("front_door", "EVENT00001", 1.0, 0.8, zones=("ANNA",)),
        LightExplained("front_door", 1.0, "global"),
        LightExplained("front_door", 2.0, "home"),
        LightExplained("front_door", 3.0, "home"),
    )
    state = camera.entry.runtime_data.state
    await wait_for(lambda: state.lights.total() == 3)
    diagnostics = await async_get_config_entry_diagnostics(hass, camera.entry)
    text = json.dumps(diagnostics)
    for secret in ("Anna", "ANNA", "front_door", "Front door"):
        assert secret not in text, secret
    assert diagnostics["stats"]["rung"] == "full"
    assert diagnostics["stats"]["analysis_ms"] == 11.5
    assert diagnostics["stats"]["governor"] == "half"
    assert diagnostics["sensitivity"] == 50
    assert diagnostics["zones"][0] == {
        **make_zone()["data"],
        "name": "**REDACTED**",
        "motion": True,
    }
    assert diagnostics["zones"][1]["motion"] is False
    assert diagnostics["explained_light"] == {
        "counted": {"global": 1, "home": 2},
        "last": {"time": 3.0, "cause": "home"},
        "sources": 1,
    }


async def test_diagnostics_of_the_system(camera: CameraHarness, tmp_path: Path) -> None:
    (entry,) = (
        entry
        for entry in camera.hass.config_entries.async_entries(DOMAIN)
        if entry is not camera.entry
    )
    diagnostics = await async_get_config_entry_diagnostics(camera.hass, entry)
    assert diagnostics["entry"]["data"] == {"entry_type": "system"}
    assert diagnostics["system"]["cameras"] == 1
    library = diagnostics["system"]["library"]
    assert (library["count"], library["size"], library["rebuilt"]) == (0, 0, False)
    storage = diagnostics["system"]["storage"]
    assert storage["place"] == "media"
    assert storage["media"]["trouble"] is None
    assert storage["problems"] == []
    assert storage["options"]["days"] == 30
    text = json.dumps(diagnostics)
    assert "front_door" not in text
    assert str(tmp_path) not in text
    assert "streams" not in diagnostics
