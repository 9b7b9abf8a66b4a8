"""How long a session waits: for a camera that is away, refuses, or is well."""

from dataclasses import dataclass
from typing import Final

REFUSALS: Final = 3
"""Refused logins in a row before the user is asked: a camera that boots refuses."""
REFUSED: Final = "camera_login_refused"
_SILENCE: Final = frozenset({"camera_unreachable", "camera_timeout"})


@dataclass(frozen=True, slots=True)
class SessionTiming:
    """Seconds between attempts and looks.

    ``first`` doubles up to ``most`` while a camera does not answer, up to ``look``
    where it answers nonsense. ``refused`` follows a refused login, ``refused_long``
    those after `REFUSALS`, since cameras lock users out. ``look`` is for cameras whose
    events do not show that they are there, ``clock`` for the others; ``broken``
    follows a fault of our own.
    """

    first: float = 1.0
    most: float = 5.0
    refused: float = 20.0
    refused_long: float = 300.0
    look: float = 30.0
    clock: float = 900.0
    broken: float = 60.0


class SessionPace:
    """Counts failures, and tells when to look again."""

    def __init__(self, timing: SessionTiming) -> None:
        """Start without a failure."""
        self._timing = timing
        self._failures = 0
        self._refusals = 0
        self._error: str | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the login was refused so often that it must be wrong."""
        return self._refusals >= REFUSALS

    def well(self) -> None:
        """Note that the camera answered."""
        self._failures = 0
        self._error = None

    def let_in(self) -> None:
        """Note that it took the login."""
        self._refusals = 0

    def failed(self, error: str) -> None:
        """Note a failure by the key of its text."""
        self._failures += 1
        self._refusals += error == REFUSED
        self._error = error

    def delay(self, *, has_events: bool, events_refused: bool) -> float:
        """Return the seconds until the next look at the camera."""
        timing = self._timing
        if self._error is None:
            if has_events:
                return timing.clock
            return timing.refused_long if events_refused else timing.look
        if self._error == REFUSED:
            return timing.refused_long if self.is_refused else timing.refused
        most = timing.most if self._error in _SILENCE else timing.look
        return min(timing.first * 2.0 ** min(self._failures - 1, 10), most)
