"""Recording chosen motion only: zones and kinds, and those that are gone."""

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from custom_components.hearthcam.const import (
    CONF_MAIN_URL,
    CONF_RECORD_CLASSES,
    CONF_RECORD_ZONES,
)
from custom_components.hearthcam.engine.protocol import MotionEnded
from custom_components.hearthcam.library.models import Event
from homeassistant.core import HomeAssistant
from tests.library.clips import make_clip

from .arming_parts import (
    CHOSEN,
    add_zone,
    last_told,
    set_up,
    started_fixture,  # noqa: F401 - pytest finds it by name
)
from .conftest import CameraHarness, FakeEngineControl, make_camera_entry, wait_for


async def recorded_zones(camera: CameraHarness) -> list[str]:
    """Return the zones that the engine records, as it was told last."""
    known = list(camera.entry.runtime_data.engine_config.record_zones)

    def last() -> list[str] | None:
        commands = camera.engine.commands("ConfigureCamera")
        return list(commands[-1]["record_zones"]) if commands else None

    await wait_for(lambda: last() == known)
    return known


async def test_removed_zones_never_stop_the_recording(camera: CameraHarness) -> None:
    hass, entry = camera.hass, camera.entry
    for zone_id in ("DOOR", "PATH"):
        add_zone(camera, zone_id)
    hass.config_entries.async_update_entry(
        entry, options=CHOSEN | {CONF_RECORD_ZONES: ["DOOR", "PATH", "GONE"]}
    )
    assert await recorded_zones(camera) == ["DOOR", "PATH"]
    hass.config_entries.async_remove_subentry(entry, "DOOR")
    assert await recorded_zones(camera) == ["PATH"]
    hass.config_entries.async_remove_subentry(entry, "PATH")
    assert await recorded_zones(camera) == []


async def test_zone_that_ignores_motion_cannot_be_the_only_one_recorded(
    camera: CameraHarness,
) -> None:
    zone = add_zone(camera, "DOOR")
    camera.hass.config_entries.async_update_entry(
        camera.entry, options=CHOSEN | {CONF_RECORD_ZONES: ["DOOR"]}
    )
    assert await recorded_zones(camera) == ["DOOR"]
    camera.hass.config_entries.async_update_subentry(
        camera.entry, zone, data={**zone.data, "kind": "ignore"}
    )
    assert await recorded_zones(camera) == []


async def test_zone_that_is_switched_off_still_is_the_only_one_recorded(
    camera: CameraHarness,
) -> None:
    """The user switched it off, and did not ask for the others instead."""
    zone = add_zone(camera, "DOOR")
    add_zone(camera, "ROAD")
    camera.hass.config_entries.async_update_entry(
        camera.entry, options=CHOSEN | {CONF_RECORD_ZONES: ["DOOR"]}
    )
    camera.hass.config_entries.async_update_subentry(
        camera.entry, zone, data={**zone.data, "enabled": False}
    )
    assert await recorded_zones(camera) == ["DOOR"]


async def test_zones_are_of_no_matter_where_every_motion_is_recorded(
    camera: CameraHarness,
) -> None:
    add_zone(camera, "DOOR")
    camera.hass.config_entries.async_update_entry(
        camera.entry, options={CONF_RECORD_ZONES: ["DOOR"], "pre_roll": 8.0}
    )
    assert (await last_told(camera, 2))["record_zones"] == []


def recorded_classes(camera: CameraHarness) -> list[str]:
    """Return the classes that the engine records, as it was told last."""
    commands = camera.engine.commands("ConfigureCamera")
    return list(commands[-1]["record_classes"]) if commands else ["nothing told"]


def seen(kind: str, event_id: str = "EVENT00001") -> MotionEnded:
    """Return a motion of a class."""
    return MotionEnded("front_door", event_id, 1.0, 2.0, 1.5, 0.5, kind)


async def test_class_that_was_never_reported_stops_no_recording(
    camera: CameraHarness,
) -> None:
    """It may be that this camera tells nobody apart: it would record nothing."""
    camera.hass.config_entries.async_update_entry(
        camera.entry, options=CHOSEN | {CONF_RECORD_CLASSES: ["person", "vehicle"]}
    )
    await last_told(camera, 1)
    await camera.emit(seen("motion"), seen("animal", "EVENT00002"))
    runtime = camera.entry.runtime_data
    await wait_for(lambda: "animal" in runtime.reported)
    assert recorded_classes(camera) == []
    await camera.emit(seen("person", "EVENT00003"))
    await wait_for(lambda: recorded_classes(camera) == ["person", "vehicle"])
    assert camera.engine.commands("RemoveCamera") == []


@pytest.mark.parametrize("recorded", [True, False])
async def test_classes_that_were_reported_are_known_after_a_restart(
    camera: CameraHarness, tmp_path: Path, recorded: bool
) -> None:
    """By their clips, or by the events of a camera that recorded none of them."""
    hass, entry = camera.hass, camera.entry
    library = entry.runtime_data.system.library
    if recorded:
        await library.add(make_clip(0, tmp_path, UTC, kind="person"))
    else:
        await library.put_event(Event("EVENT00001", "front_door", "person", 1.0, 2.0))
    hass.config_entries.async_update_entry(
        entry, options=CHOSEN | {CONF_RECORD_CLASSES: ["person"]}
    )
    assert entry.runtime_data.record_classes == ()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.reported == {"motion", "person"}
    await wait_for(lambda: recorded_classes(camera) == ["person"])


async def test_cameras_that_are_gone_do_not_record_along(
    started: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    def last(camera_id: str) -> dict[str, Any]:
        return next(
            data
            for data in reversed(fake_engine_used.commands("ConfigureCamera"))
            if data["camera_id"] == camera_id
        )

    along = {"incident": ["gone", "garden"]}
    url = {CONF_MAIN_URL: "rtsp://127.0.0.1/2"}
    door, garden = make_camera_entry(options=along), make_camera_entry("garden", url)
    await set_up(started, door, garden)
    await wait_for(lambda: len(fake_engine_used.commands("ConfigureCamera")) == 2)
    assert last("front_door")["incident"] == ["garden"]
    await started.config_entries.async_remove(garden.entry_id)
    started.config_entries.async_update_entry(door, options=along | {"pre_roll": 7.0})
    await wait_for(lambda: last("front_door")["pre_roll"] == 7.0)
    assert last("front_door")["incident"] == []
    # Under the same id it is back.
    again = make_camera_entry("garden", url)
    again.add_to_hass(started)
    assert await started.config_entries.async_setup(again.entry_id)
    await wait_for(lambda: last("front_door")["incident"] == ["garden"])
