"""Moving a camera, and its presets, against a simulated one."""

from collections.abc import AsyncGenerator

import pytest

from custom_components.hearthcam.const import DOMAIN
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from tests.simulator.onvif_options import OnvifOptions

from .ability_fixtures import Begin, call, press, shown
from .conftest import wait_for
from .session_fixtures import OnvifHarness

pytest_plugins = ["tests.ha.ability_fixtures"]

MOVING = OnvifOptions(ptz=True)
CAMERA = {"entity_id": "camera.front_door"}
PRESET = "select.front_door_preset"


@pytest.fixture
async def moving(begin: Begin) -> AsyncGenerator[OnvifHarness]:
    """Return a camera that moves."""
    async with begin(MOVING) as harness:
        await harness.state("button.front_door_move_up", "unknown")
        yield harness


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
    await wait_for(lambda: shown(moving, PRESET).attributes["options"] == ["Gate"])
    moving.device.ptz.presets["7"] = ("Gate", (0.0, 0.0, 0.0))
    await async_setup_component(moving.hass, "homeassistant", {})
    await call(moving, "homeassistant.update_entity", entity_id=PRESET)
    assert shown(moving, PRESET).attributes["options"] == ["Gate (1)", "Gate (7)"]


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
