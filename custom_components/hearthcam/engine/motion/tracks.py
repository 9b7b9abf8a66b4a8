"""What changed, followed from picture to picture.

Rain, insects and noise are here and gone; leaves move to and fro on their place. A
person, a car or a cat is there again in the next pictures, and gets somewhere. How
often it must be seen depends on how much of its size is about that is nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import hypot
from typing import Final

from .blobs import Blob
from .clutter import Clutter
from .settings import MotionSettings

_HITS: Final = ((20, 3), (12, 4), (0, 5))
"""Sightings that a thing of so many cells needs: small things are many, and random."""
_DURATION: Final = 0.35
_REACH: Final = 1.5
_HITS_IN_PLACE: Final = 6
_AREA_IN_PLACE: Final = 12
_LONG_IN_PLACE: Final = 0.9
_STRAIGHT: Final = 0.5
"""Share of its way that must have brought it away from where it was first seen."""
_STEP: Final = 0.15
"""Seconds between two sightings that each give evidence: closer ones are alike."""
_LENGTHS: Final = 5.0
"""Own lengths a second beyond which a thing is more likely a flake or an insect."""
_FAINT: Final = 1.25
_FAINT_HITS: Final = 2
"""More sightings of what is hardly beyond its threshold on the mean."""
_FAR: Final = 4.0
_STRIDES: Final = 0.75
"""Cells, and the share of its way, that bring away what walks somewhere."""
_HOPS: Final = 2
"""More sightings of what is never where it just was: an insect, not a walker."""
_MOST_MISSED: Final = 1
_FORGET_CONFIRMED: Final = 1.5
_STANDING: Final = 6.0
"""Seconds for which a thing that stands without stirring is remembered."""
_STIRRED: Final = 1.0
"""Seconds after it stirred for which it is moving."""
_MARGIN: Final = 1.0
_MARGIN_OF_SIZE: Final = 0.5
"""Share of its longest side that a thing may be off from where it should be."""
_ALIKE: Final = 5.0
_ALIKE_CONFIRMED: Final = 10.0
"""Times by which a thing may look larger or smaller than in the picture before."""
_USUAL_STEP: Final = 0.2
_MOST_TRACKS: Final = 40


@dataclass(frozen=True, slots=True)
class Track:
    """One thing that may be moving.

    ``first`` and ``last`` are the times of its first and last sighting, ``start`` is
    the first. ``path`` is the way of its
    centroid since, ``reach`` the furthest from the first. ``speed_x`` and ``speed_y``
    are how fast it went last, in cells a second. ``hops`` counts sightings that did
    not overlap the one before, ``missed`` pictures since the last sighting,
    ``misses`` all before it was confirmed. ``stirred`` is when it last moved or, once
    confirmed, stirred on its place.
    """

    blob: Blob
    first: float
    last: float
    start: Blob
    stirred: float
    hits: int = 1
    path: float = 0.0
    reach: float = 0.0
    largest: int = 0
    speed_x: float = 0.0
    speed_y: float = 0.0
    hops: int = 0
    missed: int = 0
    misses: int = 0
    confirmed: bool = False

    @property
    def travelled(self) -> bool:
        """Whether it got somewhere, and not only about."""
        return self.reach >= _REACH and self.reach >= _STRAIGHT * self.path

    @property
    def strides(self) -> bool:
        """Whether it went far, and straight: few errors do."""
        return self.reach >= _FAR and self.reach >= _STRIDES * self.path

    def moves(self, time: float) -> bool:
        """Tell whether it is something, and moves or has just stirred."""
        return self.confirmed and time - self.stirred <= _STIRRED


def begin(blob: Blob, time: float) -> Track:
    """Return the track of a region that belongs to none."""
    return Track(blob, time, time, blob, time, largest=blob.area)


def candidates(blobs: Iterable[Blob], settings: MotionSettings) -> list[Blob]:
    """Return the regions big, strong and lively enough to be something."""
    return [
        blob
        for blob in blobs
        if blob.energy >= 1.5 * settings.smallest
        and blob.area >= settings.smallest
        and blob.lively >= max(2, 0.05 * blob.area)
    ]


def follow(
    tracks: tuple[Track, ...],
    blobs: list[Blob],
    resting: list[tuple[Blob, bool]],
    time: float,
    clutter: Clutter,
    shape: tuple[int, ...],
) -> tuple[tuple[Track, ...], Clutter]:
    """Assign this picture's regions to tracks, oldest first; the rest begin anew.

    ``resting`` are regions that did not change just now, and whether there is a
    little life in them: a confirmed thing that stopped is one of them. ``shape`` is
    the grid's.
    """
    left = sorted(blobs, key=lambda blob: -blob.energy)
    following: list[Track] = []
    lost: list[Track] = []
    for track in sorted(tracks, key=lambda t: (not t.confirmed, -t.hits, t.first)):
        near = [blob for blob in left if _near(track, blob, time)]
        if near:
            blob = min(near, key=lambda blob: _distance(track.blob, blob))
            left.remove(blob)
            following.append(_seen(track, blob, time))
        elif track.confirmed:
            stands = next((r for r in resting if _covers(r[0], track.blob)), None)
            if stands is not None and time - track.stirred <= _STANDING:
                following.append(_standing(track, *stands, time))
            elif time - track.last <= _FORGET_CONFIRMED:
                following.append(replace(track, missed=track.missed + 1))
        elif track.missed < _MOST_MISSED:
            missed, misses = track.missed + 1, track.misses + 1
            following.append(replace(track, missed=missed, misses=misses))
        else:
            lost.append(track)
    following += [begin(blob, time) for blob in left]
    following = following[:_MOST_TRACKS]
    sure = [track for track in following if track.confirmed]
    clutter = clutter.after(
        time,
        [
            (track.largest, track.hits)
            for track in lost
            if not any(_touches(track.blob, other.blob) for other in sure)
        ],
        [track.largest for track in following if not track.confirmed],
    )
    return (
        tuple(
            replace(track, confirmed=True)
            if not track.confirmed and _convinces(track, clutter, shape)
            else track
            for track in following
        ),
        clutter,
    )


def _convinces(track: Track, clutter: Clutter, shape: tuple[int, ...]) -> bool:
    """Tell whether it has proved to be more than flicker."""
    if track.last - track.first < _DURATION or track.missed:
        return False
    needed = next(hits for area, hits in _HITS if track.largest >= area)
    needed = max(needed, clutter.needed(track.largest))
    blob, age = track.blob, track.last - track.first
    size = max(blob.right - blob.left, blob.bottom - blob.top)
    if track.path > _LENGTHS * size * age:
        needed *= 2
    elif track.hops > 0.5 * (track.hits - 1):
        needed += _HOPS
    if blob.energy < _FAINT * blob.area and not track.strides:
        needed += _FAINT_HITS
    if age < _STEP * (needed - 1):
        return False
    if track.hits < needed + track.misses:
        return False
    if track.travelled and _is_elsewhere(track, shape):
        return True
    return (
        track.hits >= max(_HITS_IN_PLACE, needed)
        and track.largest >= _AREA_IN_PLACE
        and age >= _LONG_IN_PLACE
    )


def _is_elsewhere(track: Track, shape: tuple[int, ...]) -> bool:
    """Tell whether both sides of a thing moved the same way.

    What grows on its place (an encoder's error, a patch of light) has one side that
    stays; so has what comes in from the picture's edge.
    """
    old, new = track.start, track.blob
    for before, after, most in (
        ((old.left, old.right), (new.left, new.right), shape[1]),
        ((old.top, old.bottom), (new.top, new.bottom), shape[0]),
    ):
        low, high = after[0] - before[0], after[1] - before[1]
        if min(low, high) >= 1 or max(low, high) <= -1:
            return True
        if (before[0] == 0 and high >= 1) or (before[1] == most and low <= -1):
            return True
    return False


def _seen(track: Track, blob: Blob, time: float) -> Track:
    old = track.blob
    step = max(time - track.last, 1e-3)
    right, down = blob.x - old.x, blob.y - old.y
    reach = hypot(blob.x - track.start.x, blob.y - track.start.y)
    return replace(
        track,
        blob=blob,
        last=time,
        stirred=time,
        hits=track.hits + 1,
        path=track.path + hypot(right, down),
        reach=max(track.reach, reach),
        largest=max(track.largest, blob.area),
        speed_x=right / step,
        speed_y=down / step,
        hops=track.hops + (not _touches(old, blob)),
        missed=0,
    )


def _standing(track: Track, blob: Blob, stirs: bool, time: float) -> Track:
    stirred = time if stirs else track.stirred
    return replace(
        track, blob=blob, last=time, stirred=stirred, speed_x=0.0, speed_y=0.0, missed=0
    )


def _near(track: Track, blob: Blob, time: float) -> bool:
    """Tell whether a region lies about where a track should be by now.

    What is big may move far between two pictures, what is small hardly: a car and a
    cat move by less than their own length; two raindrops have nothing in common.
    """
    old, step = track.blob, time - track.last
    alike = _ALIKE_CONFIRMED if track.confirmed else _ALIKE
    if not old.area <= alike * blob.area <= alike * alike * old.area:
        return False
    size = max(old.right - old.left, old.bottom - old.top)
    margin = _MARGIN + _MARGIN_OF_SIZE * size
    if track.hits == 1:
        margin *= 2.0
    margin *= min(max(step / _USUAL_STEP, 0.5), 2.0)
    x, y = track.speed_x * step, track.speed_y * step
    return (
        blob.left < old.right + x + margin
        and old.left + x < blob.right + margin
        and blob.top < old.bottom + y + margin
        and old.top + y < blob.bottom + margin
    )


def _touches(one: Blob, other: Blob) -> bool:
    """Tell whether the bounds of two regions meet."""
    return (
        one.left <= other.right
        and other.left <= one.right
        and one.top <= other.bottom
        and other.top <= one.bottom
    )


def _covers(blob: Blob, old: Blob) -> bool:
    """Tell whether a region fills a good part of where a thing was."""
    across = min(blob.right, old.right) - max(blob.left, old.left)
    down = min(blob.bottom, old.bottom) - max(blob.top, old.top)
    if across <= 0 or down <= 0:
        return False
    return across * down >= 0.3 * (old.right - old.left) * (old.bottom - old.top)


def _distance(old: Blob, new: Blob) -> float:
    return hypot(old.x - new.x, old.y - new.y)
