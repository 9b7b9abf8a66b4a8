"""Notifications of cameras as typed events.

Sources: ONVIF Core, section 9 (notifications), and what firmware makes of it: no
Message at all, no Data, states in words or digits, several states in one message.
"""

from dataclasses import dataclass
import re
from xml.etree.ElementTree import Element

from ..errors import OnvifResponseError
from ..soap import fault_of
from ..xmltree import parse
from .classify import class_kind, name_kind, rule_kind, topic_kind
from .models import SUBJECT_KINDS, CameraEvent, EventKind, Items
from .times import moment
from .trees import attribute, child, children, descendants, text
from .words import printable, state, topic_path, words

MAX_NOTIFICATIONS = 1000
MAX_ITEMS = 32

_ENVELOPES = frozenset(
    {"envelope", "notify", "pullmessagesresponse", "metadatastream", "event"}
)
_OPERATIONS = {word.lower(): word for word in ("Initialized", "Changed", "Deleted")}
_RULE_NAMES = frozenset({"rule", "rulename"})
# What names the source best comes first; compared without "configuration".
_SOURCE_NAMES = (
    "videosourcetoken",
    "videosource",
    "source",
    "inputtoken",
    "alarmintoken",
    "digitalinputtoken",
    "relaytoken",
    "audiosourcetoken",
    "audiosource",
    "channel",
    "port",
    "sensor",
    "token",
)
_STATE_NAMES = (
    "state",
    "logicalstate",
    "active",
    "triggered",
    "alarm",
    "alert",
    "detected",
    "motion",
    "ismoving",
    "onpreset",
    "status",
    "value",
    "level",
)
_CLASS_NAMES = frozenset({"classtypes", "classtype", "objecttype", "objectclass"})
# Names of what is no state, though it may be 0 or 1.
_NO_STATE = re.compile(
    r"(?:^|.*\b)(?:id|ids|token|index|count|total|name|time|timestamp|likelihood"
    r"|confidence|score|plate|uri|url|type|types|class|direction|action|duration"
    r"|percent|wear|temperature|health|x|y|width|height|channel|number)$"
)
_OVER = frozenset({"exit", "exited", "exiting", "leave", "leaving", "left", "end"})
_SPLIT_CLASSES = re.compile(r"[\s,;|/]+")


@dataclass(frozen=True, slots=True)
class _Message:
    """What a notification says, not yet understood."""

    topic: str
    has_message: bool
    time: str | None
    operation: str | None
    source: Items
    key: Items
    data: Items


def parse_notifications(data: bytes) -> tuple[CameraEvent, ...]:
    """Return the events of a PullMessages answer, a Notify or a metadata stream.

    Bounded in number and size; what is not understood is of kind `UNKNOWN`.

    Raises:
        OnvifResponseError: this is no XML, or holds no place for notifications.
        OnvifFaultError: a SOAP fault; OnvifAuthError for one about the login.
    """
    root = parse(data)
    events = events_of(root)
    if not events:
        if (fault := next(descendants(root, "Fault"), None)) is not None:
            raise fault_of(fault)
        if not _is_envelope(root):
            raise OnvifResponseError("The answer holds no notifications")
    return events


def events_of(root: Element) -> tuple[CameraEvent, ...]:
    """Return the events of all notifications below an element, in their order."""
    events: list[CameraEvent] = []
    for count, notification in enumerate(descendants(root, "NotificationMessage")):
        if count == MAX_NOTIFICATIONS:
            break
        events.extend(_understood(_read(notification)))
    return tuple(events)


def _is_envelope(root: Element) -> bool:
    """Tell what could have held notifications from pages that could not."""
    return root.tag.lower() in _ENVELOPES or any(
        next(descendants(root, name), None) is not None
        for name in ("PullMessagesResponse", "Notify")
    )


def _read(notification: Element) -> _Message:
    """Take a notification apart."""
    outer = child(notification, "Message")
    # tt:Message is in wsnt:Message; some leave one of them out.
    inner = child(outer, "Message")
    message = inner if inner is not None else outer
    if message is None and child(notification, "Data") is not None:
        message = notification
    data = _items(child(message, "Data"))
    if message is not None and message is not notification:
        data += _items(message)
    return _Message(
        topic=topic_path(text(child(notification, "Topic"))),
        has_message=message is not None,
        time=attribute(message, "UtcTime"),
        operation=_operation(attribute(message, "PropertyOperation")),
        source=_items(child(message, "Source")),
        key=_items(child(message, "Key")),
        data=data[:MAX_ITEMS],
    )


def _items(parent: Element | None) -> Items:
    """Return the SimpleItems of an element; those without a name are left out."""
    found: list[tuple[str, str]] = []
    for item in children(parent, "SimpleItem"):
        name = printable(attribute(item, "Name") or "")
        value = attribute(item, "Value")
        if name:
            # Some write the value as the element's text.
            found.append(
                (name, printable(text(item) or "" if value is None else value))
            )
        if len(found) == MAX_ITEMS:
            break
    return tuple(found)


