"""What is told of, and what is not, on drawn pictures."""

from collections.abc import Callable, Iterable

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.hearthcam.engine.motion import (
    EventTracker,
    Grid,
    Light,
    MotionBegan,
    MotionDetector,
    MotionOver,
    MotionSettings,
    detect,
)

from .drawn import Picture, Walker, grid, pictures, scenery


def _motions(
    drawn: Iterable[tuple[float, Picture]], detector: MotionDetector | None = None
) -> list[MotionOver]:
    detector, tracker = detector or MotionDetector(), EventTracker()
    overs = [
        event
        for time, picture in drawn
        for event in tracker.feed(detector.feed(grid(picture), time))
    ]
    overs += tracker.finish()
    return [event for event in overs if isinstance(event, MotionOver)]


@pytest.mark.parametrize("sigma", [0.0, 3.0, 12.0])
def test_a_still_scene_with_noise_is_quiet(sigma: float) -> None:
    assert _motions(pictures(40, sigma=sigma)) == []


@pytest.mark.parametrize("fps", [3.0, 5.0, 10.0, 30.0])
def test_someone_walking_by_is_one_motion_from_first_to_last_picture(
    fps: float,
) -> None:
    motions = _motions(pictures(22, fps=fps, walkers=[Walker(12.0, 17.0)]))
    assert len(motions) == 1
    assert 12.0 <= motions[0].start <= 12.0 + 1.1 / fps + 0.2
    assert 16.5 <= motions[0].end <= 17.4
    assert 0.0 < motions[0].score <= 1.0


def test_motion_is_told_of_within_little_more_than_half_a_second() -> None:
    detector, tracker = MotionDetector(), EventTracker()
    for time, picture in pictures(16, walkers=[Walker(12.0, 17.0)]):
        if any(
            isinstance(event, MotionBegan)
            for event in tracker.feed(detector.feed(grid(picture), time))
        ):
            assert time <= 12.81
            return
    pytest.fail("nothing was told of")


def test_the_box_is_around_what_moves() -> None:
    detector = MotionDetector()
    boxes = [
        detector.feed(grid(picture), time).boxes
        for time, picture in pictures(14, walkers=[Walker(12.0, 17.0)])
    ]
    box = boxes[-1][0]
    left = (10 + 50 * 1.8) / 320
    assert box.x <= left + 0.02
    assert box.x + box.width >= left + 0.03
    assert box.y == pytest.approx(90 / 180, abs=0.06)
    assert box.height == pytest.approx(44 / 180, abs=0.08)


def test_a_camera_that_starts_busy_reports_soon() -> None:
    motions = _motions(pictures(6, walkers=[Walker(-1.0, 6.0, speed=30)]))
    assert len(motions) == 1
    assert motions[0].start <= 2.5


@pytest.mark.parametrize("factor", [0.4, 0.7, 1.3, 1.6])
def test_a_step_of_the_whole_pictures_light_is_no_motion(factor: float) -> None:
    def step(picture: Picture, time: float) -> Picture:
        return picture * np.float32(factor if time >= 12 else 1.0)

    assert _motions(pictures(25, change=step)) == []


@given(
    gain=st.floats(0.3, 2.0),
    offset=st.floats(-20, 20),
    seconds=st.sampled_from([0.0, 0.4, 2.0]),
)
@settings(max_examples=25, deadline=None)
def test_no_change_of_gain_of_a_still_scene_is_motion(
    gain: float, offset: float, seconds: float
) -> None:
    def change(picture: Picture, time: float) -> Picture:
        share = min(max((time - 4.0) / seconds, 0.0), 1.0) if seconds else time >= 4.0
        return picture * np.float32(1 + share * (gain - 1)) + np.float32(share * offset)

    small = scenery(160, 90)
    assert _motions(pictures(9, change=change, scene=small, sigma=2.0)) == []


