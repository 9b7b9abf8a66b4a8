"""What notifications mean that were not recorded, and what is refused."""

from datetime import UTC, datetime

import pytest

from custom_components.hearthcam.onvif.events import (
    CameraEvent,
    EventKind,
    parse_notifications,
    parse_properties,
)
from custom_components.hearthcam.onvif.events.classify import class_kind, topic_kind
from custom_components.hearthcam.onvif.events.rules import DEVICE_RULES, RULES, Rule
from custom_components.hearthcam.onvif.events.times import moment
from custom_components.hearthcam.onvif.events.words import state, topic_path, words

from .payloads import ENVELOPE, notification, pulled

K = EventKind


def first(*args: object, **options: object) -> CameraEvent:
    """Return the first event of one notification."""
    return parse_notifications(pulled(notification(*args, **options)))[0]  # type: ignore[arg-type] # passed on as they are


@pytest.mark.parametrize("rule", [*RULES, *DEVICE_RULES], ids=lambda rule: rule.kind)
def test_topics_of_the_table_are_of_their_class(rule: Rule) -> None:
    for example in rule.examples:
        assert topic_kind(example) is rule.kind, example
        assert topic_kind(example.lower()) is rule.kind, example.lower()
        assert topic_kind(example.upper()) is rule.kind, example.upper()


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        # Of firmware that was not recorded here.
        ("RuleEngine/MyRuleDetector/HumanDetect", K.PERSON),
        ("RuleEngine/VehicleDetector/Vehicle", K.VEHICLE),
        ("VideoAnalytics/MotionAlarm", K.MOTION),
        ("VideoAnalytics/TamperingDetection", K.TAMPER),
        ("VideoSource/ImageTooBlurry/RecordingService", K.IMAGE_QUALITY),
        ("AudioAnalytics/SoundDetection", K.SOUND),
        ("OpenApp/WiseAI/LineCrossing", K.LINE_CROSSING),
        ("OpenApp/WiseAI/FaceDetection", K.FACE),
        ("IVA/Person at the door/anything", K.PERSON),
        ("IVA/EnteringField/Person an der Tür", K.INTRUSION),
        ("CameraApplicationPlatform/VMD/PersonProfile", K.MOTION),
        ("RuleEngine/CrossLineDetection/linetouched", K.LINE_CROSSING),
        ("RuleEngine/Recognition/LicensePlate", K.LICENSE_PLATE),
        ("RuleEngine/LoiteringDetector/ObjectIsLoitering", K.LOITERING),
        ("Device/Trigger/DigitalInput", K.DIGITAL_INPUT),
        # Words that are part of others, or of what the device does for itself.
        ("Recording/MotionRecording/Started", K.SYSTEM),
        ("Configuration/AudioEncoderConfiguration", K.SYSTEM),
        ("Device/HardwareFailure/RelayFailure", K.HARDWARE),
        ("Device/Diagnostics/TamperDetectorLog", K.SYSTEM),
        ("RuleEngine/MyRuleDetector/Counter", K.COUNTER),
        ("RuleEngine/PeopleCounting/Count", K.COUNTER),
        ("UserAlarm/IVA", K.UNKNOWN),
        ("Location/Education", K.UNKNOWN),
        ("Carpet/Petition", K.UNKNOWN),
        ("", K.UNKNOWN),
    ],
)
def test_words_of_a_topic_tell_its_class(topic: str, kind: EventKind) -> None:
    assert topic_kind(topic) is kind


@pytest.mark.parametrize(
    "told",
    [
        "tns1:RuleEngine/CellMotionDetector/Motion//.",
        "  tns1:RuleEngine/CellMotionDetector/Motion\n",
        "RuleEngine/CellMotionDetector/Motion",
        "tns1:RuleEngine/tns1:CellMotionDetector/tns1:Motion/",
        "//tns1:RuleEngine//CellMotionDetector/Motion/*",
        "tns1:RuleEngine/ CellMotionDetector /Motion",
    ],
)
def test_sloppy_topics_are_the_same_topic(told: str) -> None:
    assert topic_path(told) == "RuleEngine/CellMotionDetector/Motion"
    assert first(told, [("IsMotion", "true")]).kind is K.MOTION


