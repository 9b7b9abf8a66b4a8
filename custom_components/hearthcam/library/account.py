"""The book-keeping of one camera: from what happens to spans of the ledger.

All times are seconds of the epoch on one clock that does not jump; where it is set
anew, `Account.shift` is told. Armed time is accounted for once, in order, up to a
cursor that only goes forward: a span of the stream accounts for its time, and what
lies between the cursor and that span's start is lost. What is said of time behind
the cursor can make it better known, but adds none.
"""

from collections import deque
from dataclasses import dataclass, replace
import math
from typing import Final

from .gaps import Gap, GapWatch
from .spans import Paint, Reach, Span, State

OFFLINE: Final = "offline"
ENGINE_STOPPED: Final = "engine_stopped"
SYSTEM_STOPPED: Final = "system_stopped"

GRACE: Final = 30.0
"""Seconds after a start that a camera takes to come; they belong to what stopped."""
LAG: Final = 2.0
"""Seconds up to now of which a camera that is away is not yet told."""
SILENCE: Final = 60.0
"""Seconds without a word of a stream that is said to be there."""
LEARNING: Final = 600.0
"""Seconds after a start within which the clock may be learned."""
QUIET: Final = 30.0
"""Seconds after which a loss that is told of no more is taken to be over."""
KEPT_DAYS: Final = 400
_EDGE: Final = 2.0
"""Seconds by which a clip and the reports on its writing may differ."""
_DAY: Final = 86_400.0
_MOST_WAITING: Final = 1000


