"""How events come: pushed, by long poll, or polled; and when to change that.

A pure decision: no input or output, the time is given. Push has to prove itself
against the pull point before it is relied on, and goes on being checked: silence of a
push that a firewall swallows looks like a quiet street.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from .models import CameraEvent


class Rung(StrEnum):
    """How events are had; `NONE`: not at all."""

    PUSH = "push"
    LONG_POLL = "long_poll"
    POLL = "poll"
    NONE = "none"


LONG_WAIT = 15.0
"""Seconds of a long poll: also how late a camera that fell silent is noticed."""
SHORT_WAIT = 1.0
"""Seconds of a poll that is not to wait; some firmware refuses a wait of 0."""
POLL_INTERVAL = 1.0
MARGIN = 10.0
"""Seconds that an answer may take beside the wait."""
CHECK_INTERVAL = 10.0
"""Seconds between the looks at the pull point while events are pushed.

They also find out that the camera has rebooted, which ends both ways.
"""
GRACE = 5.0
"""Seconds that one way may be later than the other."""
PATIENCE = 75.0
"""Seconds for an answer of firmware that holds it longer than it should."""
LONGEST_HOLD = 3
QUICK_LIMIT = 3
RETRY_AFTER = 900.0
"""Seconds after which polling firmware gets a chance with long polls again."""

_SHORT = 0.5
_FLOOD_PAUSE = 0.2
_MAX_UNMATCHED = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """How to pull next: pause, wait at the camera, time for the answer (seconds)."""

    pause: float
    wait: float
    timeout: float | None = None


class EventLadder:
    """Decides on the rung from what happens."""

    def __init__(self) -> None:
        """Begin with long polls: they work at once, wherever they work."""
        self._base = Rung.LONG_POLL
        self._is_pushed = False
        self._quick = 0
        self._timeouts = 0
        self._patient = False
        self._holds_long = False
        self._polls_since = 0.0
        self._proofs = 0
        self._proofs_wanted = 1
        self._pushed: deque[tuple[object, float]] = deque(maxlen=_MAX_UNMATCHED)
        self._pulled: deque[tuple[object, float]] = deque(maxlen=_MAX_UNMATCHED)
        self.missed = 0
        """How many events the pull point showed that were never pushed."""

    @property
    def rung(self) -> Rung:
        """The rung that is stood on."""
        return Rung.PUSH if self._is_pushed else self._base

    def begin(self) -> None:
        """A new pull point: what was found out of the camera is kept."""
        self._quick = 0
        # A connection that a reboot cut looked like an answer that was held.
        self._patient = self._holds_long
        self._timeouts = 0
        self._pulled.clear()

    def pulled(self, count: int, took: float, wait: float, now: float) -> Plan:
        """Return how to go on after an answer with so many events."""
        self._timeouts = 0
        if took > wait + MARGIN:
            self._holds_long = True
        elif count == 0:
            self._patient = self._holds_long
        if self._is_pushed:
            self._check(now)
            if self._is_pushed:
                return Plan(GRACE if self._pulled else CHECK_INTERVAL, SHORT_WAIT)
        if self._base is Rung.POLL:
            if now - self._polls_since < RETRY_AFTER:
                return Plan(POLL_INTERVAL, SHORT_WAIT)
            self._base = Rung.LONG_POLL
            self._quick = 0
            return self._long(0.0)
        if count == 0 and wait > SHORT_WAIT and took < _SHORT:
            # It does not wait: asked again and again it would do nothing else.
            self._quick += 1
            if self._quick >= QUICK_LIMIT:
                self._poll(now)
                return Plan(POLL_INTERVAL, SHORT_WAIT)
            return Plan(POLL_INTERVAL, LONG_WAIT)
        if count == 0:
            self._quick = 0
        return self._long(_FLOOD_PAUSE if took < _FLOOD_PAUSE else 0.0)

    def timed_out(self, now: float) -> Plan | None:
        """Return how to go on after no answer of a living camera; None: not at all."""
        self._timeouts += 1
        if self._timeouts > LONGEST_HOLD:
            return None
        if self._timeouts == 1 and not self._patient:
            self._patient = True
            return self._long(0.0)
        self._poll(now)
        return Plan(POLL_INTERVAL, SHORT_WAIT)

    def push_began(self) -> None:
        """A new push subscription: nothing is proven."""
        self._pushed.clear()
        self._pulled.clear()
        self._proofs = 0

    def trust_push(self) -> None:
        """There is no pull point to check it by."""
        self._is_pushed = True

    def push_ended(self) -> None:
        """There is no push any more."""
        self._is_pushed = False
        self.push_began()

    def paired(self, event: CameraEvent, *, pushed: bool, now: float) -> bool:
        """Tell whether the other way has brought the same event already.

        States at the beginning of a subscription are each way's own.
        """
        if event.operation == "Initialized":
            return False
        mine, other = (
            (self._pushed, self._pulled) if pushed else (self._pulled, self._pushed)
        )
        signature = _signature(event)
        for entry in other:
            if entry[0] == signature and now - entry[1] <= CHECK_INTERVAL + GRACE * 2:
                other.remove(entry)
                self._proofs += 1
                if self._proofs >= self._proofs_wanted and not self._is_pushed:
                    self._is_pushed = True
                    # What push missed before it worked is no reproach.
                    self._pulled.clear()
                return True
        mine.append((signature, now))
        return False

    def _check(self, now: float) -> None:
        """Fall back from push when the pull point showed what was never pushed."""
        late = [entry for entry in self._pulled if now - entry[1] >= GRACE]
        if late:
            self.missed += len(late)
            self._is_pushed = False
            # The next time it has to convince more.
            self._proofs = 0
            self._proofs_wanted = min(self._proofs_wanted * 4, 64)
            self._pulled.clear()

    def _poll(self, now: float) -> None:
        self._base = Rung.POLL
        self._polls_since = now

    def _long(self, pause: float) -> Plan:
        return Plan(pause, LONG_WAIT, PATIENCE if self._patient else None)


def _signature(event: CameraEvent) -> object:
    """Return what is the same of one event however it comes."""
    return event.key, event.active, event.time, event.data_items
