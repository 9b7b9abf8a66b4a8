"""Clips of a camera with privacy zones: black where they must be, and nothing missing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
import json
from pathlib import Path
import threading
from typing import Any

import av
from PIL import Image
import pytest

from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.mux import Muxer
from custom_components.hearthcam.engine.packet import TIME_BASE
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipFailed,
    ClipOpened,
    Lost,
    PrivacyZone,
)
from custom_components.hearthcam.engine.thumbnail import jpeg

from .films import SOUND, sound
from .hidden_clips import HiddenBench, leaks, leaky, pictures
from .masking.moving import CORNER, MASK, STAR, film, leaked, seen
from .recording import ZERO, tenths, times

ONE, OTHER = Mask((STAR,)), Mask((CORNER,))


@pytest.fixture(autouse=True)
def no_threads() -> Iterator[None]:
    """Leave no threads behind."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(("storage", "clip ", "repairs", "trial")):
            thread.join(20.0)


def bench(folder: Path, mask: Mask = NOTHING, **changes: Any) -> HiddenBench:
    """Return a recorder that knows its stream."""
    made = HiddenBench(folder, mask, **changes)
    made.recorder.parameters(film(100, gop=10)[0], None)
    return made


def all_times(clips: Iterable[ClipClosed]) -> list[float]:
    """Return the times of all pictures of some clips."""
    return [moment for clip in clips for moment in times(clip)]


@pytest.mark.parametrize("source", [{}, {"codec": "hevc"}, {"b_frames": 2}])
def test_clip_is_black_from_pre_roll_to_post_roll(
    tmp_path: Path, source: dict[str, Any]
) -> None:
    """Every picture is there, as H.264, and so is what is beside the zones."""
    parameters, packets = film(100, gop=10, **source)
    made = HiddenBench(tmp_path, MASK)
    made.recorder.parameters(parameters, None)
    made.feed(packets[:55])
    made.begin("EVENT0001", ZERO + 4.5)
    made.feed(packets[55:60])
    made.recorder.end("EVENT0001", ZERO + 5.7, ZERO + 5.0, 0.9)
    made.feed(packets[60:])
    (clip,) = made.closed()
    assert set(times(clip)) >= set(tenths(2.0, 6.6))
    assert clip.start == pytest.approx(ZERO + 2.0)
    assert (clip.codec, clip.width, clip.height) == ("h264", 192, 108)
    assert clip.mask == tuple(sorted(MASK.marks))
    assert leaks(clip.path, MASK) == 0
    assert clip.thumbnail is not None
    assert leaks(clip.thumbnail, ONE) <= leaks_of_jpeg(clip.thumbnail)
    with av.open(clip.path) as container:
        tag = json.loads(container.metadata["comment"])
    assert tag["mask"] == sorted(MASK.marks)
    assert made.worked == 1
    made.close()


def leaks_of_jpeg(path: str) -> int:
    """Return what the edges of a small picture may show: the zone's middle is black."""
    with Image.open(path) as image:
        middle = image.crop((90, 80, 110, 100)).convert("L")
        assert max(middle.getdata()) < 40
        assert image.getpixel((300, 10)) != (0, 0, 0)
    return 10**9
