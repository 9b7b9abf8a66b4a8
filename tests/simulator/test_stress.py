"""Drawn stress is what it claims to be, and the same each time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt
import pytest

from .painter import planes
from .source import load
from .stress import (
    EMPTY_SECONDS,
    KINDS,
    StressClip,
    empty_clip,
    empty_clips,
    present_clip,
    present_clips,
)
from .stress_sensor import CLOCK, Noise
from .stress_weather import TREE, Shake, Tree

WIDTH, HEIGHT = 320, 180
type Luma = npt.NDArray[np.float32]


def small(clip: StressClip) -> StressClip:
    """Return a clip in a size that is quick to draw."""
    return clip.with_size(WIDTH, HEIGHT)


def calm(clip: StressClip) -> StressClip:
    """Return a small clip without the sensor's noise."""
    effects = tuple(e for e in clip.effects if not isinstance(e, Noise))
    return small(replace(clip, effects=effects))


def lumas(clip: StressClip) -> Callable[[float], Luma]:
    """Return what gives a clip's luma at a time."""
    draw = clip.artist()
    return lambda time: draw(round(time * clip.fps))[:HEIGHT].astype(np.float32)


def chroma(clip: StressClip, time: float) -> float:
    """Return how colourful a picture is."""
    picture = clip.artist()(round(time * clip.fps))
    _, u, v = planes(picture, WIDTH, HEIGHT)
    return float(np.abs(u.astype(float) - 128).mean() + np.abs(v - 128.0).mean())


