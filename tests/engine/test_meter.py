"""What is counted of both streams of a camera."""

from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.hearthcam.engine.meter import Meter
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.protocol import CameraStats, Profile
from custom_components.hearthcam.engine.ring import RingState

ANALYST: Any = SimpleNamespace(
    analysed_frames=0, cpu_seconds=0.0, rung="idle", pace=SimpleNamespace(label="full")
)


def feed(
    meter: Meter, profile: Profile, start: float, seconds: float, gop: float
) -> None:
    """Have ten frames a second come, with a keyframe every ``gop`` s."""
    for index in range(round(seconds * 10)):
        pts = round((start + index / 10) * TIME_BASE)
        is_keyframe = index % round(gop * 10) == 0
        meter.count(Packet(b"x" * 125, pts, pts, TIME_BASE // 10, is_keyframe), profile)


def stats(meter: Meter, now: float) -> CameraStats:
    """Ask for the rates."""
    ring = RingState(8.0, 1, 2.0)
    return meter.stats("front_door", round(now * TIME_BASE), ANALYST, ring, 0)


def test_streams_are_counted_apart() -> None:
    meter = Meter(0)
    feed(meter, Profile.MAIN, 0.0, 5.0, 2.0)
    feed(meter, Profile.SUB, 0.0, 2.5, 1.0)
    told = stats(meter, 5.0)
    assert told.fps == pytest.approx(10.0)
    assert told.bitrate == pytest.approx(10.0)
    assert told.sub_fps == pytest.approx(5.0)
    assert told.sub_gop == pytest.approx(1.0)
    assert told.gop == 2.0


def test_camera_without_a_sub_stream_tells_of_none() -> None:
    meter = Meter(0)
    feed(meter, Profile.MAIN, 0.0, 5.0, 2.0)
    told = stats(meter, 5.0)
    assert told.sub_fps == told.sub_gop == 0.0


def test_time_that_the_sub_stream_was_away_is_no_distance_of_keyframes() -> None:
    meter = Meter(0)
    feed(meter, Profile.SUB, 0.0, 4.0, 2.0)
    feed(meter, Profile.SUB, 60.0, 4.0, 2.0)
    assert stats(meter, 64.0).sub_gop == pytest.approx(2.0)
