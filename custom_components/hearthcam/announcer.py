"""Telling whoever wants to hear of a camera."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback

from .camera_state import MotionEvent, Topic

type EventListener = Callable[[MotionEvent, dict[str, Any]], None]


class Announcer:
    """Keeps the listeners of a camera."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: dict[Topic, set[CALLBACK_TYPE]] = {
            topic: set() for topic in Topic
        }
        self._event_listeners: set[EventListener] = set()

    @callback
    def subscribe(
        self, listener: CALLBACK_TYPE, topic: Topic = Topic.STATE
    ) -> CALLBACK_TYPE:
        """Have the listener called at each change; returns what ends that."""
        self._listeners[topic].add(listener)
        return lambda: self._listeners[topic].discard(listener)

    @callback
    def subscribe_events(self, listener: EventListener) -> CALLBACK_TYPE:
        """Have the listener called with each motion event and its attributes."""
        self._event_listeners.add(listener)
        return lambda: self._event_listeners.discard(listener)

    @callback
    def _notify(self, topic: Topic) -> None:
        for listener in list(self._listeners[topic]):
            listener()

    @callback
    def _fire(self, event: MotionEvent, attributes: dict[str, Any]) -> None:
        for listener in list(self._event_listeners):
            listener(event, attributes)
