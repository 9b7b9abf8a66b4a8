"""How good what a detector told is, compared with the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import math
import statistics

from .detection_clips import Clip, Span

LEAD = 1.0
"""Seconds before and after somebody is there in which a start is not held false: the
labels' edges, a shadow that comes first, and the last that is seen of somebody."""
LEARNING = 3.0
"""Who is there before this has no onset: every detector is still learning."""
STRETCH = 30.0
"""A false motion counts again with each so many seconds that it lasts."""


@dataclass(frozen=True, slots=True)
class Told:
    """A motion that a detector told of: when it told, and its extent, in s."""

    told: float
    span: Span


@dataclass(frozen=True, slots=True)
class Score:
    """The sums over some clips; see the properties for what they mean."""

    hits: int = 0
    intervals: int = 0
    persons_missed: int = 0
    persons: int = 0
    covered: float = 0.0
    present: float = 0.0
    false: int = 0
    false_seconds: float = 0.0
    stretches: int = 0
    empty: float = 0.0
    switch_events: int = 0
    cpu: float = 0.0
    """CPU seconds, decoding included."""
    seconds: float = 0.0
    onsets: tuple[float, ...] = ()
    """Seconds from the first changed picture to the telling."""
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def recall(self) -> float | None:
        """Share of the intervals with somebody that any motion met."""
        return self.hits / self.intervals if self.intervals else None

    @property
    def coverage(self) -> float | None:
        """Share of the time with somebody that was motion."""
        return self.covered / self.present if self.present else None

    @property
    def false_per_hour(self) -> float | None:
        """Motions that began with nobody there, per hour with nobody there."""
        return self.false / self.empty * 3600 if self.empty else None

    @property
    def false_share(self) -> float | None:
        """Share of the time with nobody there that was motion."""
        return self.false_seconds / self.empty if self.empty else None

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision, of intervals; 1 is perfect.

        A motion without anybody counts against it once for each `STRETCH` begun.
        """
        wrong = max(self.false, self.stretches)
        misses = self.intervals - self.hits
        if not self.intervals:
            return 1.0 if not wrong else 0.0
        return 2 * self.hits / (2 * self.hits + wrong + misses)

    @property
    def rank(self) -> tuple[float, int]:
        """Better is greater: `f1`, and where that is the same the false motions."""
        return round(self.f1, 3), -max(self.false, self.stretches)

    def onset(self, share: float) -> float | None:
        """Return a percentile (share 0..1) of the onset latency."""
        return percentile(self.onsets, share)

    def __add__(self, other: Score) -> Score:
        """Sum up."""
        return Score(
            *(
                getattr(self, name) + getattr(other, name)
                for name in Score.__dataclass_fields__
            )
        )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that a share (0..1) of all does not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def median(values: Iterable[float]) -> float | None:
    """Return the median, or None of nothing."""
    found = list(values)
    return statistics.median(found) if found else None


def score(clip: Clip, told: Sequence[Told], cpu: float = 0.0) -> Score:
    """Compare what was told of one clip with the truth about it."""
    hit = [
        [motion for motion in told if motion.span.meets(span, clip.tolerance)]
        for span in clip.present
    ]
    false = [motion for motion in told if is_false(clip, motion)]
    inside = [
        sum(motion.span.overlap(inner) for inner in _inner(clip)) for motion in told
    ]
    missed = [span for span, met in zip(clip.present, hit, strict=True) if not met]
    return Score(
        hits=len(clip.present) - len(missed),
        intervals=len(clip.present),
        persons_missed=len(missed) * clip.persons,
        persons=len(clip.present) * clip.persons,
        covered=sum(m.span.overlap(s) for m in told for s in clip.present),
        present=sum(span.seconds for span in clip.present),
        false=len(false),
        false_seconds=sum(inside),
        stretches=sum(math.ceil((s - 1e-6) / STRETCH) for s in inside if s >= LEAD),
        empty=sum(span.seconds for span in clip.empty),
        switch_events=len(false) * clip.switch,
        cpu=cpu,
        seconds=clip.seconds,
        onsets=tuple(onsets(clip, told)),
        missed=tuple(f"{clip.name} {s.start:.1f}-{s.end:.1f}" for s in missed),
        wrong=tuple(f"{clip.name} {m.span.start:.1f}-{m.span.end:.1f}" for m in false),
    )


def is_false(clip: Clip, motion: Told) -> bool:
    """Tell whether a motion began with nobody there."""
    start = Span(motion.span.start, motion.span.start)
    return any(start.meets(span) for span in clip.empty) and not any(
        start.meets(span, LEAD) for span in clip.present
    )


def _inner(clip: Clip) -> list[Span]:
    """Return the empty spans without their edges beside who is there."""
    inner: list[Span] = []
    for empty in clip.empty:
        start, end = empty
        for span in clip.present:
            if abs(span.end - start) < LEAD:
                start += LEAD
            if abs(span.start - end) < LEAD:
                end -= LEAD
        if end > start:
            inner.append(Span(start, end))
    return inner


def onsets(clip: Clip, told: Sequence[Told]) -> list[float]:
    """Return how long after somebody came each was told of.

    Who came while another motion was still going on has no onset of his own, nor has
    who was there when the clip began.
    """
    found = []
    for span in clip.present:
        met = [motion for motion in told if motion.span.meets(span, clip.tolerance)]
        if span.start < LEARNING or not met:
            continue
        first = min(met, key=lambda motion: motion.told)
        if first.told >= span.start - clip.tolerance:
            found.append(max(first.told - span.start, 0.0))
    return found
