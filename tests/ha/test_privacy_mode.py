"""A camera that is closed: by its switch, by the mode of the house, by who is home."""

from typing import Any

import pytest

from custom_components.hearthcam.arming import Policy
from custom_components.hearthcam.const import CONF_AT_HOME, CONF_PRIVACY_MODE, DOMAIN
from custom_components.hearthcam.engine.protocol import (
    Means,
    MotionStarted,
    Output,
    OutputState,
    PrivacyState,
    StreamError,
    StreamStatus,
)
from custom_components.hearthcam.privacy_mode import async_is_shut
from custom_components.hearthcam.privacy_ruling import (
    PresenceRule,
    PrivacyOptions,
    PrivacyReason,
    rule,
)
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .arming_parts import (
    ARMED,
    PANEL,
    call,
    last_told,
    set_up,
    started_fixture,  # noqa: F401 - pytest finds it by name
    state,
)
from .conftest import CameraHarness, FakeEngineControl, make_camera_entry, wait_for

PRIVACY = "switch.front_door_privacy_mode"
REASON = "sensor.front_door_privacy_mode_reason"
CAMERA = "camera.front_door"
MOTION = "binary_sensor.front_door_motion"
CONNECTION = "binary_sensor.front_door_connection"
ANNA = "person.anna"
SHUT = PrivacyState(
    "front_door", tuple(OutputState(output, Means.SHUT) for output in Output)
)


def at_home(presence_rule: PresenceRule) -> dict[str, Any]:
    """Return options by which Anna's presence counts."""
    return {"presence": [ANNA], "presence_rule": presence_rule.value}


def use(camera: CameraHarness, **options: Any) -> None:
    """Change options of a camera that runs."""
    camera.hass.config_entries.async_update_entry(
        camera.entry, options={**camera.entry.options, **options}
    )


async def anna(hass: HomeAssistant, where: str) -> None:
    """Let Anna come or go."""
    hass.states.async_set(ANNA, where)
    await hass.async_block_till_done()


# --- the rules ------------------------------------------------------------------


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("presence", PresenceRule)
@pytest.mark.parametrize("somebody_home", [False, True])
@pytest.mark.parametrize("switch", [False, True])
def test_any_reason_closes_and_nothing_but_the_end_of_all_opens(
    policy: Policy, presence: PresenceRule, somebody_home: bool, switch: bool
) -> None:
    options = PrivacyOptions(switch=switch, rule=presence)
    ruling = rule(policy, options, somebody_home=somebody_home)
    closes = {
        PrivacyReason.SWITCH: switch,
        PrivacyReason.ARMING_MODE: policy is Policy.CLOSED,
        PrivacyReason.PRESENCE: somebody_home and presence is PresenceRule.CLOSE,
    }
    assert ruling.shut is any(closes.values())
    if ruling.shut:
        assert ruling.reasons == tuple(one for one, holds in closes.items() if holds)
        assert ruling.policy.mode == "off"
        return
    quiet = somebody_home and presence is PresenceRule.NO_RECORDING
    if quiet and policy.mode == "record":
        assert ruling.policy is Policy.DETECT
        assert ruling.reason is PrivacyReason.NOT_RECORDED
    else:
        assert ruling.policy is policy
        assert ruling.reason is PrivacyReason.OPEN


# --- the switch -----------------------------------------------------------------


async def test_switch_closes_and_opens_the_camera(camera: CameraHarness) -> None:
    hass = camera.hass
    await camera.stream()
    assert state(hass, PRIVACY) == "off"
    assert state(hass, REASON) == "open"
    await call(hass, "turn_on", PRIVACY)
    told = await last_told(camera, 2)
    assert (told["shut"], told["mode"], told["continuous"]) == (True, "off", False)
    assert state(hass, PRIVACY) == "on"
    assert state(hass, REASON) == "switch"
    assert camera.entry.options[CONF_PRIVACY_MODE] is True
    await call(hass, "turn_off", PRIVACY)
    told = await last_told(camera, 3)
    assert (told["shut"], told["mode"]) == (False, "record")
    assert state(hass, PRIVACY) == "off"


