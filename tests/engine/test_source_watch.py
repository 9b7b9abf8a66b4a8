"""A camera's own masks are believed as long as its pixels show them."""

import av
from av.video.frame import VideoFrame
import numpy as np
import pytest

from custom_components.hearthcam.engine.masking.verify import (
    INTERVAL,
    MAIN_INTERVAL,
    NEEDED,
    OVERDUE,
    SourceWatch,
)
from custom_components.hearthcam.engine.parts import Point, PrivacyZone, Profile
from custom_components.hearthcam.engine.polygon import WHOLE

from .watching import box

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


def frame(
    *,
    left: int = 0,
    right: int = 0,
    between: int = 200,
    noise: int = 0,
    share: float = 1.0,
) -> VideoFrame:
    """Return a picture of these shades, ``between`` in the part that is in no zone.

    Below the upper ``share`` of it all is black.
    """
    pixels = np.zeros((90, 160, 3), np.uint8)
    pixels[:, :80], pixels[:, 80:] = left, right
    pixels[:, 66:94] = between
    pixels[round(90 * share) :] = 0
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
            self.watch.look(profile, [picture], self.now, self.asks(profile))

    def asks(self, profile: Profile = MAIN) -> int:
        """Return for what connection something is to be looked at, an hour later."""
        connection = self.watch.wants(profile, self.now + 3_600_000_000)
        assert connection is not None
        return connection


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


def test_what_is_left_of_the_connection_before_proves_nothing() -> None:
    """It was black there; the camera has been restarted, and shows all."""
    bench = Bench(LEFT)
    before = bench.watch.wants(MAIN, bench.now)
    assert before is not None
    bench.watch.reset(MAIN)
    for _ in range(2 * NEEDED):
        bench.watch.look(MAIN, [frame(right=200)], bench.now, before)
    assert not bench.told
    assert not bench.watch.believed


@pytest.mark.parametrize("shade", [0, 24])
def test_in_the_dark_nothing_is_proven(shade: int) -> None:
    """A room without light looks as black as a mask, until somebody switches it on."""
    dark = frame(left=shade, right=shade, between=shade)
    bench = Bench(LEFT)
    bench.look(dark, times=2 * NEEDED)
    assert not bench.told

    bench.look(frame(right=200), times=NEEDED)
    assert bench.told[-1] == {"left"}
    bench.look(dark)
    assert bench.told[-1] == frozenset()


def test_dusk_does_not_end_the_belief() -> None:
    """As long as anything is lit; but none begins with so little."""
    bench = Bench(LEFT)
    dim = frame(right=200, share=0.15)
    bench.look(dim, times=2 * NEEDED)
    assert not bench.told
    bench.look(frame(right=200), times=NEEDED)
    bench.look(dim, times=5)
    assert bench.told == [{"left"}]


def test_a_mask_of_the_camera_that_is_a_little_too_small_is_not_enough() -> None:
    """Two pixels beside the edge are to be seen of the zone."""
    narrow = PrivacyZone("left", box(0.0, 0.0, 68 / 160, 1.0), at_source=True)
    bench = Bench(narrow)
    bench.look(frame(right=200), times=2 * NEEDED)
    assert not bench.told


def test_a_zone_over_all_of_the_picture_cannot_be_proven() -> None:
    whole = PrivacyZone("whole", WHOLE, at_source=True)
    bench = Bench(whole)
    bench.look(frame(between=0), times=2 * NEEDED)
    assert not bench.told


def test_what_cannot_be_looked_at_is_not_believed_any_more() -> None:
    """Pictures that do not decode, or a machine without time for it."""
    bench = Bench(LEFT)
    bench.look(frame(right=200), times=NEEDED)
    start = bench.now + INTERVAL
    connection = bench.watch.wants(MAIN, start)
    assert connection is not None
    bench.watch.look(MAIN, [], start, connection)
    # Not ever more, however long it takes.
    asked = [bench.watch.wants(MAIN, start + second) for second in range(100)]
    assert len(list(filter(None, asked))) == NEEDED
    bench.watch.wants(MAIN, start + OVERDUE)
    assert bench.told == [{"left"}]
    bench.watch.wants(MAIN, start + OVERDUE + 1)
    assert bench.told == [{"left"}, frozenset()]

    bench.watch.look(MAIN, [frame(right=200)], start + OVERDUE, connection)
    bench.look(frame(right=200), times=NEEDED - 1)
    assert bench.told[-1] == {"left"}