@dataclass(frozen=True, slots=True)
class Open:
    """An armed camera's last span, which is still growing.

    ``orderly`` tells that Home Assistant was stopped, not killed, after it.
    """

    span: Span
    orderly: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written: paints in order, and the open span of an armed camera."""

    paints: tuple[Paint, ...]
    open: Open | None


class Account:
    """One camera's armed time; not thread-safe."""

    def __init__(
        self, now: float, opened: Open | None = None, *, fresh: bool = True
    ) -> None:
        """Go on from the open span of before, or begin with an unarmed camera.

        The time since that span is lost: Home Assistant did not run. A ``fresh``
        unarmed camera may take a while to come once it is armed.
        """
        self._gaps: list[Gap] = []
        self._paints: list[Paint] = []
        # What was said of time that is not accounted for yet.
        self._waiting = deque[Paint](maxlen=_MOST_WAITING)
        self._changes = deque[tuple[float, bool]]()
        self._open: Span | None = None
        # Those that follow from the account, and those that are reported.
        self._gap, self._reported = GapWatch(self._gaps), GapWatch(self._gaps)
        self._quiet_since: float | None = None
        self._orderly = opened is not None and opened.orderly
        self._armed = opened is not None
        self._fresh = fresh and opened is None
        self._cursor = now
        # Where the cursor was before the clock went back.
        self._furthest = -math.inf
        self._resumed = -math.inf
        self._excuse = (OFFLINE, -math.inf)
        if opened is None:
            return
        if opened.span.seconds > 0:
            self._open = last = opened.span
            if last.state is State.LOST:
                self._gap.resume(last.start, last.end, last.cause or OFFLINE)
            self._furthest = last.end
        # A clock that went back tells nothing of how long it was.
        self._cursor = min(opened.span.end, now)
        if now - self._cursor > KEPT_DAYS * _DAY:
            self._cursor = now - KEPT_DAYS * _DAY
        if self._cursor != opened.span.end:
            self._close_open()
        self._excuse = (SYSTEM_STOPPED, now + GRACE)
        self._resumed = now
        self._settle(SYSTEM_STOPPED)
        self._lose(now)

    @property
    def armed(self) -> bool:
        """Whether seconds count from now on."""
        return self._changes[-1][1] if self._changes else self._armed

    @property
    def cursor(self) -> float:
        """Up to when all is accounted for."""
        return self._cursor

    def arm(self, now: float, *, armed: bool) -> None:
        """Count from ``now`` on, or count no more."""
        if armed is not self.armed:
            since = self._changes[-1][0] if self._changes else self._cursor
            self._changes.append((max(now, since), armed))

    def covered(self, start: float, end: float, *, recorded: bool) -> None:
        """The stream came without a gap from ``start`` to ``end``."""
        if not start < end:
            return
        span = Span(start, end, State.RECORDING if recorded else State.WATCHED)
        if self._fresh and self.armed and start <= self._since_armed() + GRACE:
            # A camera's first seconds, until it is connected, are no loss.
            self._skip(start)
        self._fresh = self._fresh and not self.armed
        self._lose(start)
        if start < self._cursor:
            self._paint(replace(span, end=min(end, self._cursor)), Reach.RAISE)
        self._account(end, span.state, None)
        self._excuse = (OFFLINE, -math.inf)

    def lost(self, start: float, end: float, cause: str) -> None:
        """What came from ``start`` to ``end`` should have been recorded and was not."""
        if not start < end:
            return
        self._waiting.append(Paint(Span(start, end, State.LOST, cause), Reach.RAISE))
        # A stream that was away is a gap of the account's own.
        if self.armed and cause != OFFLINE:
            self._reported.lost(start, end, cause)
            self._quiet_since = None

    def clip(self, start: float, end: float, *, recovered: bool = False) -> None:
        """There is a whole clip from ``start`` to ``end``."""
        if not start < end:
            return
        span = Span(start, end, State.RECORDED)
        self._waiting.append(Paint(span, Reach.RAISE))
        if not recovered:
            span = replace(span, start=start - _EDGE, end=end + _EDGE)
            self._waiting.append(Paint(span, Reach.SETTLE))

    def engine(self, now: float, *, running: bool) -> None:
        """The engine went, or came back."""
        self._excuse = (ENGINE_STOPPED, now + GRACE if running else math.inf)
        if not running:
            self._settle(ENGINE_STOPPED)

    def renew(self) -> None:
        """Begin anew with an unarmed camera that may take a while to come."""
        self._fresh = not self.armed

    def tick(self, now: float, *, online: bool) -> None:
        """Account for what nobody will tell of: a camera that is away."""
        self._quiet_since = self._quiet_since or now
        if now - self._quiet_since > QUIET:
            self._reported.over()
        if self._fresh and self.armed and now <= self._since_armed() + GRACE:
            return
        if not online or now - self._cursor > SILENCE:
            self._fresh = self._fresh and not self.armed
            self._lose(now - LAG)

    def close(self, now: float, *, online: bool) -> None:
        """Count no more; of a stream that is there the last word need not come."""
        if online and now - self._cursor < SILENCE:
            state = State.WATCHED if self._open is None else self._open.state
            self._account(now, State.WATCHED if state is State.LOST else state, None)
        self._lose(now)
        self.arm(now, armed=False)
        self._account(now, State.LOST, None)

    def shift(self, by: float) -> None:
        """The clock was set: it is ``by`` s ahead of what it was (or behind).

        That time never was, unless a computer without a clock of its own learned it
        soon after its start: for so long it was off.
        """
        self._close_open()
        self._changes = deque((time + by, armed) for time, armed in self._changes)
        cause, until = self._excuse
        self._excuse = (cause, until + by)
        if self._cursor < self._resumed + LEARNING and 0 < by < KEPT_DAYS * _DAY:
            self._account(self._cursor + by, State.LOST, SYSTEM_STOPPED)
        else:
            self._furthest = max(self._furthest, self._cursor)
            self._cursor += by

    def take(self, *, orderly: bool = False) -> Entry:
        """Return what is to be written since the last time."""
        for _ in range(len(self._waiting)):
            waiting = self._waiting.popleft()
            span = waiting.span
            if span.start < (known := max(self._cursor, self._furthest)):
                due = replace(span, end=min(span.end, known))
                self._paint(due, waiting.reach)
            if span.end > self._cursor:
                rest = replace(span, start=max(span.start, self._cursor))
                self._waiting.append(replace(waiting, span=rest))
        paints, self._paints = tuple(self._paints), []
        if not self._armed and not self.armed:
            return Entry(paints, None)
        since = self._cursor if self._armed else self._since_armed()
        growing = self._open or Span(since, since, State.WATCHED)
        return Entry(paints, Open(growing, orderly))

    def take_gaps(self) -> list[Gap]:
        """Return the gaps to be told of since the last time."""
        gaps = list(self._gaps)
        self._gaps.clear()
        return gaps

    def put_back(self, entry: Entry) -> None:
        """Keep what could not be written for the next time."""
        self._paints = [*entry.paints, *self._paints][-_MOST_WAITING:]

    def _settle(self, cause: str) -> None:
        """What was being recorded is lost, unless a clip turns up that holds it."""
        span = Span(self._cursor - _DAY, self._cursor, State.LOST, cause)
        self._waiting.append(Paint(span, Reach.SETTLE))

    def _since_armed(self) -> float:
        return self._changes[-1][0] if self._changes else self._cursor

    def _lose(self, until: float) -> None:
        cause, lasts = self._excuse
        self._account(min(until, lasts), State.LOST, cause)
        self._account(until, State.LOST, OFFLINE)

    def _skip(self, until: float) -> None:
        self._account(self._since_armed(), State.LOST, OFFLINE)
        if self._armed and until > self._cursor:
            self._close_open()
            self._cursor = until

    def _account(self, until: float, state: State, cause: str | None) -> None:
        """Let the armed time from the cursor to ``until`` be in a state."""
        while True:
            while self._changes and self._changes[0][0] <= self._cursor:
                _, self._armed = self._changes.popleft()
                if not self._armed:
                    self._close_open()
                    self._gap.over()
            if self._cursor >= until:
                return
            stop = min(until, self._changes[0][0]) if self._changes else until
            if self._armed:
                self._fill(Span(self._cursor, stop, state, cause))
            self._cursor = stop

    def _fill(self, span: Span) -> None:
        self._follow_gap(span)
        last = self._open
        if last is not None and last.end == span.start and last.is_like(span):
            self._open = replace(last, end=span.end)
        else:
            self._close_open()
            self._open = span

    def _close_open(self) -> None:
        if self._open is not None:
            self._paints.append(Paint(self._open))
            self._open = None

    def _paint(self, span: Span, reach: Reach) -> None:
        last = self._open
        if last is not None and span.start < last.end and span.end > last.start:
            self._close_open()
        self._paints.append(Paint(span, reach))

    def _follow_gap(self, span: Span) -> None:
        if span.state is State.LOST:
            cause = span.cause or OFFLINE
            orderly = self._orderly and cause == SYSTEM_STOPPED
            self._gap.lost(span.start, span.end, cause, orderly=orderly)
        else:
            self._gap.over()