async def test_entities_say_that_the_camera_is_closed(camera: CameraHarness) -> None:
    """Before the engine answers, and whatever it says of the connection that ends."""
    hass = camera.hass
    await camera.stream()
    await camera.emit(
        MotionStarted("front_door", "0123456789EVENT", 1_790_000_000.0, 0.5)
    )
    await camera.state(MOTION, "on")
    await call(hass, "turn_on", PRIVACY)
    for entity_id in (
        *(MOTION, CONNECTION, "button.front_door_record"),
        "sensor.front_door_frame_rate",
    ):
        assert state(hass, entity_id) == "unavailable", entity_id
    for entity_id in (ARMED, "switch.front_door_detection"):
        assert state(hass, entity_id) == "on"
    await camera.stream()
    assert state(hass, MOTION) == "unavailable"
    await camera.emit(SHUT)
    await camera.state(CAMERA, "idle")
    shown = hass.states.get(CAMERA)
    assert shown
    assert "motion_detection" not in shown.attributes
    await call(hass, "turn_off", PRIVACY)
    # What it was before says nothing of the new connection.
    assert state(hass, MOTION) == "unavailable"
    assert state(hass, CONNECTION) == "off"
    await camera.stream()
    assert state(hass, MOTION) == "off"


async def test_connection_that_ends_by_closing_is_no_fault(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    await camera.stream()
    await call(hass, "turn_on", PRIVACY)
    await camera.stream(StreamStatus.OFFLINE, StreamError.INVALID_AUTH)
    assert not hass.config_entries.flow.async_progress()


async def test_closed_camera_is_never_opened_at_a_restart(
    started: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    entry = make_camera_entry(options={CONF_PRIVACY_MODE: True})
    await set_up(started, entry)
    harness = CameraHarness(started, entry, fake_engine_used)
    assert (await last_told(harness, 1))["shut"] is True
    await call(started, "turn_off", PRIVACY)
    assert (await last_told(harness, 2))["shut"] is False


async def test_engine_that_restarts_is_told_that_the_camera_is_closed(
    camera: CameraHarness,
) -> None:
    await call(camera.hass, "turn_on", PRIVACY)
    await last_told(camera, 2)
    spawned = camera.engine.spawned
    process = camera.system.supervisor._process
    assert process
    await process.stop(5)
    await wait_for(lambda: camera.engine.spawned > spawned)
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 3)
    assert camera.engine.commands("ConfigureCamera")[-1]["shut"] is True


# --- the mode of the house ------------------------------------------------------


async def test_mode_of_the_house_closes_the_camera(camera: CameraHarness) -> None:
    hass = camera.hass
    await call(
        hass, "select_option", "select.front_door_when_armed_home", option="closed"
    )
    assert (await last_told(camera, 2))["shut"] is True
    assert state(hass, REASON) == "arming_mode"
    assert state(hass, PRIVACY) == "on"
    await call(hass, "alarm_arm_away", PANEL)
    assert (await last_told(camera, 3))["shut"] is False
    assert state(hass, REASON) == "open"
    assert state(hass, PRIVACY) == "off"


async def test_mode_closes_also_a_camera_that_does_not_detect(
    camera: CameraHarness,
) -> None:
    use(camera, mode_disarmed="closed", detection=False, armed=False)
    await camera.state(REASON, "arming_mode")


async def test_switch_off_does_not_open_what_something_else_closed(
    camera: CameraHarness,
) -> None:
    """And says why, where there was nothing to switch off."""
    hass = camera.hass
    use(camera, mode_armed_home="closed", privacy_mode=True)
    await camera.state(REASON, "switch")
    shown = hass.states.get(REASON)
    assert shown
    assert shown.attributes["reasons"] == ["switch", "arming_mode"]
    await call(hass, "turn_off", PRIVACY)
    await camera.state(REASON, "arming_mode")
    assert state(hass, PRIVACY) == "on"
    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "turn_off", PRIVACY)
    assert refused.value.translation_key == "closed_by_arming_mode"
    assert all(data["shut"] for data in camera.engine.commands("ConfigureCamera")[1:])


# --- who is home ----------------------------------------------------------------


