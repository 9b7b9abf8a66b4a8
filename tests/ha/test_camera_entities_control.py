"""The relays, lamps and siren of a camera, restart and clock, against a simulated one."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    mock_restore_cache,
)

from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from tests.simulator.onvif_options import OnvifOptions, Topic

from .ability_fixtures import Begin, call, press, shown
from .conftest import wait_for
from .session_fixtures import OnvifHarness

pytest_plugins = ["tests.ha.ability_fixtures"]

SWITCHABLE = OnvifOptions(
    relays=2,
    device_io=True,
    topics=(
        Topic(
            path="tns1:Device/Trigger/Relay",
            source={"RelayToken": "relay0"},
            data={"LogicalState": "inactive"},
        ),
    ),
    auxiliary=(
        *("tt:WhiteLight|On", "tt:WhiteLight|Off"),
        *("tt:IRLamp|On", "tt:IRLamp|Off", "tt:IRLamp|Auto"),
        *("tt:Siren|On", "tt:Siren|Off", "tt:Wiper|On"),
    ),
)


@pytest.fixture
async def switchable(begin: Begin) -> AsyncGenerator[OnvifHarness]:
    """Return a camera with relays, lamps and a siren."""
    async with begin(SWITCHABLE) as harness:
        await harness.state("switch.front_door_relay_1", "off")
        yield harness


async def test_relay_is_switched_and_its_events_are_believed(
    switchable: OnvifHarness,
) -> None:
    relay = "switch.front_door_relay_1"
    await call(switchable, "switch.turn_on", entity_id=relay)
    assert switchable.device.io.active == {"relay0": True, "relay1": False}
    assert shown(switchable, relay).state == "on"
    await wait_for(lambda: switchable.session.has_events)
    for state in ("active", "inactive"):
        switchable.state_of_device.fire_event(
            "tns1:Device/Trigger/Relay",
            {"LogicalState": state},
            {"RelayToken": "relay0"},
        )
    await switchable.state(relay, "off")
    assert "assumed_state" not in shown(switchable, relay).attributes
    other = shown(switchable, "switch.front_door_relay_2")
    assert other.attributes["assumed_state"] is True


async def test_momentary_relay_is_a_button(begin: Begin) -> None:
    options = replace(SWITCHABLE, relays=1)
    async with begin(options) as harness:
        await harness.state("switch.front_door_relay", "off")
        harness.device.io.modes["relay0"] = ("Monostable", "PT1S", "open")
        entry_id = harness.entry.entry_id
        assert await harness.hass.config_entries.async_reload(entry_id)
        await harness.state("button.front_door_relay", "unknown")
        assert shown(harness, "switch.front_door_relay").state == "unavailable"
        await press(harness, "relay")
        assert harness.device.io.active == {"relay0": True}


async def test_white_light_infrared_and_wiper_are_commanded(
    switchable: OnvifHarness,
) -> None:
    sent = switchable.device.io.commands
    light = "light.front_door_white_light"
    assert shown(switchable, light).attributes["assumed_state"] is True
    await call(switchable, "light.turn_on", entity_id=light)
    assert shown(switchable, light).state == "on"
    await call(switchable, "light.turn_off", entity_id=light)
    assert shown(switchable, light).state == "off"
    lamp = "select.front_door_infrared_lamp"
    assert shown(switchable, lamp).attributes["options"] == ["on", "off", "auto"]
    await call(switchable, "select.select_option", entity_id=lamp, option="auto")
    assert shown(switchable, lamp).state == "auto"
    await press(switchable, "wipe")
    assert sent == [
        *("tt:WhiteLight|On", "tt:WhiteLight|Off", "tt:IRLamp|Auto", "tt:Wiper|On")
    ]
    assert switchable.hass.states.get("switch.front_door_infrared_lamp") is None
    assert switchable.hass.states.get("switch.front_door_wiper") is None


async def test_what_was_switched_last_is_assumed_after_a_restart(
    home: HomeAssistant, begin: Begin
) -> None:
    assumed = {
        "light.front_door_white_light": "on",
        "select.front_door_infrared_lamp": "auto",
        "switch.front_door_relay_2": "on",
    }
    mock_restore_cache(home, [State(*pair) for pair in assumed.items()])
    async with begin(SWITCHABLE) as harness:
        for entity_id, state in assumed.items():
            await harness.state(entity_id, state)


async def test_lamp_without_automatic_is_a_switch(begin: Begin) -> None:
    options = OnvifOptions(ptz=True, ptz_auxiliary=("tt:IRLamp|On", "tt:IRLamp|Off"))
    async with begin(options) as harness:
        lamp = "switch.front_door_infrared_lamp"
        await harness.state(lamp, "unknown")
        await call(harness, "switch.turn_on", entity_id=lamp)
        assert harness.device.ptz.commands == ["tt:IRLamp|On"]
        assert shown(harness, lamp).state == "on"


async def test_siren_ends_by_itself_after_its_duration(
    switchable: OnvifHarness,
) -> None:
    hass, sent = switchable.hass, switchable.device.io.commands
    siren = "siren.front_door_siren"
    await call(switchable, "siren.turn_on", entity_id=siren, duration=20)
    assert shown(switchable, siren).state == "on"
    assert sent == ["tt:Siren|On"]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=21))
    await switchable.state(siren, "off")
    assert sent == ["tt:Siren|On", "tt:Siren|Off"]


async def test_siren_is_silenced_as_soon_as_the_camera_is_back(
    switchable: OnvifHarness,
) -> None:
    hass, sent = switchable.hass, switchable.device.io.commands
    siren = "siren.front_door_siren"
    await call(switchable, "siren.turn_on", entity_id=siren, duration=20)
    await switchable.device.stop()
    later = dt_util.utcnow() + timedelta(seconds=30)
    async_fire_time_changed(hass, later)
    await switchable.state(siren, "unavailable")
    await hass.async_block_till_done(wait_background_tasks=False)
    await switchable.device.start()
    await switchable.state(siren, "on")
    async_fire_time_changed(hass, later + timedelta(seconds=30))
    await switchable.state(siren, "off")
    assert sent == ["tt:Siren|On", "tt:Siren|Off"]


async def test_siren_does_not_sound_on_after_unloading(
    switchable: OnvifHarness,
) -> None:
    siren = "siren.front_door_siren"
    await call(switchable, "siren.turn_on", entity_id=siren, duration=3600)
    entry_id = switchable.entry.entry_id
    assert await switchable.hass.config_entries.async_unload(entry_id)
    assert switchable.device.io.commands == ["tt:Siren|On", "tt:Siren|Off"]


async def test_clock_is_shown_and_set(begin: Begin) -> None:
    offset = "sensor.front_door_clock_offset"
    clock = "button.front_door_set_clock_from_home_assistant"
    async with begin(OnvifOptions()) as harness:

        def is_near(expected: float) -> bool:
            told = harness.hass.states.get(offset)
            # Cameras tell whole seconds, and both may be busy meanwhile.
            return (
                told is not None
                and told.state not in ("unavailable", "unknown")
                and abs(float(told.state) - expected) <= 3
            )

        registry = er.async_get(harness.hass)
        entry = registry.async_get(clock)
        assert entry is not None
        assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        registry.async_update_entity(clock, disabled_by=None)
        harness.state_of_device.clock_skew = 3600.0
        entry_id = harness.entry.entry_id
        assert await harness.hass.config_entries.async_reload(entry_id)
        await wait_for(lambda: is_near(3600))
        await press(harness, "set_clock_from_home_assistant")
        await wait_for(lambda: is_near(0))
        assert abs(harness.state_of_device.clock_skew) < 3


async def test_camera_is_restarted(begin: Begin) -> None:
    async with begin(OnvifOptions()) as harness:
        reboots: list[float] = []
        harness.state_of_device.request_reboot = reboots.append
        await harness.state("button.front_door_restart", "unknown")
        await press(harness, "restart")
        assert len(reboots) == 1


async def test_refusal_is_told_in_words(switchable: OnvifHarness) -> None:
    switchable.device.io.active.clear()
    with pytest.raises(HomeAssistantError) as refused:
        await call(switchable, "switch.turn_on", entity_id="switch.front_door_relay_2")
    assert refused.value.translation_key == "camera_refused"
    assert refused.value.translation_placeholders == {"name": "Front door"}
