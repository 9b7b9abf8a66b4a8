"""What an observation says of its regions."""

import numpy as np
import pytest

from custom_components.hearthcam.engine.motion import Observation, Region, region_of
from custom_components.hearthcam.engine.motion.observation import contrast_of, quiet


def _cells() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    cells = np.zeros((45, 80), dtype=np.float32)
    cells[10:20, 30:34] = 5.0
    cells[40, 70:73] = 2.0
    return cells


def _region(rows: slice, columns: slice, *, since: float, confirmed: bool) -> Region:
    where = np.zeros((45, 80), dtype=bool)
    where[rows, columns] = True
    y, x = np.nonzero(where)
    return region_of(_cells(), y, x, 1 / 80, 1 / 45, since=since, confirmed=confirmed)


def _seen() -> Observation:
    person = _region(slice(10, 20), slice(30, 34), since=98.5, confirmed=True)
    speck = _region(slice(40, 41), slice(70, 73), since=99.8, confirmed=False)
    return quiet(100.0, _cells()).of([speck, person])


def test_a_regions_box_holds_its_cells() -> None:
    box = _seen().regions[0].box
    assert box.x == pytest.approx(30 / 80)
    assert box.y == pytest.approx(10 / 45)
    assert box.width == pytest.approx(4 / 80)
    assert box.height == pytest.approx(10 / 45)


def test_what_is_confirmed_makes_it_move() -> None:
    seen = _seen()
    assert seen.moving
    assert seen.suspicious
    assert seen.since == 98.5
    assert seen.size == pytest.approx(40 / 3600)
    assert seen.contrast == pytest.approx(5.0)
    assert 0.8 < seen.score < 1.0
    assert len(seen.boxes) == 1


def test_without_the_region_that_moves_it_is_suspicious_only() -> None:
    seen = _seen()
    rest = seen.of(seen.regions[1:])
    assert not rest.moving
    assert rest.suspicious
    assert rest.since == rest.time
    assert rest.contrast == 0.0
    assert rest.of([]).boxes == ()
    assert not rest.of([]).suspicious


def test_a_motion_does_not_begin_long_before_it_was_recognised() -> None:
    old = _region(slice(10, 20), slice(30, 34), since=10.0, confirmed=True)
    assert quiet(100.0, _cells()).of([old]).since == 97.0


def test_one_cell_alone_makes_no_contrast() -> None:
    excess = np.array([1.0, 1.0, 1.2, 40.0], dtype=np.float32)
    assert contrast_of(excess) == pytest.approx(1.0)
    assert contrast_of(excess[:0]) == 0.0
