"""What a camera does in each mode, by its own choice and switches."""

import asyncio

import pytest

from custom_components.hearthcam.arming import (
    ArmingMode,
    Policy,
    policies_of,
    policy_in,
)
from custom_components.hearthcam.const import CONF_RECORD_ZONES
from custom_components.hearthcam.engine.protocol import Mode
from homeassistant.exceptions import HomeAssistantError

from .arming_parts import ARMED, PANEL, RECORD, add_zone, call, last_told, state, told
from .conftest import CameraHarness, wait_for


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
def test_closed_camera_is_closed_without_detection_too(arming: ArmingMode) -> None:
    policies = policies_of({f"mode_{arming}": "closed"})
    assert policy_in(arming, policies, armed=True, detection=False) is Policy.CLOSED


@pytest.mark.parametrize("arming", ArmingMode)
def test_without_detection_a_camera_is_only_watched(arming: ArmingMode) -> None:
    policies = policies_of({f"mode_{arming}": "continuous"})
    assert policy_in(arming, policies, armed=True, detection=False) is Policy.OFF


def test_every_way_of_recording_is_recording_to_the_engine() -> None:
    assert [policy.mode for policy in Policy] == [
        *(Mode.OFF, Mode.DETECT),
        *[Mode.RECORD] * 3,
        Mode.OFF,
    ]


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
        "trial": False,
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
