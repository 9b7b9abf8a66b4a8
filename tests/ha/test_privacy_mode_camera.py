"""What a camera with ONVIF hears of us while it is closed: nothing."""

import asyncio
from collections.abc import AsyncGenerator
import time
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.hearthcam import privacy_mode
from custom_components.hearthcam.camera_errors import CameraError
from custom_components.hearthcam.const import (
    CONF_PRIVACY_MODE,
    CONF_PRIVACY_PRESET,
    CONF_TURNED_FROM,
    DOMAIN,
)
from custom_components.hearthcam.flow_follow import DATA_FOLLOWING, async_follow_camera
from custom_components.hearthcam.onvif_address import OnvifAddress
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.simulator.onvif_options import OnvifOptions, Topic

from .ability_fixtures import Begin, call, shown
from .conftest import settled, wait_for
from .session_fixtures import OnvifHarness

pytest_plugins = ["tests.ha.ability_fixtures"]

PEOPLE = "tns1:RuleEngine/MyRuleDetector/PeopleDetect"
MOVING = OnvifOptions(ptz=True, topics=(Topic(path=PEOPLE),))
PRIVACY = "switch.front_door_privacy_mode"
PRESET = "select.front_door_preset"
PERSON = "binary_sensor.front_door_person"
GATE = (0.5, 0.0, 0.0)
HOME = (0.0, 0.0, 0.0)


@pytest.fixture
async def moving(begin: Begin) -> AsyncGenerator[OnvifHarness]:
    """Return a camera that moves and reports persons, by events."""
    async with begin(MOVING) as harness:
        await harness.state("button.front_door_move_up", "unknown")
        await wait_for(lambda: shown(harness, PRESET).attributes.get("options"))
        await wait_for(lambda: harness.session.has_events)
        await settled(harness.hass)
        yield harness


def asked(harness: OnvifHarness) -> int:
    """Return how often the camera was asked for anything."""
    return harness.device.calls.total()


async def switch(harness: OnvifHarness, how: str) -> None:
    """Switch privacy mode on or off."""
    await call(harness, f"switch.turn_{how}", entity_id=PRIVACY)


async def closed(harness: OnvifHarness) -> None:
    """Wait until the last word to the camera is said."""
    name = f"hearthcam privacy {harness.camera_id}"
    await wait_for(
        lambda: name not in {task.get_name() for task in asyncio.all_tasks()}
    )
    await harness.hass.async_block_till_done()


def use(harness: OnvifHarness, **options: Any) -> None:
    """Change options of the camera."""
    harness.hass.config_entries.async_update_entry(
        harness.entry, options={**harness.entry.options, **options}
    )


async def test_closed_camera_is_asked_nothing_and_opened_one_is_listened_to(
    moving: OnvifHarness,
) -> None:
    hass, session = moving.hass, moving.session
    moving.state_of_device.fire_event(PEOPLE, {"State": "true"})
    await moving.state(PERSON, "on")
    await switch(moving, "on")
    assert shown(moving, PERSON).state == "unavailable"
    assert shown(moving, PRESET).state == "unavailable"
    assert session.error == "camera_shut"
    await closed(moving)
    assert moving.device.calls["Unsubscribe"] >= 1
    count = asked(moving)
    # All that looks after a camera by itself, or is asked to.
    session.nudge()
    session.entry_updated()
    onvif = moving.entry.runtime_data.onvif
    await onvif.readings.async_refresh()
    moved = OnvifAddress("127.0.0.1", moving.state_of_device.onvif_port, "/elsewhere")
    async_follow_camera(hass, moving.entry, moved, is_sure=True)
    assert not hass.data.get(DATA_FOLLOWING)
    for action in (
        {"action": "ptz_home"},
        {"action": "ptz_preset", "preset": "Gate"},
        {"action": "ptz_move", "pan": 1, "duration": 0.1},
    ):
        name = action.pop("action")
        with pytest.raises(CameraError) as refused:
            await call(
                moving, f"{DOMAIN}.{name}", entity_id="camera.front_door", **action
            )
        assert refused.value.translation_key == "camera_shut"
    with pytest.raises(CameraError):
        _ = session.control
    # Longer than several looks of a session that is open, in this test.
    deadline = time.monotonic() + 0.5
    await wait_for(lambda: time.monotonic() > deadline)
    assert asked(moving) == count
    # The person left meanwhile; the camera tells those who listen anew.
    moving.state_of_device.fire_event(PEOPLE, {"State": "false"})
    await switch(moving, "off")
    await moving.reachable()
    await wait_for(lambda: session.has_events)
    await moving.state(PERSON, "off")


async def test_camera_that_is_closed_from_the_start_is_never_contacted(
    moving: OnvifHarness,
) -> None:
    """Nor while its entry is loaded anew, nor at a change of its login."""
    await switch(moving, "on")
    await closed(moving)
    count = asked(moving)
    entries = moving.hass.config_entries
    assert await entries.async_reload(moving.entry.entry_id)
    await moving.hass.async_block_till_done()
    assert moving.entry.options[CONF_PRIVACY_MODE] is True
    entries.async_update_entry(
        moving.entry, data={**moving.entry.data, "password": "another"}
    )
    await moving.hass.async_block_till_done()
    assert asked(moving) == count
    assert moving.engine.commands("ConfigureCamera")[-1]["shut"] is True
    configured = moving.engine.commands("ConfigureCamera")
    assert all(data["shut"] for data in configured[2:])


