"""The mode of the house: its panel, its memory, and who follows it."""

import os
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.hearthcam.arming import Arming, ArmingMode
from custom_components.hearthcam.const import CONF_MAIN_URL
from custom_components.hearthcam.system import async_get_system
from homeassistant.components.alarm_control_panel.const import (
    AlarmControlPanelEntityFeature,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .arming_parts import (
    PANEL,
    STORED,
    call,
    set_up,
    started_fixture,  # noqa: F401 - pytest finds it by name
    state,
    told,
)
from .conftest import CameraHarness, FakeEngineControl, make_camera_entry, wait_for
from .test_privacy_zones import privacy_zone


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
async def test_mode_that_cannot_be_read_is_not_known(
    home: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stored: dict[str, Any],
) -> None:
    hass_storage[STORED] = stored
    arming = Arming(home)
    await arming.async_load()
    assert arming.mode is None
    assert "The arming mode could not be read" in caplog.text


async def test_mode_whose_file_was_put_aside_is_not_known_until_it_is_set(
    home: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Home Assistant takes a damaged file away, as if there had been none."""
    with patch.object(os.path, "exists", return_value=True):
        await Arming(home).async_load()
    await wait_for(lambda: STORED in hass_storage)
    again = Arming(home)
    await again.async_load()
    assert again.mode is None
    again.set(ArmingMode.ARMED_HOME)
    await wait_for(lambda: hass_storage[STORED]["data"]["mode"] == "armed_home")
    assert again.mode is ArmingMode.ARMED_HOME


async def test_what_any_mode_hides_is_hidden_while_the_mode_is_not_known(
    started: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    hass_storage: dict[str, Any],
) -> None:
    """Other cameras record: a house that is armed stays watched."""
    hass_storage[STORED] = {"version": 1, "data": {"mode": None}}
    bed = privacy_zone("Bed", "BED", modes=["armed_night"])
    url = {CONF_MAIN_URL: "rtsp://127.0.0.1/2"}
    await set_up(
        started,
        make_camera_entry("outside", zones=[bed]),
        make_camera_entry("inside", url, options={"mode_disarmed": "closed"}),
    )
    assert state(started, PANEL) == "unknown"
    cameras = async_get_system(started).cameras
    told = {name: camera.engine_config for name, camera in cameras.items()}
    assert [zone.zone_id for zone in told["outside"].privacy] == ["BED"]
    assert (told["outside"].mode, told["outside"].shut) == ("record", False)
    assert told["inside"].shut

    await call(started, "alarm_arm_home", PANEL)
    assert state(started, PANEL) == "armed_home"
    assert not cameras["outside"].engine_config.privacy
    assert not cameras["inside"].shut


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
