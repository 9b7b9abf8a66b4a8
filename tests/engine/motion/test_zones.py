"""Polygons, their cells, and what an observation says of each zone."""

from collections.abc import Mapping
from dataclasses import replace
from math import cos, inf, nan, pi, sin

from hypothesis import assume, given, settings, strategies as st
import numpy as np
import pytest

from custom_components.hearthcam.engine.motion.observation import (
    Observation,
    Region,
    quiet,
    region_of,
)
from custom_components.hearthcam.engine.motion.zone_events import (
    ZonedMotionBegan,
    ZonedMotionOver,
    ZoneEvents,
    ZonesChanged,
)
from custom_components.hearthcam.engine.motion.zones import (
    Geometry,
    ZoneMap,
    cells_of,
    polygon_area,
    polygon_fault,
)
from custom_components.hearthcam.engine.polygon import LEAST_AREA
from custom_components.hearthcam.engine.protocol import Point, Zone, ZoneKind

GEOMETRY = Geometry(45, 80, 1 / 80, 1 / 45)


def points(*pairs: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(Point(x, y) for x, y in pairs)


SQUARE = points((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))


@pytest.mark.parametrize(
    ("polygon", "fault"),
    [
        (SQUARE, None),
        (points((0, 0), (1, 0), (1, 1), (0, 1)), None),
        (points((0, 0), (1, 0)), "polygon_too_few_points"),
        ((), "polygon_too_few_points"),
        (points(*[(i / 40, i % 2) for i in range(33)]), "polygon_too_many_points"),
        (points((0, 0), (nan, 0), (1, 1)), "polygon_not_a_number"),
        (points((0, 0), (inf, 0), (1, 1)), "polygon_not_a_number"),
        (points((0, 0), (1.01, 0), (1, 1)), "polygon_outside"),
        (points((-0.1, 0), (1, 0), (1, 1)), "polygon_outside"),
        (points((0, 0), (0, 0), (1, 0), (1, 1)), "polygon_repeated_point"),
        (points((0, 0), (1, 0), (1, 1), (0, 0)), "polygon_repeated_point"),
        (points((0, 0), (1, 1), (1, 0), (0, 1)), "polygon_crosses_itself"),
        # Two squares that meet in a point; a spike there and back.
        (
            points((0, 0), (0.5, 0.5), (1, 0.5), (1, 1), (0.5, 0.5), (0, 0.5)),
            "polygon_crosses_itself",
        ),
        (
            points((0, 0), (1, 0), (1, 1), (1, 0.2), (0, 0.2)),
            "polygon_crosses_itself",
        ),
        (points((0, 0), (0.5, 0.5), (1, 1)), "polygon_empty"),
        (points((0, 0), (1, 0), (0.5, 0.0005)), "polygon_empty"),
        (points((0.5, 0.5), (0.51, 0.5), (0.51, 0.51)), "polygon_empty"),
    ],
)
def test_each_fault_has_a_name_of_its_own(
    polygon: tuple[Point, ...], fault: str | None
) -> None:
    assert polygon_fault(polygon) == fault


def test_a_polygon_may_be_of_any_turn_and_hollow() -> None:
    hollow = points((0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1))
    assert polygon_fault(hollow) is None
    assert polygon_fault(hollow[::-1]) is None


@st.composite
def stars(draw: st.DrawFn) -> tuple[Point, ...]:
    """Draw a polygon around a point: never crossing itself, often hollow or thin."""
    count = draw(st.integers(3, 32))
    x, y = draw(st.floats(0.1, 0.9)), draw(st.floats(0.1, 0.9))
    wide, high = draw(st.floats(0.005, 1.0)), draw(st.floats(0.005, 1.0))
    turn = draw(st.floats(0, 2 * pi))
    polygon = []
    for number in range(count):
        angle = turn + 2 * pi * number / count
        far = draw(st.floats(0.2, 1.0))
        polygon.append(
            Point(
                min(max(x + wide * far * cos(angle), 0.0), 1.0),
                min(max(y + high * far * sin(angle), 0.0), 1.0),
            )
        )
    assume(polygon_fault(polygon) is None)
    return tuple(polygon)


@given(stars())
@settings(max_examples=60, deadline=None)
def test_the_cells_of_a_polygon_are_about_its_area(polygon: tuple[Point, ...]) -> None:
    mask = cells_of(polygon, GEOMETRY)
    assert mask.any()
    # A cell along each edge may be wrong by half; of a sliver, by all of it.
    length = sum(
        abs(a.x - b.x) * 80 + abs(a.y - b.y) * 45
        for a, b in zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    )
    tolerance = (length + len(polygon)) / 3600
    assert mask.mean() == pytest.approx(polygon_area(polygon), abs=tolerance)


@given(stars(), st.sampled_from([(45, 80), (33, 59), (9, 16), (72, 50)]))
@settings(max_examples=60, deadline=None)
def test_every_good_polygon_has_a_cell_of_any_grid(
    polygon: tuple[Point, ...], shape: tuple[int, int]
) -> None:
    rows, columns = shape
    # A grid may leave out a strip of the picture.
    geometry = Geometry(rows, columns, 0.995 / columns, 0.99 / rows)
    assert cells_of(polygon, geometry).any()


@given(stars(), st.floats(0.3, 1.0))
@settings(max_examples=60, deadline=None)
def test_a_smaller_polygon_inside_has_no_other_cells(
    polygon: tuple[Point, ...], scale: float
) -> None:
    big = points((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    inside = tuple(
        Point(0.1 + 0.8 * scale * p.x, 0.1 + 0.8 * scale * p.y) for p in polygon
    )
    assume(polygon_area(inside) > 40 * LEAST_AREA)
    assert not (cells_of(inside, GEOMETRY) & ~cells_of(big, GEOMETRY)).any()


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
@settings(max_examples=40, deadline=None)
def test_two_halves_together_are_the_whole(split: float, slant: float) -> None:
    left = points((0, 0), (split, 0), (slant, 1), (0, 1))
    right = points((split, 0), (1, 0), (1, 1), (slant, 1))
    both = cells_of(left, GEOMETRY) | cells_of(right, GEOMETRY)
    assert both.all()


# --- what counts where -----------------------------------------------------------


def seen_of(
    *boxes: tuple[int, int, int, int],
    time: float = 100.0,
    excess: float = 5.0,
    confirmed: bool = True,
) -> Observation:
    """Return an observation of solid boxes of cells: left, top, right, bottom."""
    cells = np.zeros((45, 80), np.float32)
    regions: list[Region] = []
    for left, top, right, bottom in boxes:
        rows, columns = np.mgrid[top:bottom, left:right]
        cells[top:bottom, left:right] = excess
        regions.append(
            region_of(
                cells,
                rows.ravel(),
                columns.ravel(),
                1 / 80,
                1 / 45,
                since=time - 0.6,
                confirmed=confirmed,
            )
        )
    return quiet(time, cells).of(regions)


def zone(
    zone_id: str, box: tuple[float, float, float, float], **changes: float
) -> Zone:
    """Return a rectangular motion zone: left, top, right, bottom (0..1)."""
    left, top, right, bottom = box
    polygon = points((left, top), (right, top), (right, bottom), (left, bottom))
    made = Zone(zone_id, ZoneKind.MOTION, polygon)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def ignore(box: tuple[float, float, float, float]) -> Zone:
    return replace(zone("ignored", box), kind=ZoneKind.IGNORE)


LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)


def moving(
    zones: tuple[Zone, ...], seen: Observation, sensitivity: int = 50
) -> set[str]:
    views = ZoneMap(zones, sensitivity, GEOMETRY).apply(seen).zones
    return {view.zone_id for view in views if view.seen.moving}


def test_without_zones_the_whole_picture_counts() -> None:
    assert moving((), seen_of((10, 10, 14, 20))) == {""}
    assert moving((), seen_of()) == set()


def test_motion_counts_for_the_zones_it_is_in() -> None:
    zones = zone("left", LEFT), zone("right", RIGHT)
    assert moving(zones, seen_of((10, 10, 14, 20))) == {"left"}
    assert moving(zones, seen_of((10, 10, 14, 20), (60, 5, 66, 20))) == {
        "left",
        "right",
    }
    assert moving(zones, seen_of((36, 10, 44, 20))) == {"left", "right"}
    # Who passes by may brush against a zone.
    assert moving((zone("right", RIGHT),), seen_of((20, 10, 41, 20))) == set()


def test_with_a_motion_zone_nothing_counts_elsewhere() -> None:
    zoned = ZoneMap((zone("left", LEFT),), 50, GEOMETRY).apply(seen_of((60, 5, 70, 20)))
    assert not zoned.whole.moving
    assert not zoned.whole.suspicious
    assert zoned.seen.moving


def test_what_is_ignored_is_cut_off_and_a_rim_of_it_does_not_count() -> None:
    tree = ignore(LEFT)
    assert moving((tree,), seen_of((10, 10, 20, 20))) == set()
    assert moving((tree,), seen_of((30, 10, 43, 20))) == set()
    assert moving((tree,), seen_of((30, 10, 50, 20))) == {""}
    assert moving((tree,), seen_of((60, 10, 65, 20))) == {""}
    assert moving((tree, zone("all", (0, 0, 1, 1))), seen_of((10, 5, 20, 9))) == set()


def test_each_zone_has_its_own_sensitivity() -> None:
    zones = zone("keen", LEFT, sensitivity=100), zone("dull", RIGHT, sensitivity=1)
    assert ZoneMap(zones, 50, GEOMETRY).sensitivity == 100
    faint, clear = 0.8, 1.5
    left, right = (10, 10, 16, 20), (60, 10, 66, 20)
    assert moving(zones, seen_of(left, right, excess=faint)) == {"keen"}
    assert moving(zones, seen_of(left, right, excess=clear)) == {"keen"}
    assert moving(zones, seen_of(left, right, excess=2.5)) == {"keen", "dull"}


@given(st.integers(1, 100), st.integers(1, 100), st.floats(0.4, 4.0))
@settings(max_examples=60, deadline=None)
def test_a_more_sensitive_zone_never_says_less(
    one: int, two: int, excess: float
) -> None:
    low, high = sorted((one, two))
    seen = seen_of((10, 10, 16, 20), excess=excess)
    dull = moving((zone("z", LEFT, sensitivity=low),), seen)
    assert dull <= moving((zone("z", LEFT, sensitivity=high),), seen)


def test_what_is_too_low_for_a_zone_does_not_count() -> None:
    zones = (zone("people", LEFT, min_size=0.25),)
    assert moving(zones, seen_of((10, 10, 20, 20))) == set()
    assert moving(zones, seen_of((10, 10, 16, 22))) == {"people"}


# --- over time -------------------------------------------------------------------


def run(
    zones: tuple[Zone, ...],
    script: Mapping[float, tuple[tuple[int, int, int, int], ...]],
) -> list[object]:
    events = ZoneEvents(2.0)
    places = ZoneMap(zones, 50, GEOMETRY)
    told: list[object] = []
    for time, boxes in script.items():
        told += events.feed(places.apply(seen_of(*boxes, time=time)))
    return told + events.finish()


IN_LEFT, IN_RIGHT = (10, 10, 16, 20), (60, 10, 66, 20)


def test_the_set_of_moving_zones_is_told_as_it_changes_and_holds() -> None:
    script = {
        **{t / 5: (IN_LEFT,) for t in range(10)},
        **{t / 5: (IN_RIGHT,) for t in range(10, 30)},
        **{t / 5: () for t in range(30, 60)},
    }
    began, both, right, over = run((zone("l", LEFT), zone("r", RIGHT)), script)
    assert isinstance(began, ZonedMotionBegan)
    assert began.zones == ("l",)
    assert isinstance(both, ZonesChanged)
    assert (both.time, both.zones) == (2.0, ("l", "r"))
    assert isinstance(right, ZonesChanged)
    assert right.zones == ("r",)
    assert right.time == pytest.approx(4.0, abs=0.01)
    assert isinstance(over, ZonedMotionOver)
    assert set(over.zones) == {"l", "r"}
    assert over.end == pytest.approx(5.8)


def test_each_zone_tells_how_much_it_saw_and_when() -> None:
    small, large = (60, 10, 66, 20), (60, 5, 76, 35)
    script = {
        **{t / 5: (IN_LEFT,) for t in range(10)},
        **{t / 5: (small,) for t in range(10, 15)},
        3.0: (large,),
        **{t / 5: (small,) for t in range(16, 20)},
        **{t / 5: () for t in range(20, 60)},
    }
    *_, over = run((zone("l", LEFT), zone("r", RIGHT)), script)
    assert isinstance(over, ZonedMotionOver)
    results = {result.zone_id: result for result in over.results}
    assert set(results) == {"l", "r"}
    assert results["l"].peak < 2.0
    assert results["r"].peak == 3.0
    assert results["r"].score > results["l"].score
    assert results["r"].boxes[0].x == pytest.approx(60 / 80)


def test_a_zone_with_a_minimum_duration_waits_for_it() -> None:
    zones = (zone("l", LEFT, min_duration=2.0),)
    passing = {t / 5: (IN_LEFT,) for t in range(8)} | {t / 5: () for t in range(8, 30)}
    assert run(zones, passing) == []
    staying = {t / 5: (IN_LEFT,) for t in range(20)}
    began, over = run(zones, staying)
    assert isinstance(began, ZonedMotionBegan)
    assert began.time == 0.0
    assert began.reason is not None
    assert began.reason.duration == pytest.approx(2.0)
    assert isinstance(over, ZonedMotionOver)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.05, 3.0)), max_size=60))