def test_the_switch_to_infra_red_is_no_motion() -> None:
    detector, tracker = MotionDetector(), EventTracker()
    night = scenery()[:, ::-1] * np.float32(0.6) + 20
    events = []
    for time, picture in pictures(30):
        if 12.0 <= time < 12.6:
            seen = grid(np.full_like(picture, 235.0), blue=128, red=128)
        elif time >= 12.6:
            seen = grid(night + (picture - scenery()), blue=128, red=128)
        else:
            seen = grid(picture)
        events += tracker.feed(detector.feed(seen, time))
    assert events == []


def test_a_lamp_that_lights_a_part_of_the_scene_is_no_motion() -> None:
    def lamp(picture: Picture, time: float) -> Picture:
        share = min(max(time - 12.0, 0.0), 1.0)
        across = np.linspace(0, 1, picture.shape[1], dtype=np.float32)
        glow = np.clip(1.5 - 3 * np.abs(across - 0.3), 0, 1)[None, :]
        lit: Picture = picture * (1 + np.float32(0.6 * share) * glow)
        return lit

    assert _motions(pictures(25, change=lamp)) == []


def test_what_flickers_on_its_place_or_for_a_moment_is_no_motion() -> None:
    random = np.random.default_rng(3)

    def flicker(picture: Picture, time: float) -> Picture:
        picture[8:20, 200:290] = 200 if round(time) % 2 else 90
        for _ in range(4):
            x, y = random.integers(0, 300), random.integers(0, 170)
            picture[y : y + 6, x : x + 3] = 230
        return picture

    def settled(drawn: Iterable[MotionOver]) -> list[MotionOver]:
        return [motion for motion in drawn if motion.end > 8]

    assert settled(_motions(pictures(40, change=flicker))) == []


def test_what_stays_is_absorbed_and_leaves_no_ghost() -> None:
    arrives = Walker(10.0, 70.0, stops=12.0)
    detector = MotionDetector()
    motions = _motions(pictures(100, walkers=[arrives]), detector)
    assert motions[0].start == pytest.approx(10.0, abs=0.5)
    assert motions[0].end < 16
    # That it is gone at once may be a motion; the empty place is not.
    assert all(motion.start > 69 and motion.end < 73 for motion in motions[1:])
    assert detector.state is not None
    last = detector.feed(grid(scenery()), 100.0)
    assert float((last.cells > 1).mean()) < 0.01


def test_motion_is_seen_again_after_the_light_changed() -> None:
    def step(picture: Picture, time: float) -> Picture:
        return picture * np.float32(0.5 if time >= 12 else 1.0)

    motions = _motions(pictures(30, change=step, walkers=[Walker(16.0, 21.0)]))
    assert len(motions) == 1
    assert motions[0].start == pytest.approx(16.0, abs=0.5)


def test_mixed_rates_do_not_disturb_the_background() -> None:
    detector = MotionDetector()
    drawn = [
        (time, picture)
        for time, picture in pictures(60, walkers=[Walker(44.0, 49.0)])
        if time < 6 or time >= 40 or time % 2 == 0
    ]
    motions = _motions(drawn, detector)
    assert len(motions) == 1
    assert motions[0].start == pytest.approx(44.0, abs=0.5)


def test_a_more_sensitive_detector_sees_less_contrast() -> None:
    def seen(sensitivity: int, luma: float) -> bool:
        flat = np.full((180, 320), 100.0, dtype=np.float32)
        detector = MotionDetector(MotionSettings(sensitivity=sensitivity))
        walker = Walker(12.0, 17.0, luma=luma)
        return bool(_motions(pictures(18, walkers=[walker], scene=flat), detector))

    assert seen(90, 107)
    assert not seen(10, 107)
    assert seen(10, 150)


