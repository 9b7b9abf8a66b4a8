"""Ends what sticks: motion whose end never comes, and moments, which have none."""

from dataclasses import dataclass

from .models import PICTURE_KINDS, CameraEvent, EventKind

STICKY = 300.0
"""Seconds after which a state that is not renewed is taken for over."""
MOMENT = 5.0
"""Seconds for which a moment (a line was crossed) is shown."""

# A parcel lies there for hours, an input may be on for days, and a fire goes out last.
STICKING_KINDS = (PICTURE_KINDS | {EventKind.SOUND}) - {
    EventKind.PACKAGE,
    EventKind.OBJECT_CHANGE,
    EventKind.FIRE,
}

type Key = tuple[EventKind, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class WatchdogSettings:
    """Seconds; ``sticky`` of 0 never ends a state."""

    sticky: float = STICKY
    moment: float = MOMENT


class StickyWatchdog:
    """Knows until when each state is believed."""

    def __init__(self, settings: WatchdogSettings | None = None) -> None:
        """Begin with nothing to watch."""
        self._settings = settings or WatchdogSettings()
        self._deadlines: dict[Key, float] = {}

    @property
    def next_deadline(self) -> float | None:
        """The time of the next end, None when nothing is watched."""
        return min(self._deadlines.values(), default=None)

    def renewed(self, event: CameraEvent, now: float) -> None:
        """Believe a state, or a moment, from now on."""
        if event.active is None:
            self._deadlines[event.key] = now + self._settings.moment
        elif event.kind in STICKING_KINDS and self._settings.sticky > 0:
            self._deadlines[event.key] = now + self._settings.sticky

    def ended(self, key: Key) -> None:
        """Watch a state no longer."""
        self._deadlines.pop(key, None)

    def due(self, now: float) -> list[Key]:
        """Return what is to be ended now, and forget it."""
        due = [key for key, deadline in self._deadlines.items() if deadline <= now]
        for key in due:
            del self._deadlines[key]
        return due