def _operation(told: str | None) -> str | None:
    return _OPERATIONS.get((told or "").strip().lower())


def _understood(message: _Message) -> list[CameraEvent]:
    """Return what a notification means: one event or several."""
    rule = next((v for n, v in message.source if _bare(n) in _RULE_NAMES and v), None)
    topic = topic_kind(message.topic)
    if topic is EventKind.UNKNOWN and rule and "detector" in words(rule):
        topic = name_kind(words(rule))
    found = _by_items(message, topic)
    implied: list[EventKind] = []
    if found is None:
        found = _by_classes(message, topic, _active(message, topic))
        if found is not None and None not in (active for _, active in found):
            named = {kind for kind, _ in found}
            implied = [k for k in EventKind if k in SUBJECT_KINDS - named]
    if found is None:
        found = [(topic, _active(message, topic))]
    if len(found) == 1 and found[0][0] in _COARSE:
        # "Human" is all that Hikvision's field detector tells of its subject.
        if (kind := rule_kind(rule)) is not EventKind.UNKNOWN:
            found.append((kind, found[0][1]))
    when = moment(message.time)
    source = _source(message.source)
    return [
        CameraEvent(
            kind=kind,
            active=False if message.operation == "Deleted" else active,
            time=when,
            source=source,
            topic=message.topic,
            operation=message.operation,
            rule=rule,
            source_items=message.source + message.key,
            data_items=message.data,
            is_implied=kind in implied,
        )
        for kind, active in (*found, *((kind, False) for kind in implied))
    ]


# Where a class tells more than the topic does.
_COARSE = frozenset(
    {
        EventKind.MOTION,
        EventKind.OBJECT,
        EventKind.INTRUSION,
        EventKind.LINE_CROSSING,
        EventKind.LOITERING,
    }
)


def _by_items(
    message: _Message, topic: EventKind
) -> list[tuple[EventKind, bool | None]] | None:
    """Return what items such as ``IsPeople`` tell; None where there are none."""
    found: dict[EventKind, bool] = {}
    for name, value in message.data:
        spoken = words(name)
        if not spoken.startswith("is ") or (told := state(value)) is None:
            continue
        if spoken.startswith("is not "):
            found.setdefault(EventKind.UNKNOWN, told)
            continue
        kind = name_kind(spoken.removeprefix("is "))
        # "IsMotion" of a people detector means its people; "IsActive" means nothing.
        if kind is EventKind.UNKNOWN or (
            kind is EventKind.MOTION and topic is not EventKind.UNKNOWN
        ):
            kind = topic
        found[kind] = found.get(kind, False) or told
    return list(found.items()) or None


def _by_classes(
    message: _Message, topic: EventKind, active: bool | None
) -> list[tuple[EventKind, bool | None]] | None:
    """Return what a list of classes (``Human Animal``) tells; None without one.

    An empty one gives an empty list: nothing is there any more.
    """
    listed = next((v for n, v in message.data if _bare(n) in _CLASS_NAMES), None)
    if listed is None:
        return None
    kinds: list[EventKind] = []
    for name in _SPLIT_CLASSES.split(listed)[:MAX_ITEMS]:
        if name and (kind := class_kind(name)) not in (topic, *kinds):
            kinds.append(kind)
    found: list[tuple[EventKind, bool | None]] = []
    if topic not in (EventKind.OBJECT, EventKind.UNKNOWN):
        found.append((topic, active))
        if active is None:
            # A moment: it tells of what was there, and nothing of what was not.
            return found + [(kind, None) for kind in kinds]
    if active and not kinds and topic is EventKind.OBJECT:
        kinds.append(topic)
    present = active is None or active
    return found + [(kind, present) for kind in kinds]


def _active(message: _Message, kind: EventKind) -> bool | None:
    """Return the state that a message tells, None for a moment."""
    if not message.has_message:
        # asecam says "no motion" so.
        return None if kind is EventKind.LINE_CROSSING else False
    named = {_bare(name): value for name, value in reversed(message.data)}
    told: bool | None = None
    for name in _STATE_NAMES:
        if name in named and (told := state(named[name])) is not None:
            break
    else:
        for name, value in message.data:
            if not _NO_STATE.match(words(name)):
                told = state(value)
                if told is not None:
                    break
    # Hanwha's areas are "true" when somebody enters and when somebody leaves.
    if (
        kind is EventKind.INTRUSION
        and told
        and named.get("action", "").lower() in _OVER
    ):
        return False
    return told


def _source(items: Items) -> str:
    """Return the token that best names the source, empty without one."""
    named = {_bare(n).replace("configuration", ""): v for n, v in reversed(items)}
    return next((named[name] for name in _SOURCE_NAMES if name in named), "")


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
