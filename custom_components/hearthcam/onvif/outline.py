"""Outlines of masks, and whether one covers another.

In our coordinates: 0..1, y downwards.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import hypot
from typing import Final

type Corner = tuple[float, float]
type Outline = tuple[Corner, ...]

NEAR: Final = 1e-9
"""What is closer than this part of the picture is the same."""


def box_of(outline: Outline) -> Outline:
    """Return the rectangle around an outline, clockwise from its top left."""
    left, top = min(x for x, _ in outline), min(y for _, y in outline)
    right, bottom = max(x for x, _ in outline), max(y for _, y in outline)
    return (left, top), (right, top), (right, bottom), (left, bottom)


def covers(outer: Outline, inner: Outline) -> bool:
    """Tell whether all of an outline lies within another one; their edges may touch.

    False where the outer one crosses itself: what is inside of it is anybody's guess.
    """
    if len(outer) < 3 or len(inner) < 3 or not is_simple(outer):
        return False
    sides = tuple(edges(outer))
    for start, end in edges(inner):
        # Between two crossings an edge is wholly inside, or wholly outside.
        parts = sorted({0.0, 1.0, *_crossings(start, end, sides)})
        places = [*parts, *((a + b) / 2 for a, b in pairwise(parts))]
        if not all(_holds(outer, along(start, end, part)) for part in places):
            return False
    return True


@lru_cache(64)
def is_simple(outline: Outline) -> bool:
    """Tell whether no two edges have more in common than a corner between them."""
    sides = list(edges(outline))
    return all(
        not _meet(*one, *other)
        for number, one in enumerate(sides)
        for other in sides[number + 2 : len(sides) - (number == 0)]
    )


def same(one: Outline, other: Outline, within: float) -> bool:
    """Tell whether two outlines are the same, whatever corner they begin with."""
    if len(one) != len(other):
        return False
    for turned in (other, other[::-1]):
        for first in range(len(turned)):
            if all(
                abs(a[0] - b[0]) <= within and abs(a[1] - b[1]) <= within
                for a, b in zip(one, turned[first:] + turned[:first], strict=True)
            ):
                return True
    return False


def edges(outline: Sequence[Corner]) -> Iterator[tuple[Corner, Corner]]:
    """Yield the edges, the last one back to the first corner."""
    return zip(outline, (*outline[1:], *outline[:1]), strict=True)


def area(outline: Outline) -> float:
    """Return twice the area; above zero where it goes clockwise on the screen."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in edges(outline))


def turn(a: Corner, b: Corner, c: Corner) -> float:
    """Return to which side one turns at b: above zero is clockwise on the screen."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def along(start: Corner, end: Corner, part: float) -> Corner:
    """Return the point at a part (0..1) of an edge."""
    return (
        start[0] + (end[0] - start[0]) * part,
        start[1] + (end[1] - start[1]) * part,
    )


def distance(point: Corner, start: Corner, end: Corner) -> float:
    """Return how far a point is from an edge."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = across * across + down * down
    part = 0.0
    if length:
        part = (point[0] - start[0]) * across + (point[1] - start[1]) * down
        part = min(max(part / length, 0.0), 1.0)
    near = along(start, end, part)
    return hypot(point[0] - near[0], point[1] - near[1])


def _holds(outline: Outline, point: Corner) -> bool:
    """Tell whether a point is inside, or on the edge."""
    inside = False
    for start, end in edges(outline):
        if distance(point, start, end) <= NEAR:
            return True
        if (start[1] > point[1]) != (end[1] > point[1]):
            slope = (end[0] - start[0]) / (end[1] - start[1])
            inside ^= point[0] < start[0] + (point[1] - start[1]) * slope
    return inside


def _crossings(
    start: Corner, end: Corner, sides: Sequence[tuple[Corner, Corner]]
) -> Iterator[float]:
    """Yield where on an edge others cross it or begin on it, as parts of its length."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = across * across + down * down
    for a, b in sides:
        slant = across * (b[1] - a[1]) - down * (b[0] - a[0])
        if abs(slant) > NEAR * NEAR:
            part = (a[0] - start[0]) * (b[1] - a[1]) - (a[1] - start[1]) * (b[0] - a[0])
            if 0.0 < part / slant < 1.0:
                yield part / slant
        if length and distance(a, start, end) <= NEAR:
            part = (a[0] - start[0]) * across + (a[1] - start[1]) * down
            yield min(max(part / length, 0.0), 1.0)


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Tell whether two edges have a point in common."""
    sides = turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)
    if sides[0] * sides[1] < 0.0 and sides[2] * sides[3] < 0.0:
        return True
    return any(
        distance(point, *edge) <= NEAR
        for point, edge in ((c, (a, b)), (d, (a, b)), (a, (c, d)), (b, (c, d)))
    )
