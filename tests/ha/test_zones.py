"""Zones are entities below their camera, and apply while everything goes on."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam import async_remove_config_entry_device
from custom_components.hearthcam.const import DOMAIN, MAX_ZONES, SUBENTRY_ZONE
from custom_components.hearthcam.engine.protocol import (
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    Reason,
    StreamError,
    StreamStatus,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)

from .conftest import (
    CameraHarness,
    FakeEngineControl,
    make_camera_entry,
    make_zone,
    wait_for,
)
from .test_entities import state_of

CAMERA_MOTION = "binary_sensor.front_door_motion"
EVENT = "event.front_door_motion"
SENSITIVITY = "number.front_door_sensitivity"
DRIVEWAY = "binary_sensor.front_door_driveway_motion"
DRIVEWAY_SENSITIVITY = "number.front_door_driveway_sensitivity"
DRIVEWAY_SWITCH = "switch.front_door_driveway_enabled"
PORCH = "binary_sensor.front_door_porch_motion"
ROAD_SWITCH = "switch.front_door_road_enabled"

START = 1_700_000_000.0
LEFT = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]


@pytest.fixture
def camera_entry() -> MockConfigEntry:
    """Return the entry of a camera with two motion zones and an ignore zone."""
    return make_camera_entry(
        zones=[
            make_zone(),
            make_zone("Porch", "PORCH", sensitivity=80, min_size=0.1, min_duration=1.0),
            make_zone("Road", "ROAD", kind="ignore"),
        ]
    )


def zone_entities(camera: CameraHarness, zone_id: str) -> set[str]:
    """Return the ids of a zone's entities in the registry."""
    registry = er.async_get(camera.hass)
    return {
        entry.entity_id
        for entry in er.async_entries_for_config_entry(registry, camera.entry.entry_id)
        if entry.config_subentry_id == zone_id
    }


def zone_device(camera: CameraHarness, zone_id: str) -> dr.DeviceEntry | None:
    """Return a zone's device."""
    return dr.async_get(camera.hass).async_get_device_by_identifier(
        (DOMAIN, f"front_door_{zone_id}"), camera.entry.entry_id
    )


async def told(camera: CameraHarness, count: int) -> dict[str, Any]:
    """Wait until the engine was told of zones that often; return the last time."""
    await wait_for(lambda: len(camera.engine.commands("SetZones")) >= count)
    commands = camera.engine.commands("SetZones")
    assert len(commands) == count
    return commands[-1]


def add_zone(camera: CameraHarness, name: str, **data: Any) -> ConfigSubentry:
    """Add a zone as a flow does."""
    subentry = ConfigSubentry(
        data=MappingProxyType(dict(make_zone(**data)["data"])),
        subentry_type=SUBENTRY_ZONE,
        title=name,
        unique_id=None,
    )
    camera.hass.config_entries.async_add_subentry(camera.entry, subentry)
    return subentry


async def call(camera: CameraHarness, action: str, entity_id: str, **data: Any) -> None:
    """Perform an action on an entity."""
    domain, name = action.split(".")
    await camera.hass.services.async_call(
        domain, name, {"entity_id": entity_id, **data}, blocking=True
    )
    await camera.hass.async_block_till_done()


async def test_zone_has_its_own_device_below_the_camera(camera: CameraHarness) -> None:
    assert zone_entities(camera, "DRIVEWAY") == {
        *(DRIVEWAY, DRIVEWAY_SENSITIVITY, DRIVEWAY_SWITCH)
    }
    assert zone_entities(camera, "ROAD") == {ROAD_SWITCH}
    device = zone_device(camera, "DRIVEWAY")
    assert device is not None
    assert device.name == "Front door Driveway"
    assert device.config_subentry_id == "DRIVEWAY"
    assert device.via_device_id == camera.entry.runtime_data.device_id
    registry = er.async_get(camera.hass)
    assert registry.async_get(DRIVEWAY).device_id == device.id  # type: ignore[union-attr]  # fails the test as well
    await camera.stream()
    state = state_of(camera.hass, DRIVEWAY)
    assert state.name == "Front door Driveway Motion"
    assert state.attributes["device_class"] == "motion"
    assert state_of(camera.hass, DRIVEWAY_SENSITIVITY).state == "50"
    for entity_id in (DRIVEWAY_SENSITIVITY, DRIVEWAY_SWITCH, SENSITIVITY):
        assert registry.async_get(entity_id).entity_category == "config"  # type: ignore[union-attr]  # the same


