"""A camera's armed time as spans that follow each other; plain computing, no disk.

Each moment has one state, the strongest of all that was said of it. So it does not
matter in which order reports come, nor whether one comes twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
import itertools


class State(StrEnum):
    """What became of armed time, the weakest first."""

    WATCHED = "watched"
    """The stream came, and nothing was to be recorded."""
    RECORDING = "recording"
    """It went into a clip that is not known to be whole (yet)."""
    LOST = "lost"
    RECORDED = "recorded"
    """It is in a clip that is whole, on disk."""


class Reach(IntEnum):
    """What `paint` may change."""

    FILL = 0
    """Everything, also time that was not accounted for."""
    RAISE = 1
    """Only time that was accounted for."""
    SETTLE = 2
    """Only what is `RECORDING`."""


_STRENGTH = {state: number for number, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Span:
    """Time from ``start`` to ``end`` (s of the epoch); ``cause`` where it is lost."""

    start: float
    end: float
    state: State
    cause: str | None = None

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.start

    @property
    def _strength(self) -> tuple[int, str]:
        return _STRENGTH[self.state], self.cause or ""

    def outdoes(self, other: Span) -> bool:
        """Tell whether this is what counts where both were said."""
        return self._strength > other._strength

    def is_like(self, other: Span) -> bool:
        """Tell whether both say the same."""
        return (self.state, self.cause) == (other.state, other.cause)


@dataclass(frozen=True, slots=True)
class Paint:
    """A span to be painted, and what it may change."""

    span: Span
    reach: Reach = Reach.FILL


@dataclass(slots=True)
class CoverageTotals:
    """Seconds by what became of them; those lost also by their cause."""

    recorded: float = 0.0
    watched: float = 0.0
    lost: float = 0.0
    causes: dict[str, float] = field(default_factory=dict)

    @property
    def armed(self) -> float:
        """All seconds that count."""
        return self.recorded + self.watched + self.lost

    @property
    def share(self) -> float | None:
        """Which share (0..1) was not lost; None without an armed second."""
        return (self.recorded + self.watched) / self.armed if self.armed > 0 else None


def paint(spans: Sequence[Span], new: Paint) -> list[Span]:
    """Return the spans with one painted over them.

    ``spans`` are ordered and do not overlap; so are those returned, and neighbours
    that say the same are one.
    """
    cuts = {new.span.start, new.span.end}
    for span in spans:
        cuts |= {span.start, span.end}
    moments = sorted(cuts)
    painted: list[Span] = []
    index = 0
    for start, end in itertools.pairwise(moments):
        while index < len(spans) and spans[index].end <= start:
            index += 1
        old = spans[index] if index < len(spans) else None
        if old is not None and old.start > start:
            old = None
        inside = new.span.start <= start and end <= new.span.end
        kept = _stronger(old, new) if inside else old
        if kept is not None:
            painted.append(replace(kept, start=start, end=end))
    return joined(painted)


def _stronger(old: Span | None, new: Paint) -> Span | None:
    if old is None:
        return new.span if new.reach is Reach.FILL else None
    if new.reach is Reach.SETTLE and old.state is not State.RECORDING:
        return old
    return new.span if new.span.outdoes(old) else old


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return ordered spans with those made one that touch and say the same."""
    result: list[Span] = []
    for span in spans:
        if result and result[-1].end == span.start and result[-1].is_like(span):
            result[-1] = replace(result[-1], end=span.end)
        else:
            result.append(span)
    return result


def clipped(spans: Iterable[Span], start: float, end: float) -> list[Span]:
    """Return what of the spans lies in start <= t < end."""
    return [
        replace(span, start=max(span.start, start), end=min(span.end, end))
        for span in spans
        if span.start < end and span.end > start
    ]


def told(spans: Iterable[Span]) -> list[Span]:
    """Return the spans as users are told of them: what is being recorded is."""
    return joined(
        replace(span, state=State.RECORDED) if span.state is State.RECORDING else span
        for span in spans
    )


def totals(spans: Iterable[Span]) -> CoverageTotals:
    """Sum up."""
    result = CoverageTotals()
    for span in spans:
        match span.state:
            case State.RECORDED | State.RECORDING:
                result.recorded += span.seconds
            case State.WATCHED:
                result.watched += span.seconds
            case State.LOST:
                cause = span.cause or ""
                result.lost += span.seconds
                result.causes[cause] = result.causes.get(cause, 0.0) + span.seconds
    return result


def faded(spans: Iterable[Span]) -> list[Span]:
    """Return the spans of long ago: the gaps, and that there was none in between.

    By then clips are deleted, and what is left to say of their time is that nothing
    was lost.
    """
    return joined(
        span
        if span.state is State.LOST
        else replace(span, state=State.WATCHED, cause=None)
        for span in spans
    )