@pytest.mark.parametrize(
    "value", ["true", "TRUE", " True ", "1", "on", "yes", "active"]
)
def test_values_that_mean_on(value: str) -> None:
    assert state(value) is True
    assert first("tns1:VideoSource/MotionAlarm", [("State", value)]).active is True


@pytest.mark.parametrize(
    "value", ["false", "0", "OFF", "no", "inactive", "000", "idle", "Not Detected"]
)
def test_values_that_mean_off(value: str) -> None:
    assert state(value) is False
    assert first("tns1:VideoSource/MotionAlarm", [("State", value)]).active is False


@pytest.mark.parametrize("value", ["", "2", "-3", "06-11-2021T09:17:46Z", "maybe"])
def test_values_that_mean_nothing(value: str) -> None:
    assert state(value) is None


def test_identifiers_are_no_states() -> None:
    for name in ("ObjectId", "Count", "Likelihood", "Index", "VideoSourceToken"):
        assert first("RuleEngine/LineDetector/Crossed", [(name, "0")]).active is None


def test_state_has_precedence_over_other_items() -> None:
    data = [("ObjectId", "1"), ("Level", "1"), ("State", "false")]
    assert first("Device/Trigger/DigitalInput", data).active is False


def test_states_of_one_message_are_events_of_their_own() -> None:
    data = [("IsPeople", "true"), ("IsVehicle", "false"), ("IsPet", "true")]
    events = parse_notifications(pulled(notification("RuleEngine/TPSmartEvent", data)))
    assert [(e.kind, e.active) for e in events] == [
        (K.PERSON, True),
        (K.VEHICLE, False),
        (K.ANIMAL, True),
    ]


def test_motion_item_of_a_better_named_topic_is_of_that_topic() -> None:
    event = first("RuleEngine/MyRuleDetector/PeopleDetect", [("IsMotion", "true")])
    assert (event.kind, event.active) == (K.PERSON, True)


def test_deleted_state_is_over() -> None:
    event = first("VideoSource/MotionAlarm", [("State", "true")], operation="Deleted")
    assert event.active is False


def test_missing_message_is_the_end_and_missing_data_a_moment() -> None:
    topic = "RuleEngine/CellMotionDetector/Motion"
    assert first(topic, message=False).active is False
    assert first(topic, data=None).active is None
    assert first("RuleEngine/LineDetector/Crossed", data=None).active is None


def test_classes_are_events_of_their_own_and_the_others_are_over() -> None:
    data = [("State", "true"), ("ClassTypes", "Human,Bicycle")]
    events = parse_notifications(
        pulled(notification("tns1:OpenApp/WiseAI/ObjectDetection", data))
    )
    on = {event.kind for event in events if event.active}
    off = {event.kind for event in events if event.active is False}
    assert on == {K.PERSON, K.VEHICLE}
    assert {K.ANIMAL, K.PACKAGE, K.OBJECT} <= off
    assert all(event.is_implied == (event.kind in off) for event in events)


def test_class_of_axis_comes_with_the_motion() -> None:
    topic = "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1"
    on = pulled(notification(topic, [("active", "1"), ("classTypes", "human")]))
    told = [(e.kind, e.active) for e in parse_notifications(on) if not e.is_implied]
    assert told == [(K.MOTION, True), (K.PERSON, True)]
    off = pulled(
        notification(topic, [("active", "0"), ("objectId", ""), ("classTypes", "")])
    )
    assert all(event.active is False for event in parse_notifications(off))


def test_class_of_a_crossing_is_a_moment_too() -> None:
    events = parse_notifications(
        pulled(notification("RuleEngine/LineDetector/Crossed", [("ClassTypes", "Car")]))
    )
    assert [(e.kind, e.active) for e in events] == [
        (K.LINE_CROSSING, None),
        (K.VEHICLE, None),
    ]


def test_rule_that_is_named_by_a_class_tells_it() -> None:
    source = [("VideoSourceConfigurationToken", "v0"), ("Rule", "MyHumanDetector1")]
    events = parse_notifications(
        pulled(
            notification(
                "RuleEngine/FieldDetector/ObjectsInside", [("IsInside", "true")], source
            ),
            notification("RuleEngine/FieldDetector/ObjectsInside", None, source),
        )
    )
    assert [e.kind for e in events] == [K.INTRUSION, K.PERSON] * 2
    assert [e.active for e in events] == [True, True, None, None]
    named = [("Rule", "Car park, person at the gate")]
    assert first("IVA/EnteringField/x", None, named).rule == named[0][1]
    assert len(parse_notifications(pulled(notification("Motion", None, named)))) == 1


