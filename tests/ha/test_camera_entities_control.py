"""Moving a camera, its relays, lamps and siren, against a simulated one."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.hearthcam.const import DOMAIN
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from tests.simulator.onvif_options import OnvifOptions, Topic

from .ability_fixtures import Begin, call, shown
from .conftest import wait_for
from .session_fixtures import OnvifHarness

pytest_plugins = ["tests.ha.ability_fixtures"]

MOVING = OnvifOptions(ptz=True)
CAMERA = {"entity_id": "camera.front_door"}
PRESET = "select.front_door_preset"
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
async def moving(begin: Begin) -> AsyncGenerator[OnvifHarness]:
    """Return a camera that moves."""
    async with begin(MOVING) as harness:
        await harness.state("button.front_door_move_up", "unknown")
        yield harness


@pytest.fixture
async def switchable(begin: Begin) -> AsyncGenerator[OnvifHarness]:
    """Return a camera with relays, lamps and a siren."""
    async with begin(SWITCHABLE) as harness:
        await harness.state("switch.front_door_relay_1", "off")
        yield harness


async def press(harness: OnvifHarness, name: str) -> None:
    """Press a button."""
    await call(harness, "button.press", entity_id=f"button.front_door_{name}")


@pytest.mark.parametrize(
    ("name", "velocity"),
    [
        ("move_up", (0.0, 0.5, 0.0)),
        ("move_down", (0.0, -0.5, 0.0)),
        ("move_left", (-0.5, 0.0, 0.0)),
        ("move_right", (0.5, 0.0, 0.0)),
        ("zoom_in", (0.0, 0.0, 0.5)),
        ("zoom_out", (0.0, 0.0, -0.5)),
    ],
)
async def test_button_moves_the_camera_and_stops_it(
    moving: OnvifHarness, name: str, velocity: tuple[float, ...]
) -> None:
    task = moving.hass.async_create_task(press(moving, name))
    await wait_for(lambda: moving.device.ptz.velocity == velocity)
    await task
    assert not any(moving.device.ptz.velocity)
    assert moving.device.calls["Stop"] == 1


async def test_last_movement_counts(moving: OnvifHarness) -> None:
    """The end of the first one does not stop the second one."""
    ptz = moving.device.ptz
    first = moving.hass.async_create_task(
        call(moving, f"{DOMAIN}.ptz_move", **CAMERA, pan=1, duration=0.3)
    )
    await wait_for(lambda: ptz.velocity == (0.5, 0.0, 0.0))
    second = moving.hass.async_create_task(
        call(moving, f"{DOMAIN}.ptz_move", **CAMERA, tilt=1, speed=1, duration=0.6)
    )
    await wait_for(lambda: ptz.velocity == (0.0, 1.0, 0.0))
    await first
    assert ptz.velocity == (0.0, 1.0, 0.0)
    await second
    assert not any(ptz.velocity)
    assert moving.device.calls["Stop"] == 1


async def test_presets_are_chosen_stored_and_removed(moving: OnvifHarness) -> None:
    ptz = moving.device.ptz
    await wait_for(lambda: shown(moving, PRESET).attributes["options"] == ["Gate"])
    assert shown(moving, PRESET).state == "unknown"
    await call(moving, "select.select_option", entity_id=PRESET, option="Gate")
    assert ptz.position == (0.5, 0.0, 0.0)
    assert shown(moving, PRESET).state == "Gate"

    await press(moving, "move_to_home_position")
    assert ptz.position == (0.0, 0.0, 0.0)
    assert shown(moving, PRESET).state == "unknown"

    preset = f"{DOMAIN}.ptz_preset"
    await call(moving, preset, **CAMERA, preset="Door", command="set")
    assert ptz.presets["2"] == ("Door", (0.0, 0.0, 0.0))
    assert shown(moving, PRESET).attributes["options"] == ["Gate", "Door"]
    await call(moving, preset, **CAMERA, preset="Gate")
    assert ptz.position == (0.5, 0.0, 0.0)
    await call(moving, preset, **CAMERA, preset="Door", command="set")
    assert ptz.presets["2"] == ("Door", (0.5, 0.0, 0.0))
    await call(moving, preset, **CAMERA, preset="Gate", command="remove")
    assert set(ptz.presets) == {"2"}
    assert shown(moving, PRESET).attributes["options"] == ["Door"]
    assert shown(moving, PRESET).state == "unknown"


async def test_presets_made_at_the_camera_appear(moving: OnvifHarness) -> None:
    hass = moving.hass
    await wait_for(lambda: shown(moving, PRESET).attributes["options"] == ["Gate"])
    moving.device.ptz.presets["7"] = ("Gate", (0.0, 0.0, 0.0))
    async_fire_time_changed(hass, dt_util.utcnow().replace(year=2099))
    await wait_for(
        lambda: shown(moving, PRESET).attributes["options"] == ["Gate (1)", "Gate (7)"]
    )


async def test_home_is_set_and_found_again(moving: OnvifHarness) -> None:
    ptz = moving.device.ptz
    ptz.position = (0.2, 0.3, 0.0)
    await call(moving, f"{DOMAIN}.ptz_home", **CAMERA, set=True)
    assert ptz.home == (0.2, 0.3, 0.0)
    ptz.position = (0.0, 0.0, 0.0)
    await call(moving, f"{DOMAIN}.ptz_home", **CAMERA)
    assert ptz.position == (0.2, 0.3, 0.0)


async def test_movements_that_make_no_sense_are_refused(moving: OnvifHarness) -> None:
    with pytest.raises(ServiceValidationError) as nowhere:
        await call(moving, f"{DOMAIN}.ptz_move", **CAMERA)
    assert nowhere.value.translation_key == "ptz_no_direction"
    with pytest.raises(ServiceValidationError) as unknown:
        await call(moving, f"{DOMAIN}.ptz_preset", **CAMERA, preset="Moon")
    assert unknown.value.translation_key == "preset_not_found"


async def test_camera_that_cannot_move_says_so(begin: Begin) -> None:
    async with begin(OnvifOptions(ptz=True, fixed_ptz=True)) as harness:
        await wait_for(lambda: harness.session.capabilities)
        with pytest.raises(HomeAssistantError) as refused:
            await call(harness, f"{DOMAIN}.ptz_move", **CAMERA, pan=1)
        assert refused.value.translation_key == "camera_cannot_move"
        assert harness.hass.states.get("button.front_door_move_up") is None
        assert harness.hass.states.get(PRESET) is None


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
    async_fire_time_changed(hass, dt_util.utcnow().replace(year=2099))
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


async def test_reboot_and_clock_buttons(begin: Begin) -> None:
    async with begin(OnvifOptions()) as harness:
        hass = harness.hass
        registry = er.async_get(hass)
        offset = "sensor.front_door_clock_offset"
        clock = "button.front_door_set_clock_from_home_assistant"
        for entity_id in (offset, clock):
            entry = registry.async_get(entity_id)
            assert entry is not None
            assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
            registry.async_update_entity(entity_id, disabled_by=None)
        harness.state_of_device.clock_skew = 3600.0
        assert await hass.config_entries.async_reload(harness.entry.entry_id)
        await harness.state(offset, "3600")
        await press(harness, "set_clock_from_home_assistant")
        await wait_for(lambda: abs(float(shown(harness, offset).state)) <= 2)
        assert abs(harness.state_of_device.clock_skew) < 2

        reboots: list[float] = []
        harness.state_of_device.request_reboot = reboots.append
        await press(harness, "restart")
        assert len(reboots) == 1


async def test_refusal_is_told_in_words(switchable: OnvifHarness) -> None:
    switchable.device.io.active.clear()
    with pytest.raises(HomeAssistantError) as refused:
        await call(switchable, "switch.turn_on", entity_id="switch.front_door_relay_2")
    assert refused.value.translation_key == "camera_refused"
    assert refused.value.translation_placeholders == {"name": "Front door"}
