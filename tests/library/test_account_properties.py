"""The book-keeping of armed time, whatever happens in whatever order."""

from collections.abc import Sequence
import itertools
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.library.account import LAG, Account
from custom_components.hearthcam.library.spans import (
    Paint,
    Reach,
    Span,
    State,
    faded,
    paint,
    told,
    totals,
)

from .accounts import LOST, T0, Written, check, known

_moments = st.integers(0, 60).map(lambda number: T0 + number)
_spans = st.builds(
    lambda start, seconds, state, cause: Span(
        start, start + seconds, state, cause if state is LOST else None
    ),
    _moments,
    st.integers(1, 20),
    st.sampled_from(State),
    st.sampled_from(["offline", "storage_full", "engine_stopped"]),
)
_paints = st.builds(Paint, _spans, st.sampled_from(Reach))


def state_at(spans: Sequence[Span], moment: float) -> tuple[State, str | None] | None:
    """Return what became of a moment."""
    found = [span for span in spans if span.start <= moment < span.end]
    assert len(found) <= 1
    return (found[0].state, found[0].cause) if found else None


@given(st.lists(_paints, max_size=12))
def test_painted_spans_never_overlap_and_repeating_changes_nothing(
    paints: list[Paint],
) -> None:
    spans: list[Span] = []
    for each in paints:
        spans = paint(spans, each)
        check(spans)
        assert paint(spans, each) == spans
    check(told(spans))
    check(faded(spans))
    assert totals(told(spans)).recorded == pytest.approx(totals(spans).recorded)
    assert totals(faded(spans)).armed == pytest.approx(totals(spans).armed)
    assert totals(faded(spans)).causes == pytest.approx(totals(spans).causes)


@given(st.lists(_spans, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(
    spans: list[Span], random: Random
) -> None:
    filled: list[Span] = []
    for span in spans:
        filled = paint(filled, Paint(span))
    shuffled = list(spans)
    random.shuffle(shuffled)
    other: list[Span] = []
    for span in shuffled:
        other = paint(other, Paint(span))
    assert other == filled
    for span in spans:
        assert paint(filled, Paint(span)) == filled
    for second in range(81):
        moment = T0 + second + 0.5
        strongest: Span | None = None
        for span in spans:
            if span.start <= moment < span.end and (
                strongest is None or span.outdoes(strongest)
            ):
                strongest = span
        expected = None if strongest is None else (strongest.state, strongest.cause)
        assert state_at(filled, moment) == expected


_happenings = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("covered", "recorded", "lost", "clip", "repaired"),
                *("arm", "disarm", "down", "up", "away", "there"),
                *("write", "failed write", "kill", "stop"),
            )
        ),
        st.integers(0, 12),
        st.integers(0, 12),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(_happenings)
def test_every_armed_second_is_in_the_ledger_exactly_once(
    happenings: list[tuple[str, int, int]],
) -> None:
    """Whatever happens in whatever order, also kills between two writings."""
    disk = Written()
    now, reported = T0, T0
    armed = True
    account = known()
    switched = [(T0, True)]
    disk.write(account.take())
    for what, first, second in happenings:
        now += first / 2
        match what:
            case "covered" | "recorded":
                # Now and then a report comes again, or overlaps.
                start = reported + (second - 4 if second > 3 else 0)
                account.covered(min(start, now), now, recorded=what == "recorded")
                reported = now
            case "lost":
                account.lost(now - second, now, "storage_full")
            case "clip" | "repaired":
                account.clip(now - 2 * second, now, recovered=what == "repaired")
            case "arm" | "disarm":
                armed = what == "arm"
                account.arm(now, armed=armed)
                switched.append((now, armed))
            case "down" | "up":
                account.engine(now, running=what == "up")
            case "away" | "there":
                account.tick(now, online=what == "there")
            case "write":
                disk.write(account.take())
            case "failed write":
                account.put_back(account.take())
            case "kill" | "stop":
                account.tick(now + LAG, online=False)
                disk.write(account.take(orderly=what == "stop"))
                account.covered(reported, now, recorded=True)
                now += second
                opened = disk.open
                account = Account(now, opened, fresh=False)
                account.arm(now, armed=armed)
                reported = now
        check(disk.read())
    account.tick(now + 100, online=False)
    disk.write(account.take())
    spans = disk.read()
    check(spans)
    switched.append((account.cursor, False))
    moment = T0 + 0.25
    while moment < account.cursor:
        expected = [state for time, state in switched if time <= moment][-1]
        assert (state_at(spans, moment) is not None) is expected, moment - T0
        moment += 0.5
    assert totals(spans).armed == pytest.approx(
        sum(
            after[0] - before[0]
            for before, after in itertools.pairwise(switched)
            if before[1]
        )
    )
