"""What Home Assistant tells the engine; see `protocol`."""

from dataclasses import dataclass, field

from .parts import Mode, StreamSource, Zone


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
    made below it.
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
    """Finishes open clips and leaves (within 5 s)."""


type Command = (
    Start
    | ConfigureCamera
    | RemoveCamera
    | SetMode
    | SetZones
    | ExplainLight
    | WatchDetector
    | Probe
    | Recover
    | Stop
)
