"""What a camera declares in GetEventPropertiesResponse (ONVIF Core, 9.6)."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ..errors import OnvifResponseError
from ..xmltree import parse
from .classify import name_kind, topic_kind
from .models import DeclaredTopic, EventKind
from .trees import attribute, child, children, descendants
from .words import printable, topic_path, words

MAX_TOPICS = 500
MAX_NAMES = 32

# MessageInstance is of Axis' GetEventInstances, which is alike.
_DESCRIPTIONS = frozenset({"messagedescription", "messageinstance"})
_SUBJECTS = (EventKind.PERSON, EventKind.VEHICLE, EventKind.ANIMAL)


def parse_properties(data: bytes) -> tuple[DeclaredTopic, ...]:
    """Return the topics of an answer.

    Raises:
        OnvifResponseError: no XML, or without a set of topics.
    """
    return topics_of(parse(data))


def topics_of(root: Element) -> tuple[DeclaredTopic, ...]:
    """Return the topics below an element.

    Raises:
        OnvifResponseError: there is no set of topics.
    """
    topic_set = next(descendants(root, "TopicSet"), None)
    if topic_set is None:
        raise OnvifResponseError("The answer holds no topics")
    found: dict[str, DeclaredTopic] = {}
    for path, element in _leaves(topic_set, ()):
        topic = _declared(path, element)
        if topic.path:
            found.setdefault(topic.path, topic)
        if len(found) == MAX_TOPICS:
            break
    return tuple(found.values())


def declared_kinds(topics: tuple[DeclaredTopic, ...]) -> frozenset[EventKind]:
    """Return the classes of all topics, without `UNKNOWN`."""
    kinds = {kind for topic in topics for kind in topic.kinds}
    return frozenset(kinds - {EventKind.UNKNOWN})


def _leaves(
    element: Element, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Element]]:
    """Yield the topics: what has a description, and branches that end.

    Firmware marks ancestors as topics too, or marks nothing.
    """
    below = [e for e in element if e.tag.lower() not in _DESCRIPTIONS]
    if path and (len(below) < len(element) or not below):
        yield path, element
    for found in below:
        yield from _leaves(found, (*path, found.tag))


def _declared(path: tuple[str, ...], element: Element) -> DeclaredTopic:
    """Return what one topic declares."""
    description = next((e for e in element if e.tag.lower() in _DESCRIPTIONS), None)
    topic = topic_path("/".join(path))
    data = _names(description, "Data")
    told = (attribute(description, "IsProperty") or "").strip().lower()
    return DeclaredTopic(
        path=topic,
        kinds=_kinds(topic_kind(topic), data),
        source_names=_names(description, "Source"),
        data_names=data,
        is_property=None if not told else told in ("true", "1"),
    )


def _kinds(topic: EventKind, names: tuple[str, ...]) -> tuple[EventKind, ...]:
    """Return the classes to expect of a topic whose data has these names."""
    found: list[EventKind] = []
    for name in names:
        spoken = words(name)
        if spoken.startswith("is ") and not spoken.startswith("is not "):
            kind = name_kind(spoken.removeprefix("is "))
            if kind not in (EventKind.UNKNOWN, EventKind.MOTION):
                found.append(kind)
        elif spoken in ("class types", "class type"):
            if topic not in (EventKind.OBJECT, EventKind.UNKNOWN):
                found.append(topic)
            found.extend(_SUBJECTS)
    return tuple(dict.fromkeys(found)) or (topic,)


def _names(description: Element | None, part: str) -> tuple[str, ...]:
    """Return the names of the items that a message of this topic has."""
    parent = child(description, part)
    if parent is None:
        parent = child(description, f"{part}Instance")
    found = [
        printable(attribute(item, "Name") or "")
        for kind in ("SimpleItemDescription", "SimpleItemInstance")
        for item in children(parent, kind)
    ]
    return tuple(name for name in found if name)[:MAX_NAMES]
