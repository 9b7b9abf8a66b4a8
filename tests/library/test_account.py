"""The book-keeping of armed time: nothing twice, nothing forgotten, whatever comes."""

import pytest

from custom_components.hearthcam.library.account import (
    GRACE,
    LAG,
    LEARNING,
    Account,
    Open,
)
from custom_components.hearthcam.library.gaps import Gap
from custom_components.hearthcam.library.spans import Span, totals

from .accounts import T0, WATCHED, Written, known, written


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
