"""The book-keeping of armed time: nothing twice, nothing forgotten, whatever comes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
import itertools
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.library.account import (
    GRACE,
    LAG,
    LEARNING,
    Account,
    Entry,
    Open,
)
from custom_components.hearthcam.library.gaps import Gap
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

T0 = 1_700_000_000.0
WATCHED, RECORDING, LOST, RECORDED = (
    State.WATCHED,
    State.RECORDING,
    State.LOST,
    State.RECORDED,
)


@dataclass
class Written:
    """What would be in the database."""

    spans: list[Span] = field(default_factory=list)
    open: Open | None = None

    def write(self, entry: Entry) -> None:
        """Take what is to be written."""
        for each in entry.paints:
            self.spans = paint(self.spans, each)
        self.open = entry.open

    def read(self) -> list[Span]:
        """Return all spans, the one that grows among them."""
        if self.open is None or not self.open.span.seconds:
            return self.spans
        return paint(self.spans, Paint(self.open.span))

    def short(self) -> list[tuple[float, float, str]]:
        """Return the spans from `T0` on, as a test would write them down."""
        return [
            (span.start - T0, span.end - T0, span.cause or span.state.value)
            for span in self.read()
        ]


def known(now: float = T0, *, orderly: bool = False) -> Account:
    """Return the account of a camera that was watched until now."""
    return Account(now, Open(Span(now, now, WATCHED), orderly))


def written(account: Account) -> list[tuple[float, float, str]]:
    """Return what the account comes to."""
    disk = Written()
    disk.write(account.take())
    return disk.short()


def test_spans_of_the_stream_follow_each_other() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.covered(T0 + 5, T0 + 7, recorded=False)
    account.covered(T0 + 7, T0 + 9, recorded=True)
    assert written(account) == [(0, 7, "watched"), (7, 9, "recording")]
    assert account.take_gaps() == []


def test_what_lies_between_two_spans_is_lost() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.covered(T0 + 15, T0 + 20, recorded=False)
    assert written(account) == [
        *((0, 5, "watched"), (5, 15, "offline"), (15, 20, "watched")),
    ]
    gap = Gap(T0 + 5, None, "offline")
    assert account.take_gaps() == [gap, Gap(T0 + 5, T0 + 15, "offline")]


def test_a_short_gap_is_accounted_for_but_not_told_of() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.covered(T0 + 9, T0 + 10, recorded=False)
    assert written(account)[1] == (5, 9, "offline")
    assert account.take_gaps() == []


def test_a_camera_that_stays_away_is_lost_while_time_goes_by() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.tick(T0 + 8, online=False)
    assert written(account) == [(0, 5, "watched"), (5, 8 - LAG, "offline")]
    assert account.take_gaps() == []
    account.tick(T0 + 12, online=False)
    assert account.take_gaps() == [Gap(T0 + 5, None, "offline")]
    account.tick(T0 + 100, online=False)
    assert account.take_gaps() == []
    account.covered(T0 + 120, T0 + 125, recorded=False)
    assert account.take_gaps() == [Gap(T0 + 5, T0 + 120, "offline")]


def test_a_stream_that_is_there_is_given_time_to_be_told_of() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.tick(T0 + 50, online=True)
    account.covered(T0 + 5, T0 + 50, recorded=False)
    assert written(account) == [(0, 50, "watched")]
    account.tick(T0 + 200, online=True)
    assert account.cursor == T0 + 200 - LAG


def test_a_clip_tells_that_time_before_its_event_is_recorded_too() -> None:
    account = known()
    account.covered(T0, T0 + 20, recorded=False)
    account.covered(T0 + 20, T0 + 30, recorded=True)
    account.covered(T0 + 30, T0 + 40, recorded=False)
    account.clip(T0 + 15, T0 + 29.9)
    assert written(account) == [
        *((0, 15, "watched"), (15, 30, "recorded"), (30, 40, "watched")),
    ]


def test_a_clip_is_known_before_its_time_is_accounted_for() -> None:
    account = known()
    account.covered(T0, T0 + 10, recorded=True)
    account.clip(T0 + 2, T0 + 14)
    disk = Written()
    disk.write(account.take())
    account.covered(T0 + 10, T0 + 14, recorded=True)
    account.covered(T0 + 14, T0 + 20, recorded=False)
    disk.write(account.take())
    assert disk.short() == [(0, 14, "recorded"), (14, 20, "watched")]


def test_loss_that_is_reported_counts_more_than_the_stream() -> None:
    account = known()
    account.covered(T0, T0 + 10, recorded=True)
    account.lost(T0 + 4, T0 + 6, "slow_storage")
    assert written(account)[1] == (4, 6, "slow_storage")
    assert account.take_gaps() == []


def test_losses_that_are_reported_bit_by_bit_are_one_gap() -> None:
    """One group of pictures after the other finds no place."""
    account = known()
    account.covered(T0, T0 + 60, recorded=True)
    for number in range(2):
        account.lost(T0 + 2 * number, T0 + 2 * number + 2, "storage_full")
    assert account.take_gaps() == []
    for number in range(2, 20):
        account.lost(T0 + 2 * number, T0 + 2 * number + 2, "storage_full")
        account.tick(T0 + 60 + number, online=True)
    assert account.take_gaps() == [Gap(T0, None, "storage_full")]
    assert written(account)[0] == (0, 40, "storage_full")
    account.tick(T0 + 90, online=True)
    assert account.take_gaps() == []
    account.tick(T0 + 110, online=True)
    assert account.take_gaps() == [Gap(T0, T0 + 40, "storage_full")]
    account.covered(T0 + 60, T0 + 110, recorded=False)
    account.close(T0 + 110, online=True)
    account.lost(T0 + 100, T0 + 110, "storage_full")
    assert account.take_gaps() == []


def test_what_is_not_armed_is_not_counted() -> None:
    account = Account(T0)
    account.covered(T0, T0 + 10, recorded=False)
    account.arm(T0 + 12, armed=True)
    account.covered(T0 + 10, T0 + 15, recorded=False)
    account.arm(T0 + 18, armed=False)
    account.covered(T0 + 15, T0 + 20, recorded=True)
    account.clip(T0, T0 + 20)
    account.tick(T0 + 90, online=False)
    disk = Written()
    disk.write(account.take())
    assert disk.short() == [(12, 18, "recorded")]
    assert disk.open is None
    assert account.take_gaps() == []


def test_the_first_seconds_of_a_new_camera_are_no_loss() -> None:
    account = Account(T0)
    account.arm(T0, armed=True)
    account.tick(T0 + 10, online=False)
    account.covered(T0 + 12, T0 + 15, recorded=False)
    assert written(account) == [(12, 15, "watched")]


def test_a_new_camera_that_never_comes_is_lost_since_it_is_armed() -> None:
    account = Account(T0)
    account.arm(T0 + 3, armed=True)
    account.tick(T0 + 3 + GRACE + 1, online=False)
    assert written(account) == [(3, GRACE + 2, "offline")]


def test_engine_that_stopped_is_the_cause_until_cameras_had_time_to_come() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.engine(T0 + 6, running=False)
    account.tick(T0 + 7, online=False)
    account.engine(T0 + 8, running=True)
    account.tick(T0 + 60, online=False)
    assert written(account) == [
        *((0, 5, "watched"), (5, 8 + GRACE, "engine_stopped")),
        (8 + GRACE, 60 - LAG, "offline"),
    ]
    assert account.take_gaps() == [Gap(T0 + 5, None, "engine_stopped")]


@pytest.mark.parametrize("orderly", [True, False])
def test_time_without_home_assistant_is_known_at_the_next_start(orderly: bool) -> None:
    disk = Written()
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    disk.write(account.take(orderly=orderly))
    account = Account(T0 + 65, disk.open)
    account.covered(T0 + 68, T0 + 70, recorded=False)
    disk.write(account.take())
    assert disk.short() == [
        *((0, 5, "watched"), (5, 68, "system_stopped"), (68, 70, "watched")),
    ]
    (begun, ended) = account.take_gaps()
    assert begun.orderly is ended.orderly is orderly
    assert (begun.start, ended.end) == (T0 + 5, T0 + 68)


def test_a_gap_goes_on_over_a_restart() -> None:
    disk = Written()
    account = known()
    account.covered(T0 - 1, T0, recorded=False)
    account.tick(T0 + 20, online=False)
    disk.write(account.take())
    account = Account(T0 + 30, disk.open)
    account.covered(T0 + 40, T0 + 41, recorded=False)
    disk.write(account.take())
    assert account.take_gaps() == [Gap(T0, T0 + 40, "offline")]
    assert totals(disk.read()).lost == 40


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (-3600, [(-3600, -3590, "recording"), (0, 5, "watched")]),
        (2, [(0, 2, "watched"), (2, 12, "recording")]),
    ],
)
def test_a_clock_that_went_back_while_nothing_ran_claims_nothing(
    now: float, expected: list[tuple[float, float, str]]
) -> None:
    account = Account(T0 + now, Open(Span(T0, T0 + 5, WATCHED)))
    account.covered(T0 + now, T0 + now + 10, recorded=True)
    assert written(account) == expected


def test_a_clock_that_was_years_behind_claims_no_more_than_is_kept() -> None:
    account = Account(T0, Open(Span(0.0, 5.0, WATCHED)))
    assert totals([each.span for each in account.take().paints]).lost <= 401 * 86_400


def test_a_clock_that_is_learned_after_the_start_tells_how_long_all_was_off() -> None:
    """A computer without a clock of its own starts where it stopped."""
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.engine(T0 + 6, running=False)
    account.shift(3600)
    account.engine(T0 + 3608, running=True)
    account.covered(T0 + 3609, T0 + 3610, recorded=False)
    assert written(account) == [
        *((0, 5, "watched"), (5, 3605, "system_stopped")),
        *((3605, 3609, "engine_stopped"), (3609, 3610, "watched")),
    ]


def test_a_clock_that_is_set_moves_the_account_along() -> None:
    for by in (3600.0, -3600.0):
        account = known(T0 - LEARNING)
        account.covered(T0 - LEARNING, T0, recorded=False)
        account.take()
        account.covered(T0, T0 + 5, recorded=False)
        account.engine(T0 + 6, running=False)
        account.shift(by)
        account.engine(T0 + by + 8, running=True)
        account.covered(T0 + by + 9, T0 + by + 10, recorded=False)
        assert sorted(written(account)) == sorted(
            [
                *((-LEARNING, 5, "watched"), (by + 5, by + 9, "engine_stopped")),
                (by + 9, by + 10, "watched"),
            ]
        )


def test_what_was_being_written_when_all_stopped_is_lost_unless_repaired() -> None:
    account = known()
    account.covered(T0, T0 + 10, recorded=True)
    account.engine(T0 + 11, running=False)
    account.clip(T0, T0 + 9, recovered=True)
    assert written(account) == [(0, 9, "recorded"), (9, 10, "engine_stopped")]


def test_a_camera_that_is_unloaded_counts_no_more() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.close(T0 + 8, online=True)
    disk = Written()
    disk.write(account.take())
    assert disk.short() == [(0, 8, "watched")]
    assert disk.open is None


def test_what_could_not_be_written_is_written_the_next_time() -> None:
    account = known()
    account.covered(T0, T0 + 5, recorded=False)
    account.covered(T0 + 5, T0 + 9, recorded=True)
    account.put_back(account.take())
    assert written(account) == [(0, 5, "watched"), (5, 9, "recording")]


# --- whatever comes -----------------------------------------------------------

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


def check(spans: Sequence[Span]) -> None:
    """Spans are ordered, do not overlap, and no two neighbours say the same."""
    for span in spans:
        assert span.start < span.end
        assert (span.cause is None) is (span.state is not LOST)
    for before, after in itertools.pairwise(spans):
        assert before.end <= after.start
        assert before.end < after.start or not before.is_like(after)


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
