"""Arming the house, and what each camera does then."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.hearthcam.arming import (
    Arming,
    ArmingMode,
    Policy,
    policies_of,
    policy_in,
)
from custom_components.hearthcam.const import (
    CONF_MAIN_URL,
    CONF_RECORD_CLASSES,
    CONF_RECORD_ZONES,
    DOMAIN,
)
from custom_components.hearthcam.engine.protocol import Mode, MotionEnded
from custom_components.hearthcam.library.models import Event
from homeassistant.components.alarm_control_panel.const import (
    AlarmControlPanelEntityFeature,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from tests.library.clips import make_clip

from .conftest import (
    CameraHarness,
    FakeEngineControl,
    make_camera_entry,
    make_zone,
    wait_for,
)

PANEL = "alarm_control_panel.hearthcam"
ARMED = "switch.front_door_armed"
RECORD = "button.front_door_record"
STORED = "hearthcam.arming"
CHOSEN = {"mode_armed_home": "record_chosen"}


async def call(hass: HomeAssistant, service: str, entity_id: str, **data: Any) -> None:
    """Call an action of an entity, as an automation does."""
    await hass.services.async_call(
        entity_id.partition(".")[0],
        service,
        {"entity_id": entity_id} | data,
        blocking=True,
    )


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return a state that must be there."""
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return found.state


async def told(camera: CameraHarness, *modes: str) -> None:
    """Wait until these modes were sent since the start, and no configuration more."""

    def sent() -> list[Any]:
        return [data["mode"] for data in camera.engine.commands("SetMode")]

    await wait_for(lambda: len(sent()) >= len(modes))
    assert sent() == list(modes)
    assert len(camera.engine.commands("ConfigureCamera")) == 1
    assert camera.engine.commands("RemoveCamera") == []


