"""Pictures made small."""

from av.video.frame import VideoFrame
import numpy as np
import pytest

from custom_components.hearthcam.engine.motion.grid import cell_side, grid_of

from .drawn import frame_of, scenery


@pytest.mark.parametrize(
    ("width", "height"),
    [(640, 360), (178, 100), (352, 288), (1920, 1080), (768, 576), (2, 2), (360, 640)],
)
def test_every_size_of_picture_becomes_a_grid_of_square_cells(
    width: int, height: int
) -> None:
    picture = np.full((height, width), 77, dtype=np.float32)
    grid = grid_of(frame_of(picture))
    assert grid.luma.size <= 4200
    assert np.allclose(grid.luma, 77, atol=0.01)
    rows, columns = grid.luma.shape
    assert rows * grid.cell_height <= 1.0 + 1e-9
    assert columns * grid.cell_width <= 1.0 + 1e-9
    assert grid.cell_width * width == pytest.approx(grid.cell_height * height)


def test_a_cell_is_the_mean_of_its_pixels() -> None:
    picture = np.floor(scenery(640, 360))
    side = cell_side(640, 360)
    grid = grid_of(frame_of(picture))
    expected = picture.reshape(360 // side, side, 640 // side, side).mean(axis=(1, 3))
    assert np.allclose(grid.luma, expected, atol=0.01)


@pytest.mark.parametrize("pixels", ["nv12", "yuv420p10le", "yuvj420p", "rgb24"])
def test_other_pixel_formats_give_the_same_cells(pixels: str) -> None:
    frame = frame_of(scenery(), blue=128, red=128)
    other = grid_of(frame.reformat(format=pixels))
    # Formats of full range stretch the luma; what matters is the picture.
    same = np.corrcoef(other.luma.ravel(), grid_of(frame).luma.ravel())[0, 1]
    assert same > 0.999


def test_infra_red_pictures_have_no_saturation() -> None:
    assert grid_of(frame_of(scenery(), blue=128, red=128)).saturation == 0
    assert grid_of(frame_of(scenery(), blue=100, red=140)).saturation == 40


def test_a_picture_without_chroma_says_nothing_of_colour() -> None:
    gray = VideoFrame.from_ndarray(scenery().astype(np.uint8), format="gray")
    assert grid_of(gray).saturation is None
