"""What the engine tells of clips and of where they go; see `protocol`."""

from dataclasses import dataclass

from .parts import LostCause, StoragePlace


@dataclass(frozen=True, slots=True)
class ClipOpened:
    """A clip is being written.

    ``path`` is the absolute one that it will have; until then it is a fragmented MP4
    with ``.part`` behind that name, of which one fragment is whole by now. ``follows``
    is the clip whose disk failed and that goes on here: it is repaired later. ``mask``
    are the marks of the privacy zones that are black in it; a clip that names none is
    not shown where there is one that must be.
    """

    camera_id: str
    clip_id: str
    event_id: str
    start: float
    path: str = ""
    kind: str = "motion"
    follows: str = ""
    mask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClipClosed:
    """A clip is whole, on disk and under its final name; now it may be told of.

    ``path`` and ``thumbnail`` are absolute. ``start`` is the time of the first
    frame, ``event_start`` that of the first moving one. ``zones`` are those of all
    its motions, ``mask`` as in `ClipOpened`.
    """

    camera_id: str
    clip_id: str
    event_id: str
    path: str
    thumbnail: str | None
    start: float
    end: float
    event_start: float
    size: int
    codec: str
    width: int
    height: int
    has_audio: bool
    kind: str = "motion"
    score: float = 0.0
    recovered: bool = False
    zones: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClipFailed:
    """A clip could not be written; what was on disk stays for the recovery."""

    camera_id: str
    clip_id: str
    event_id: str
    cause: LostCause


@dataclass(frozen=True, slots=True)
class Lost:
    """Seconds that should have been recorded and were not."""

    camera_id: str
    start: float
    end: float
    cause: LostCause


@dataclass(frozen=True, slots=True)
class Covered:
    """The main stream came without a gap from ``start`` to ``end``.

    ``recorded`` tells whether it went into a clip. Sent every few seconds and
    whenever that changes; spans of one camera follow each other.
    """

    camera_id: str
    start: float
    end: float
    recorded: bool


@dataclass(frozen=True, slots=True)
class StorageState:
    """Where a camera's clips go from now on, and why not where they should.

    ``needed`` is how many bytes the next clip may take (for who makes space).
    """

    camera_id: str
    place: StoragePlace
    cause: LostCause | None = None
    needed: int = 0


@dataclass(frozen=True, slots=True)
class Exported:
    """The answer to :class:`Export`: the span it holds, or ``error``.

    ``error`` is ``nothing_recorded``, ``mixed_streams`` or ``storage``.
    """

    request_id: str
    start: float = 0.0
    end: float = 0.0
    size: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The answer to :class:`Render`."""

    request_id: str
    done: bool