async def test_camera_looks_away_while_it_is_closed_and_back_afterwards(
    moving: OnvifHarness,
) -> None:
    """Also where it is opened after a restart."""
    ptz = moving.device.ptz
    ptz.presets["2"] = ("Wall", (-0.9, 0.0, 0.0))
    use(moving, **{CONF_PRIVACY_PRESET: "Wall"})
    await call(moving, "select.select_option", entity_id=PRESET, option="Gate")
    assert ptz.position == GATE
    await switch(moving, "on")
    await closed(moving)
    assert ptz.position == (-0.9, 0.0, 0.0)
    assert moving.entry.data[CONF_TURNED_FROM] == {"preset": "1"}
    assert await moving.hass.config_entries.async_reload(moving.entry.entry_id)
    await switch(moving, "off")
    await wait_for(lambda: ptz.position == GATE)
    await moving.hass.async_block_till_done()
    assert CONF_TURNED_FROM not in moving.entry.data


async def test_camera_that_was_at_no_preset_goes_home(moving: OnvifHarness) -> None:
    ptz = moving.device.ptz
    use(moving, **{CONF_PRIVACY_PRESET: "Gate"})
    await switch(moving, "on")
    await closed(moving)
    assert ptz.position == GATE
    await switch(moving, "off")
    await wait_for(lambda: ptz.position == HOME)


async def test_camera_stays_turned_away_where_that_is_wished(
    moving: OnvifHarness,
) -> None:
    ptz = moving.device.ptz
    use(moving, **{CONF_PRIVACY_PRESET: "Gate", "privacy_turn_back": False})
    await switch(moving, "on")
    await closed(moving)
    await switch(moving, "off")
    await wait_for(lambda: shown(moving, PRESET).state == "Gate")
    await moving.hass.async_block_till_done()
    assert ptz.position == GATE
    assert moving.device.calls["GotoHomePosition"] == 0


@pytest.mark.parametrize("how", ["silent", "no such preset"])
async def test_camera_that_cannot_turn_is_closed_all_the_same(
    moving: OnvifHarness, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    use(moving, **{CONF_PRIVACY_PRESET: "Gate" if how == "silent" else "Gone"})
    moving.state_of_device.stalled = how == "silent"
    with patch.object(privacy_mode, "TURN_SECONDS", 0.1):
        await switch(moving, "on")
        shut = moving.engine.commands
        await wait_for(lambda: shut("ConfigureCamera")[-1]["shut"])
        worker_over = "could not be turned away" if how == "silent" else "has no preset"
        await wait_for(lambda: worker_over in caplog.text)
    assert shown(moving, PRESET).state == "unavailable"
    moving.state_of_device.stalled = False
    await closed(moving)
    assert moving.device.ptz.position == HOME
    assert CONF_TURNED_FROM not in moving.entry.data
    count = asked(moving)
    await moving.hass.async_block_till_done()
    assert asked(moving) == count


async def test_camera_that_is_opened_while_it_is_being_closed_is_open(
    moving: OnvifHarness,
) -> None:
    hass: HomeAssistant = moving.hass
    moving.state_of_device.stalled = True
    await switch(moving, "on")
    await switch(moving, "off")
    await switch(moving, "on")
    await switch(moving, "off")
    moving.state_of_device.stalled = False
    await moving.reachable()
    await wait_for(lambda: moving.session.has_events)
    await hass.async_block_till_done()
    assert not moving.session.is_shut


async def offered(harness: OnvifHarness) -> tuple[ConfigFlowResult, Any]:
    """Open the options; return the form and its privacy section."""
    flows = harness.hass.config_entries.options
    form = await flows.async_init(harness.entry.entry_id)
    assert form["data_schema"] is not None
    return form, form["data_schema"].schema["privacy"].schema.schema


async def test_preset_is_chosen_by_name_and_stays_chosen_while_it_is_closed(
    moving: OnvifHarness,
) -> None:
    flows = moving.hass.config_entries.options
    form, fields = await offered(moving)
    assert fields["privacy_preset"].config["options"] == ["Gate"]
    answer: dict[str, Any] = {"recording": {}, "arming": {}}
    result = await flows.async_configure(
        form["flow_id"], answer | {"privacy": {"privacy_preset": "Gate"}}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["privacy_preset"] == "Gate"
    assert result["data"]["privacy_turn_back"] is True
    await switch(moving, "on")
    await closed(moving)
    assert await moving.hass.config_entries.async_reload(moving.entry.entry_id)
    form, fields = await offered(moving)
    assert fields["privacy_preset"].config["options"] == ["Gate"]
    result = await flows.async_configure(form["flow_id"], answer | {"privacy": {}})
    assert result["data"]["privacy_preset"] is None


async def test_camera_that_is_opened_while_it_is_unloaded_is_left_alone(
    moving: OnvifHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or its session would outlive the entry, and nobody would end it."""
    hass, session = moving.hass, moving.session
    await switch(moving, "on")
    await closed(moving)
    count = asked(moving)
    close = session.async_close

    async def slow() -> None:
        await close()
        use(moving, **{CONF_PRIVACY_MODE: False})
        deadline = time.monotonic() + 0.5
        await wait_for(lambda: time.monotonic() > deadline)

    monkeypatch.setattr(session, "async_close", slow)
    assert await hass.config_entries.async_unload(moving.entry.entry_id)
    assert asked(moving) == count
    assert session.is_shut
