"""The shape of a zone as a person gives it: ticked areas of a grid, or typed points."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
import re
from typing import Final

from .engine.parts import Point

SIDE: Final = 3
"""Rows and columns of the grid."""
_DIGITS: Final = 4
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_SEPARATORS = re.compile(r"[\s,;()\[\]{}]+")

type Cell = tuple[int, int]
type _Corner = tuple[int, int]


class Area(StrEnum):
    """The areas, row by row. The values are keys of the translations."""

    TOP_LEFT = "top_left"
    TOP_CENTER = "top_center"
    TOP_RIGHT = "top_right"
    MIDDLE_LEFT = "middle_left"
    MIDDLE_CENTER = "middle_center"
    MIDDLE_RIGHT = "middle_right"
    BOTTOM_LEFT = "bottom_left"
    BOTTOM_CENTER = "bottom_center"
    BOTTOM_RIGHT = "bottom_right"


class ShapeFault(StrEnum):
    """Why there is no polygon. The values are keys of the translations."""

    MISSING = "shape_missing"
    AMBIGUOUS = "shape_ambiguous"
    NOT_CONNECTED = "areas_not_connected"
    HOLE = "areas_leave_hole"
    NOT_NUMBERS = "points_not_numbers"
    ODD = "points_odd"


class ShapeError(ValueError):
    """There is no polygon for what was given."""

    def __init__(self, fault: ShapeFault) -> None:
        """Remember why."""
        super().__init__(fault.value)
        self.fault = fault


_CELLS: Final[dict[Area, Cell]] = {
    area: divmod(number, SIDE) for number, area in enumerate(Area)
}


def polygon_of_areas(areas: Iterable[Area]) -> tuple[Point, ...]:
    """Return the outline of areas, clockwise from its topmost left corner.

    Raises ShapeError where they touch at corners only or not at all, and where they
    go round one that is not ticked: neither is one polygon.
    """
    cells = {_CELLS[area] for area in areas}
    if not cells:
        raise ShapeError(ShapeFault.MISSING)
    if not _connected(cells):
        raise ShapeError(ShapeFault.NOT_CONNECTED)
    # Clockwise round each cell; a side between two of them is gone over both ways.
    edges: set[tuple[_Corner, _Corner]] = set()
    for row, column in cells:
        corners = [
            (row, column),
            (row, column + 1),
            (row + 1, column + 1),
            (row + 1, column),
        ]
        edges |= set(zip(corners, corners[1:] + corners[:1], strict=True))
    border = {(start, end) for start, end in edges if (end, start) not in edges}
    onward = dict(border)
    corner = min(onward)
    outline: list[_Corner] = []
    # A corner that two lines leave, or a second outline: there is a gap inside.
    while len(onward) == len(border) - len(outline) and corner in onward:
        outline.append(corner)
        corner = onward.pop(corner)
    if len(outline) != len(border):
        raise ShapeError(ShapeFault.HOLE)
    return tuple(
        Point(round(corner[1] / SIDE, _DIGITS), round(corner[0] / SIDE, _DIGITS))
        for before, corner, after in zip(
            outline[-1:] + outline[:-1], outline, outline[1:] + outline[:1], strict=True
        )
        if (corner[0] - before[0], corner[1] - before[1])
        != (after[0] - corner[0], after[1] - corner[1])
    )


def areas_of_polygon(polygon: Sequence[Point]) -> list[Area]:
    """Return the areas whose outline a polygon is; none where it is another shape."""
    inside = [
        area
        for area, (row, column) in _CELLS.items()
        if _holds(polygon, (column + 0.5) / SIDE, (row + 0.5) / SIDE)
    ]
    try:
        same = polygon_of_areas(inside) == tuple(polygon)
    except ShapeError:
        return []
    return inside if same else []


def polygon_of_text(text: str) -> tuple[Point, ...]:
    """Return the points of a text like ``0.1,0.2 0.5,0.2``, however it is separated.

    Raises ShapeError; whether it is a good polygon is for `polygon_fault` to say.
    """
    words = [word for word in _SEPARATORS.split(text) if word]
    if not words:
        raise ShapeError(ShapeFault.MISSING)
    if not all(_NUMBER.fullmatch(word) for word in words):
        raise ShapeError(ShapeFault.NOT_NUMBERS)
    if len(words) % 2:
        raise ShapeError(ShapeFault.ODD)
    numbers = [round(float(word), _DIGITS) for word in words]
    return tuple(Point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))


def text_of_polygon(polygon: Iterable[Point]) -> str:
    """Return a polygon as `polygon_of_text` reads it, a point a line."""
    return "\n".join(f"{point.x:g}, {point.y:g}" for point in polygon)


def _connected(cells: set[Cell]) -> bool:
    """Tell whether one can go from each cell to each other over common sides."""
    left = set(cells)
    edge = [left.pop()]
    while edge:
        row, column = edge.pop()
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            if (step := (row + down, column + right)) in left:
                left.discard(step)
                edge.append(step)
    return not left


def _holds(polygon: Sequence[Point], x: float, y: float) -> bool:
    """Tell whether a point is inside: a ray from it crosses the outline oddly often."""
    inside = False
    for start, end in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (start.y > y) != (end.y > y):
            slope = (end.x - start.x) / (end.y - start.y)
            if x < start.x + (y - start.y) * slope:
                inside = not inside
    return inside