async def test_engine_is_told_of_zones_right_after_the_camera(
    camera: CameraHarness,
) -> None:
    command = await told(camera, 1)
    assert command["camera_id"] == "front_door"
    assert command["sensitivity"] == 50
    assert command["zones"][1] == {
        "zone_id": "PORCH",
        "kind": "motion",
        "polygon": [{"x": x, "y": y} for x, y in LEFT],
        "sensitivity": 80,
        "min_size": 0.1,
        "min_duration": 1.0,
    }
    kinds = [message["type"] for message in camera.engine.commands()]
    assert kinds.index("ConfigureCamera") < kinds.index("SetZones")


async def test_only_the_zones_with_motion_are_on(camera: CameraHarness) -> None:
    await camera.stream()
    started = MotionStarted(
        *("front_door", "EVENT00001", START, 0.8),
        zones=("PORCH",),
        reason=Reason(0.01234, 3.456, 0.42),
    )
    await camera.emit(started)
    await camera.state(PORCH, "on")
    assert state_of(camera.hass, CAMERA_MOTION).state == "on"
    assert state_of(camera.hass, DRIVEWAY).state == "off"
    event = state_of(camera.hass, EVENT)
    assert event.attributes["zones"] == ["Porch"]
    assert event.attributes["zone_ids"] == ["PORCH"]
    assert event.attributes["reason"] == {
        "size": 1.23,
        "contrast": 3.5,
        "duration": 0.4,
    }
    await camera.emit(
        MotionUpdated("front_door", "EVENT00001", START + 1, 0.8, ("DRIVEWAY",))
    )
    await camera.state(DRIVEWAY, "on")
    assert state_of(camera.hass, PORCH).state == "off"
    assert state_of(camera.hass, CAMERA_MOTION).state == "on"
    await camera.emit(
        MotionEnded(
            *("front_door", "EVENT00001", START, START + 4, START + 1, 0.9),
            zones=("DRIVEWAY", "PORCH", "REMOVED"),
        )
    )
    await camera.state(DRIVEWAY, "off")
    event = state_of(camera.hass, EVENT)
    assert event.attributes["zones"] == ["Driveway", "Porch"]
    assert event.attributes["reason"] is None
    assert event.attributes["duration"] == 4.0