@settings(max_examples=80, deadline=None)
def test_every_motion_has_one_end_and_no_zone_flaps(
    steps: list[tuple[int, float]],
) -> None:
    hold, time = 2.0, 0.0
    script: dict[float, tuple[tuple[int, int, int, int], ...]] = {}
    seen: dict[str, list[float]] = {"l": [], "r": []}
    for where, step in steps:
        time = round(time + step, 3)
        boxes = [box for bit, box in ((1, IN_LEFT), (2, IN_RIGHT)) if where & bit]
        script[time] = tuple(boxes)
        for bit, name in ((1, "l"), (2, "r")):
            if where & bit:
                seen[name].append(time)
    now: set[str] = set()
    left: dict[str, float] = {}
    is_open, last_end = False, -inf
    for event in run((zone("l", LEFT), zone("r", RIGHT)), script):
        if isinstance(event, ZonedMotionBegan):
            assert not is_open
            assert event.time >= last_end
            is_open, now = True, set(event.zones)
            assert now
        elif isinstance(event, ZonesChanged):
            assert is_open
            assert set(event.zones) != now
            for name in now - set(event.zones):
                # Gone only after nothing moved in it for the hold.
                quiet_since = max(t for t in seen[name] if t <= event.time)
                assert event.time - quiet_since > hold
                left[name] = event.time
            now = set(event.zones)
        elif isinstance(event, ZonedMotionOver):
            assert is_open
            assert now <= set(event.zones)
            is_open, last_end = False, event.end
    assert not is_open
