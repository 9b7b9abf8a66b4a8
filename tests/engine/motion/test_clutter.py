"""How much must be seen of a thing, among many that are nothing."""

from custom_components.hearthcam.engine.motion.clutter import Clutter


def _after(
    seconds: float, lost: list[tuple[int, int]], unsure: list[int] | None = None
) -> Clutter:
    clutter = Clutter()
    for number in range(round(seconds * 5)):
        clutter = clutter.after(number / 5, lost, unsure or [])
    return clutter


def test_where_nothing_was_lost_nothing_more_is_asked_for() -> None:
    assert _after(60, []).needed(10) == 0


def test_the_more_and_the_longer_lasting_the_lost_the_more_is_asked_for() -> None:
    few, many = _after(60, [(4, 2)]), _after(60, [(4, 2)] * 10)
    lasting = _after(60, [(4, 6)])
    assert 0 < few.needed(4) < many.needed(4)
    assert few.needed(4) < lasting.needed(4)


def test_flakes_do_not_hinder_a_person() -> None:
    flakes = _after(60, [(4, 4)] * 10)
    assert flakes.needed(4) > 10
    assert flakes.needed(60) == 0


def test_large_things_that_were_nothing_hinder_small_ones_too() -> None:
    assert _after(60, [(80, 3)]).needed(20) > 0


def test_a_crowd_at_once_is_suspect_before_any_of_it_is_lost() -> None:
    assert _after(0.2, [], [5] * 3).needed(5) == 0
    assert _after(0.2, [], [5] * 20).needed(5) > 6


def test_it_is_forgotten_after_some_minutes() -> None:
    clutter = _after(60, [(4, 3)])
    before = clutter.needed(4)
    for number in range(5 * 600):
        clutter = clutter.after(60 + number / 5, [], [])
    assert clutter.needed(4) < before
