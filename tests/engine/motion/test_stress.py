"""What is no motion, drawn by the simulator: alone, and with somebody in it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest

from custom_components.hearthcam.engine.motion import (
    EventTracker,
    MotionDetector,
    MotionOver,
    grid_of,
)
from tests.simulator.scene import crossing
from tests.simulator.stress import KINDS, StressClip, empty_clip

from .footage import load, run

_WALKER = crossing("person", 16.2, 23.0, height=0.3, foot=0.84)
_SECONDS = 27.0
_LINGERS = 2.5
"""A motion may end a little late, where flakes go on that somebody was among."""
_EVERY = 2
"""Of 10 pictures a second 5 are analysed."""


def _small(kind: str, seconds: float, *, people: bool) -> StressClip:
    clip = empty_clip(kind, seconds).with_size(320, 180)
    if people:
        clip = replace(clip, truth=replace(clip.truth, actors=(_WALKER,)))
    return clip


def _motions(clip: StressClip) -> list[MotionOver]:
    detector, tracker, draw = MotionDetector(), EventTracker(), clip.artist()

    def events() -> Iterator[object]:
        for number in range(0, clip.frames, _EVERY):
            frame = av.VideoFrame.from_ndarray(draw(number), format="yuv420p")
            seen = detector.feed(grid_of(frame), number / clip.fps)
            yield from tracker.feed(seen)
        yield from tracker.finish()

    return [event for event in events() if isinstance(event, MotionOver)]


@pytest.mark.parametrize("kind", KINDS)
def test_stress_alone_is_no_motion(kind: str) -> None:
    assert _motions(_small(kind, 40.0, people=False)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_walking_through_stress_is_seen_and_nothing_else(kind: str) -> None:
    clip = _small(kind, _SECONDS, people=True)
    ((start, end),) = clip.present
    motions = _motions(clip)
    assert motions
    assert all(m.start >= start - 1.0 and m.end <= end + _LINGERS for m in motions)
    assert sum(m.end - m.start for m in motions) >= 0.5 * (end - start)


def test_pulses_of_a_starved_encoder_are_no_motion(tmp_path: Path) -> None:
    clip = empty_clip("pulses", 30.0).with_size(320, 180)
    assert run(*load(clip.encode(tmp_path))) == []
