"""Every recorded payload is the event that its manifest names."""

import json
from pathlib import Path

import pytest

from custom_components.hearthcam.onvif.events import (
    CameraEvent,
    EventKind,
    parse_notifications,
    parse_properties,
)
from custom_components.hearthcam.onvif.events.times import lease
from custom_components.hearthcam.onvif.xmltree import descend, parse

from .payloads import logged, of_zeep, pulled, rendered

K = EventKind
type Expected = tuple[EventKind, bool | None, str]

PULLS: dict[str, list[Expected]] = {
    "Bosch_issues_2_": [(K.INTRUSION, True, "1")],
    "D_Link_DCS_2103_issues_21_": [(K.MOTION, True, "0")],
    "Dahua_NVR_Uniview_type_issues_0_": [(K.MOTION, True, "00200")],
    "Dahua_issues_17_": [(K.SYSTEM, None, "")],
    "Dahua_issues_18_": [(K.RELAY, False, "00000")],
    "Foscam_V8EP_issues_5_": [(K.MOTION, True, "0")],
    "Hikvision_DS_2CD2385FWD_I_HiLook_issues_6_": [
        (K.COUNTER, None, "VideoSourceToken")
    ],
    "Hikvision_SD_HD1_issues_7_": [(K.LINE_CROSSING, None, "VideoSourceToken")],
    "Reolink_Doorbell_PoE_issues_13_": [(K.PERSON, False, "VideoSourceToken")],
    "Reolink_Doorbell_PoE_issues_15_": [(K.ANIMAL, False, "VideoSourceToken")],
    "Reolink_E1_Zoom_issues_12_": [(K.PACKAGE, False, "000")],
    "Samsung_Hanwha_PNF_9010R_issues_4_": [(K.MOTION, True, "")],
    "TP_Link_Vigi_C540V_issues_11_": [(K.PERSON, True, "vsconf")],
    "Tapo_C250_issues_9_": [(K.LINE_CROSSING, True, "vsconf")],
    "agsh_PullMessages": [(K.MOTION, True, "000")] * 2,
    # "No motion", told by the absence of everything.
    "asecam_AliExpress__issues_1_": [(K.MOTION, False, "")],
    "zeep_async_INVALID_TERM_TIME": [],
}
AXIS: dict[str, list[Expected]] = {
    "AUDIO_INIT": [(K.SOUND, False, "1")],
    "EVENT_INSTANCE_VMD4_PROFILE1": [],
    "FIRST_MESSAGE": [],
    "GLOBAL_SCENE_CHANGE": [(K.TAMPER, False, "0")],
    "LIGHT_STATUS_INIT": [(K.LIGHT, False, "")],
    "LOITERING_GUARD_INIT": [(K.LOITERING, False, "")],
    "MOTION_GUARD_INIT": [(K.MOTION, False, "")],
    "OBJECT_ANALYTICS_INIT": [(K.MOTION, False, "")],
    "PIR_CHANGE": [(K.MOTION, True, "0")],
    "PIR_INIT": [(K.MOTION, False, "0")],
    "PORT_0_INIT": [(K.DIGITAL_INPUT, False, "1")],
    "PORT_ANY_INIT": [(K.DIGITAL_INPUT, False, "-1")],
    "PTZ_MOVE_END": [(K.PTZ, False, "")],
    "PTZ_MOVE_START": [(K.PTZ, True, "")],
    "PTZ_PRESET_AT_1_FALSE": [(K.PTZ, False, "")],
    "PTZ_PRESET_AT_2_FALSE": [(K.PTZ, False, "")],
    "PTZ_PRESET_AT_3_FALSE": [(K.PTZ, False, "")],
    "PTZ_PRESET_AT_3_TRUE": [(K.PTZ, True, "")],
    "PTZ_PRESET_INIT_1": [(K.PTZ, True, "")],
    "PTZ_PRESET_INIT_2": [(K.PTZ, False, "")],
    "PTZ_PRESET_INIT_3": [(K.PTZ, False, "")],
    "RELAY_INIT": [(K.RELAY, False, "3")],
    "RULE_ENGINE_REGION_DETECTOR_INIT": [(K.MOTION, False, "0")],
    "STORAGE_ALERT_INIT": [(K.HARDWARE, False, "")],
    "VMD4_ANY_CHANGE": [(K.MOTION, True, "")],
    "VMD4_ANY_INIT": [(K.MOTION, False, "")],
    "VMD4_C1P1_INIT": [(K.MOTION, False, "")],
    "VMD4_C1P2_CHANGE": [(K.MOTION, True, "")],
    "VMD4_C1P2_INIT": [(K.MOTION, False, "")],
}
LOGGED: list[list[tuple[EventKind, bool | None]]] = [
    [(K.LINE_CROSSING, True)],
    [(K.VEHICLE, True)],
    [(K.VEHICLE, True)],
    [(K.PERSON, True)],
    [(K.ANIMAL, True)],
    [(K.PERSON, True)],
    [(K.TAMPER, True)],
    [(K.INTRUSION, True)],
    [(K.PERSON, True)],
    # "IsNotPerson" is not a person.
    [(K.UNKNOWN, True)],
    [(K.PACKAGE, True)],
    [(K.DIGITAL_INPUT, True)],
    [(K.MOTION, True)],
    [(K.PERSON, True)],
    # ClassTypes is empty: nothing is there any more.
    [],
    [(K.PERSON, True)],
    [(K.PERSON, True), (K.ANIMAL, True)],
    [(K.PERSON, True), (K.VEHICLE, True)],
    [(K.LINE_CROSSING, None)],
    [(K.LINE_CROSSING, None)],
    [(K.UNKNOWN, True)],
]


