"""A camera's own events down the whole chain: ONVIF, the engine, entities, the library."""

from collections.abc import AsyncGenerator
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import (
    CONF_MAC,
    CONF_MAIN_URL,
    CONF_ONVIF_PORT,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_SERIAL,
    CONF_SUB_URL,
    DOMAIN,
)
from custom_components.hearthcam.engine.protocol import (
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    StreamStatus,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from tests.simulator import CameraOptions, SimulatedCamera, small_source
from tests.simulator.onvif_options import OnvifOptions, Topic
from tests.simulator.scene import Scene

from .conftest import PASSWORD, CameraHarness, make_camera_entry, wait_for
from .test_end_to_end import events_of, first, online

MOTION = "binary_sensor.front_door_motion"
PEOPLE = "tns1:RuleEngine/MyRuleDetector/PeopleDetect"
START = 1_790_000_000.0
SKEW = -3600.0


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncGenerator[SimulatedCamera]:
    """Return a camera before which nothing moves, an hour slow."""
    options = CameraOptions(
        main=small_source(scene=Scene(20.0)),
        username="admin",
        password=PASSWORD,
        onvif=True,
        onvif_options=OnvifOptions(topics=(Topic(path=PEOPLE),)),
    )
    async with SimulatedCamera(options) as camera:
        camera.control.skew_clock(SKEW)
        yield camera


@pytest.fixture
async def entry(
    home: HomeAssistant, simulator: SimulatedCamera
) -> AsyncGenerator[MockConfigEntry]:
    """Return the camera's entry, set up with the true engine."""
    entry = make_camera_entry(
        data={
            CONF_MAIN_URL: simulator.rtsp_url("main"),
            CONF_SUB_URL: None,
            CONF_USERNAME: "admin",
            CONF_PASSWORD: PASSWORD,
            CONF_HOST: "127.0.0.1",
            CONF_ONVIF_PORT: simulator.state.onvif_port,
            CONF_MAC: simulator.state.mac,
            CONF_SERIAL: simulator.state.serial,
        },
        options={CONF_PRE_ROLL: 2.0, CONF_POST_ROLL: 0.5},
    )
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    await home.async_block_till_done()
    yield entry
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)


async def test_person_that_only_the_camera_saw_is_one_event_and_one_clip(
    home: HomeAssistant, simulator: SimulatedCamera, entry: MockConfigEntry
) -> None:
    events = events_of(home)
    camera = entry.runtime_data
    await online(home)
    await wait_for(lambda: camera.session.has_events)
    await wait_for(lambda: (s := camera.state.stats) and s.ring_seconds > 3)
    saw = time.time()
    simulator.control.fire_event(PEOPLE, {"State": "true"})
    await wait_for(lambda: first(events, "motion_started"))
    assert camera.state.motion.kind == "person"
    simulator.control.fire_event(PEOPLE, {"State": "false"})
    await wait_for(lambda: first(events, "clip_recorded"), 30)
    names = [event["event_type"] for event in events]
    assert names.count("motion_started") == names.count("motion_ended") == 1
    assert {event["kind"] for event in events} == {"person"}
    assert len({event["event_id"] for event in events}) == 1
    told = first(events, "clip_recorded")
    assert told is not None
    clip = await camera.system.library.get(told["clip_id"])
    # The camera's clock tells whole seconds.
    assert saw - 2.0 <= clip.event_start <= saw + 1.0
    assert clip.start <= clip.event_start - 2.0
    assert clip.kind == "person"
    assert "person" in camera.reported


async def test_class_becomes_known_during_a_motion_without_a_second_event(
    camera: CameraHarness,
) -> None:
    events = events_of(camera.hass)
    await camera.stream(StreamStatus.ONLINE)
    state = camera.entry.runtime_data.state
    await camera.emit(MotionStarted("front_door", "EVENT1", START, 0.5))
    await camera.state(MOTION, "on")
    await camera.emit(
        MotionUpdated("front_door", "EVENT1", START + 1, 0.5, kind="person")
    )
    await wait_for(lambda: state.motion.kind == "person")
    await camera.emit(
        MotionEnded(
            *("front_door", "EVENT1", START, START + 5, START, 0.5), kind="person"
        )
    )
    await camera.state(MOTION, "off")
    await camera.hass.async_block_till_done()
    assert [(event["event_type"], event["kind"]) for event in events] == [
        ("motion_started", "motion"),
        ("motion_ended", "person"),
    ]


@pytest.mark.parametrize("kind", ["doorbell", "sound"])
async def test_doorbells_and_sounds_are_no_motion(
    camera: CameraHarness, kind: str
) -> None:
    """And their end does not end a motion that goes on."""
    events = events_of(camera.hass)
    await camera.stream(StreamStatus.ONLINE)
    beside: dict[str, Any] = {"kind": kind}
    await camera.emit(
        MotionStarted("front_door", "EVENT1", START, 0.5),
        MotionStarted("front_door", "EVENT2", START + 1, 0.5, **beside),
        MotionEnded("front_door", "EVENT2", START + 1, START + 2, START, 0.5, **beside),
    )
    await camera.state(MOTION, "on")
    await wait_for(lambda: kind in camera.entry.runtime_data.reported)
    await camera.hass.async_block_till_done()
    assert camera.entry.runtime_data.state.motion.event_id == "EVENT1"
    assert {event["kind"] for event in events if "kind" in event} == {"motion"}
