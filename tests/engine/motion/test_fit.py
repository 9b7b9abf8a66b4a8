"""Light and place of the whole picture, fitted and undone."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.hearthcam.engine.motion.fit import fit
from custom_components.hearthcam.engine.motion.grid import Cells, reduce_plane

from .drawn import noisy, scenery

_SIDE = 4


def _cells(right: int = 0, down: int = 0, *, sigma: float = 0.0) -> Cells:
    """Return the scenery's cells, shifted by so many pixels (a cell has 4)."""
    picture = np.roll(scenery(), (down, right), axis=(0, 1))
    picture = noisy(picture, np.random.default_rng(3), sigma)
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    return reduce_plane(pixels, pixels.shape[1], pixels.shape[0], _SIDE)


@given(gain=st.floats(0.5, 1.6), offset=st.floats(-15, 15))
@settings(max_examples=30, deadline=None)
def test_gain_and_offset_are_undone(gain: float, offset: float) -> None:
    mean = _cells()
    luma = np.clip(mean * np.float32(gain) + np.float32(offset), 0, 255)
    fitted = fit(mean, luma)
    assert np.median(np.abs(fitted.lit - luma)) < 1.0
    assert (fitted.shift_x, fitted.shift_y) == (0.0, 0.0)


@pytest.mark.parametrize(("right", "down"), [(1, 0), (-2, 0), (0, 2), (2, -1), (3, 1)])
def test_a_small_shift_is_found_and_largely_undone(right: int, down: int) -> None:
    mean, luma = _cells(), _cells(right, down, sigma=2.0)
    fitted = fit(mean, luma)
    assert fitted.shift_x == pytest.approx(right / _SIDE, abs=0.2)
    assert fitted.shift_y == pytest.approx(down / _SIDE, abs=0.2)
    inner = np.s_[2:-2, 2:-2]
    before = np.abs(mean - luma)[inner].mean()
    assert np.abs(fitted.lit - luma)[inner].mean() < 0.75 * before


def test_noise_and_a_large_thing_are_no_shift() -> None:
    mean, luma = _cells(), _cells(sigma=4.0)
    luma[10:35, 20:40] = 30.0
    fitted = fit(mean, luma)
    assert (fitted.shift_x, fitted.shift_y, fitted.slack) == (0.0, 0.0, None)
    outside = np.ones(mean.shape, dtype=bool)
    outside[10:35, 20:40] = False
    assert np.abs(fitted.lit - luma)[outside].mean() < 2.0


def test_a_flat_picture_has_light_but_no_gain() -> None:
    flat = np.full((45, 80), 100.0, dtype=np.float32)
    fitted = fit(flat, flat + 20)
    assert np.allclose(fitted.lit, 120.0)


def test_what_is_learnt_from_is_not_shifted() -> None:
    fitted = fit(_cells(), _cells(2, 1))
    assert fitted.shift_x != 0.0
    assert np.abs(fitted.still - _cells()).mean() < 2.0
