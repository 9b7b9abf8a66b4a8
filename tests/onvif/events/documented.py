"""The tables of `docs/events.md`, made of the code.

`python -m tests.onvif.events.documented` writes them; a test finds them current.
"""

from pathlib import Path

from custom_components.hearthcam.onvif.events import (
    PICTURE_KINDS,
    EventKind,
    parse_notifications,
)
from custom_components.hearthcam.onvif.events.rules import DEVICE_RULES, RULES
from custom_components.hearthcam.onvif.events.watchdog import STICKING_KINDS

from .payloads import notification, pulled

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
BEGIN = "<!-- begin: {} (made of the code, see tests/onvif/events/documented.py) -->"
END = "<!-- end: {} -->"

type Item = tuple[str, str]

# What cameras were seen to send: topic and item.
MAKERS: dict[str, list[tuple[str, Item | None]]] = {
    "Ajax": [
        ("tns1:RuleEngine/tnsajax:MotionDetector/Detection", ("Detected", "true")),
        ("tns1:RuleEngine/ObjectDetection/Object", ("ClassTypes", "Human Vehicle")),
        ("tns1:RuleEngine/tnsajax:LineDetector/Crossing", None),
    ],
    "Axis": [
        ("tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1", ("active", "1")),
        ("tnsaxis:CameraApplicationPlatform/ObjectAnalytics/x", ("active", "1")),
        ("tnsaxis:CameraApplicationPlatform/MotionGuard/x", ("active", "1")),
        ("tnsaxis:CameraApplicationPlatform/LoiteringGuard/x", ("active", "1")),
        ("tns1:Device/tnsaxis:Sensor/PIR", ("state", "1")),
        ("tns1:AudioSource/tnsaxis:TriggerLevel", ("triggered", "1")),
        ("tns1:VideoSource/GlobalSceneChange/ImagingService", ("State", "1")),
        ("tns1:Device/tnsaxis:IO/Port", ("state", "1")),
        ("tns1:Device/tnsaxis:Light/Status", ("state", "ON")),
        ("tns1:PTZController/tnsaxis:Move/Channel_1", ("is_moving", "1")),
        ("tnsaxis:Storage/Alert", ("alert", "1")),
    ],
    "Bosch": [
        ("tns1:IVA/EnteringField/(name of the rule)", ("State", "true")),
        ("tns1:RuleEngine/LineDetector/Crossed", None),
    ],
    "D-Link": [("tns1:VideoSoure/MotionAlarm", ("State", "true"))],
    "Dahua, Uniview": [
        ("tns1:VideoSource/MotionAlarm", ("State", "1")),
        ("tns1:UserAlarm/IVA/HumanShapeDetect", ("State", "true")),
        ("tns1:Device/Trigger/Relay", ("LogicalState", "active")),
        ("tns1:Monitoring/OperatingTime/LastReboot", ("Status", "06-11-2021")),
    ],
    "Foscam": [("tns1:Device/Trigger/MotionDetector", ("State", "true"))],
    "Hanwha (Samsung)": [
        ("tns1:VideoAnalytics/tnssamsung:MotionDetection", ("State", "true")),
        ("tns1:OpenApp/WiseAI/ObjectDetection", ("ClassTypes", "Person")),
        ("tns1:AudioSource/tnssamsung:AudioDetection", ("State", "true")),
    ],
    "Hikvision, HiLook": [
        ("tns1:RuleEngine/CellMotionDetector/Motion", ("IsMotion", "true")),
        ("tns1:RuleEngine/LineDetector/Crossed", ("ObjectId", "0")),
        ("tns1:RuleEngine/FieldDetector/ObjectsInside", ("IsInside", "true")),
        ("tns1:RuleEngine/TamperDetector/Tamper", ("IsTamper", "true")),
        ("tns1:RuleEngine/CountAggregation/Counter", ("Count", "0")),
        ("tns1:Device/Trigger/tnshik:AlarmIn", ("State", "true")),
        ("tns1:UserAlarm/tnshik:IllegalAccess", ("State", "true")),
    ],
    "Reolink": [
        ("tns1:RuleEngine/CellMotionDetector/Motion", ("IsMotion", "true")),
        ("tns1:RuleEngine/MyRuleDetector/PeopleDetect", ("State", "true")),
        ("tns1:RuleEngine/MyRuleDetector/VehicleDetect", ("State", "true")),
        ("tns1:RuleEngine/MyRuleDetector/DogCatDetect", ("State", "true")),
        ("tns1:RuleEngine/MyRuleDetector/FaceDetect", ("State", "true")),
        ("tns1:RuleEngine/MyRuleDetector/Package", ("State", "true")),
        ("tns1:RuleEngine/MyRuleDetector/Visitor", ("State", "true")),
    ],
    "TP-Link Tapo, Vigi": [
        ("tns1:RuleEngine/PeopleDetector/People", ("IsPeople", "true")),
        ("tns1:RuleEngine/CellMotionDetector/People", ("IsPeople", "true")),
        ("tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", ("IsVehicle", "true")),
        ("tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", ("IsPet", "true")),
        ("tns1:RuleEngine/LineCrossDetector/LineCross", ("IsLineCross", "true")),
        ("tns1:RuleEngine/CellMotionDetector/Intrusion", ("IsIntrusion", "true")),
        ("tns1:RuleEngine/CellMotionDetector/Tamper", ("IsTamper", "true")),
    ],
    "asecam": [("tns1:RuleEngine/CellMotionDetector/Motion", None)],
}


_SUFFIXES = {True: "", False: " is over", None: " (a moment)"}


def makers() -> str:
    """Return what is understood of which maker."""
    lines = ["| maker | topic | says | understood as |", "| --- | --- | --- | --- |"]
    for maker, topics in MAKERS.items():
        for topic, item in topics:
            events = parse_notifications(
                pulled(
                    notification(
                        topic,
                        None if item is None else [item],
                        # Its "no motion" has no Message at all.
                        message=maker != "asecam",
                    )
                )
            )
            kinds = ", ".join(
                f"`{event.kind}`{_SUFFIXES[event.active]}"
                for event in events
                if not event.is_implied
            )
            said = "nothing" if item is None else f"`{item[0]}={item[1]}`"
            lines.append(f"| {maker} | `{topic}` | {said} | {kinds} |")
            maker = ""
    return "\n".join(lines)


def classes() -> str:
    """Return all classes, and examples of what means them."""
    lines = ["| class | a clip's worth | watchdog | for example |"]
    lines.append("| --- | --- | --- | --- |")
    for kind in EventKind:
        examples = [
            f"`{example}`"
            for rule in (*RULES, *DEVICE_RULES)
            if rule.kind is kind
            for example in rule.examples
        ]
        if kind is EventKind.UNKNOWN:
            examples = ["everything else: kept for diagnostics, logged once"]
        lines.append(
            f"| `{kind}` | {'yes' if kind in PICTURE_KINDS else ''} "
            f"| {'yes' if kind in STICKING_KINDS else ''} | {', '.join(examples)} |"
        )
    return "\n".join(lines)


TABLES = {"makers": makers, "classes": classes}


def current(page: str) -> str:
    """Return the page with its tables as the code makes them."""
    for name, make in TABLES.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, _, rest = page.partition(begin)
        after = rest.partition(end)[2]
        page = f"{before}{begin}\n{make()}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