def test_the_same_grids_and_state_give_the_same_result() -> None:
    drawn = [
        (time, grid(picture))
        for time, picture in pictures(16, walkers=[Walker(12.0, 17.0)])
    ]
    settings_, state = MotionSettings(), None
    for time, cells in drawn[:-1]:
        state, _ = detect(settings_, state, cells, time)
    time, cells = drawn[-1]
    first = detect(settings_, state, cells, time)[1]
    again = detect(settings_, state, cells, time)[1]
    assert first.moving
    assert first.boxes == again.boxes
    assert np.array_equal(first.cells, again.cells)


def test_another_size_of_picture_starts_anew() -> None:
    detector = MotionDetector()
    for time, picture in pictures(5):
        detector.feed(grid(picture), time)
    for time, picture in pictures(5, scene=scenery(160, 120)):
        assert not detector.feed(grid(picture), 5 + time).suspicious


@pytest.mark.parametrize("wrong", [{"sensitivity": 0}, {"smallest": 0}, {"hold": -1}])
def test_settings_without_meaning_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        MotionSettings(**wrong)


@given(
    phase=st.floats(0.0, 6.0), amplitude=st.floats(0.0, 3.0), angle=st.floats(0.0, 3.1)
)
@settings(max_examples=12, deadline=None)
def test_a_trembling_camera_sees_what_a_still_one_sees(
    phase: float, amplitude: float, angle: float
) -> None:
    def tremble(picture: Picture, time: float) -> Picture:
        along = amplitude * np.sin(7.0 * time + phase)
        shift = round(along * np.sin(angle)), round(along * np.cos(angle))
        return np.roll(picture, shift, axis=(0, 1))

    walker = Walker(8.0, 12.0, width=20, height=60, top=80)
    assert _motions(pictures(14, change=tremble)) == []
    motions = _motions(pictures(14, change=tremble, walkers=[walker]))
    assert len(motions) == 1
    assert motions[0].start == pytest.approx(8.0, abs=0.6)
    assert motions[0].end == pytest.approx(12.0, abs=0.6)


def _day_and_night(
    switches: tuple[float, ...],
) -> Callable[[float, Picture], Grid]:
    """Return what a camera shows that goes to infra-red and back at these times."""
    lit_otherwise = scenery()[:, ::-1] * np.float32(0.6) + 20

    def shown(time: float, picture: Picture) -> Grid:
        done = [switch for switch in switches if switch <= time]
        flash = 1.0 + (3.0 if done and time - done[-1] < 0.5 else 0.0)
        if len(done) % 2 == 0:
            return grid(picture * np.float32(flash))
        night = lit_otherwise + (picture - scenery())
        return grid(night * np.float32(flash), blue=128, red=128)

    return shown


def test_day_and_night_each_keep_what_was_learnt_of_them() -> None:
    shown = _day_and_night((20.0, 40.0, 60.0))
    detector = MotionDetector()
    lights = {}
    for time, picture in pictures(80):
        seen = detector.feed(shown(time, picture), time)
        assert not seen.moving
        if seen.light is not None:
            lights[time] = seen.light
    assert Light.INFRARED in {light for time, light in lights.items() if time >= 40}
    # The first night had to be learnt; the day and the second night are known.
    for switch in (40.0, 60.0):
        told = [time for time in lights if switch <= time < switch + 20]
        assert max(told) <= switch + 1.0


def test_somebody_who_comes_with_the_switch_is_seen_at_once() -> None:
    shown = _day_and_night((20.0, 40.0))
    events = []
    detector, tracker = MotionDetector(), EventTracker()
    walker = Walker(40.2, 45.0, width=20, height=60, top=80)
    for time, picture in pictures(50, walkers=[walker]):
        events += tracker.feed(detector.feed(shown(time, picture), time))
    begun = [event.time for event in events if isinstance(event, MotionBegan)]
    assert len(begun) == 1
    assert begun[0] <= 41.4


