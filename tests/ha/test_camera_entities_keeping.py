"""A camera's own abilities over restarts, absences and new firmware."""

from dataclasses import replace
from functools import partial
import json
from typing import Any

import pytest

from custom_components.hearthcam.abilities import (
    Abilities,
    Movement,
    with_capabilities,
    with_input,
)
from custom_components.hearthcam.const import CONF_ABILITIES, DOMAIN
from custom_components.hearthcam.onvif import MediaProfile
from custom_components.hearthcam.onvif.control import (
    Auxiliary,
    AuxiliaryKind,
    CameraCapabilities,
    DigitalInput,
    PictureSetting,
    PtzNode,
    Range,
    Relay,
)
from custom_components.hearthcam.onvif.control.ptz import Plane
from custom_components.hearthcam.onvif.events import EventKind
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.simulator.onvif_options import MOTION, OnvifOptions, Topic

from .ability_fixtures import Begin, shown
from .conftest import CameraHarness, wait_for

pytest_plugins = ["tests.ha.ability_fixtures"]

FULL = OnvifOptions(
    ptz=True,
    imaging=True,
    relays=1,
    inputs=1,
    device_io=True,
    topics=(
        MOTION,
        Topic(
            path="tns1:Device/Trigger/DigitalInput",
            source={"InputToken": "input0"},
            data={"LogicalState": "false"},
        ),
    ),
    auxiliary=("tt:WhiteLight|On", "tt:WhiteLight|Off", "tt:Siren|On", "tt:Siren|Off"),
)
OURS = (
    "binary_sensor.front_door_input",
    "button.front_door_move_up",
    "light.front_door_white_light",
    "number.front_door_brightness",
    "select.front_door_infrared_filter",
    "select.front_door_preset",
    "siren.front_door_siren",
    "switch.front_door_relay",
)
BOUND = Range(-1.0, 1.0)
NODE = PtzNode("node", continuous=Plane(BOUND, BOUND, BOUND), max_presets=4)
PROFILE = MediaProfile("main", "main", source="source", ptz_node="node")
EVERYTHING = Abilities(
    kinds=frozenset({EventKind.PERSON, EventKind.TAMPER}),
    inputs=("one", "two"),
    relays=(Relay("relay", is_monostable=True),),
    movement=Movement(True, True, False, True, True),
    auxiliaries=(
        Auxiliary(
            "tt:Siren",
            AuxiliaryKind.SIREN,
            (("on", "tt:Siren|On"), ("off", "tt:Siren|Off")),
            by_ptz=False,
        ),
    ),
    settings=(
        PictureSetting("brightness", ("Brightness",), Range(0.0, 100.0)),
        PictureSetting("ir_cut_filter", ("IrCutFilter",), None, ("ON", "OFF")),
    ),
)


async def test_entities_are_there_at_once_while_the_camera_is_away(
    begin: Begin,
) -> None:
    async with begin(FULL) as harness:
        hass = harness.hass

        def is_there(entity_id: str) -> bool:
            return shown(harness, entity_id).state != "unavailable"

        for entity_id in OURS:
            await wait_for(partial(hass.states.get, entity_id))
        await harness.device.stop()
        assert await hass.config_entries.async_unload(harness.entry.entry_id)
        stored = json.loads(json.dumps(harness.entry.as_dict()["data"]))
        assert stored[CONF_ABILITIES] == harness.entry.data[CONF_ABILITIES]
        assert await hass.config_entries.async_setup(harness.entry.entry_id)
        for entity_id in OURS:
            state = shown(harness, entity_id)
            assert state.state == "unavailable", entity_id
            assert "restored" not in state.attributes, entity_id
        await harness.device.start()
        await harness.state("number.front_door_brightness", "50.0")
        for entity_id in OURS:
            await wait_for(partial(is_there, entity_id))


async def test_camera_without_abilities_has_no_entities_of_them(begin: Begin) -> None:
    async with begin(OnvifOptions()) as harness:
        await wait_for(lambda: harness.session.has_events)
        await harness.hass.async_block_till_done()
        registry = er.async_get(harness.hass)
        entries = er.async_entries_for_config_entry(registry, harness.entry.entry_id)
        ids = {entry.entity_id for entry in entries}
        assert ids.isdisjoint(OURS)
        assert not {e for e in entries if e.domain in ("light", "siren")}
        assert "button.front_door_restart" in ids


async def test_camera_without_onvif_has_none_of_them(camera: CameraHarness) -> None:
    registry = er.async_get(camera.hass)
    entries = er.async_entries_for_config_entry(registry, camera.entry.entry_id)
    assert "button.front_door_restart" not in {entry.entity_id for entry in entries}


