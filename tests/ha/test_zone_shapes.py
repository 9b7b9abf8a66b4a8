"""Ticked areas and typed points become polygons, or faults that say what is wrong."""

from collections import Counter
from itertools import combinations

import pytest

from custom_components.hearthcam.engine.parts import Point
from custom_components.hearthcam.engine.polygon import polygon_area, polygon_fault
from custom_components.hearthcam.zone_shapes import (
    Area,
    ShapeError,
    ShapeFault,
    areas_of_polygon,
    polygon_of_areas,
    polygon_of_text,
    text_of_polygon,
)

RING = set(Area) - {Area.MIDDLE_CENTER}


def points(*pairs: tuple[float, float]) -> tuple[Point, ...]:
    """Return a polygon."""
    return tuple(Point(x, y) for x, y in pairs)


def test_one_area_is_a_ninth_of_the_picture() -> None:
    assert polygon_of_areas([Area.BOTTOM_RIGHT]) == points(
        (0.6667, 0.6667), (1.0, 0.6667), (1.0, 1.0), (0.6667, 1.0)
    )


def test_a_row_and_the_whole_picture_have_four_corners() -> None:
    row = [Area.TOP_RIGHT, Area.TOP_LEFT, Area.TOP_CENTER]
    assert polygon_of_areas(row) == points((0, 0), (1, 0), (1, 0.3333), (0, 0.3333))
    assert polygon_of_areas(Area) == points((0, 0), (1, 0), (1, 1), (0, 1))


def test_areas_round_a_corner_keep_their_outline() -> None:
    corner = [Area.TOP_LEFT, Area.MIDDLE_LEFT, Area.MIDDLE_CENTER]
    assert polygon_of_areas(corner) == points(
        *((0, 0), (0.3333, 0), (0.3333, 0.3333)),
        *((0.6667, 0.3333), (0.6667, 0.6667), (0, 0.6667)),
    )


@pytest.mark.parametrize(
    ("areas", "fault"),
    [
        (set(), ShapeFault.MISSING),
        ({Area.TOP_LEFT, Area.BOTTOM_LEFT}, ShapeFault.NOT_CONNECTED),
        ({Area.TOP_LEFT, Area.MIDDLE_CENTER}, ShapeFault.NOT_CONNECTED),
        (RING, ShapeFault.HOLE),
        # The gap reaches the outside through a corner only.
        (RING - {Area.TOP_LEFT}, ShapeFault.HOLE),
        (RING - {Area.BOTTOM_RIGHT}, ShapeFault.HOLE),
    ],
)
def test_areas_that_are_no_polygon_are_refused(
    areas: set[Area], fault: ShapeFault
) -> None:
    with pytest.raises(ShapeError) as caught:
        polygon_of_areas(areas)
    assert caught.value.fault is fault


def test_every_choice_of_areas_is_a_good_polygon_or_a_fault() -> None:
    faults: Counter[ShapeFault | None] = Counter()
    for count in range(1, 10):
        for areas in combinations(Area, count):
            try:
                polygon = polygon_of_areas(areas)
            except ShapeError as err:
                faults[err.fault] += 1
                continue
            faults[None] += 1
            assert polygon_fault(polygon) is None
            assert polygon_area(polygon) == pytest.approx(count / 9, abs=0.001)
            assert areas_of_polygon(polygon) == list(areas)
    # Of the 218 in which all touch, one is a ring, and four are rings but a corner.
    assert faults == {
        None: 213,
        ShapeFault.HOLE: 5,
        ShapeFault.NOT_CONNECTED: 511 - 218,
    }


@pytest.mark.parametrize(
    "polygon",
    [
        points((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)),
        points((0, 0), (1, 0), (1, 0.34), (0, 0.34)),
        points((0.4, 0.4), (0.41, 0.4), (0.41, 0.41)),
    ],
)
def test_other_shapes_are_no_areas(polygon: tuple[Point, ...]) -> None:
    assert areas_of_polygon(polygon) == []


@pytest.mark.parametrize(
    "text",
    [
        "0.1,0.2 0.5,0.2 0.5,1",
        "0.1, 0.2\n0.5, 0.2\n0.5, 1.0\n",
        "[[0.1, 0.2], [0.5, 0.2], [0.5, 1]]",
        "0.1 0.2; .5 0.2; 0.5 1.",
        "0.10000001,0.2 0.5,0.2 0.5,1",
    ],
)
def test_points_are_read_however_they_are_separated(text: str) -> None:
    assert polygon_of_text(text) == points((0.1, 0.2), (0.5, 0.2), (0.5, 1.0))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (" \n", ShapeFault.MISSING),
        ("0.1,0.2 0.5", ShapeFault.ODD),
        ("left,top", ShapeFault.NOT_NUMBERS),
        ("nan,inf", ShapeFault.NOT_NUMBERS),
        ("10%,20%", ShapeFault.NOT_NUMBERS),
    ],
)
def test_text_that_holds_no_points_is_refused(text: str, fault: ShapeFault) -> None:
    with pytest.raises(ShapeError) as caught:
        polygon_of_text(text)
    assert caught.value.fault is fault


def test_points_are_written_as_they_are_read() -> None:
    polygon = points((0, 0.1234), (1, 0.5), (0.3333, 1))
    assert text_of_polygon(polygon) == "0, 0.1234\n1, 0.5\n0.3333, 1"
    assert polygon_of_text(text_of_polygon(polygon)) == polygon
