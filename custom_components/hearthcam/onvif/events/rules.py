"""The words that makers use for each class of event.

From the topics of ONVIF Core (Appendix), the Analytics and Imaging services, and of
what cameras were seen to send; `docs/events.md` is made from this table.
"""

from dataclasses import dataclass
import re

from .models import EventKind


@dataclass(frozen=True, slots=True)
class Rule:
    r"""Words that mean a class of event.

    Attributes:
        pattern: searched for in the lower-case words of a name; ``\b`` begins a word.
        examples: topics and names of cameras that it is for.
    """

    kind: EventKind
    pattern: re.Pattern[str]
    examples: tuple[str, ...]


def _rule(kind: EventKind, pattern: str, *examples: str) -> Rule:
    return Rule(kind, re.compile(pattern), examples)


# Anywhere in a topic, these say that it is about the device and not about what it
# watches (Recording/MotionRecording/Started, HardwareFailure/RelayFailure).
DEVICE_RULES = (
    _rule(
        EventKind.HARDWARE,
        r"\bhardware ?fail|\bstorage\b|\bfail(ure|ed)?\b|\bdisk\b|\bharddisk\b"
        r"|\bfan\b|\bpower ?supply",
        "Device/HardwareFailure/StorageFailure",
        "Storage/Alert",
    ),
    _rule(
        EventKind.SYSTEM,
        r"\bmonitoring\b|\brecording(?! service)|\bconfiguration\b|\bdiagnostics?\b|\blog\b"
        r"|\boperation ?mode\b|\breboot|\bnetwork\b|\bmedia\b|\bprofile ?changed"
        r"|\bstream ?accessed|\bsystem ?ready|\bcredential\b|\bschedule\b|\brecurring\b",
        "Monitoring/OperatingTime/LastReboot",
        "RecordingConfig/JobState",
        "Media/ProfileChanged",
    ),
)

