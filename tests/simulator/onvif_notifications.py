"""What events look like: the tree of topics, and a notification."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from .onvif_options import Topic
from .onvif_xml import plain, tag
from .state import FiredEvent

DIALECT = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"

type Tree = dict[str, Tree | Topic]


def topic_set(topics: Iterable[Topic]) -> str:
    """Return the content of wstop:TopicSet, topics with common ancestors merged."""
    tree: Tree = {}
    for topic in topics:
        *ancestors, leaf = topic.path.split("/")
        branch = tree
        for name in ancestors:
            below = branch.setdefault(name, {})
            if isinstance(below, Topic):
                raise TypeError(f"{name} is a topic and an ancestor of one")
            branch = below
        branch[leaf] = topic
    return _render(tree)


def iso(epoch: float) -> str:
    """Return an xsd:dateTime in UTC, whole seconds."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def notification(event: FiredEvent) -> str:
    """Return a wsnt:NotificationMessage."""

    def items(mapping: Mapping[str, str]) -> str:
        return "".join(
            tag("tt:SimpleItem", Name=name, Value=value)
            for name, value in mapping.items()
        )

    return tag(
        "wsnt:NotificationMessage",
        tag("wsnt:Topic", escape(event.topic), Dialect=DIALECT),
        tag(
            "wsnt:Message",
            tag(
                "tt:Message",
                tag("tt:Source", items(event.source)),
                tag("tt:Data", items(event.data)),
                UtcTime=iso(event.time),
                PropertyOperation=event.operation,
            ),
        ),
    )


def _render(tree: Tree) -> str:
    return "".join(
        tag(name, _description(below), **{"wstop:topic": "true"})
        if isinstance(below, Topic)
        else tag(name, _render(below))
        for name, below in tree.items()
    )


def _description(topic: Topic) -> str:
    def items(names: Iterable[str], kind: str) -> str:
        return "".join(
            tag("tt:SimpleItemDescription", Name=name, Type=kind) for name in names
        )

    return tag(
        "tt:MessageDescription",
        tag("tt:Source", items(topic.source, "tt:ReferenceToken")),
        tag("tt:Data", items(topic.data, "xsd:boolean")),
        IsProperty=plain(True),
    )