def part(luma: Luma, edges: tuple[float, float, float, float]) -> Luma:
    """Return the part of a picture within left, top, right, bottom."""
    left, top, right, bottom = edges
    return luma[
        round(top * HEIGHT) : round(bottom * HEIGHT),
        round(left * WIDTH) : round(right * WIDTH),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_the_same_whenever_it_is_drawn(kind: str) -> None:
    clip = small(present_clip(kind))
    once, again = clip.artist(), clip.artist()
    again(7)
    for number in (0, 153, 321, 523):
        assert (once(number) == again(number)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_people_change_pixels_only_where_the_truth_says(kind: str) -> None:
    clip = small(present_clip(kind))
    shown = lumas(clip)
    nobody = lumas(clip.without_people())
    shaken = max(
        (e.amplitude / 2 for e in clip.effects if isinstance(e, Shake)), default=0.0
    )
    margin = 3 + int(shaken)
    for start, end in clip.present:
        for time in (start, (start + end) / 2, end, start - 0.1, end + 0.1):
            changed = shown(time) != nobody(time)
            allowed = np.zeros_like(changed)
            for box in clip.truth.boxes(round(time * clip.fps) / clip.fps):
                left, top = int(box.left * WIDTH), int(box.top * HEIGHT)
                right = int((box.left + box.width) * WIDTH) + margin
                bottom = int((box.top + box.height) * HEIGHT) + margin
                top, left = max(top - margin, 0), max(left - margin, 0)
                allowed[top:bottom, left:right] = True
            assert not (changed & ~allowed).any()
        if kind != "ir-switch":
            middle = (start + end) / 2
            assert np.abs(shown(middle) - nobody(middle)).max() > 20


def test_people_of_all_sizes_cross_and_nobody_is_there_between() -> None:
    clip = present_clip("rain")
    heights = [actor.height for actor in clip.truth.actors]
    assert min(heights) < 0.1
    assert max(heights) > 0.5
    assert len(clip.present) == len(heights)
    assert all(a[1] + 5 < b[0] for a, b in pairwise(clip.present))
    assert clip.present[0][0] > 10
    times = sorted((*clip.present, *clip.empty))
    assert times[0][0] == 0
    assert times[-1][1] == clip.seconds
    assert all(before[1] == after[0] for before, after in pairwise(times))


def test_every_kind_comes_empty_and_with_people() -> None:
    assert len(empty_clips()) == len(present_clips()) == len(KINDS)
    assert all(clip.empty == ((0.0, EMPTY_SECONDS),) for clip in empty_clips())
    assert all(clip.present == () for clip in empty_clips(600.0))
    assert len({clip.name for clip in (*empty_clips(), *present_clips())}) == 2 * len(
        KINDS
    )


def test_a_gain_step_is_thirty_percent_at_once() -> None:
    picture = lumas(calm(empty_clip("gain-step")))
    before, after = picture(14.9), picture(15.0)
    dark = before < 150
    ratio = (after[dark] - 16) / np.maximum(before[dark] - 16, 8)
    assert np.median(ratio) == pytest.approx(1.3, abs=0.03)
    assert (picture(26.9) == after).all()
    assert (picture(27.0) == before).all()


def test_the_infrared_switch_takes_the_colour_and_flashes() -> None:
    clip = calm(empty_clip("ir-switch"))
    assert chroma(clip, 14.9) > 10
    assert chroma(clip, 15.0) == chroma(clip, 20) == 0
    assert chroma(clip, 27.0) > 10
    picture = lumas(clip)
    assert picture(15.0).mean() > 1.5 * picture(17.0).mean()
    assert picture(17.0).mean() < 0.6 * picture(14.9).mean()


def test_a_lamp_lights_the_room_or_a_half_of_it() -> None:
    whole = lumas(calm(empty_clip("light-room")))
    assert whole(20).mean() > 1.6 * whole(14.9).mean()
    assert (whole(30) == whole(14.9)).all()
    half = lumas(calm(empty_clip("light-half")))
    before, after = half(14.9), half(15.0)
    assert np.abs(after - before)[:, : WIDTH // 4].max() <= 2
    assert (after - before)[:, -WIDTH // 4 :].mean() > 30


def test_shadows_of_clouds_are_dark_soft_and_slow() -> None:
    picture = lumas(calm(empty_clip("clouds")))
    still = lumas(replace(calm(empty_clip("clouds")), effects=()))(0)
    shade = (picture(20) - 16) / np.maximum(still - 16, 1)
    shade = shade[still > 60]
    assert shade.min() < 0.7
    assert shade.max() > 0.9
    assert np.abs(picture(20.2) - picture(20)).mean() < 2


def test_no_raindrop_is_in_two_pictures() -> None:
    picture = lumas(calm(empty_clip("rain")))
    still = lumas(replace(calm(empty_clip("rain")), effects=()))(0)
    first, second = (np.abs(picture(t) - still) > 5 for t in (20.0, 20.1))
    assert 0.005 < first.mean() < 0.1
    # As many as chance would have.
    assert (first & second).mean() < 3 * first.mean() * second.mean() + 0.001


def test_snowflakes_fall() -> None:
    picture = lumas(calm(empty_clip("snow")))
    still = lumas(replace(calm(empty_clip("snow")), effects=()))(0)
    covered = [np.abs(picture(t) - still) > 8 for t in (20.0, 20.1)]
    assert 0.003 < covered[0].mean() < 0.1
    best = max(
        range(1, 12),
        key=lambda down: int((covered[0][:-down] & covered[1][down:]).sum()),
    )
    assert best >= 2


def test_insects_are_large_bright_and_gone_within_a_second() -> None:
    picture = lumas(calm(empty_clip("insects")))
    still = lumas(replace(calm(empty_clip("insects")), effects=()))(0)
    sizes = np.array(
        [((picture(t / 10) - still) > 30).sum() for t in range(50, 500)]
    ) / (WIDTH * HEIGHT)
    assert sizes.max() > 0.01
    there = sizes > 0
    assert 0.03 < there.mean() < 0.4
    longest = run = 0
    for now in there:
        run = run + 1 if now else 0
        longest = max(longest, run)
    assert longest <= 12


@pytest.mark.parametrize(("kind", "pixels"), [("shake", 0.75), ("shake-hard", 2.5)])
def test_a_shaken_camera_moves_by_what_is_asked_and_comes_back(
    kind: str, pixels: float
) -> None:
    clip = calm(empty_clip(kind))
    picture = lumas(clip)
    still = lumas(replace(clip, effects=()))(0)
    across = np.diff(still, axis=1)[:, :-1]
    moved = []
    for tenth in range(100, 300):
        change = (picture(tenth / 10) - still)[:, 1:-1]
        moved.append(-float((change * across).sum() / (across**2).sum()))
    # The fit by gradients is meant for less than a pixel.
    assert max(map(abs, moved)) > 0.4 * min(pixels, 1)
    assert abs(float(np.mean(moved))) < 0.15 * pixels


def test_a_tree_moves_on_its_place() -> None:
    clip = calm(empty_clip("tree"))
    assert any(isinstance(effect, Tree) for effect in clip.effects)
    picture = lumas(clip)
    change = np.abs(picture(21.3) - picture(20.9))
    left, top, right, bottom = TREE
    crown = part(change, (left, top, right, bottom))
    assert (crown > 10).mean() > 0.1
    assert change[:, : round(left * WIDTH)].max() == 0
    assert change[round(bottom * HEIGHT) :].max() == 0


def test_a_clock_ticks_every_second_and_only_in_its_corner() -> None:
    picture = lumas(calm(empty_clip("clock")))
    assert (picture(20.0) == picture(20.9)).all()
    change = np.abs(picture(21.0) - picture(20.9))
    assert change.max() > 150
    left, top, right, bottom = CLOCK
    inside = part(change, (left, top, right, bottom)).sum()
    assert change.sum() == inside


@pytest.mark.parametrize(("kind", "sigma"), [("noise-day", 4.0), ("noise-night", 8.0)])
def test_noise_is_as_strong_as_asked_and_new_in_each_picture(
    kind: str, sigma: float
) -> None:
    picture = lumas(small(empty_clip(kind)))
    still = lumas(calm(empty_clip(kind)))(0)
    lit = (still > 40) & (still < 200)
    first, second = (picture(t)[lit] - still[lit] for t in (20.0, 20.1))
    assert first.std() == pytest.approx(sigma, rel=0.1)
    assert abs(float(np.corrcoef(first, second)[0, 1])) < 0.1


def test_starved_of_bits_keyframes_pulse(tmp_path: Path) -> None:
    clip = replace(
        empty_clip("pulses"), truth=replace(empty_clip("pulses").truth, duration=16.0)
    )
    steps = list(_steps(clip.encode(tmp_path)))
    at_keys = np.median([step for key, step in steps if key])
    between = np.median([step for key, step in steps if not key])
    assert at_keys > 3 * between
    assert at_keys > 1.0


def _steps(path: Path) -> Iterator[tuple[bool, float]]:
    """Yield, per picture, whether it is a keyframe and how much it differs."""
    before: Luma | None = None
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            grey = frame.to_ndarray(format="gray").astype(np.float32)
            # What a cell of a detector's grid would see.
            cells = grey.reshape(45, 8, 80, 8).mean(axis=(1, 3))
            if before is not None:
                yield bool(frame.key_frame), float(np.abs(cells - before).mean())
            before = cast(Luma, cells)


def test_a_clip_is_what_a_simulated_camera_can_show(tmp_path: Path) -> None:
    clip = small(present_clip("rain"))
    clip = replace(clip, truth=replace(clip.truth, duration=4.0, actors=()))
    track = load(clip.source(tmp_path), tmp_path)
    assert (track.codec, track.width, track.height) == ("h264", WIDTH, HEIGHT)
    assert track.duration == pytest.approx(4.0)
    assert track.gop == pytest.approx(clip.gop)
