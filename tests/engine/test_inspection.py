"""Whether what an output gave is black where it must be, told by looking at it."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from custom_components.hearthcam.engine.inspection import inspect
from custom_components.hearthcam.engine.masking.inside import seen_in
from custom_components.hearthcam.engine.parts import Point
from custom_components.hearthcam.engine.protocol import Inspect, Inspected

from .films import write_film
from .process import EngineProcess
from .samples import video

SQUARE = (Point(0.25, 0.25), Point(0.75, 0.25), Point(0.75, 0.75), Point(0.25, 0.75))
NOTCHED = (
    *(Point(0.1, 0.1), Point(0.9, 0.1), Point(0.5, 0.5)),
    *(Point(0.9, 0.9), Point(0.1, 0.9)),
)


def picture(*, black: tuple[float, float] = (0.2, 0.8)) -> Image.Image:
    """Return a white picture with a black square in it."""
    pixels = np.full((180, 320, 3), 255, np.uint8)
    first, last = black
    pixels[int(180 * first) : int(180 * last), int(320 * first) : int(320 * last)] = 0
    return Image.fromarray(pixels)


def look(path: Path, polygon: tuple[Point, ...] = SQUARE) -> Inspected:
    """Look at a file."""
    return inspect(Inspect("r", str(path), (polygon,)))


@pytest.mark.parametrize("kind", ["jpeg", "webp", "png"])
def test_black_zone_of_a_picture_passes_and_a_lit_one_does_not(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "picture"
    picture().save(path, kind)
    assert look(path) == Inspected("r", frames=1, leaked=0, brightest=0)

    picture(black=(0.35, 0.8)).save(path, kind)
    found = look(path)
    assert found.leaked > 500
    assert found.brightest > 200


def test_one_lit_picture_of_an_animation_is_found(tmp_path: Path) -> None:
    path = tmp_path / "preview.webp"
    good = picture()
    good.save(path, "WEBP", save_all=True, append_images=[picture(black=(0, 0)), good])

    found = look(path)

    assert found.frames == 3
    assert found.leaked > 5000


def test_a_single_lit_pixel_is_found() -> None:
    pixels = np.asarray(picture()).copy()
    assert seen_in(pixels, (SQUARE,)).leaked == 0
    pixels[90, 160] = 80
    assert seen_in(pixels, (SQUARE,)).leaked == 1


def test_what_lies_in_a_notch_of_the_polygon_is_not_looked_at() -> None:
    pixels = np.zeros((180, 320, 3), np.uint8)
    # To the right of the notch.
    pixels[80:100, 230:310] = 255
    assert seen_in(pixels, (NOTCHED,)).leaked == 0
    pixels[80:100, 90:110] = 255
    assert seen_in(pixels, (NOTCHED,)).leaked == 400


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_film_that_turns_bright_is_found_wherever_it_does(
    tmp_path: Path, codec: str
) -> None:
    """It brightens from black: only its first pictures are black enough."""
    path = write_film(tmp_path / "film.mp4", *video(6.0, codec=codec))

    found = look(path)
    few = inspect(Inspect("r", str(path), (SQUARE,), most_frames=6))

    assert found.frames == 60
    assert found.brightest > 100
    assert few.frames == 6
    assert few.brightest > 80


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0cut"])
def test_what_is_no_picture_does_not_pass(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    assert look(path).error is not None
    assert look(tmp_path / "missing").error == "undecodable"


def test_a_picture_too_big_for_memory_does_not_pass(tmp_path: Path) -> None:
    """A header that promises the world must not be believed."""
    stream = io.BytesIO()
    picture().save(stream, "JPEG")
    data = bytearray(stream.getvalue())
    size = data.index(b"\xff\xc0") + 5
    data[size : size + 4] = b"\xff\xff\xff\xff"
    path = tmp_path / "bomb.jpg"
    path.write_bytes(data)

    assert look(path).error == "undecodable"


def test_engine_looks_for_who_asks(tmp_path: Path, socket_enabled: None) -> None:
    """By the seam, while it goes on with all else."""
    path = tmp_path / "picture.jpg"
    picture(black=(0.35, 0.8)).save(path, "JPEG")
    with EngineProcess() as engine:
        engine.send(Inspect("asked", str(path), (SQUARE,)))
        answer = engine.wait_for(Inspected)
    assert answer.request_id == "asked"
    assert answer.leaked > 500
