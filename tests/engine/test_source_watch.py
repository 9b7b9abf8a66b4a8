"""A camera's own masks are believed as long as its pixels show them."""

import av
from av.video.frame import VideoFrame
import numpy as np
import pytest

from custom_components.hearthcam.engine.masking.verify import (
    INTERVAL,
    MAIN_INTERVAL,
    NEEDED,
    SourceWatch,
)
from custom_components.hearthcam.engine.parts import Point, PrivacyZone, Profile

LEFT = PrivacyZone(
    "left",
    (Point(0.0, 0.0), Point(0.4, 0.0), Point(0.4, 1.0), Point(0.0, 1.0)),
    at_source=True,
)
RIGHT = PrivacyZone(
    "right",
    (Point(0.6, 0.0), Point(1.0, 0.0), Point(1.0, 1.0), Point(0.6, 1.0)),
    at_source=True,
)
MAIN, SUB = Profile.MAIN, Profile.SUB


def frame(*, left: int = 0, right: int = 0, noise: int = 0) -> VideoFrame:
    """Return a picture whose halves have these shades."""
    pixels = np.zeros((90, 160, 3), np.uint8)
    pixels[:, :80], pixels[:, 80:] = left, right
    if noise:
        pixels += np.random.default_rng(1).integers(0, noise, pixels.shape, np.uint8)
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


class Bench:
    """A watch, and what it told."""

    def __init__(self, *zones: PrivacyZone, profiles: tuple[Profile, ...] = (MAIN,)):
        """Claim zones."""
        self.told: list[frozenset[str]] = []
        self.watch = SourceWatch(self.told.append)
        self.now = 0
        self.watch.claim(zones, profiles)

    def look(
        self, picture: VideoFrame, profile: Profile = MAIN, times: int = 1
    ) -> None:
        """Show pictures, a second apart."""
        for _ in range(times):
            self.now += 1_000_000
            self.watch.look(profile, picture, self.now)


def test_zone_is_believed_after_several_black_pictures_in_a_row() -> None:
    bench = Bench(LEFT)
    bench.look(frame(right=200), times=NEEDED - 1)
    bench.look(frame(left=200, right=200))
    bench.look(frame(right=200), times=NEEDED - 1)
    assert not bench.told

    bench.look(frame(right=200))
    assert bench.told == [{"left"}]


def test_both_streams_must_show_it() -> None:
    bench = Bench(LEFT, profiles=(MAIN, SUB))
    bench.look(frame(), SUB, times=2 * NEEDED)
    assert not bench.told
    bench.look(frame(), MAIN, times=NEEDED)
    assert bench.told == [{"left"}]


@pytest.mark.parametrize("profile", [MAIN, SUB])
def test_one_picture_that_is_not_black_ends_the_belief(profile: Profile) -> None:
    bench = Bench(LEFT, RIGHT, profiles=(MAIN, SUB))
    for each in (MAIN, SUB):
        bench.look(frame(), each, times=NEEDED)
    bench.look(frame(right=120), profile)
    assert bench.told == [{"left", "right"}, {"left"}]


def test_new_connection_must_prove_it_anew() -> None:
    bench = Bench(LEFT)
    bench.look(frame(), times=NEEDED)
    bench.watch.reset(MAIN)
    assert bench.told == [{"left"}, frozenset()]
    bench.look(frame(), times=NEEDED)
    assert bench.told[-1] == {"left"}


def test_changed_polygon_must_be_proven_anew() -> None:
    bench = Bench(LEFT)
    bench.look(frame(), times=NEEDED)
    moved = PrivacyZone("left", RIGHT.polygon, at_source=True)
    bench.watch.claim((moved,), (MAIN,))
    assert bench.told[-1] == frozenset()


def test_zone_that_the_camera_does_not_claim_is_never_believed() -> None:
    bench = Bench(PrivacyZone("left", LEFT.polygon), RIGHT)
    bench.look(frame(), times=NEEDED)
    assert bench.told == [{"right"}]
    bench.watch.claim((), (MAIN,))
    assert bench.told[-1] == frozenset()
    assert not bench.watch.wants(MAIN, bench.now)


def test_the_dark_with_its_noise_is_not_taken_for_black() -> None:
    bench = Bench(LEFT)
    bench.look(frame(noise=36), times=2 * NEEDED)
    assert not bench.told


def test_what_is_believed_is_looked_at_now_and_then_only() -> None:
    bench = Bench(LEFT)
    assert bench.watch.wants(MAIN, bench.now)
    bench.look(frame(), times=NEEDED)
    assert not bench.watch.wants(MAIN, bench.now + INTERVAL - 1)
    assert bench.watch.wants(MAIN, bench.now + INTERVAL)
    assert not bench.watch.wants(SUB, bench.now + INTERVAL)


def test_sub_stream_is_looked_at_more_often_than_the_main_one() -> None:
    """It is the same picture, and its keyframes are cheap."""
    bench = Bench(LEFT, profiles=(MAIN, SUB))
    for profile in (MAIN, SUB):
        bench.look(frame(), profile, times=NEEDED)
    later = bench.now + INTERVAL
    assert bench.watch.wants(SUB, later)
    assert not bench.watch.wants(MAIN, later)
    assert bench.watch.wants(MAIN, later + MAIN_INTERVAL)
