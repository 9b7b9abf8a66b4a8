"""Polygons that a person draws: whether they make sense, with one answer a fault.

Plain Python, so that Home Assistant's side may import it without numpy and FFmpeg.
"""

from collections.abc import Sequence
from enum import StrEnum
import hashlib
from math import isfinite
from typing import Final

from .parts import Point

FEWEST_POINTS: Final = 3
MOST_POINTS: Final = 32
LEAST_AREA: Final = 0.0005
"""Share of the picture; about two of the detector's cells."""

WHOLE: Final = (Point(0.0, 0.0), Point(1.0, 0.0), Point(1.0, 1.0), Point(0.0, 1.0))
"""All of the picture."""


class PolygonFault(StrEnum):
    """What is wrong with a polygon. The values are keys of the translations."""

    TOO_FEW_POINTS = "polygon_too_few_points"
    TOO_MANY_POINTS = "polygon_too_many_points"
    NOT_A_NUMBER = "polygon_not_a_number"
    OUTSIDE = "polygon_outside"
    REPEATED_POINT = "polygon_repeated_point"
    CROSSES_ITSELF = "polygon_crosses_itself"
    EMPTY = "polygon_empty"


def polygon_fault(points: Sequence[Point]) -> PolygonFault | None:
    """Return the first fault of a polygon, None where it is a good one.

    Good is 3 to 32 finite points in the picture (0..1), no two neighbours the same
    (the last and the first are neighbours), edges that meet in their common point
    only, and an area of at least `LEAST_AREA`.
    """
    if len(points) < FEWEST_POINTS:
        return PolygonFault.TOO_FEW_POINTS
    if len(points) > MOST_POINTS:
        return PolygonFault.TOO_MANY_POINTS
    if not all(isfinite(point.x) and isfinite(point.y) for point in points):
        return PolygonFault.NOT_A_NUMBER
    if not all(0.0 <= point.x <= 1.0 and 0.0 <= point.y <= 1.0 for point in points):
        return PolygonFault.OUTSIDE
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    if any(start == end for start, end in edges):
        return PolygonFault.REPEATED_POINT
    if _flat(points):
        # A line there and back lies on itself all along; "empty" says it better.
        return PolygonFault.EMPTY
    if _crosses_itself(edges):
        return PolygonFault.CROSSES_ITSELF
    if polygon_area(points) < LEAST_AREA:
        return PolygonFault.EMPTY
    return None


def mark_of(points: Sequence[Point]) -> str:
    """Return the short name of a polygon: the same for the same points only."""
    text = ";".join(f"{point.x!r},{point.y!r}" for point in points)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def polygon_area(points: Sequence[Point]) -> float:
    """Return the area of a polygon that does not cross itself; the picture's is 1."""
    return abs(_doubled_area(points)) / 2.0


def _doubled_area(points: Sequence[Point]) -> float:
    return sum(
        start.x * end.y - end.x * start.y
        for start, end in zip(points, [*points[1:], points[0]], strict=True)
    )


def _flat(points: Sequence[Point]) -> bool:
    """Tell whether all points lie on one line."""
    first = points[0]
    far = max(points, key=lambda p: abs(p.x - first.x) + abs(p.y - first.y))
    return all(_turn(first, far, point) == 0.0 for point in points)


def _crosses_itself(edges: list[tuple[Point, Point]]) -> bool:
    count = len(edges)
    for number, (start, end) in enumerate(edges):
        following = edges[(number + 1) % count][1]
        if _turn(start, end, following) == 0.0 and _ahead(end, start, following):
            # The next edge turns back onto this one.
            return True
        for other in range(number + 2, count):
            if (other + 1) % count != number and _meet(start, end, *edges[other]):
                return True
    return False


def _turn(start: Point, middle: Point, end: Point) -> float:
    """Return to which side one turns: its sign is the side, 0 is straight on."""
    value = (middle.x - start.x) * (end.y - start.y) - (middle.y - start.y) * (
        end.x - start.x
    )
    # What a decimal fraction loses in a float is no turn.
    return 0.0 if abs(value) < 1e-12 else value


def _ahead(origin: Point, one: Point, other: Point) -> bool:
    """Tell whether two points lie in the same direction from an origin."""
    return (one.x - origin.x) * (other.x - origin.x) + (one.y - origin.y) * (
        other.y - origin.y
    ) > 0.0


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Tell whether two edges have a point in common, touching included."""
    sides = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if sides[0] * sides[1] < 0.0 and sides[2] * sides[3] < 0.0:
        return True
    return (
        (sides[0] == 0.0 and _between(a, b, c))
        or (sides[1] == 0.0 and _between(a, b, d))
        or (sides[2] == 0.0 and _between(c, d, a))
        or (sides[3] == 0.0 and _between(c, d, b))
    )


def _between(start: Point, end: Point, point: Point) -> bool:
    """Tell whether a point that is on the line of an edge is on the edge."""
    return min(start.x, end.x) <= point.x <= max(start.x, end.x) and min(
        start.y, end.y
    ) <= point.y <= max(start.y, end.y)
