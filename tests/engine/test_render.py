"""Previews and pictures of clips."""

from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from custom_components.hearthcam.engine.protocol import Render, Rendered, RenderKind
from custom_components.hearthcam.engine.render import PREVIEW_BYTES, render

from .films import write_film
from .process import EngineProcess
from .samples import video


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Return a clip of 12 s with a keyframe every second, brighter and brighter."""
    parameters, packets = video(12.0, width=640, height=360)
    return write_film(tmp_path / "clip.mp4", parameters, packets)


def brightness(picture: Image.Image) -> float:
    """Return the middle brightness of a picture, 0..255."""
    return float(np.median(np.asarray(picture.convert("RGB"))))


def test_a_preview_shows_the_whole_clip_in_few_pictures(
    tmp_path: Path, clip: Path
) -> None:
    """Small enough for a list of many."""
    target = tmp_path / ".thumbs" / "clip.webp"

    assert render(
        Render("r", RenderKind.PREVIEW, str(clip), str(target), privacy=())
    ).done

    assert target.stat().st_size <= PREVIEW_BYTES
    with Image.open(target) as preview:
        assert preview.format == "WEBP"
        assert preview.size == (320, 180)
        count = getattr(preview, "n_frames", 1)
        assert 8 <= count <= 10
        shades = []
        for number in range(count):
            preview.seek(number)
            shades.append(brightness(preview))
    assert shades == sorted(shades)
    assert shades[-1] - shades[0] > 150
    assert [path.name for path in target.parent.iterdir()] == ["clip.webp"]


def test_a_picture_is_of_the_wanted_moment(tmp_path: Path, clip: Path) -> None:
    """Not of the keyframe before it, and never larger than the clip's."""
    target = tmp_path / "peak.jpg"

    assert render(
        Render("r", RenderKind.PICTURE, str(clip), str(target), 4.55, 1280, privacy=())
    ).done

    with Image.open(target) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (640, 360)
        assert brightness(picture) == pytest.approx(90, abs=3)


def test_a_growing_clip_has_a_picture(tmp_path: Path) -> None:
    """For the notification that comes first."""
    parameters, packets = video(12.0, width=640, height=360)
    part = tmp_path / "clip.mp4.part"
    write_film(tmp_path / "c.mp4", parameters, packets, copy_before_close=part)
    target = tmp_path / "peak.jpg"

    assert render(
        Render("r", RenderKind.PICTURE, str(part), str(target), 2.0, 320, privacy=())
    ).done

    with Image.open(target) as picture:
        assert picture.size == (320, 180)


def test_what_is_no_clip_gives_no_picture(tmp_path: Path) -> None:
    """And nothing is written."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(bytes(5000))
    for kind in RenderKind:
        for source in (broken, tmp_path / "gone.mp4"):
            target = tmp_path / "out"
            assert not render(
                Render("r", kind, str(source), str(target), privacy=())
            ).done
    assert [path.name for path in tmp_path.iterdir()] == ["broken.mp4"]


def test_the_engine_renders(tmp_path: Path, clip: Path, engine: EngineProcess) -> None:
    """By command, answered by its id."""
    target = tmp_path / "clip.webp"

    engine.send(Render("abc", RenderKind.PREVIEW, str(clip), str(target), privacy=()))

    assert engine.wait_for(Rendered) == Rendered("abc", done=True)
    assert target.is_file()
