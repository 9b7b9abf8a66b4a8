"""What of the past is hidden: all that was, however masks and clocks went."""

from hypothesis import given, strategies as st

from custom_components.hearthcam.engine.masking.curtain import Curtain
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask
from custom_components.hearthcam.engine.parts import Point

from .moving import CORNER, STAR


def test_the_past_is_hidden_as_it_was_then() -> None:
    star, corner = Mask((STAR,)), Mask((CORNER,))
    curtain = Curtain(NOTHING)
    assert curtain.clear_from() == 0
    assert curtain.set(star, 100)
    assert not curtain.set(star, 110)
    assert curtain.set(corner, 200)
    assert curtain.since(50) == corner.union(star)
    assert curtain.since(199) == corner.union(star)
    assert curtain.since(200) == corner
    assert curtain.clear_from() is None
    curtain.set(NOTHING, 300)
    assert curtain.mask == NOTHING
    assert curtain.clear_from() == 300
    assert curtain.since(250) == corner


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.sets(st.integers(0, 3))), max_size=90),
    st.integers(0, 1000),
)
def test_nothing_that_was_hidden_since_is_forgotten(
    changes: list[tuple[int, set[int]]], start: int
) -> None:
    """However often masks change, and though the clock may go back."""
    polygons = [
        (Point(0.1 * n, 0.0), Point(0.1 * n + 0.1, 0.0), Point(0.1 * n, 0.1))
        for n in range(4)
    ]
    curtain = Curtain(NOTHING)
    before: set[int] = set()
    wanted: set[int] = set()
    for now, which in changes:
        if now > start:
            wanted |= before
        curtain.set(Mask(tuple(polygons[n] for n in sorted(which))), now)
        before = which
    wanted |= before
    assert set(curtain.since(start).polygons) >= {polygons[n] for n in wanted}
