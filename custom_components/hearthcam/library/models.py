"""What the library gives out. Times are seconds of the epoch, sizes bytes."""

from dataclasses import dataclass
from datetime import date

LATEST_TIME = 253_000_000_000
"""In the year 9987: beyond it a time cannot be shown as a date."""


class LibraryError(Exception):
    """The library could not do it now; its message holds no path.

    What is on disk stays, and the next `Library.reconcile` makes it good.
    """


class LibraryClosedError(LibraryError):
    """The library is not open (Home Assistant is stopping, or not yet ready)."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One finished clip: a row of the library and the file it stands for.

    ``path`` and ``thumbnail`` are posix paths relative to the library's root;
    ``start`` is the time of the first frame, ``event_start`` that of the first
    moving one; ``score`` is 0..1; ``recovered`` marks a clip that was repaired
    or found after a crash.
    """

    clip_id: str
    camera_id: str
    event_id: str
    kind: str
    start: float
    end: float
    event_start: float
    path: str
    thumbnail: str | None
    size: int
    codec: str
    width: int
    height: int
    has_audio: bool
    score: float = 0.0
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A local day with clips of one camera."""

    date: date
    count: int
    latest_thumbnail_clip_id: str | None


@dataclass(frozen=True, slots=True)
class CameraSummary:
    """What the library holds of one camera; ``latest`` is its last clip's start."""

    camera_id: str
    count: int
    size: int
    latest: float


@dataclass(frozen=True, slots=True)
class Totals:
    """What the library holds altogether."""

    count: int
    size: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison of rows and files changed."""

    added: int
    dropped: int
