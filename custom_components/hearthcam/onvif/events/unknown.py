"""Topics that are not understood: kept for diagnostics, and told once."""

from dataclasses import dataclass
import logging

from ...privacy.redact import redact
from .models import CameraEvent
from .words import printable

MAX_TOPICS = 64

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnknownTopic:
    """A topic, the names of its items (never their values), how often it came."""

    topic: str
    names: tuple[str, ...]
    count: int


class UnknownTopics:
    """A bounded collection."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[str, UnknownTopic] = {}
        self.dropped = 0

    @property
    def all(self) -> tuple[UnknownTopic, ...]:
        """The topics in the order in which they came first."""
        return tuple(self._found.values())

    def add(self, event: CameraEvent) -> None:
        """Take in an event; a new topic is logged."""
        topic = redact(printable(event.topic, 128)) or "(none)"
        known = self._found.get(topic)
        if known is None and len(self._found) >= MAX_TOPICS:
            self.dropped += 1
            return
        names = tuple(
            dict.fromkeys(
                redact(printable(name, 64))
                for name, _ in event.source_items + event.data_items
            )
        )
        self._found[topic] = UnknownTopic(
            topic, known.names if known else names, known.count + 1 if known else 1
        )
        if known is None:
            _LOGGER.info(
                "A camera reports a topic that is not understood: %s (%s)",
                topic,
                ", ".join(names),
            )