async def test_buttons_of_a_node_that_no_profile_has_are_disabled(
    begin: Begin,
) -> None:
    """Fixed cameras declare such."""
    abilities = replace(EVERYTHING, movement=Movement(True, True, True, True, False))
    async with begin(OnvifOptions(), abilities=abilities.as_data()) as harness:
        registry = er.async_get(harness.hass)
        for entity_id in ("button.front_door_move_up", "select.front_door_preset"):
            entry = registry.async_get(entity_id)
            assert entry is not None
            assert entry.disabled


async def test_what_new_firmware_lost_is_unavailable(begin: Begin) -> None:
    async with begin(OnvifOptions(), abilities=EVERYTHING.as_data()) as harness:
        await wait_for(lambda: harness.session.has_events)
        zoom = shown(harness, "button.front_door_zoom_in")
        assert zoom.state == "unavailable"
        kept = Abilities.of_data(harness.entry.data[CONF_ABILITIES])
        assert kept.movement == Movement()
        assert kept.settings == ()
        assert kept.kinds > EVERYTHING.kinds


async def test_firmware_and_model_of_the_device_follow_the_camera(
    begin: Begin,
) -> None:
    async with begin(OnvifOptions(), serial=None) as harness:
        devices = dr.async_get(harness.hass)

        def device() -> tuple[str | None, ...]:
            found = devices.async_get_device_by_identifier(
                (DOMAIN, "front_door"), harness.entry.entry_id
            )
            assert found is not None
            return found.model, found.sw_version, found.serial_number

        await wait_for(lambda: device() == ("Simulator", "1.0.0", "SIM000001"))
        harness.state_of_device.firmware = "2.0.0"
        await harness.device.stop()
        await harness.reachable(False)
        await harness.device.start()
        await wait_for(lambda: device() == ("Simulator", "2.0.0", "SIM000001"))
        assert len(harness.engine.commands("ConfigureCamera")) == 1


def test_abilities_survive_being_stored() -> None:
    stored = json.loads(json.dumps(EVERYTHING.as_data()))
    assert Abilities.of_data(stored) == EVERYTHING


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {},
        {"kinds": []},
        EVERYTHING.as_data() | {"kinds": ["of another version"]},
        EVERYTHING.as_data() | {"movement": [True] * 9},
        EVERYTHING.as_data() | {"settings": [["brightness"]]},
    ],
)
def test_abilities_that_cannot_be_read_are_asked_for_again(stored: Any) -> None:
    assert Abilities.of_data(stored) == Abilities()


def test_what_the_camera_did_not_answer_stays_known() -> None:
    nothing = CameraCapabilities()
    assert with_capabilities(EVERYTHING, nothing, []) == EVERYTHING
    silent = CameraCapabilities(
        services=frozenset({"device"}),
        source="source",
        unread=("ptz", "imaging", "relays", "inputs", "auxiliary"),
    )
    assert with_capabilities(EVERYTHING, silent, [PROFILE]) == EVERYTHING
    without_profiles = CameraCapabilities(services=frozenset({"device"}))
    kept = with_capabilities(EVERYTHING, without_profiles, [])
    assert kept.movement == EVERYTHING.movement
    assert kept.settings == EVERYTHING.settings
    assert kept.relays == ()


def test_capabilities_become_abilities() -> None:
    found = CameraCapabilities(
        services=frozenset({"device"}),
        ptz=NODE,
        ptz_profile="main",
        source="source",
        pictures=(replace(EVERYTHING.settings[0], value=7.0),),
        inputs=(DigitalInput("three"),),
        relays=(Relay("a", False, 1.0, True),),
    )
    known = with_capabilities(Abilities(), found, [PROFILE])
    assert known.movement == Movement(True, True, True, False, True)
    assert known.settings == EVERYTHING.settings[:1]
    assert known.inputs == ("three",)
    assert known.relays == (Relay("a"),)
    unsure = with_capabilities(known, found, [replace(PROFILE, ptz_node=None)])
    assert not unsure.movement.is_sure


def test_inputs_are_learnt_from_their_events() -> None:
    known = with_input(Abilities(), "1")
    assert known.inputs == ("1",)
    assert with_input(known, "called otherwise in events") == known
    assert with_input(EVERYTHING, "three").inputs == ("one", "two", "three")
    many = Abilities(inputs=tuple(str(number) for number in range(64)))
    assert with_input(many, "64") == many