async def test_camera_is_closed_while_somebody_is_home(camera: CameraHarness) -> None:
    hass = camera.hass
    await anna(hass, "not_home")
    use(camera, **at_home(PresenceRule.CLOSE))
    await camera.state(REASON, "open")
    await anna(hass, "home")
    assert state(hass, REASON) == "presence"
    assert (await last_told(camera, 2))["shut"] is True
    shown = hass.states.get(REASON)
    assert shown
    assert shown.attributes["home"] == [ANNA]
    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "turn_off", PRIVACY)
    assert refused.value.translation_key == "closed_by_presence"
    await anna(hass, "unavailable")
    assert state(hass, REASON) == "presence"
    await anna(hass, "not_home")
    assert state(hass, REASON) == "open"
    assert (await last_told(camera, 3))["shut"] is False


async def test_camera_that_presence_closed_stays_closed_at_a_restart(
    started: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    """Until it is known that everybody left."""
    entry = make_camera_entry(
        data={CONF_AT_HOME: [ANNA]}, options=at_home(PresenceRule.CLOSE)
    )
    await set_up(started, entry)
    harness = CameraHarness(started, entry, fake_engine_used)
    assert (await last_told(harness, 1))["shut"] is True
    await anna(started, "not_home")
    assert (await last_told(harness, 2))["shut"] is False


async def test_nothing_is_recorded_while_somebody_is_home(
    camera: CameraHarness,
) -> None:
    """But motion is told of, and what is recorded by hand is."""
    hass = camera.hass
    await camera.stream()
    await anna(hass, "home")
    use(camera, **at_home(PresenceRule.NO_RECORDING), mode_armed_home="continuous")
    await camera.state(REASON, "not_recorded")
    told = await last_told(camera, 1)
    await wait_for(lambda: camera.engine.commands("SetMode"))
    assert camera.engine.commands("SetMode")[-1]["mode"] == "detect"
    assert told["shut"] is False
    assert state(hass, PRIVACY) == "off"
    assert state(hass, MOTION) == "off"
    await call(hass, "press", "button.front_door_record")
    await wait_for(lambda: camera.engine.commands("RecordNow"))
    await anna(hass, "not_home")
    assert state(hass, REASON) == "open"
    assert (await last_told(camera, 2))["continuous"] is True


async def test_what_records_nothing_anyway_needs_no_reason(
    camera: CameraHarness,
) -> None:
    await anna(camera.hass, "home")
    use(camera, **at_home(PresenceRule.NO_RECORDING), mode_armed_home="detect")
    await wait_for(lambda: camera.engine.commands("SetMode"))
    assert state(camera.hass, REASON) == "open"


# --- what is asked of a closed camera -------------------------------------------


async def test_recording_by_hand_is_refused_while_the_camera_is_closed(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    await camera.stream()
    await call(hass, "turn_on", PRIVACY)
    await camera.emit(SHUT)
    await camera.state(CAMERA, "idle")
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call(
            DOMAIN, "record", {"entity_id": CAMERA, "duration": 5}, blocking=True
        )
    assert refused.value.translation_key == "camera_shut"
    with pytest.raises(HomeAssistantError) as refused:
        camera.entry.runtime_data.record_now(5.0)
    assert refused.value.translation_key == "camera_shut"
    assert camera.engine.commands("RecordNow") == []


@pytest.mark.parametrize("source", [SOURCE_REAUTH, SOURCE_RECONFIGURE])
async def test_login_and_address_are_not_tried_while_it_is_closed(
    camera: CameraHarness, source: str
) -> None:
    """Nor is what was begun before carried on."""
    hass = camera.hass
    flows = hass.config_entries.flow
    context: Any = {"source": source, "entry_id": camera.entry.entry_id}
    begun = await flows.async_init(DOMAIN, context=context, data=camera.entry.data)
    assert begun["type"] is FlowResultType.FORM
    await call(hass, "turn_on", PRIVACY)
    assert not flows.async_progress()
    result = await flows.async_init(DOMAIN, context=context, data=camera.entry.data)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "camera_shut"
    assert camera.engine.commands("Probe") == []


async def test_it_is_known_of_a_camera_that_is_not_loaded(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    assert not async_is_shut(hass, camera.entry)
    await call(hass, "turn_on", PRIVACY)
    assert async_is_shut(hass, camera.entry)
    assert await hass.config_entries.async_unload(camera.entry.entry_id)
    assert async_is_shut(hass, camera.entry)
    use(camera, privacy_mode=False)
    assert not async_is_shut(hass, camera.entry)
