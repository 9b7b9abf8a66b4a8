"""What Home Assistant tells the engine; see `protocol`."""

from dataclasses import dataclass, field

from .check_commands import Expose, Inspect, LetIn
from .parts import (
    BlockCause,
    ClipPart,
    Mode,
    PrivacyZone,
    RenderKind,
    StreamSource,
    Zone,
)


@dataclass(frozen=True, slots=True)
class Start:
    """The first line: the secrets and limits of this run of the engine.

    ``token`` opens the loopback server; it stays the same over restarts of the engine
    within one run of Home Assistant, as does the listening socket, which is inherited
    as file descriptor ``--listen-fd``.
    """

    token: str = field(repr=False)
    log_level: str = "info"


@dataclass(frozen=True, slots=True)
class ConfigureCamera:
    """Adds a camera, or changes it in place (a changed source reconnects).

    ``directory`` is the absolute folder of this camera's clips; date folders are
    made below it. ``spool`` is the absolute folder on the local disk that stands in
    while ``directory`` cannot be written, for up to ``spool_limit`` bytes of all
    cameras together. Where ``marker`` names a file, ``directory`` is taken to be away
    (another disk, a bare mount point) as long as that is missing.

    ``sync`` has every fragment synced to the disk. ``continuous`` records all the
    time, in files of ``segment`` s, instead of motions only. ``record_classes`` and
    ``record_zones`` name the motions that are recorded (zone ids); empty means all.
    ``incident`` names cameras that record along whenever this one records a motion.

    ``privacy`` is black in whatever leaves the engine. ``blocked`` has every output
    refused. ``shut`` (privacy mode) closes all connections: viewers and stills get a
    closed shutter, nothing is analysed or recorded. All three have to be said: what
    leaves one out is refused.
    """

    camera_id: str
    name: str
    directory: str
    main: StreamSource
    sub: StreamSource | None = None
    mode: Mode = Mode.RECORD
    pre_roll: float = 5.0
    post_roll: float = 10.0
    max_clip: float = 300.0
    record_audio: bool = True
    time_zone: str = "UTC"
    spool: str | None = None
    spool_limit: int = 2 * 1024**3
    marker: str | None = None
    sync: bool = True
    continuous: bool = False
    segment: float = 300.0
    record_classes: tuple[str, ...] = ()
    record_zones: tuple[str, ...] = ()
    incident: tuple[str, ...] = ()
    privacy: tuple[PrivacyZone, ...] = field(kw_only=True)
    blocked: BlockCause | None = field(kw_only=True)
    shut: bool = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class RemoveCamera:
    """Closes everything of one camera; an open clip is finished first."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class SetMode:
    """Changes what is done with a camera's pictures, without reconnecting."""

    camera_id: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class RecordNow:
    """Records for ``duration`` s from now, and ``pre_roll`` s before, in any mode.

    A further one extends what is being recorded. Of a camera that leaked nothing is
    recorded, but with ``trial``: then the last ``duration`` s are, at once.
    """

    camera_id: str
    event_id: str
    duration: float
    pre_roll: float = 0.0
    kind: str = "manual"
    trial: bool = False


@dataclass(frozen=True, slots=True)
class StopRecording:
    """Ends what `RecordNow` began."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class Export:
    """Joins what finished clips hold of start <= t < end.

    Without re-encoding, but for clips in which some of ``privacy`` is not black yet.
    Answered by :class:`Exported`. The file begins at the keyframe at or before
    ``start``; ``path`` is absolute and must not exist.
    """

    request_id: str
    clips: tuple[ClipPart, ...]
    start: float
    end: float
    path: str
    privacy: tuple[PrivacyZone, ...]


@dataclass(frozen=True, slots=True)
class Render:
    """Makes a picture or preview of the clip at ``clip`` (absolute).

    ``at`` is the moment in s from the clip's first frame, ``width`` in pixels; the
    file ``path`` appears whole; ``privacy`` is black in it. Answered by
    :class:`Rendered`.
    """

    request_id: str
    kind: RenderKind
    clip: str
    path: str
    at: float = 0.0
    width: int = 320
    privacy: tuple[PrivacyZone, ...] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class BlackOut:
    """Makes ``privacy`` black in a finished clip that was recorded before.

    The file at ``clip`` (absolute) is replaced as a whole, its picture at
    ``thumbnail`` (absolute) is made anew ``at`` s from its first frame. ``doubted`` are
    marks that the file carries and that are not believed. Answered by
    :class:`BlackedOut`.
    """

    request_id: str
    clip: str
    privacy: tuple[PrivacyZone, ...]
    doubted: tuple[str, ...]
    thumbnail: str | None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class SetZones:
    """Changes where and how sensitively motion is looked for, while it goes on.

    ``sensitivity`` (1 to 100) is that of the whole picture, which counts where
    there is no motion zone.
    """

    camera_id: str
    zones: tuple[Zone, ...] = ()
    sensitivity: int = 50


@dataclass(frozen=True, slots=True)
class ExplainLight:
    """A lamp, cover or the sun changed the light at ``time``, in this camera's area.

    A global change of the picture soon after it is no motion.
    """

    camera_id: str
    time: float


@dataclass(frozen=True, slots=True)
class CameraSaw:
    """The camera itself reports something of a class (``kind``) at ``time``.

    ``active`` is True when it began or goes on, False when it is over, None for a
    moment that nobody tells the end of. Recorded like our own motions; what overlaps
    is one event. It wakes the detector, and never keeps it from finding anything.
    """

    camera_id: str
    kind: str
    active: bool | None
    time: float


@dataclass(frozen=True, slots=True)
class WatchDetector:
    """Switches :class:`DetectorView` reports of a camera on or off."""

    camera_id: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """Opens a stream once, to tell what it is. Answered by :class:`Probed`.

    With ``measure`` it is watched for that many seconds, and up to twice that until a
    second keyframe has come; with ``second`` it is opened another time meanwhile.
    """

    request_id: str
    source: StreamSource
    timeout: float = 12.0
    measure: float = 0.0
    second: bool = False


@dataclass(frozen=True, slots=True)
class Recover:
    """Repairs every unfinished clip below ``directory`` that no camera writes.

    Each becomes a :class:`ClipClosed` with ``recovered=True``; the end is
    :class:`Recovered`.
    """

    request_id: str
    directory: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Finishes open clips and leaves, within 5 s, or 9 s where a disk is slow."""


type Command = (
    Start
    | ConfigureCamera
    | RemoveCamera
    | SetMode
    | RecordNow
    | LetIn
    | StopRecording
    | Export
    | Render
    | BlackOut
    | Inspect
    | Expose
    | SetZones
    | ExplainLight
    | CameraSaw
    | WatchDetector
    | Probe
    | Recover
    | Stop
)
