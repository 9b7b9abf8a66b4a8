"""What changed, followed from picture to picture.

Rain, insects and noise are here and gone; leaves move to and fro on their place. A
person, a car or a cat is there again in the next pictures, and gets somewhere.
"""

from dataclasses import dataclass, replace
from math import hypot
from typing import Final

from .blobs import Blob
from .settings import MotionSettings

_HITS: Final = 3
_DURATION: Final = 0.35
_REACH: Final = 1.5
_HITS_IN_PLACE: Final = 6
_AREA_IN_PLACE: Final = 12
_FORGET: Final = 1.0
_FORGET_CONFIRMED: Final = 1.5
_MARGIN: Final = 2.0
_SPEED: Final = 25.0
"""Cells a second that something may move without being lost: a third of a picture."""
_LONGEST_MARGIN: Final = 6.0
_MOST_TRACKS: Final = 40


@dataclass(frozen=True, slots=True)
class Track:
    """One thing that may be moving.

    ``first`` and ``last`` are the times of its first and last sighting; ``reach`` is
    the furthest its centroid has been from where it was first seen, in cells.
    """

    blob: Blob
    first: float
    last: float
    start_x: float
    start_y: float
    hits: int
    reach: float
    largest: int

    @property
    def confirmed(self) -> bool:
        """Whether it has proved to be more than flicker."""
        if self.hits < _HITS or self.last - self.first < _DURATION:
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
            following.append(
                replace(
                    track,
                    blob=blob,
                    last=time,
                    hits=track.hits + 1,
                    reach=max(track.reach, reach),
                    largest=max(track.largest, blob.area),
                )
            )
        elif time - track.last <= (_FORGET_CONFIRMED if track.confirmed else _FORGET):
            following.append(track)
    following += [
        Track(blob, time, time, blob.x, blob.y, 1, 0.0, blob.area) for blob in left
    ]
    return tuple(following[:_MOST_TRACKS])


def _near(track: Track, blob: Blob, time: float) -> bool:
    margin = min(_MARGIN + _SPEED * (time - track.last), _LONGEST_MARGIN)
    old = track.blob
    return (
        blob.left < old.right + margin
        and old.left < blob.right + margin
        and blob.top < old.bottom + margin
        and old.top < blob.bottom + margin
    )


def _distance(old: Blob, new: Blob) -> float:
    return hypot(old.x - new.x, old.y - new.y)
