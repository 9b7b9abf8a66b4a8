"""What changed, followed from picture to picture.

Rain, insects and noise are here and gone; leaves move to and fro on their place. A
person, a car or a cat is there again in the next pictures, and gets somewhere.
"""

from dataclasses import dataclass, replace
from math import hypot
from typing import Final

from .blobs import Blob
from .settings import MotionSettings

_HITS: Final = ((20, 3), (12, 4), (0, 5))
"""Sightings that a thing of so many cells needs: small things are many, and random."""
_DURATION: Final = 0.35
_REACH: Final = 1.5
_HITS_IN_PLACE: Final = 6
_AREA_IN_PLACE: Final = 12
_MOST_MISSED: Final = 1
_FORGET_CONFIRMED: Final = 1.5
_MARGIN: Final = 1.0
_MARGIN_OF_SIZE: Final = 0.5
"""Share of its longest side that a thing may be off from where it should be."""
_USUAL_STEP: Final = 0.2
_MOST_TRACKS: Final = 40


@dataclass(frozen=True, slots=True)
class Track:
    """One thing that may be moving.

    ``first`` and ``last`` are the times of its first and last sighting; ``reach`` is
    the furthest its centroid has been from where it was first seen, in cells, and
    ``speed_x`` and ``speed_y`` how fast it went last, in cells a second. ``missed``
    counts pictures since the last sighting, ``misses`` all before it was confirmed.
    """

    blob: Blob
    first: float
    last: float
    start_x: float
    start_y: float
    hits: int
    reach: float
    largest: int
    speed_x: float = 0.0
    speed_y: float = 0.0
    missed: int = 0
    misses: int = 0

    @property
    def confirmed(self) -> bool:
        """Whether it has proved to be more than flicker."""
        needed = next(hits for area, hits in _HITS if self.largest >= area)
        if self.hits < needed + self.misses or self.last - self.first < _DURATION:
            return False
        return self.reach >= _REACH or (
            self.hits >= _HITS_IN_PLACE and self.largest >= _AREA_IN_PLACE
        )


def candidates(blobs: list[Blob], settings: MotionSettings) -> list[Blob]:
    """Return the regions big, strong and lively enough to be something."""
    return [
        blob
        for blob in blobs
        if blob.energy >= 1.5 * settings.smallest
        and blob.area >= settings.smallest
        and blob.lively >= max(2, 0.05 * blob.area)
    ]


def follow(
    tracks: tuple[Track, ...], blobs: list[Blob], time: float
) -> tuple[Track, ...]:
    """Assign this picture's regions to tracks, oldest first; the rest begin anew."""
    left = sorted(blobs, key=lambda blob: -blob.energy)
    following: list[Track] = []
    for track in sorted(tracks, key=lambda track: (-track.hits, track.first)):
        near = [blob for blob in left if _near(track, blob, time)]
        if near:
            blob = min(near, key=lambda blob: _distance(track.blob, blob))
            left.remove(blob)
            reach = hypot(blob.x - track.start_x, blob.y - track.start_y)
            step = max(time - track.last, 1e-3)
            following.append(
                replace(
                    track,
                    blob=blob,
                    last=time,
                    hits=track.hits + 1,
                    reach=max(track.reach, reach),
                    largest=max(track.largest, blob.area),
                    speed_x=(blob.x - track.blob.x) / step,
                    speed_y=(blob.y - track.blob.y) / step,
                    missed=0,
                )
            )
        elif (
            time - track.last <= _FORGET_CONFIRMED
            if track.confirmed
            else track.missed < _MOST_MISSED
        ):
            missed, misses = track.missed + 1, track.misses + (not track.confirmed)
            following.append(replace(track, missed=missed, misses=misses))
    following += [
        Track(blob, time, time, blob.x, blob.y, 1, 0.0, blob.area) for blob in left
    ]
    return tuple(following[:_MOST_TRACKS])


def _near(track: Track, blob: Blob, time: float) -> bool:
    """Tell whether a region lies about where a track should be by now.

    What is big may move far between two pictures, what is small hardly: a car and a
    cat move by less than their own length; two raindrops have nothing in common.
    """
    old, step = track.blob, time - track.last
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


def _distance(old: Blob, new: Blob) -> float:
    return hypot(old.x - new.x, old.y - new.y)
