"""What the tables of detection say is what was told and what was true."""

from pathlib import Path

import pytest

from .detection import OURS, judge_zone, try_clip
from .detection_clips import (
    Clip,
    Span,
    ZoneLabel,
    drawn_clips,
    footage_clips,
    footage_folder,
)
from .detection_ours import run_ladder
from .detection_peers import PEERS
from .detection_score import Score, Told, percentile, score


def clip(
    present: tuple[Span, ...] = (Span(20, 30),),
    empty: tuple[Span, ...] = (Span(0, 19.5), Span(30.5, 100)),
) -> Clip:
    """Return the labels of a clip without a picture."""
    return Clip("it", "group", Path("it.mp4"), 100, present, empty, 0.4, True, True)


def told(start: float, end: float, when: float | None = None) -> Told:
    """Return a motion, told of half a second after its start."""
    return Told(start + 0.5 if when is None else when, Span(start, end))


def test_a_motion_that_meets_an_interval_is_a_hit_with_its_onset() -> None:
    found = score(clip(), [told(20.2, 28)])
    assert (found.hits, found.intervals, found.false) == (1, 1, 0)
    assert found.onsets == pytest.approx((0.7,))
    assert found.coverage == pytest.approx(0.78)
    assert found.f1 == 1.0


def test_labels_may_be_off_by_their_tolerance() -> None:
    assert score(clip(), [told(30.3, 31)]).hits == 1
    assert score(clip(), [told(30.5, 31)]).hits == 0


def test_a_motion_that_begins_with_nobody_there_is_false() -> None:
    found = score(clip(), [told(5, 8), told(40, 41)])
    assert (found.hits, found.false, found.persons_missed) == (0, 2, 1)
    assert found.false_seconds == pytest.approx(4)
    assert found.false_per_hour == pytest.approx(2 / 89 * 3600)
    assert found.switch_events == 2
    assert found.missed == ("it 20.0-30.0",)
    assert found.f1 == 0.0


def test_what_leads_to_somebody_or_lingers_is_not_false() -> None:
    assert score(clip(), [told(19.2, 30)]).false == 0
    assert score(clip(), [told(21, 33)]).false == 0
    assert score(clip(), [told(30.9, 32)]).false == 0
    assert score(clip(), [told(31.2, 32)]).false == 1


def test_one_motion_over_everything_counts_for_each_half_minute() -> None:
    found = score(clip(), [told(1, 100)])
    assert (found.hits, found.false) == (1, 1)
    assert found.stretches == 3
    assert found.f1 == pytest.approx(2 / 5)
    assert found.onsets == ()


def test_who_is_there_from_the_beginning_has_no_onset() -> None:
    found = score(clip((Span(0, 30),), ()), [told(1, 30)])
    assert found.hits == 1
    assert found.onsets == ()
    assert found.false_per_hour is None


def test_nothing_told_of_nothing_is_perfect() -> None:
    assert score(clip((), (Span(0, 100),)), []).f1 == 1.0
    assert score(clip((), (Span(0, 100),)), [told(50, 51)]).f1 == 0.0


def test_scores_add_up() -> None:
    one, two = score(clip(), [told(20, 30)]), score(clip(), [told(50, 51)])
    both = sum((one, two), Score())
    assert (both.hits, both.intervals, both.false) == (1, 2, 1)
    assert both.empty == one.empty + two.empty
    assert both.recall == 0.5


def test_percentiles() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([3, 1, 2], 0.95) == 3


def test_a_zone_is_right_where_it_is_told_of_and_where_it_is_not() -> None:
    label = ZoneLabel("gate", (), (Span(10, 12),), (Span(0, 9), Span(13, 30)), 1.0)
    verdicts = list(judge_zone("it", label, [Span(12.5, 12.8), Span(20, 21)]))
    assert [verdict.right for verdict in verdicts] == [True, True, False]


def test_every_group_of_footage_has_a_name(shared: Path) -> None:
    clips, skipped = footage_clips(footage_folder())
    assert shared == footage_folder().parent
    assert not skipped
    assert not [clip.name for clip in clips if clip.group == "other"]
    coach = next(c for c in clips if c.name == "tooley-street").zones[0]
    assert coach.empty == (Span(0, 1.5), Span(8, 9.7))


def test_absent_footage_is_left_out_with_a_reason(tmp_path: Path) -> None:
    clips, skipped = footage_clips(tmp_path)
    assert not clips
    assert len(skipped) == 1


def test_all_detectors_are_tried_on_the_same_clip() -> None:
    small = next(c for c in drawn_clips(20.0) if c.name == "noise-day-people")
    result = try_clip(small)
    assert set(result.scores) == {OURS, *PEERS}
    for scored in result.scores.values():
        assert scored.intervals == 4
        assert scored.cpu > 0
    # Who runs by, large, is seen by everybody.
    assert all(scored.hits >= 2 for scored in result.scores.values())


def test_the_ladder_rests_between_visits_and_is_woken_by_them() -> None:
    small = next(c for c in drawn_clips(20.0) if c.name == "noise-day-people")
    watched = run_ladder(small.path())
    assert watched.rung_at(small.present[1].start) == "rest"
    woken = watched.woke(small.present[1].start)
    assert woken is not None
    assert woken < small.present[1].end
