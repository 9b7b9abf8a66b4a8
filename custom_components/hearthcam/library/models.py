"""What the library takes and gives out. Times are seconds of the epoch, sizes bytes."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
import math
from typing import Final

LATEST_TIME = 253_000_000_000
"""In the year 9987: beyond it a time cannot be shown as a date."""

MEDIA: Final = "media"
"""The store of a clip that lies below the media folder."""
SPOOL: Final = "spool"
"""The store of a clip that lies on the local disk until the media folder is back."""
CONTINUOUS: Final = "continuous"
"""The kind of a clip that is a segment of a recording without end."""


class LibraryError(Exception):
    """The library could not do it now; its message holds no path.

    What is on disk stays, and the next `Library.reconcile` makes it good.
    """


class LibraryClosedError(LibraryError):
    """The library is not open (Home Assistant is stopping, or not yet ready)."""


class StorageError(LibraryError):
    """A folder of clips cannot be read or written, or does not answer in time."""


class ProtectedError(LibraryError):
    """The clip is protected and stays."""


class HiddenError(LibraryError):
    """The clip shows a privacy zone that must be black, until it was blacked out."""


class ClipGoneError(LibraryError):
    """The clip was deleted meanwhile."""


class MediaState(StrEnum):
    """Whether the media folder is the one that the rows speak of."""

    HERE = "here"
    AWAY = "away"
    """The folder is missing, cannot be read, or does not answer."""
    STRANGE = "strange"
    """A folder is there, but not ours: an empty mount point, or an emptied disk."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One finished clip: a row of the library and the file it stands for.

    ``path`` and ``thumbnail`` are posix paths relative to the root of its ``store``
    (`MEDIA` or `SPOOL`); ``start`` is the time of the first frame, ``event_start``
    that of the first moving one; ``score`` is 0..1; ``recovered`` marks a clip that
    was repaired or found after a crash; ``zones`` are the ids of its motions' zones.
    ``mask`` are the marks of the privacy zones that are black in it (see `doubts`).
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
    protected: bool = False
    zones: tuple[str, ...] = ()
    store: str = MEDIA
    mask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened before a camera; ``end`` is None while it goes on.

    Its clips are those of the camera that overlap it (see `Library.span`).
    """

    event_id: str
    camera_id: str
    kind: str
    start: float
    end: float | None = None
    score: float = 0.0
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClipQuery:
    """Which clips are wanted; what is empty (or None) does not matter.

    They start in ``start`` <= t < ``end``; a clip is in a zone if any of its motions
    was.
    """

    camera_ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    start: float = 0.0
    end: float = math.inf
    protected: bool | None = None
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """A local day with clips of one camera."""

    date: date
    count: int
    latest_thumbnail_clip_id: str | None


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many clips of a kind there are, and when the latest starts."""

    kind: str
    count: int
    latest: float


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
    """What a comparison of rows and files changed.

    ``away`` tells that the media folder was not there to be compared.
    """

    added: int
    dropped: int
    away: bool = False


@dataclass(frozen=True, slots=True)
class Enforced:
    """What a pass of retention deleted.

    ``short_by`` bytes should still go and cannot: what is left is protected, cannot
    be deleted, or deleting does not make room.
    """

    deleted: int
    bytes: int
    short_by: int = 0