RULES = (
    _rule(
        EventKind.ACCESS,
        r"\billegal ?(access|login)|\blogin|\bunauthori[sz]",
        "UserAlarm/IllegalAccess",
    ),
    _rule(
        EventKind.DOORBELL,
        r"\bdoor ?(bell|ring|call)|\bvisitor|\bbell\b|\bbell ?(ring|press|button)"
        r"|\bring(ing)?\b|\bcall ?button",
        "RuleEngine/MyRuleDetector/Visitor",
        "Device/Trigger/DoorBell",
    ),
    _rule(
        EventKind.COUNTER,
        r"\bcount(er|ing|s|aggregation)?\b|\boccupanc|\bqueue\b|\bcrowd",
        "RuleEngine/CountAggregation/Counter",
        "RuleEngine/MyRuleDetector/Occupancy",
    ),
    _rule(
        EventKind.PACKAGE,
        r"\bpackage|\bparcel",
        "RuleEngine/MyRuleDetector/Package",
    ),
    _rule(
        EventKind.LICENSE_PLATE,
        r"\blicen[cs]e ?plate|\bnumber ?plate|\banpr\b|\blpr\b|\bplate\b",
        "RuleEngine/Recognition/LicensePlate",
    ),
    _rule(
        EventKind.FACE,
        r"\bfac(e|ial)s?\b|\bface ?(detect|recog|captur|match)",
        "RuleEngine/MyRuleDetector/FaceDetect",
        "VideoSource/FaceDetection",
    ),
    _rule(
        EventKind.PERSON,
        r"\bpeople|\bpersons?\b|\bperson ?detect|\bhumans?\b|\bhuman ?(shape|detect)"
        r"|\bhumanoid|\bpedestrian|\bbody\b",
        "RuleEngine/MyRuleDetector/PeopleDetect",
        "RuleEngine/PeopleDetector/People",
        "RuleEngine/CellMotionDetector/People",
        "UserAlarm/IVA/HumanShapeDetect",
    ),
    _rule(
        EventKind.VEHICLE,
        r"\bvehicle|\bcars?\b|\btrucks?\b|\bbus(es)?\b|\bmotor ?(bike|cycle)"
        r"|\bbi(ke|cycle)s?\b|\bnon ?motor",
        "RuleEngine/MyRuleDetector/VehicleDetect",
        "RuleEngine/VehicleDetector/Vehicle",
        "VehicleAlarm/IVB/VehicleDetect",
    ),
    _rule(
        EventKind.ANIMAL,
        r"\banimal|\bpets?\b|\bpet ?detect|\bdogs?\b|\bcats?\b|\bdog ?cat",
        "RuleEngine/MyRuleDetector/DogCatDetect",
    ),
    _rule(
        EventKind.SOUND,
        r"\bsound|\baudio|\bnoise|\bscream|\bgun ?shot|\bglass ?break|\bcrying\b"
        r"|\bbaby ?cry|\bexplosion|\btrigger ?level",
        "AudioAnalytics/Audio/DetectedSound",
        "AudioSource/TriggerLevel",
        "AudioSource/AudioDetection",
    ),
    _rule(
        EventKind.TAMPER,
        r"\btamper|\bscene ?chang|\bview ?chang|\bvideo ?blind|\bblind\b|\bshelter"
        r"|\bocclu|\bcover(ed|ing)?\b|\bmask(ed|ing)\b|\bredirect|\bspray|\bshock"
        r"|\bcasing\b|\bcamera ?moved|\bdefocus|\blens ?(cover|block)",
        "RuleEngine/TamperDetector/Tamper",
        "RuleEngine/CellMotionDetector/Tamper",
        "VideoSource/GlobalSceneChange/ImagingService",
        "VideoAnalytics/TamperingDetection",
        "Device/Casing/Open",
    ),
    _rule(
        EventKind.LINE_CROSSING,
        r"\bline ?(cross|detect|touch)|\bcross ?(ing )?(ed )?line|\btrip ?wire"
        r"|\bcross(ed|ing)\b|\bfence",
        "RuleEngine/LineDetector/Crossed",
        "RuleEngine/LineCrossDetector/LineCross",
        "RuleEngine/CellMotionDetector/LineCross",
        "RuleEngine/LineDetector/Crossing",
        "IVA/CrossingLine",
        "CameraApplicationPlatform/FenceGuard",
    ),
    _rule(
        EventKind.LOITERING,
        r"\bloiter|\bwander",
        "RuleEngine/LoiteringDetector/ObjectIsLoitering",
        "CameraApplicationPlatform/LoiteringGuard",
    ),
    _rule(
        EventKind.OBJECT_CHANGE,
        r"\bobjects? ?(is )?(left|removed|missing|taken|abandon)|\babandon"
        r"|\bunattended|\b(left|idle|removed|missing|stationary|taken) ?object"
        r"|\bluggage|\bitem ?(left|removed|missing)",
        "IVA/IdleObject",
        "IVA/RemovedObject",
    ),
    _rule(
        EventKind.INTRUSION,
        r"\bintrusi|\bobjects? ?(is )?in(side)?\b|\binside\b|\bfield\b|\bregion ?(ent|exit)"
        r"|\bfield ?detect|\b(enter|leav|exit)(ing|ed|e|s)?\b|\bentrance|\bperimeter"
        r"|\bi ?va ?area|\b(in|into|out of) (area|zone)|\barea ?(intru|ent|exit)"
        r"|\bzone ?(intru|ent|exit)",
        "RuleEngine/FieldDetector/ObjectsInside",
        "RuleEngine/CellMotionDetector/Intrusion",
        "IVA/EnteringField",
        "OpenApp/WiseAI/IvaArea",
    ),
    _rule(
        EventKind.FIRE,
        r"\bfire\b|\bsmoke|\bflame",
        "IVA/Fire",
    ),
    _rule(
        EventKind.VIDEO_LOSS,
        r"\b(video|signal) ?loss|\bsignal ?too ?low|\bno ?(video|signal)",
        "VideoSource/SignalLoss",
    ),
    _rule(
        EventKind.IMAGE_QUALITY,
        r"\bimage ?too|\bblur|\btoo ?(dark|bright)|\bfog|\bimage ?quality",
        "VideoSource/ImageTooBlurry/ImagingService",
        "VideoSource/ImageTooDark/AnalyticsService",
    ),
    _rule(
        EventKind.DIGITAL_INPUT,
        r"\bdigital ?input|\balarm ?in(put)?\b|\bvirtual ?(input|port)|\bio\b"
        r"|\bport\b|\bexternal ?alarm|\binput\b",
        "Device/Trigger/DigitalInput",
        "Device/Trigger/AlarmIn",
        "Device/IO/Port",
    ),
    _rule(
        EventKind.RELAY,
        r"\brelay|\bdigital ?output|\balarm ?out|\boutput\b",
        "Device/Trigger/Relay",
    ),
    _rule(
        EventKind.PTZ,
        r"\bptz|\bpreset",
        "PTZController/PTZPresets/Reached",
        "PTZController/Move",
    ),
    _rule(
        EventKind.DAY_NIGHT,
        r"\bday ?night|\bir ?cut|\bnight ?mode",
        "VideoSource/DayNightVision",
    ),
    _rule(
        EventKind.TEMPERATURE,
        r"\btemperature|\bthermal|\bthermomet|\bradiometr",
        "VideoSource/RadiometryAlarm",
    ),
    _rule(
        EventKind.LIGHT,
        r"\blight\b|\bfloodlight|\billuminat",
        "Device/Light/Status",
    ),
    _rule(
        EventKind.MOTION,
        r"\bmotion|\bpir\b|\bvmd ?\d*\b|\bobject ?analytics|\bmoving ?object"
        r"|\bmovement",
        "RuleEngine/CellMotionDetector/Motion",
        "RuleEngine/MotionRegionDetector/Motion",
        "RuleEngine/MotionDetector/Detection",
        "VideoSource/MotionAlarm",
        "VideoSoure/MotionAlarm",
        "VideoAnalytics/MotionDetection",
        "Device/Trigger/MotionDetector",
        "Device/Sensor/PIR",
        "CameraApplicationPlatform/VMD",
        "CameraApplicationPlatform/ObjectAnalytics",
    ),
    _rule(
        EventKind.OBJECT,
        r"\bobjects?\b|\bobject ?(detect|recog|classif)",
        "RuleEngine/ObjectDetection/Object",
        "OpenApp/WiseAI/ObjectDetection",
    ),
)
"""In this order: of two classes in one name the first is meant."""
