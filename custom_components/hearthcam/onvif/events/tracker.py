"""The present states of a camera, from its events: what is news, what is not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .models import CameraEvent, EventKind
from .watchdog import Key, StickyWatchdog

MAX_STATES = 256
REPLAY = 10.0
"""Seconds after a new subscription in which the camera may repeat old events."""
MAX_RECENT = 128


@dataclass(slots=True)
class _State:
    event: CameraEvent
    is_stuck: bool = False


class EventTracker:
    """Turns what comes into what is news, each beginning followed by an end."""

    def __init__(self, watchdog: StickyWatchdog | None = None) -> None:
        """Begin without any state."""
        self.watchdog = watchdog or StickyWatchdog()
        self._states: dict[Key, _State] = {}
        self._recent: dict[object, float] = {}
        self._subscribed_at = float("-inf")
        self.duplicates = 0
        self.ended_by_watchdog = 0

    @property
    def active(self) -> tuple[CameraEvent, ...]:
        """What goes on, moments that were just now included."""
        return tuple(
            state.event
            for state in self._states.values()
            if state.event.active is not False
        )

    @property
    def active_kinds(self) -> frozenset[EventKind]:
        """The classes of what goes on."""
        return frozenset(event.kind for event in self.active)

    def subscribed(self, now: float) -> None:
        """A new subscription: the camera tells its states, and maybe old events."""
        self._subscribed_at = now

    def take(self, event: CameraEvent, now: float) -> list[CameraEvent]:
        """Return what is news in an event: nothing, itself, or ends of several."""
        if self._is_replayed(event, now):
            self.duplicates += 1
            return []
        if event.active is False:
            return list(self._end(event))
        if (
            event.active is None
            and event.operation == "Initialized"
            and self._is_new(now)
        ):
            # That a line was crossed once is no news.
            return []
        state = self._states.get(event.key)
        if event.active and state is not None and state.event.active is not False:
            if event.operation != "Initialized":
                self.watchdog.renewed(event, now)
            self.duplicates += 1
            return []
        if state is not None and state.is_stuck and event.operation == "Initialized":
            return []
        self._put(event)
        self.watchdog.renewed(event, now)
        return [event]

    def due(self, now: float) -> list[CameraEvent]:
        """Return the ends of what has stuck, and of moments."""
        ends: list[CameraEvent] = []
        for key in self.watchdog.due(now):
            state = self._states.get(key)
            if state is None or state.event.active is False:
                continue
            if state.event.active:
                self.ended_by_watchdog += 1
                state.is_stuck = True
            state.event = replace(
                state.event, active=False, time=None, operation=None, data_items=()
            )
            ends.append(state.event)
        return ends

    def _end(self, event: CameraEvent) -> Iterator[CameraEvent]:
        """Yield the ends that an event brings.

        An end without a source is of all sources of its topic (asecam), and an end
        with one is of what began without.
        """
        key = event.key
        found = False
        for other, state in list(self._states.items()):
            if other[:2] != key[:2] or state.event.active is False:
                continue
            if not other[2] or not key[2] or other[2] == key[2]:
                state.event = replace(event, source_items=state.event.source_items)
                state.is_stuck = False
                self.watchdog.ended(other)
                found = True
                yield state.event
        if (known := self._states.get(key)) is not None:
            known.is_stuck = False
        elif not event.is_implied:
            self._put(event)
            # The first word on a state is news, even that it is off.
            if not found:
                yield event

    def _put(self, event: CameraEvent) -> None:
        """Remember a state; the longest unchanged one that is over gives way."""
        self._states.pop(event.key, None)
        while len(self._states) >= MAX_STATES:
            oldest = next(
                (k for k, s in self._states.items() if s.event.active is False),
                next(iter(self._states)),
            )
            self.watchdog.ended(oldest)
            del self._states[oldest]
        self._states[event.key] = _State(event)

    def _is_new(self, now: float) -> bool:
        return now - self._subscribed_at <= REPLAY

    def _is_replayed(self, event: CameraEvent, now: float) -> bool:
        """Tell whether a new subscription repeats what an old one brought."""
        if event.time is None or event.operation == "Initialized":
            return False
        signature = event.key, event.active, event.time, event.data_items
        seen_at = self._recent.pop(signature, None)
        self._recent[signature] = now
        if len(self._recent) > MAX_RECENT:
            del self._recent[next(iter(self._recent))]
        if seen_at is None or not self._is_new(now):
            return False
        return seen_at < self._subscribed_at
