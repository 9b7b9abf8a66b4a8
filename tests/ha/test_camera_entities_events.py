"""What the camera detects, its inputs and its doorbell, against a simulated one."""

from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from tests.simulator.onvif_options import MOTION, OnvifOptions, Topic

from .ability_fixtures import Begin, shown
from .conftest import wait_for

pytest_plugins = ["tests.ha.ability_fixtures"]

PEOPLE = "tns1:RuleEngine/MyRuleDetector/PeopleDetect"
LINE = "tns1:RuleEngine/LineDetector/Crossed"
TAMPER = "tns1:RuleEngine/TamperDetector/Tamper"
SOUND = "tns1:AudioAnalytics/Audio/DetectedSound"
INPUT = "tns1:Device/Trigger/DigitalInput"
VISITOR = "tns1:RuleEngine/MyRuleDetector/Visitor"
SEES = OnvifOptions(
    topics=(
        MOTION,
        *(Topic(path=path) for path in (PEOPLE, TAMPER, SOUND)),
        Topic(path=LINE, data={"ObjectId": "0"}),
    )
)
INPUTS = OnvifOptions(
    device_io=True,
    inputs=2,
    topics=(
        Topic(
            path=INPUT,
            source={"InputToken": "input1"},
            data={"LogicalState": "false"},
        ),
    ),
)
DOORBELL = OnvifOptions(topics=(Topic(path=VISITOR, source={"Source": "000"}),))
PERSON = "binary_sensor.front_door_person"


async def test_only_what_is_declared_has_a_sensor(begin: Begin) -> None:
    async with begin(SEES) as harness:
        await harness.state(PERSON, "off")
        registry = er.async_get(harness.hass)
        names = {
            entry.entity_id.partition("front_door_")[2]
            for entry in er.async_entries_for_config_entry(
                registry, harness.entry.entry_id
            )
            if entry.domain == "binary_sensor"
        }
        assert names == {
            *("motion", "connection"),
            *("person", "tamper", "sound", "line_crossing"),
        }
        tamper = shown(harness, "binary_sensor.front_door_tamper")
        assert tamper.attributes["device_class"] == "tamper"


async def test_sensor_follows_the_camera(begin: Begin) -> None:
    async with begin(SEES) as harness:
        await harness.state(PERSON, "off")
        await wait_for(lambda: harness.session.has_events)
        source = {"VideoSourceConfigurationToken": "v0"}
        harness.state_of_device.fire_event(PEOPLE, {"State": "true"}, source)
        await harness.state(PERSON, "on")
        assert shown(harness, "binary_sensor.front_door_tamper").state == "off"
        harness.state_of_device.fire_event(PEOPLE, {"State": "false"}, source)
        await harness.state(PERSON, "off")


async def test_class_that_was_not_declared_has_a_sensor_once_it_came(
    begin: Begin,
) -> None:
    async with begin(OnvifOptions()) as harness:
        await wait_for(lambda: harness.session.has_events)
        assert harness.hass.states.get(PERSON) is None
        source = {"VideoSourceConfigurationToken": "v0"}
        harness.state_of_device.fire_event(PEOPLE, {"State": "true"}, source)
        await harness.state(PERSON, "on")
        harness.state_of_device.fire_event(PEOPLE, {"State": "false"}, source)
        await harness.state(PERSON, "off")
        entry_id = harness.entry.entry_id
        assert await harness.hass.config_entries.async_reload(entry_id)
        await harness.state(PERSON, "off")


async def test_sensors_are_unavailable_while_the_camera_is_away(
    begin: Begin,
) -> None:
    async with begin(SEES) as harness:
        await harness.state(PERSON, "off")
        await harness.device.stop()
        await harness.state(PERSON, "unavailable")
        await harness.device.start()
        await harness.state(PERSON, "off")


async def test_inputs_are_told_apart(begin: Begin) -> None:
    async with begin(INPUTS) as harness:
        first = "binary_sensor.front_door_input_1"
        second = "binary_sensor.front_door_input_2"
        await harness.state(first, "off")
        await wait_for(lambda: harness.session.has_events)
        harness.state_of_device.fire_event(
            INPUT, {"LogicalState": "true"}, {"InputToken": "input1"}
        )
        await harness.state(second, "on")
        assert shown(harness, first).state == "off"


async def test_input_that_no_list_has_is_learnt_from_its_event(begin: Begin) -> None:
    async with begin(OnvifOptions(topics=INPUTS.topics)) as harness:
        await harness.state("binary_sensor.front_door_input", "off")
        harness.state_of_device.fire_event(
            INPUT, {"LogicalState": "true"}, {"InputToken": "input1"}
        )
        await harness.state("binary_sensor.front_door_input", "on")


async def test_ring_is_an_event_each_time(begin: Begin) -> None:
    async with begin(DOORBELL) as harness:
        hass, bell = harness.hass, "event.front_door_doorbell"
        await harness.state(bell, "unknown")
        await wait_for(lambda: harness.session.has_events)
        rings: list[str] = []

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if state is not None:
                rings.append(state.attributes["event_type"])

        unsubscribe = async_track_state_change_event(hass, bell, changed)
        for told in ("true", "false", "true"):
            harness.state_of_device.fire_event(
                VISITOR, {"State": told}, {"Source": "000"}
            )
            is_on = "on" if told == "true" else "off"
            await harness.state("binary_sensor.front_door_doorbell", is_on)
        await hass.async_block_till_done()
        unsubscribe()
        assert rings == ["ring", "ring"]
        attributes = shown(harness, bell).attributes
        assert attributes["device_class"] == "doorbell"
        assert attributes["event_types"] == ["ring"]


async def test_state_found_by_a_new_subscription_is_no_ring(begin: Begin) -> None:
    topic = Topic(path=VISITOR, source={"Source": "000"}, data={"State": "true"})
    async with begin(OnvifOptions(topics=(topic,))) as harness:
        await harness.state("binary_sensor.front_door_doorbell", "on")
        assert shown(harness, "event.front_door_doorbell").state == "unknown"