def test_a_light_that_the_home_tells_of_is_noted_as_such() -> None:
    def lamp(picture: Picture, time: float) -> Picture:
        # It lights a third of the room: not enough to know by itself.
        lit = picture.copy()
        if time >= 12.0:
            lit[:, :110] = 0.4 * lit[:, 110:0:-1] + 130
        return lit

    state, lights, moved = None, set(), False
    for time, picture in pictures(20, change=lamp):
        explained = 11.5 <= time <= 13.0
        state, seen = detect(
            MotionSettings(), state, grid(picture), time, light_explained=explained
        )
        moved |= seen.moving
        lights |= {seen.light} if seen.light else set()
    assert not moved
    assert lights == {Light.HOME}


def test_who_walks_while_the_light_is_explained_is_seen() -> None:
    state, began = None, None
    for time, picture in pictures(20, walkers=[Walker(12.0, 17.0)]):
        state, seen = detect(
            MotionSettings(), state, grid(picture), time, light_explained=True
        )
        assert seen.light is None
        if seen.moving and began is None:
            began = time
    assert began is not None
    assert began <= 12.81


def test_who_stands_almost_still_stays_one_motion() -> None:
    def fidget(picture: Picture, time: float) -> Picture:
        if 14.0 <= time < 30.0 and int(time / 1.2) % 2:
            picture[100:116, 120:128] = 130
        return picture

    walker = Walker(12.0, 32.0, stops=14.0)
    motions = _motions(pictures(36, walkers=[walker], change=fidget, sigma=1.0))
    assert len(motions) == 1
    assert motions[0].end >= 29.0


def test_a_region_keeps_the_time_it_was_first_seen_and_tells_its_contrast() -> None:
    detector = MotionDetector(MotionSettings(sensitivity=100))
    seen = [
        detector.feed(grid(picture), time)
        for time, picture in pictures(15, walkers=[Walker(12.0, 17.0)])
    ]
    regions = [o.regions[0] for o in seen if o.time >= 12.8]
    assert all(region.confirmed for region in regions)
    assert len({region.since for region in regions}) == 1
    assert all(region.contrast > 2.0 for region in regions)
    rows, columns = regions[-1].rows, regions[-1].columns
    assert seen[-1].cells[rows, columns].min() > 0.5


@given(st.integers(1, 100))
@settings(max_examples=15, deadline=None)
def test_at_every_sensitivity_each_start_has_one_end_and_none_flaps(
    sensitivity: int,
) -> None:
    detector = MotionDetector(MotionSettings(sensitivity=sensitivity))
    walkers = [Walker(8.0, 12.0), Walker(20.0, 24.0)]
    motions = _motions(pictures(28, walkers=walkers), detector)
    assert len(motions) == 2
    assert motions[1].start - motions[0].end > 2.0


def test_a_busy_street_does_not_make_it_deaf() -> None:
    walkers = [
        Walker(4.0 + 3.0 * number, 9.5 + 3.0 * number, speed=60, width=40, height=30)
        for number in range(60)
    ]
    detector = MotionDetector()
    shares = [
        detector.feed(grid(picture), time).moving
        for time, picture in pictures(184, walkers=walkers)
    ]
    assert sum(shares[-300:]) > 0.9 * 300


def test_what_grows_on_its_place_for_a_moment_is_no_motion() -> None:
    def smear(picture: Picture, time: float) -> Picture:
        # An encoder's error: it grows to one side until the next keyframe ends it.
        since = time % 8.0
        if time >= 12.0 and since < 0.9:
            right = 100 + int(80 * since)
            picture[100:124, 100:right] += 16
        return picture

    assert _motions(pictures(60, change=smear, sigma=2.0)) == []


@pytest.mark.parametrize("height", [9, 14])
def test_a_small_person_far_off_is_seen(height: int) -> None:
    # 5 % and 8 % of the picture's height, walking one height a second.
    walker = Walker(12.0, 24.0, speed=height, width=height // 2, height=height)
    motions = _motions(pictures(28, walkers=[walker], sigma=2.0))
    assert motions
    assert all(motion.start >= 11.5 and motion.end <= 24.5 for motion in motions)
