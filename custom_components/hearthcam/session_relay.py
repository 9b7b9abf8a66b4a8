"""What of a camera's events the engine is told: what is worth a clip, and since when."""

from collections.abc import Callable
import time
from typing import Final

from .engine.protocol import CameraSaw
from .onvif.events import CameraEvent, EventKind

CLASSES: Final = {
    EventKind.MOTION: "motion",
    EventKind.PERSON: "person",
    EventKind.FACE: "person",
    EventKind.VEHICLE: "vehicle",
    EventKind.LICENSE_PLATE: "vehicle",
    EventKind.ANIMAL: "animal",
    EventKind.PACKAGE: "package",
    EventKind.OBJECT: "motion",
    EventKind.LINE_CROSSING: "motion",
    EventKind.INTRUSION: "motion",
    EventKind.LOITERING: "motion",
    EventKind.OBJECT_CHANGE: "motion",
    EventKind.FIRE: "motion",
    EventKind.TAMPER: "motion",
    EventKind.SOUND: "sound",
    EventKind.DOORBELL: "doorbell",
}
"""The classes of recordings; what is not here is a state of the camera, not a scene.

An input may be a door that stands open all day: who wants that recorded has the
`record` action."""
MOMENTS: Final = frozenset(
    {
        EventKind.PACKAGE,
        EventKind.OBJECT_CHANGE,
        EventKind.FIRE,
        EventKind.TAMPER,
    }
)
"""What lasts for hours, and only whose beginning is worth a clip."""
SHORT: Final = frozenset({EventKind.SOUND, EventKind.DOORBELL})
"""What was over long ago if a camera tells of it as a state that it found."""
LATEST: Final = 20.0
"""Seconds by which an event may be late for its own time to be believed."""


class EngineRelay:
    """Passes one camera's events on to the engine."""

    def __init__(
        self,
        camera_id: str,
        tell: Callable[[CameraSaw], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Start with nothing going on; ``now`` returns seconds of the epoch."""
        self._camera_id = camera_id
        self._tell = tell
        self._now = now
        self._open: dict[str, set[object]] = {}

    def take(self, event: CameraEvent, clock_offset: float | None) -> None:
        """Pass on an event; ``clock_offset`` is that of the camera's clock in s."""
        if (name := CLASSES.get(event.kind)) is None:
            return
        began_before = event.operation == "Initialized"
        when = self._now() if began_before else self._time(event, clock_offset)
        if event.kind in MOMENTS:
            if event.active is not False and not began_before:
                self._say(name, None, when)
        elif event.active is not False:
            if not (began_before and event.kind in SHORT):
                self._open.setdefault(name, set()).add(event.key)
                self._say(name, True, when)
        elif (going_on := self._open.get(name)) and event.key in going_on:
            going_on.discard(event.key)
            if not going_on:
                self._say(name, False, when)

    def repeat(self) -> None:
        """Tell a new engine what goes on."""
        for name, going_on in self._open.items():
            if going_on:
                self._say(name, True, self._now())

    def end_all(self) -> None:
        """End what goes on: nobody will tell of its end any more."""
        for name, going_on in self._open.items():
            if going_on:
                self._say(name, False, self._now())
        self._open.clear()

    def _say(self, name: str, active: bool | None, when: float) -> None:
        self._tell(CameraSaw(self._camera_id, name, active, when))

    def _time(self, event: CameraEvent, clock_offset: float | None) -> float:
        """Return when it was by our clock, as far as that can be believed.

        Cameras tell local time as UTC, and whole seconds.
        """
        now = self._now()
        if event.time is None or clock_offset is None:
            return now
        when = event.time.timestamp() - clock_offset
        return min(when, now) if -LATEST <= when - now <= 1.0 + LATEST else now