def test_leaving_an_area_is_its_end() -> None:
    for action, active in (("Intrusion", True), ("Exit", False)):
        data = [("State", "true"), ("Action", action)]
        assert first("tns1:OpenApp/WiseAI/IvaArea", data).active is active


def test_unknown_topic_is_unknown() -> None:
    event = first("jeff:This/Rule/DoesNotExist")
    assert (event.kind, event.topic) == (K.UNKNOWN, "This/Rule/DoesNotExist")


def test_source_names_the_video_source_and_keeps_all_items() -> None:
    source = [
        ("VideoAnalyticsConfigurationToken", "a0"),
        ("VideoSourceConfigurationToken", "v1"),
        ("Rule", "Gate"),
    ]
    event = first("RuleEngine/CellMotionDetector/Motion", source=source)
    assert (event.source, event.rule) == ("v1", "Gate")
    assert event.source_items == tuple(source)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+01:30", datetime(2026, 1, 2, 1, 34, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05-0130", datetime(2026, 1, 2, 4, 34, 5, tzinfo=UTC)),
        ("2026-1-2 3:4:5", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (
            "2026-01-02T03:04:05.123456789Z",
            datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC),
        ),
        ("0000-00-00T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-13-01T00:00:00Z", None),
        ("2024-08-17T00:61:16Z", None),
        ("06-11-2021T09:17:46Z", None),
        ("٢٠٢٦-01-02T03:04:05Z", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_times_are_read_as_far_as_they_make_sense(
    told: str, expected: datetime | None
) -> None:
    assert moment(told) == expected
    assert first("VideoSource/MotionAlarm", utc=told).time == expected


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("CellMotionDetector", "cell motion detector"),
        ("TPSmartEvent", "tp smart event"),
        ("is_moving", "is moving"),
        ("VMD4", "vmd4"),
        ("Camera1ProfileANY", "camera1 profile any"),
        ("", ""),
    ],
)
def test_names_are_taken_apart_into_words(name: str, spoken: str) -> None:
    assert words(name) == spoken


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Human", K.PERSON),
        ("tt:Person", K.PERSON),
        ("Vehicle", K.VEHICLE),
        ("truck", K.VEHICLE),
        ("Bike", K.VEHICLE),
        ("Animal", K.ANIMAL),
        ("LicensePlate", K.LICENSE_PLATE),
        ("Face", K.FACE),
        ("Unknown", K.OBJECT),
    ],
)
def test_classes_of_analytics_are_known(name: str, kind: EventKind) -> None:
    assert class_kind(name) is kind


def test_declared_topics_tell_their_classes() -> None:
    def described(name: str, *data: str) -> str:
        names = "".join(f'<tt:SimpleItemDescription Name="{n}"/>' for n in data)
        return (
            f'<{name} wstop:topic="true"><tt:MessageDescription IsProperty="true">'
            f"<tt:Data>{names}</tt:Data></tt:MessageDescription></{name}>"
        )

    body = (
        "<tev:GetEventPropertiesResponse><wstop:TopicSet><tns1:RuleEngine>"
        + described("TPSmartEvent", "IsPeople", "IsVehicle")
        + f"<ObjectDetection>{described('Object', 'ClassTypes')}</ObjectDetection>"
        # A topic that has topics below it.
        + '<Motion wstop:topic="true"><tt:MessageDescription/><Region/></Motion>'
        + "</tns1:RuleEngine><Strange/></wstop:TopicSet></tev:GetEventPropertiesResponse>"
    )
    topics = {t.path: t.kinds for t in parse_properties(ENVELOPE.format(body).encode())}
    assert topics == {
        "RuleEngine/TPSmartEvent": (K.PERSON, K.VEHICLE),
        "RuleEngine/ObjectDetection/Object": (K.PERSON, K.VEHICLE, K.ANIMAL),
        "RuleEngine/Motion": (K.MOTION,),
        "RuleEngine/Motion/Region": (K.MOTION,),
        "Strange": (K.UNKNOWN,),
    }
