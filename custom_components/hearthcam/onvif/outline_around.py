"""Larger outlines around outlines, with as many corners as a camera takes.

Where a shape is changed, it only ever grows: what was to be hidden stays hidden.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import hypot

from .outline import (
    NEAR,
    Corner,
    Outline,
    along,
    area,
    box_of,
    covers,
    distance,
    edges,
    is_simple,
    turn,
)

type _Line = tuple[Corner, Corner]
"""A point of it, and its direction."""

# A corner that sticks out further than this many times the growth is cut.
_LONGEST_MITRE = 3.0


@lru_cache(64)
def around(outline: Outline, growth: float, most: int) -> Outline:
    """Return an outline of at most so many corners (4 at least) around a larger one.

    It covers whatever of the picture is no further than ``growth`` (in each
    direction) from the one that is given; the tightest shape that does is taken of
    its own, its convex hull, and the rectangle around it.
    """
    near = _near(outline, growth)
    for shape in (_offset(outline, growth), _hull(near)):
        found = _simplified(_clipped(shape), max(most, 4))
        if len(found) <= max(most, 4) and shields(found, outline, growth):
            return found
    return box_of(_clipped(box_of(near)))


def shields(outer: Outline, inner: Outline, growth: float) -> bool:
    """Tell whether an outline covers what `around` has to: another one, and more."""
    return covers(outer, _clipped(inner)) and all(
        covers(outer, _clipped(_hull(_near(edge, growth)))) for edge in edges(inner)
    )


def _near(corners: Sequence[Corner], growth: float) -> Outline:
    """Return the corners of squares around corners."""
    return tuple(
        (x + across, y + down)
        for x, y in corners
        for across in (-growth, growth)
        for down in (-growth, growth)
    )


def _hull(points: Sequence[Corner]) -> Outline:
    """Return the convex hull, clockwise on the screen (monotone chain)."""
    ordered = sorted(set(points))
    chains: list[list[Corner]] = []
    for row in (ordered, ordered[::-1]):
        chain: list[Corner] = []
        for point in row:
            while len(chain) > 1 and turn(chain[-2], chain[-1], point) <= 0.0:
                chain.pop()
            chain.append(point)
        chains.append(chain[:-1])
    return tuple(chains[0] + chains[1])


def _offset(outline: Outline, growth: float) -> Outline:
    """Move each edge outwards; empty where that turns one round."""
    if area(outline) < 0.0:
        outline = outline[::-1]
    lines = []
    for (x, y), (to_x, to_y) in edges(outline):
        length = hypot(to_x - x, to_y - y)
        if length <= NEAR:
            return ()
        across, down = (to_x - x) / length, (to_y - y) / length
        # As far as a square of that size reaches to this side.
        reach = growth * (abs(across) + abs(down))
        lines.append(((x + down * reach, y - across * reach), (across, down)))
    moved: list[Corner] = []
    for (before, line), corner in zip(
        zip(lines[-1:] + lines[:-1], lines, strict=True), outline, strict=True
    ):
        moved += _joined(before, line, corner, growth)
    return tuple(moved)


def _joined(before: _Line, line: _Line, corner: Corner, growth: float) -> list[Corner]:
    """Return where two moved edges meet; a sharp corner is cut off."""
    (mitre,) = _met(before, line) or [line[0]]
    is_notch = before[1][0] * line[1][1] - before[1][1] * line[1][0] <= 0.0
    far = hypot(mitre[0] - corner[0], mitre[1] - corner[1])
    if is_notch or far <= _LONGEST_MITRE * growth:
        return [mitre]
    out = before[1][0] - line[1][0], before[1][1] - line[1][1]
    length = hypot(*out)
    out = out[0] / length, out[1] / length
    reach = growth * (abs(out[0]) + abs(out[1]))
    cut = (
        (corner[0] + out[0] * reach, corner[1] + out[1] * reach),
        (-out[1], out[0]),
    )
    return _met(before, cut) + _met(cut, line)


def _met(one: _Line, other: _Line) -> list[Corner]:
    """Return the point that two lines (a point, a direction) have in common."""
    (point, along), (from_, other_along) = one, other
    slant = along[0] * other_along[1] - along[1] * other_along[0]
    if abs(slant) <= NEAR:
        return []
    part = (
        (from_[0] - point[0]) * other_along[1] - (from_[1] - point[1]) * other_along[0]
    ) / slant
    return [(point[0] + along[0] * part, point[1] + along[1] * part)]


def _clipped(outline: Outline) -> Outline:
    """Return what of an outline is in the picture (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, 0.0, 1), (0, 1.0, -1), (1, 0.0, 1), (1, 1.0, -1)):
        kept: list[Corner] = []
        for start, end in edges(outline) if outline else ():
            from_, to = (start[axis] - limit) * sign, (end[axis] - limit) * sign
            if from_ >= 0.0:
                kept.append(start)
            if (from_ < 0.0) != (to < 0.0):
                point = list(along(start, end, from_ / (from_ - to)))
                point[axis] = limit
                kept.append((point[0], point[1]))
        outline = tuple(kept)
    return _tidied(outline)


def _tidied(outline: Outline) -> Outline:
    """Leave out corners that are none."""
    corners = list(dict.fromkeys(outline))
    number = 0
    while len(corners) > 3 and number < len(corners):
        before, corner = corners[number - 1], corners[number]
        after = corners[(number + 1) % len(corners)]
        if distance(corner, before, after) <= NEAR:
            corners.pop(number)
            number = max(number - 1, 0)
        else:
            number += 1
    return tuple(corners)


def _simplified(outline: Outline, most: int) -> Outline:
    """Return an outline around it with fewer corners, as tight as can be had simply."""
    if area(outline) < 0.0:
        outline = outline[::-1]
    while len(outline) > most:
        wider = sorted(_wider(outline), key=area)
        found = next((shape for shape in wider if is_simple(shape)), None)
        if found is None:
            break
        outline = found
    return outline


def _wider(outline: Outline) -> Iterator[Outline]:
    """Yield the outlines with one corner less that cover it, if they are simple."""
    count = len(outline)
    for number in range(count):
        turned = outline[number:] + outline[:number]
        first, corner, second = turned[-1], turned[0], turned[1]
        if turn(first, corner, second) <= 0.0:
            # A notch is filled.
            yield turned[1:]
        elif turn(corner, second, turned[2]) > 0.0:
            # An edge goes, its neighbours are drawn on until they meet.
            before = corner[0] - first[0], corner[1] - first[1]
            after = second[0] - turned[2][0], second[1] - turned[2][1]
            # They meet ahead of both only where they lean towards each other.
            if before[0] * after[1] - before[1] * after[0] >= -NEAR:
                continue
            for x, y in _met((corner, before), (second, after)):
                if 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0:
                    yield ((x, y), *turned[2:])