async def test_update_of_a_motion_that_is_over_turns_nothing_on(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    late = MotionUpdated("front_door", "EVENT00001", START, 0.8, ("PORCH",))
    await camera.emit(
        late,
        MotionStarted("front_door", "EVENT00002", START, 0.8, zones=("DRIVEWAY",)),
        late,
    )
    await camera.state(DRIVEWAY, "on")
    assert state_of(camera.hass, PORCH).state == "off"


async def test_zone_follows_the_stream_and_its_settings_do_not(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    await camera.stream(StreamStatus.OFFLINE, StreamError.TIMEOUT)
    assert state_of(camera.hass, DRIVEWAY).state == "unavailable"
    assert state_of(camera.hass, DRIVEWAY_SWITCH).state == "on"
    assert state_of(camera.hass, DRIVEWAY_SENSITIVITY).state == "50"
    assert state_of(camera.hass, SENSITIVITY).state == "50"


async def test_motion_in_a_zone_does_not_stick_when_the_engine_dies(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    await camera.emit(
        MotionStarted("front_door", "EVENT00001", START, 0.8, zones=("PORCH",))
    )
    await camera.state(PORCH, "on")
    system = camera.entry.runtime_data.system
    system.supervisor._process.kill("silent")
    await camera.state(PORCH, "unavailable")
    await wait_for(lambda: system.supervisor.running)
    await camera.stream()
    await camera.state(PORCH, "off")


async def test_zones_are_told_again_to_an_engine_that_was_restarted(
    camera: CameraHarness,
) -> None:
    before = await told(camera, 1)
    await call(camera, "number.set_value", DRIVEWAY_SENSITIVITY, value=33)
    await told(camera, 2)
    system = camera.entry.runtime_data.system
    system.supervisor._process.kill("silent")
    again = await told(camera, 3)
    assert again["zones"][0]["sensitivity"] == 33
    assert again["zones"][1:] == before["zones"][1:]
    assert camera.engine.spawned == 2


async def test_added_zone_appears_without_a_reload(camera: CameraHarness) -> None:
    await camera.stream()
    await told(camera, 1)
    runtime = camera.entry.runtime_data
    zone = add_zone(camera, "Gate", polygon=[[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]])
    await camera.hass.async_block_till_done()
    assert state_of(camera.hass, "binary_sensor.front_door_gate_motion").state == "off"
    assert len(zone_entities(camera, zone.subentry_id)) == 3
    command = await told(camera, 2)
    assert command["zones"][-1]["zone_id"] == zone.subentry_id
    assert command["zones"][-1]["polygon"][2] == {"x": 0.5, "y": 0.9}
    assert camera.entry.runtime_data is runtime
    assert len(camera.engine.commands("ConfigureCamera")) == 1
    # The others are still the same entities.
    assert state_of(camera.hass, DRIVEWAY).state == "off"


async def test_new_zone_is_in_the_area_of_its_camera(camera: CameraHarness) -> None:
    areas, devices = ar.async_get(camera.hass), dr.async_get(camera.hass)
    yard, attic = areas.async_create("Yard").id, areas.async_create("Attic").id
    devices.async_update_device(camera.entry.runtime_data.device_id, area_id=yard)
    zone = add_zone(camera, "Gate")
    device = zone_device(camera, zone.subentry_id)
    assert device is not None
    assert device.area_id == yard
    devices.async_update_device(device.id, area_id=attic)
    await call(camera, "switch.turn_off", "switch.front_door_gate_enabled")
    assert devices.async_get(device.id).area_id == attic  # type: ignore[union-attr]  # fails the test as well
    other = zone_device(camera, "PORCH")
    assert other is not None
    assert other.area_id is None


async def test_changed_zone_applies_to_the_running_detector(
    camera: CameraHarness,
) -> None:
    await told(camera, 1)
    runtime = camera.entry.runtime_data
    polygon = [[0.5, 0.5], [1.0, 0.5], [1.0, 1.0]]
    camera.hass.config_entries.async_update_subentry(
        camera.entry,
        camera.entry.subentries["PORCH"],
        title="Terrace",
        data={**camera.entry.subentries["PORCH"].data, "polygon": polygon},
    )
    await camera.hass.async_block_till_done()
    command = await told(camera, 2)
    assert command["zones"][1]["polygon"] == [{"x": x, "y": y} for x, y in polygon]
    device = zone_device(camera, "PORCH")
    assert device is not None
    assert device.name == "Front door Terrace"
    assert camera.entry.runtime_data is runtime
    assert len(camera.engine.commands("ConfigureCamera")) == 1
    await camera.stream()
    assert state_of(camera.hass, PORCH).state == "off"


async def test_new_name_alone_is_no_news_for_the_engine(camera: CameraHarness) -> None:
    await told(camera, 1)
    camera.hass.config_entries.async_update_subentry(
        camera.entry, camera.entry.subentries["PORCH"], title="Terrace"
    )
    await camera.hass.async_block_till_done()
    await call(camera, "number.set_value", DRIVEWAY_SENSITIVITY, value=51)
    await told(camera, 2)


async def test_renamed_camera_renames_its_zones(camera: CameraHarness) -> None:
    camera.hass.config_entries.async_update_entry(camera.entry, title="Back door")
    await camera.hass.async_block_till_done()
    device = zone_device(camera, "PORCH")
    assert device is not None
    assert device.name == "Back door Porch"


async def test_removed_zone_takes_its_device_and_entities_with_it(
    camera: CameraHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await camera.stream()
    await told(camera, 1)
    await camera.emit(
        MotionStarted("front_door", "EVENT00001", START, 0.8, zones=("PORCH",))
    )
    await camera.state(PORCH, "on")
    camera.hass.config_entries.async_remove_subentry(camera.entry, "PORCH")
    await camera.hass.async_block_till_done()
    assert camera.hass.states.get(PORCH) is None
    assert zone_entities(camera, "PORCH") == set()
    assert zone_device(camera, "PORCH") is None
    command = await told(camera, 2)
    assert [zone["zone_id"] for zone in command["zones"]] == ["DRIVEWAY", "ROAD"]
    # What the engine still says of it, and every later change, is borne.
    await camera.emit(
        MotionUpdated("front_door", "EVENT00001", START, 0.8, ("PORCH", "DRIVEWAY"))
    )
    await camera.state(DRIVEWAY, "on")
    await call(camera, "switch.turn_off", ROAD_SWITCH)
    assert "Traceback" not in caplog.text


async def test_zone_that_becomes_an_ignore_zone_keeps_only_its_switch(
    camera: CameraHarness,
) -> None:
    await told(camera, 1)
    for count, kind in ((2, "ignore"), (3, "motion")):
        zone = camera.entry.subentries["PORCH"]
        camera.hass.config_entries.async_update_subentry(
            camera.entry, zone, data={**zone.data, "kind": kind}
        )
        await camera.hass.async_block_till_done()
        command = await told(camera, count)
        assert command["zones"][1]["kind"] == kind
        expected = 1 if kind == "ignore" else 3
        assert len(zone_entities(camera, "PORCH")) == expected
    await camera.stream()
    assert state_of(camera.hass, PORCH).state == "off"


async def test_second_thoughts_about_a_zone_leave_no_trace(
    camera: CameraHarness, caplog: pytest.LogCaptureFixture
) -> None:
    hass, entry = camera.hass, camera.entry
    await camera.stream()
    zone = entry.subentries["PORCH"]
    motion = dict(zone.data)
    for data in ({**motion, "kind": "ignore"}, motion, {**motion, "polygon": []}):
        hass.config_entries.async_update_subentry(entry, zone, data=data)
    gate = add_zone(camera, "Gate")
    hass.config_entries.async_update_subentry(entry, zone, data=motion)
    await hass.async_block_till_done()
    assert state_of(hass, PORCH).state == "off"
    assert len(zone_entities(camera, "PORCH")) == 3
    assert len(zone_entities(camera, gate.subentry_id)) == 3
    assert "ERROR" not in caplog.text


async def test_kind_that_changed_while_not_loaded_is_cleaned_up(
    camera: CameraHarness,
) -> None:
    hass, entry = camera.hass, camera.entry
    await hass.config_entries.async_unload(entry.entry_id)
    zone = entry.subentries["PORCH"]
    hass.config_entries.async_update_subentry(
        entry, zone, data={**zone.data, "kind": "ignore"}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert zone_entities(camera, "PORCH") == {"switch.front_door_porch_enabled"}


async def test_zone_that_is_switched_off_does_not_count(camera: CameraHarness) -> None:
    await camera.stream()
    await told(camera, 1)
    await call(camera, "switch.turn_off", DRIVEWAY_SWITCH)
    assert state_of(camera.hass, DRIVEWAY_SWITCH).state == "off"
    assert camera.entry.subentries["DRIVEWAY"].data["enabled"] is False
    command = await told(camera, 2)
    assert [zone["zone_id"] for zone in command["zones"]] == ["PORCH", "ROAD"]
    assert state_of(camera.hass, DRIVEWAY).state == "off"
    await call(camera, "switch.turn_on", DRIVEWAY_SWITCH)
    command = await told(camera, 3)
    assert len(command["zones"]) == 3


async def test_last_motion_zone_switched_off_does_not_open_the_whole_picture(
    camera: CameraHarness,
) -> None:
    await told(camera, 1)
    await call(camera, "switch.turn_off", DRIVEWAY_SWITCH)
    await call(camera, "switch.turn_off", "switch.front_door_porch_enabled")
    command = await told(camera, 3)
    (everywhere,) = command["zones"]
    assert everywhere["kind"] == "ignore"
    assert {(point["x"], point["y"]) for point in everywhere["polygon"]} == {
        *((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    }


async def test_sensitivity_of_a_zone_is_kept_and_applied(camera: CameraHarness) -> None:
    await told(camera, 1)
    await call(camera, "number.set_value", DRIVEWAY_SENSITIVITY, value=72)
    assert state_of(camera.hass, DRIVEWAY_SENSITIVITY).state == "72"
    assert camera.entry.subentries["DRIVEWAY"].data["sensitivity"] == 72
    command = await told(camera, 2)
    assert command["zones"][0]["sensitivity"] == 72
    assert command["sensitivity"] == 50


async def test_sensitivity_of_the_whole_picture_is_kept_and_applied(
    camera: CameraHarness,
) -> None:
    await told(camera, 1)
    await call(camera, "number.set_value", SENSITIVITY, value=90)
    assert state_of(camera.hass, SENSITIVITY).state == "90"
    assert (await told(camera, 2))["sensitivity"] == 90
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    assert (await told(camera, 3))["sensitivity"] == 90
    assert state_of(camera.hass, SENSITIVITY).state == "90"
    await call(camera, "number.set_value", SENSITIVITY, value=90)
    assert len(camera.engine.commands("SetZones")) == 3


async def test_zone_that_cannot_be_read_does_not_count_and_harms_nothing(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = [
        make_zone("Bowtie", "BOWTIE", polygon=[[0, 0], [1, 1], [1, 0], [0, 1]]),
        make_zone("Text", "TEXT", polygon=["a", "b"]),
    ]
    entry = make_camera_entry(zones=[*broken, make_zone(), make_zone("B", "B")])
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    await home.async_block_till_done()
    camera = CameraHarness(home, entry, fake_engine_used)
    command = await told(camera, 1)
    assert [zone["zone_id"] for zone in command["zones"]] == ["DRIVEWAY", "B"]
    assert zone_entities(camera, "BOWTIE") == set()
    home.config_entries.async_remove_subentry(entry, "B")
    await told(camera, 2)
    assert caplog.text.count("2 zones of Front door cannot be read") == 1
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)


async def test_device_of_a_zone_goes_with_its_zone_only(camera: CameraHarness) -> None:
    device = zone_device(camera, "PORCH")
    assert device is not None
    assert not await async_remove_config_entry_device(camera.hass, camera.entry, device)
    stale = device_of_a_past_zone(camera, "REMOVED")
    assert await async_remove_config_entry_device(camera.hass, camera.entry, stale)


def device_of_a_past_zone(camera: CameraHarness, zone_id: str) -> dr.DeviceEntry:
    """Make the device of a zone that is not there."""
    return dr.async_get(camera.hass).async_get_or_create(
        config_entry_id=camera.entry.entry_id,
        identifiers={(DOMAIN, f"front_door_{zone_id}")},
    )


@pytest.fixture
async def crowded(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> AsyncGenerator[CameraHarness]:
    """Return a camera with as many zones as there may be, each of 32 points."""
    polygon = [
        *([round(n / 20, 4), 0.1 + 0.0001 * n] for n in range(16)),
        *([round(n / 20, 4), 0.9 + 0.0001 * n] for n in reversed(range(16))),
    ]
    entry = make_camera_entry(
        zones=[
            make_zone(f"Zone {number}", f"ZONE{number:022d}", polygon=polygon)
            for number in range(MAX_ZONES)
        ]
    )
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    await home.async_block_till_done()
    yield CameraHarness(home, entry, fake_engine_used)
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)


async def test_as_many_zones_as_allowed_fit_into_one_command(
    crowded: CameraHarness,
) -> None:
    command = await told(crowded, 1)
    assert len(command["zones"]) == MAX_ZONES
    assert all(len(zone["polygon"]) == 32 for zone in command["zones"])


async def test_motion_of_another_camera_moves_nothing_here(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    started = MotionStarted("front_door", "EVENT00001", START, 0.8, zones=("DRIVEWAY",))
    await camera.emit(replace(started, camera_id="garden"), started)
    await camera.state(DRIVEWAY, "on")
    assert state_of(camera.hass, PORCH).state == "off"
