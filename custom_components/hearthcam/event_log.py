"""What happened before the cameras, as rows of the library."""

from collections.abc import Callable
from dataclasses import replace

from .engine.protocol import MotionEnded, MotionStarted
from .library.models import Event


class EventLog:
    """Makes events of motions; one that nobody ends is ended here."""

    def __init__(self, put: Callable[[Event], None]) -> None:
        """Prepare; ``put`` writes an event, or replaces what is known of it."""
        self._put = put
        self._open: dict[str, Event] = {}

    def report(self, report: MotionStarted | MotionEnded) -> None:
        """Take a report of a motion."""
        start, end = (
            (report.start, report.end)
            if isinstance(report, MotionEnded)
            else (report.time, None)
        )
        event = Event(
            event_id=report.event_id,
            camera_id=report.camera_id,
            kind=report.kind,
            start=start,
            end=end,
            score=report.score,
            zones=report.zones,
        )
        if end is None:
            self._open[event.event_id] = event
        else:
            self._open.pop(event.event_id, None)
        self._put(event)

    def end_all(self, now: float) -> None:
        """End what goes on: the engine that would tell of its end is gone."""
        for event in self._open.values():
            self._put(replace(event, end=max(event.start, now)))
        self._open.clear()
