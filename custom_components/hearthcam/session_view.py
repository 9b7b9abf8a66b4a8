"""What entities see of one ONVIF camera, and how they hear of changes."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback

from .camera_control import CameraControl
from .camera_errors import CameraError, async_translated
from .onvif import CameraDescription, MediaProfile
from .onvif.control import CameraCapabilities
from .onvif.events import (
    CameraEvent,
    CameraEvents,
    EventDiagnostics,
    EventKind,
    LastEvent,
    Rung,
)

SHUT: Final = "camera_shut"
"""The key of the text that tells of a camera that privacy mode has closed."""

type CameraEventListener = Callable[[CameraEvent], None]


class SessionTopic(StrEnum):
    """What a subscriber wants to hear of."""

    STATE = "state"
    """`reachable`, `rung`, `error`, `clock_offset` or `description` changed."""
    EVENTS = "events"
    """Something began or ended: `active` and `last`."""
    CAPABILITIES = "capabilities"
    """`capabilities`, `declared` or `control` became known, or other ones."""


class SessionView:
    """The side of a session that entities see.

    Attributes:
        reachable: whether the camera answers, as far as we know.
        error: the key of an exception's text: why it is not reachable.
        description: who it is, None before it answered.
        capabilities: what it has, None before that is known.
        is_shut: whether it must not be asked anything (privacy mode).
    """

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        """Start knowing nothing."""
        self.entry = entry
        self.reachable = False
        self.error: str | None = None
        self.is_shut = False
        self.description: CameraDescription | None = None
        self.profiles: tuple[MediaProfile, ...] = ()
        self.capabilities: CameraCapabilities | None = None
        self._control: CameraControl | None = None
        self._events: CameraEvents | None = None
        self._declared: frozenset[EventKind] = frozenset()
        self._last: dict[EventKind, datetime] = {}
        self._listeners: dict[SessionTopic, set[CALLBACK_TYPE]] = {
            topic: set() for topic in SessionTopic
        }
        self._event_listeners: set[CameraEventListener] = set()

    @property
    def declared(self) -> frozenset[EventKind]:
        """The classes of events to expect: those declared, and those that came."""
        return self._declared

    @property
    def rung(self) -> str:
        """How events are had: `push`, `long_poll`, `poll` or `none`."""
        return (self._events.rung if self._events else Rung.NONE).value

    @property
    def has_events(self) -> bool:
        """Whether events would come if there were any: `active` can be believed."""
        return self._events is not None and self._events.healthy

    @property
    def clock_offset(self) -> float | None:
        """Seconds that the camera's clock is ahead of ours, as last measured."""
        return self._control.camera.clock_offset if self._control else None

    @property
    def control(self) -> CameraControl:
        """All that the camera can be asked for; raises CameraError before it answered.

        Its coroutines go through `async_do`. Fetch it anew each time: another login
        or address brings another one.
        """
        if self._control is None:
            raise CameraError(self.error or "camera_unreachable", self.entry.title)
        return self._control

    @property
    def topics(self) -> tuple[LastEvent, ...]:
        """The last events (20 at most), without what the camera said in them."""
        diagnostics = self.event_diagnostics
        return diagnostics.last if diagnostics else ()

    @property
    def event_diagnostics(self) -> EventDiagnostics | None:
        """What a maintainer needs to know of the events; holds no address."""
        return self._events.diagnostics() if self._events else None

    def active(self, kind: EventKind, source: str | None = None) -> bool:
        """Tell whether something of a class goes on, at one source or at any.

        ``source`` is a token, for example of a digital input.
        """
        return self._events is not None and any(
            event.kind is kind and source in (None, event.source)
            for event in self._events.active
        )

    def last(self, kind: EventKind) -> datetime | None:
        """Return when something of a class last began, by our clock."""
        return self._last.get(kind)

    async def async_do[T](self, call: Coroutine[Any, Any, T]) -> T:
        """Return what a call to the camera returns; raises CameraError, translated."""
        if self.is_shut:
            call.close()
            raise CameraError(SHUT, self.entry.title)
        offset = self.clock_offset
        try:
            return await async_translated(call, self.entry.title)
        finally:
            if self.clock_offset != offset:
                self._notify(SessionTopic.STATE)

    @callback
    def shut(self) -> None:
        """Refuse whatever is asked of the camera until `start` of the session.

        Nothing is known of it from now on, as before it was met.
        """
        self.is_shut, self.reachable, self.error = True, False, SHUT
        self._control, self.capabilities = None, None
        self._notify(*SessionTopic)

    @callback
    def _reopen(self) -> None:
        if self.is_shut:
            self.is_shut, self.error = False, None

    @callback
    def clock_measured(self) -> None:
        """Tell that somebody else set or measured the camera's clock."""
        self._notify(SessionTopic.STATE)

    @callback
    def subscribe(
        self, listener: CALLBACK_TYPE, topic: SessionTopic = SessionTopic.STATE
    ) -> CALLBACK_TYPE:
        """Have the listener called at each change; returns what ends that."""
        self._listeners[topic].add(listener)
        return lambda: self._listeners[topic].discard(listener)

    @callback
    def subscribe_events(self, listener: CameraEventListener) -> CALLBACK_TYPE:
        """Have the listener called with each event that is news.

        Every beginning (``active`` True, or None for a moment) is followed by an end
        (False).
        """
        self._event_listeners.add(listener)
        return lambda: self._event_listeners.discard(listener)

    @callback
    def _notify(self, *topics: SessionTopic) -> None:
        for topic in topics:
            for listener in list(self._listeners[topic]):
                listener()
