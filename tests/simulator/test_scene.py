"""The drawn scene is what its ground truth says."""

import av
import numpy as np
import numpy.typing as npt
import pytest

from tests.simulator import DrawnScene, Scene, barcode, crossing, house_scene, visit
from tests.simulator.painter import Painter, planes
from tests.simulator.scene import Light
from tests.simulator.source import small_source

WIDTH, HEIGHT, FPS = 320, 180, 10


def difference(
    painter: Painter, number: int, *, noise: bool = False
) -> npt.NDArray[np.int16]:
    """Return by how much a frame's luma differs from the empty picture's."""
    empty = painter.frame(0, FPS, noise=False)[:HEIGHT].astype(np.int16)
    frame = painter.frame(number, FPS, noise=noise)[:HEIGHT].astype(np.int16)
    return np.subtract(frame, empty)


@pytest.mark.parametrize("light", ["day", "night"])
def test_pixels_change_only_while_somebody_is_there_and_only_in_the_box(
    light: Light,
) -> None:
    scene = house_scene(light)
    painter = Painter(scene, WIDTH, HEIGHT)
    shown = set()
    for number in range(int(scene.duration * FPS)):
        changed = difference(painter, number) != 0
        allowed = np.zeros_like(changed)
        for box in scene.boxes(number / FPS):
            left, top = int(box.left * WIDTH) - 2, int(box.top * HEIGHT) - 2
            right = int((box.left + box.width) * WIDTH) + 3
            bottom = int((box.top + box.height) * HEIGHT) + 3
            allowed[max(top, 0) : bottom, max(left, 0) : right] = True
        assert not (changed & ~allowed).any()
        if changed.any():
            shown.add(number)
    expected: set[int] = set()
    for interval in scene.intervals:
        first = scene.first_frame(interval, FPS)
        last = scene.last_frame(interval, FPS)
        assert first in shown
        # The box may leave the picture a moment after what is drawn in it.
        assert shown & set(range(last - 2, last + 1))
        expected |= set(range(first, last + 1))
    assert shown <= expected


def test_a_frame_is_the_same_whenever_it_is_drawn() -> None:
    scene = Scene(10, (visit("person", 1, 9),))
    once, again = Painter(scene, 64, 36), Painter(scene, 64, 36)
    again.frame(3, FPS)
    assert (once.frame(50, FPS) == again.frame(50, FPS)).all()
    assert (once.frame(50, FPS) != once.frame(51, FPS)).any()


def test_noise_is_as_strong_as_asked() -> None:
    quiet = Painter(Scene(10, noise=0), WIDTH, HEIGHT)
    noisy = Painter(Scene(10, noise=3), WIDTH, HEIGHT)
    assert not difference(quiet, 5, noise=True).any()
    assert 2.8 < difference(noisy, 5, noise=True).std() < 3.2


def test_an_actor_that_turns_round_faces_where_it_goes() -> None:
    actor = visit("person", 0, 9)
    assert not actor.facing_left(1)
    assert actor.facing_left(8)
    assert crossing("car", 0, 1, leftwards=True).facing_left(0.5)


@pytest.mark.parametrize("size", [(320, 180), (640, 360), (1920, 1080)])
def test_the_number_in_the_picture_survives_scaling_and_rgb(
    size: tuple[int, int],
) -> None:
    width, height = size
    painter = Painter(Scene(10), width, height)
    for number in (0, 1, 5461, barcode.LIMIT - 1):
        array = painter.frame(number, FPS, strip=True)
        frame = av.VideoFrame.from_ndarray(array, format="yuv420p")
        assert barcode.read(frame) == number
        assert barcode.read(frame.reformat(480, 270)) == number
        picture = frame.to_ndarray(format="rgb24").astype(np.uint8)
        assert barcode.read_rgb(picture) == number


def test_the_strip_does_not_change_the_luma() -> None:
    painter = Painter(Scene(10, noise=0), WIDTH, HEIGHT)
    first, second = (painter.frame(n, FPS, strip=True) for n in (1, 6250))
    assert (first[:HEIGHT] == second[:HEIGHT]).all()
    assert (planes(first, WIDTH, HEIGHT)[1] != planes(second, WIDTH, HEIGHT)[1]).any()


def test_a_picture_without_a_number_reads_as_none() -> None:
    array = Painter(Scene(10), WIDTH, HEIGHT).frame(3, FPS)
    frame = av.VideoFrame.from_ndarray(array, format="yuv420p")
    assert barcode.read(frame) is None


def test_the_sub_stream_shows_the_same_scene() -> None:
    main = DrawnScene(house_scene())
    sub = main.sub()
    assert sub.scene is main.scene
    assert (sub.width, sub.height, sub.fps) == (640, 360, 10)
    assert small_source().scene is not None