def told(events: tuple[CameraEvent, ...]) -> list[Expected]:
    """Return what was said, without what follows from it."""
    return [(e.kind, e.active, e.source) for e in events if not e.is_implied]


@pytest.mark.parametrize("name", PULLS)
def test_pulled_payload_is_the_event_it_is_recorded_as(shared: Path, name: str) -> None:
    data = (shared / f"onvif/pull/{name}.xml").read_bytes()
    assert told(parse_notifications(data)) == PULLS[name]


@pytest.mark.parametrize("name", AXIS)
def test_payload_of_axis_is_the_event_it_is_named_after(
    shared: Path, name: str
) -> None:
    data = (shared / f"onvif/soap/axis/{name}.xml").read_bytes()
    if name == "EVENT_INSTANCE_VMD4_PROFILE1":
        # An answer of another operation: it tells what there may be.
        topics = parse_properties(data)
        assert [topic.kinds for topic in topics] == [(K.MOTION,)]
        assert topics[0].path == "CameraApplicationPlatform/VMD/Camera1Profile1"
        return
    assert told(parse_notifications(data)) == AXIS[name]


@pytest.mark.parametrize("index", range(len(LOGGED)))
def test_logged_notification_is_understood(shared: Path, index: int) -> None:
    entry = logged(shared)[index]
    events = parse_notifications(pulled(of_zeep(entry["notification"])))
    assert [(e.kind, e.active) for e in events if not e.is_implied] == LOGGED[index]
    told_kinds = {kind for kind, _ in LOGGED[index]}
    implied = {e.kind for e in events if e.is_implied}
    assert not implied & told_kinds
    assert all(e.active is False for e in events if e.is_implied)
    if "ClassTypes" in str(entry):
        assert {K.PERSON, K.VEHICLE, K.ANIMAL} <= implied | told_kinds


def test_transcribed_issues_are_the_pulled_payloads(shared: Path) -> None:
    entries = json.loads((shared / "onvif/events/issues.json").read_text())
    for entry in entries:
        name = next(n for n in PULLS if n.endswith(f"issues_{entry['index']}_"))
        data = (shared / f"onvif/pull/{name}.xml").read_bytes()
        (event,) = parse_notifications(data)
        assert list(event.data_items) == [
            tuple(item) for item in entry["data_items"] or ()
        ]
        assert event.operation == entry["operation"]
        assert entry["topic"].endswith(event.topic.rpartition("/")[2])


def test_no_recorded_event_is_left_out(shared: Path) -> None:
    folder = shared / "onvif"
    assert {path.stem for path in (folder / "pull").iterdir()} == set(PULLS)
    assert {path.stem for path in (folder / "soap/axis").iterdir()} == set(AXIS)
    assert len(logged(shared)) == len(LOGGED)


def test_template_of_an_answer_is_understood_rendered_or_not(shared: Path) -> None:
    template = (shared / "onvif/soap/agsh/PullMessages.xml").read_text()
    assert told(parse_notifications(template.encode())) == PULLS["agsh_PullMessages"]
    assert (
        told(parse_notifications(rendered(template).encode()))
        == (PULLS["agsh_PullMessages"])
    )


def test_declared_topics_of_recordings_are_understood(shared: Path) -> None:
    def kinds(name: str) -> dict[str, EventKind]:
        data = (shared / f"onvif/soap/{name}").read_bytes()
        return {t.path: t.kinds[0] for t in parse_properties(data)}

    assert kinds("agsh/GetEventProperties.xml") == {
        "Device/Trigger/DigitalInput": K.DIGITAL_INPUT,
        "VideoSource/MotionAlarm": K.MOTION,
        "Device/IO/Port": K.DIGITAL_INPUT,
        "VideoAnalytics/MotionDetection": K.MOTION,
    }
    assert kinds("kerberos/eventPropertiesData.xml") == {
        "UserAlarm/IllegalAccess": K.ACCESS,
        "RuleEngine/CellMotionDetector/Motion": K.MOTION,
        "RuleEngine/TamperDetector/Tamper": K.TAMPER,
    }


def test_leases_of_recordings_are_understood(shared: Path) -> None:
    def left(name: str, message: str) -> float | None:
        text = rendered((shared / f"onvif/soap/{name}").read_text())
        element = descend(parse(text.encode()), message)
        assert element is not None
        return lease(element)

    assert left("agsh/PullMessages.xml", "PullMessagesResponse") == 329
    assert (
        left(
            "agsh/events.CreatePullPointSubscription.xml",
            "CreatePullPointSubscriptionResponse",
        )
        == 5
    )
    # A day and more, without an envelope.
    assert left("kerberos/eventRenewResponse.xml", "RenewResponse") == 98270
    # Minute 61 is no time.
    assert left("zeep-async/INVALID_TERM_TIME.xml", "PullMessagesResponse") is None
