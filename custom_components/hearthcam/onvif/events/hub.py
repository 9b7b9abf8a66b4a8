"""Where events of all ways meet: what they tell, to whom, and what is counted."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
import logging

from .ladder import EventLadder, Rung
from .models import CameraEvent, EventKind
from .tracker import EventTracker
from .unknown import UnknownTopic, UnknownTopics

MAX_LAST = 20

_LOGGER = logging.getLogger(__name__)

type OnEvent = Callable[[CameraEvent], None]
type OnState = Callable[[Rung, bool], None]


@dataclass(frozen=True, slots=True)
class LastEvent:
    """What diagnostics tell of an event: no value that the camera sent."""

    topic: str
    kind: EventKind
    active: bool | None
    operation: str | None
    time: datetime | None


@dataclass(slots=True)
class EventCounters:
    """How often something happened since the start."""

    pulls: int = 0
    pulled: int = 0
    pushed: int = 0
    created: int = 0
    renewed_push: int = 0
    lost: int = 0
    failures: int = 0
    refused: int = 0
    ignored: int = 0
    kinds: Counter[EventKind] = field(default_factory=Counter)


class EventHub:
    """Takes in what comes and tells what is news."""

    def __init__(
        self,
        on_event: OnEvent,
        on_state: OnState,
        tracker: EventTracker,
        monotonic: Callable[[], float],
        ignored_sources: frozenset[str] = frozenset(),
    ) -> None:
        """Set up; see `CameraEvents`."""
        self.ladder = EventLadder()
        self.tracker = tracker
        self.unknown = UnknownTopics()
        self.counters = EventCounters()
        self.seen: set[EventKind] = set()
        self.last: deque[LastEvent] = deque(maxlen=MAX_LAST)
        self.compares = False
        """Whether there are two ways, which bring every event twice."""
        self.is_pushed = False
        self.pull_is_missing = False
        """Whether the camera has no pull points, so that push has to do alone."""
        self._on_event = on_event
        self._on_state = on_state
        self._monotonic = monotonic
        self._ignored = ignored_sources
        self._told: tuple[Rung, bool] | None = None
        self._is_healthy = False

    @property
    def is_healthy(self) -> bool:
        """Whether events would come if there were any, as far as we know."""
        return self._is_healthy

    @property
    def rung(self) -> Rung:
        """The rung that is stood on, `NONE` while there is no subscription."""
        return self.ladder.rung if self._is_healthy else Rung.NONE

    def take(self, events: Iterable[CameraEvent], *, pushed: bool) -> None:
        """Take in what one way brought."""
        now = self._monotonic()
        for event in events:
            if event.source and event.source in self._ignored:
                self.counters.ignored += 1
                continue
            if pushed:
                self.counters.pushed += 1
            else:
                self.counters.pulled += 1
            if (
                self.compares
                and not event.is_implied
                and self.ladder.paired(event, pushed=pushed, now=now)
            ):
                continue
            if event.kind is EventKind.UNKNOWN:
                self.unknown.add(event)
                continue
            if not event.is_implied:
                self.seen.add(event.kind)
                self.last.append(
                    LastEvent(
                        event.topic,
                        event.kind,
                        event.active,
                        event.operation,
                        event.time,
                    )
                )
            self.tell(self.tracker.take(event, now))
        self.report()

    def tell(self, events: Iterable[CameraEvent]) -> None:
        """Tell what is news."""
        for event in events:
            self.counters.kinds[event.kind] += 1
            try:
                self._on_event(event)
            except Exception:
                _LOGGER.exception("A listener failed on an event of a camera")

    def is_well(self, well: bool) -> None:
        """Note whether there is a subscription, and tell when that changed."""
        self._is_healthy = well or (self.pull_is_missing and self.is_pushed)
        self.report()

    def push_is_well(self, well: bool) -> None:
        """Note whether there is a push subscription, and whether it stands alone."""
        self.is_pushed = well
        self.compares = well and not self.pull_is_missing
        if not well:
            self.ladder.push_ended()
        else:
            self.ladder.push_began()
            if self.pull_is_missing:
                self.ladder.trust_push()
        self.is_well(self._is_healthy and not self.pull_is_missing)

    def report(self) -> None:
        """Tell the rung when it changed."""
        state = self.rung, self._is_healthy
        if state == self._told:
            return
        self._told = state
        try:
            self._on_state(*state)
        except Exception:
            _LOGGER.exception("A listener failed on the state of a camera's events")


@dataclass(frozen=True, slots=True)
class EventDiagnostics:
    """What a maintainer needs; holds no address, token or credential.

    Attributes:
        declared: topics of GetEventProperties, None when the camera does not tell.
        error: the class of the last failure.
    """

    rung: Rung
    healthy: bool
    declared: tuple[str, ...] | None
    active: tuple[EventKind, ...]
    last: tuple[LastEvent, ...]
    unknown: tuple[UnknownTopic, ...]
    counters: dict[str, int]
    kinds: dict[str, int]
    error: str | None