async def set_up(home: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Set cameras up, the first one together with the system."""
    for entry in entries:
        entry.add_to_hass(home)
    assert await async_setup_component(home, DOMAIN, {})
    await home.async_block_till_done()


@pytest.fixture
async def started(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> AsyncGenerator[HomeAssistant]:
    """Return a Home Assistant to set cameras up in; they are unloaded at the end."""
    yield home
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(entry.entry_id)


# --- what is to be done -------------------------------------------------------


@pytest.mark.parametrize("arming", ArmingMode)
def test_camera_records_in_every_armed_mode_and_detects_when_disarmed(
    arming: ArmingMode,
) -> None:
    expected = Policy.DETECT if arming is ArmingMode.DISARMED else Policy.RECORD
    assert policy_in(arming, policies_of({}), armed=True, detection=True) is expected


@pytest.mark.parametrize("arming", ArmingMode)
def test_each_mode_has_its_own_option(arming: ArmingMode) -> None:
    policies = policies_of({f"mode_{arming}": "off"})
    assert policy_in(arming, policies, armed=True, detection=True) is Policy.OFF
    assert list(policies.values()).count(Policy.OFF) == 1


@pytest.mark.parametrize("arming", ArmingMode)
def test_camera_that_is_not_armed_itself_counts_as_disarmed(
    arming: ArmingMode,
) -> None:
    policies = policies_of({"mode_disarmed": "off"})
    assert policy_in(arming, policies, armed=False, detection=True) is Policy.OFF
    policies = policies_of({})
    assert policy_in(arming, policies, armed=False, detection=True) is Policy.DETECT


@pytest.mark.parametrize("arming", ArmingMode)
def test_without_detection_a_camera_is_only_watched(arming: ArmingMode) -> None:
    policies = policies_of({f"mode_{arming}": "continuous"})
    assert policy_in(arming, policies, armed=True, detection=False) is Policy.OFF


def test_every_way_of_recording_is_recording_to_the_engine() -> None:
    assert [policy.mode for policy in Policy] == [
        *(Mode.OFF, Mode.DETECT),
        *[Mode.RECORD] * 3,
    ]


# --- the panel ----------------------------------------------------------------


async def test_new_installation_is_armed_and_records(camera: CameraHarness) -> None:
    panel = camera.hass.states.get(PANEL)
    assert panel
    assert panel.state == "armed_home"
    assert panel.name == "Hearthcam"
    assert panel.attributes["code_arm_required"] is False
    assert panel.attributes["code_format"] is None
    assert panel.attributes["supported_features"] == (
        AlarmControlPanelEntityFeature.ARM_HOME
        | AlarmControlPanelEntityFeature.ARM_AWAY
        | AlarmControlPanelEntityFeature.ARM_NIGHT
    )
    await wait_for(lambda: camera.engine.commands("ConfigureCamera"))
    (data,) = camera.engine.commands("ConfigureCamera")
    assert data["mode"] == "record"


async def test_panel_changes_the_mode_and_nothing_reconnects(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    await call(hass, "alarm_disarm", PANEL)
    assert state(hass, PANEL) == "disarmed"
    await told(camera, "detect")
    for service in ("alarm_arm_away", "alarm_arm_night", "alarm_arm_home"):
        await call(hass, service, PANEL)
        assert state(hass, PANEL) == service.removeprefix("alarm_").replace(
            "arm_", "armed_"
        )
    await call(hass, "alarm_disarm", PANEL)
    # Between armed modes that are alike for a camera it has nothing to change.
    await told(camera, "detect", "record", "detect")


async def test_pressing_the_mode_that_is_set_does_nothing(
    camera: CameraHarness,
) -> None:
    heard: list[None] = []
    arming = camera.entry.runtime_data.system.arming
    stop = arming.subscribe(lambda: heard.append(None))
    await call(camera.hass, "alarm_arm_home", PANEL)
    assert not heard
    await call(camera.hass, "alarm_arm_away", PANEL)
    stop()
    await call(camera.hass, "alarm_disarm", PANEL)
    assert len(heard) == 1


async def test_all_cameras_follow_each_by_its_own_choice(
    started: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    inside = {"mode_armed_home": "off", "mode_disarmed": "off"}
    url = {CONF_MAIN_URL: "rtsp://127.0.0.1/2"}
    await set_up(
        started,
        make_camera_entry("outside"),
        make_camera_entry("inside", url, options=inside),
    )
    await call(started, "alarm_disarm", PANEL)
    await call(started, "alarm_arm_away", PANEL)
    await wait_for(lambda: len(fake_engine_used.commands("SetMode")) == 3)
    disarmed, *armed = (
        (data["camera_id"], data["mode"])
        for data in fake_engine_used.commands("SetMode")
    )
    assert disarmed == ("outside", "detect")
    assert set(armed) == {("outside", "record"), ("inside", "record")}


async def test_engine_that_is_restarted_is_told_the_mode_of_now(
    camera: CameraHarness,
) -> None:
    await call(camera.hass, "alarm_disarm", PANEL)
    await told(camera, "detect")
    supervisor = camera.entry.runtime_data.system.supervisor
    supervisor._process.kill("silent")
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    assert camera.engine.commands("ConfigureCamera")[-1]["mode"] == "detect"


async def test_camera_that_is_unloaded_hears_of_no_mode_any_more(
    camera: CameraHarness,
) -> None:
    arming = camera.entry.runtime_data.system.arming
    assert await camera.hass.config_entries.async_unload(camera.entry.entry_id)
    arming.set(ArmingMode.DISARMED)
    await wait_for(lambda: camera.engine.commands("RemoveCamera"))
    assert camera.engine.commands("SetMode") == []
    assert await camera.hass.config_entries.async_setup(camera.entry.entry_id)
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    assert camera.engine.commands("ConfigureCamera")[-1]["mode"] == "detect"


@pytest.mark.parametrize(
    "trigger",
    [
        {"trigger": "alarm_control_panel.armed_away", "target": {"entity_id": PANEL}},
        {"trigger": "state", "entity_id": PANEL, "to": "armed_away"},
    ],
    ids=["of alarm panels", "of states"],
)
async def test_automations_follow_the_mode(
    camera: CameraHarness, trigger: dict[str, Any]
) -> None:
    """Home Assistant's own triggers and conditions; and one arms the house."""
    hass = camera.hass
    hass.states.async_set("person.anna", "home")
    armed = {
        "condition": "alarm_control_panel.is_armed",
        "target": {"entity_id": PANEL},
    }
    automations = [
        {
            "id": "told",
            "triggers": [trigger],
            "conditions": [armed],
            "actions": [{"event": "told_of_arming"}],
        },
        {
            "id": "arms",
            "triggers": [
                {"trigger": "state", "entity_id": "person.anna", "to": "not_home"}
            ],
            "actions": [
                {
                    "action": "alarm_control_panel.alarm_arm_away",
                    "target": {"entity_id": PANEL},
                }
            ],
        },
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    await hass.async_block_till_done()
    heard = async_capture_events(hass, "told_of_arming")
    await call(hass, "alarm_arm_night", PANEL)
    await hass.async_block_till_done()
    assert not heard
    hass.states.async_set("person.anna", "not_home")
    await hass.async_block_till_done()
    assert state(hass, PANEL) == "armed_away"
    assert len(heard) == 1


# --- restarts -----------------------------------------------------------------


async def test_mode_is_stored_at_once(
    camera: CameraHarness, hass_storage: dict[str, Any]
) -> None:
    assert STORED not in hass_storage
    await call(camera.hass, "alarm_arm_night", PANEL)
    await wait_for(lambda: STORED in hass_storage)
    assert hass_storage[STORED]["data"] == {"mode": "armed_night"}


async def test_first_thing_that_a_camera_is_told_after_a_restart_is_right(
    started: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    hass_storage: dict[str, Any],
) -> None:
    """It is not given another mode first, and corrected later."""
    hass_storage[STORED] = {"version": 1, "data": {"mode": "armed_away"}}
    entry = make_camera_entry(options={"mode_armed_away": "off"})
    await set_up(started, entry)
    assert state(started, PANEL) == "armed_away"
    await wait_for(lambda: fake_engine_used.commands("ConfigureCamera"))
    (data,) = fake_engine_used.commands("ConfigureCamera")
    assert data["mode"] == "off"
    assert fake_engine_used.commands("SetMode") == []


@pytest.mark.parametrize(
    "stored",
    [
        {"version": 1, "data": {"mode": "on holiday"}},
        {"version": 1, "data": {"state": "disarmed"}},
        {"version": 1, "data": ["disarmed"]},
        {"version": 99, "data": {"mode": "disarmed"}},
    ],
    ids=lambda stored: str(stored["data"]),
)
async def test_unreadable_mode_counts_as_a_new_installation(
    home: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stored: dict[str, Any],
) -> None:
    hass_storage[STORED] = stored
    arming = Arming(home)
    await arming.async_load()
    assert arming.mode is ArmingMode.ARMED_HOME
    assert "The arming mode could not be read and is armed_home now" in caplog.text


async def test_removing_the_last_camera_forgets_the_mode(
    camera: CameraHarness, hass_storage: dict[str, Any]
) -> None:
    hass = camera.hass
    await call(hass, "alarm_disarm", PANEL)
    await wait_for(lambda: STORED in hass_storage)
    await hass.config_entries.async_remove(camera.entry.entry_id)
    assert STORED not in hass_storage
    other = make_camera_entry("other")
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    assert state(hass, PANEL) == "armed_home"


# --- a camera's own choices ---------------------------------------------------


async def test_arm_switch_takes_a_camera_out_and_in(camera: CameraHarness) -> None:
    hass = camera.hass
    assert state(hass, ARMED) == "on"
    await call(hass, "turn_off", ARMED)
    assert state(hass, ARMED) == "off"
    assert state(hass, PANEL) == "armed_home"
    await told(camera, "detect")
    await call(hass, "alarm_arm_away", PANEL)
    await call(hass, "turn_on", ARMED)
    await told(camera, "detect", "record")
    assert camera.entry.options["armed"] is True


async def test_arm_switch_is_kept_over_a_reload(camera: CameraHarness) -> None:
    await call(camera.hass, "turn_off", ARMED)
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    assert camera.engine.commands("ConfigureCamera")[-1]["mode"] == "detect"
    assert state(camera.hass, ARMED) == "off"


async def test_choice_for_the_mode_of_now_is_applied_at_once(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    home, away = (f"select.front_door_when_armed_{mode}" for mode in ("home", "away"))
    assert state(hass, home) == "record"
    assert state(hass, "select.front_door_when_disarmed") == "detect"
    await call(hass, "select_option", home, option="off")
    assert state(hass, home) == "off"
    await told(camera, "off")
    await call(hass, "select_option", away, option="detect")
    assert camera.entry.options["mode_armed_away"] == "detect"
    await call(hass, "alarm_arm_away", PANEL)
    await told(camera, "off", "detect")


async def last_told(camera: CameraHarness, count: int) -> dict[str, Any]:
    """Wait until the camera was configured so often; return the last configuration."""
    configured = camera.engine.commands
    await wait_for(lambda: len(configured("ConfigureCamera")) >= count)
    commands = configured("ConfigureCamera")
    assert len(commands) == count
    assert configured("RemoveCamera") == []
    assert all(data["main"] == commands[0]["main"] for data in commands)
    return commands[-1]


async def test_recording_all_the_time_is_switched_while_it_runs(
    camera: CameraHarness,
) -> None:
    select = "select.front_door_when_armed_home"
    first = await last_told(camera, 1)
    await call(camera.hass, "select_option", select, option="continuous")
    assert await last_told(camera, 2) == first | {"continuous": True}
    await call(camera.hass, "select_option", select, option="record")
    assert await last_told(camera, 3) == first


async def test_arming_changes_what_is_recorded_at_once(camera: CameraHarness) -> None:
    """All the time when away, the door only at night, everything when at home."""
    hass = camera.hass
    add_zone(camera, "DOOR")
    first = await last_told(camera, 1)
    hass.config_entries.async_update_entry(
        camera.entry,
        options={
            CONF_RECORD_ZONES: ["DOOR"],
            "mode_armed_away": "continuous",
            "mode_armed_night": "record_chosen",
            "mode_disarmed": "continuous",
        },
    )
    await call(hass, "alarm_arm_night", PANEL)
    night = first | {"record_zones": ["DOOR"]}
    assert await last_told(camera, 2) == night
    await call(hass, "alarm_arm_away", PANEL)
    away = first | {"continuous": True}
    assert await last_told(camera, 3) == away
    # Nothing changes for this camera.
    await call(hass, "alarm_disarm", PANEL)
    await call(hass, "alarm_arm_home", PANEL)
    assert await last_told(camera, 4) == first
    assert camera.engine.commands("SetMode") == []


# --- what is recorded ---------------------------------------------------------


async def test_camera_without_options_records_as_before(camera: CameraHarness) -> None:
    assert camera.entry.options == {}
    await wait_for(lambda: camera.engine.commands("ConfigureCamera"))
    (data,) = camera.engine.commands("ConfigureCamera")
    assert data["pre_roll"] == 5.0
    assert data["post_roll"] == 10.0
    assert data["max_clip"] == 300.0
    assert data["record_audio"] is True
    assert data["continuous"] is False
    assert data["record_classes"] == data["record_zones"] == data["incident"] == []


def add_zone(camera: CameraHarness, zone_id: str, **data: Any) -> ConfigSubentry:
    """Add a zone to a camera that runs."""
    zone = make_zone(zone_id.title(), zone_id, **data)
    subentry = ConfigSubentry(
        data=MappingProxyType(dict(zone["data"])),
        subentry_type=zone["subentry_type"],
        title=zone["title"],
        unique_id=None,
        subentry_id=zone_id,
    )
    camera.hass.config_entries.async_add_subentry(camera.entry, subentry)
    return subentry


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


# --- now ----------------------------------------------------------------------


async def test_button_records_now_in_any_mode(camera: CameraHarness) -> None:
    hass = camera.hass
    assert state(hass, RECORD) == "unavailable"
    await camera.stream()
    await call(hass, "alarm_disarm", PANEL)
    await call(hass, "press", RECORD)
    await call(hass, "press", RECORD)
    await wait_for(lambda: len(camera.engine.commands("RecordNow")) == 2)
    first, second = camera.engine.commands("RecordNow")
    library = camera.entry.runtime_data.system.library
    for data in (first, second):
        while (event := await library.event(data["event_id"])) is None:
            await asyncio.sleep(0.01)
        assert (event.camera_id, event.kind) == ("front_door", "manual")
        assert event.end - event.start == pytest.approx(30)
    assert first["event_id"] != second["event_id"]
    assert first | {"event_id": ""} == {
        "camera_id": "front_door",
        "event_id": "",
        "duration": 30.0,
        "pre_roll": 5.0,
        "kind": "manual",
    }


async def test_recording_now_without_an_engine_is_told(
    camera: CameraHarness,
) -> None:
    runtime = camera.entry.runtime_data
    runtime.system.supervisor._process.kill("silent")
    await wait_for(lambda: not runtime.system.supervisor.running)
    with pytest.raises(HomeAssistantError) as error:
        runtime.record_now(5.0)
    assert error.value.translation_key == "engine_not_running"
    await wait_for(lambda: runtime.system.supervisor.running)
