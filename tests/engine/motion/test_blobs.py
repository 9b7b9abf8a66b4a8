"""Connected regions, against a flood fill that is too simple to be wrong."""

from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import numpy.typing as npt

from custom_components.hearthcam.engine.motion.blobs import blobs_of, dilate, label


def _flood(mask: npt.NDArray[np.bool_]) -> set[frozenset[tuple[int, int]]]:
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    regions: set[frozenset[tuple[int, int]]] = set()
    while left:
        edge = [left.pop()]
        region = set(edge)
        while edge:
            y, x = edge.pop()
            around = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= around
            region |= around
            edge += around
        regions.add(frozenset(region))
    return regions


@given(arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 12))))
@settings(max_examples=150, deadline=None)
def test_regions_are_those_of_a_flood_fill(mask: npt.NDArray[np.bool_]) -> None:
    labels, count = label(mask)
    regions = {
        frozenset((int(y), int(x)) for y, x in np.argwhere(labels == number))
        for number in range(1, count + 1)
    }
    assert regions == _flood(mask)


@given(arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 12))))
@settings(max_examples=100, deadline=None)
def test_every_changed_cell_is_in_exactly_one_blob(
    mask: npt.NDArray[np.bool_],
) -> None:
    blobs = blobs_of(mask, mask, mask.astype(np.float32))
    assert sum(blob.area for blob in blobs) == mask.sum()
    for blob in blobs:
        assert blob.left <= blob.x <= blob.right
        assert blob.top <= blob.y <= blob.bottom


def test_a_mask_grows_by_one_cell_to_all_sides() -> None:
    mask = np.zeros((5, 6), dtype=np.bool_)
    mask[2, 3] = True
    assert np.argwhere(dilate(mask)).min(axis=0).tolist() == [1, 2]
    assert dilate(mask).sum() == 9


def test_confetti_is_not_worth_the_time() -> None:
    mask = np.zeros((90, 160), dtype=np.bool_)
    mask[:, ::2] = True
    assert label(mask)[1] == 0
