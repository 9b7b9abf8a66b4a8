"""The seam: what Home Assistant and the engine say to each other.

Commands go to the engine over its stdin, reports come back over its stdout, one
JSON object a line; `wire` turns these dataclasses into lines and back.

Times are seconds of the Unix epoch (float, UTC); durations are seconds.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Profile(StrEnum):
    """The two streams of a camera."""

    MAIN = "main"
    SUB = "sub"


class Transport(StrEnum):
    """How RTP travels; ``AUTO`` is TCP first, then UDP where TCP is refused."""

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


class Mode(StrEnum):
    """What the engine does with a camera's pictures."""

    OFF = "off"
    """Watch only: the streams are open, nothing is analysed or recorded."""
    DETECT = "detect"
    RECORD = "record"


class StreamStatus(StrEnum):
    """Whether packets of a profile arrive."""

    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"


class StreamError(StrEnum):
    """Why a stream could not be opened or went away.

    The values are keys of the translations (``config.error.*``).
    """

    CANNOT_CONNECT = "cannot_connect"
    TIMEOUT = "timeout"
    INVALID_AUTH = "invalid_auth"
    NOT_FOUND = "stream_not_found"
    NO_VIDEO = "no_video"
    UNSUPPORTED_CODEC = "unsupported_codec"
    NOT_LOCAL = "not_local"
    INVALID_URL = "invalid_url"
    ENDED = "stream_ended"
    UNKNOWN = "unknown"


class LostCause(StrEnum):
    """Why seconds that should have been recorded were not."""

    OFFLINE = "offline"
    SLOW_STORAGE = "slow_storage"
    STORAGE_ERROR = "storage_error"
    ENGINE_STOPPED = "engine_stopped"


# --- parts of messages --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamSource:
    """Where one profile is fetched.

    ``url`` is an RTSP(S) URL that holds percent-encoded credentials; it is never
    logged (`privacy.redact`), which is why ``repr`` leaves it out.
    """

    url: str = field(repr=False)
    transport: Transport = Transport.AUTO


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What an open stream turned out to be."""

    codec: str
    width: int
    height: int
    fps: float
    audio_codec: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in normalised picture coordinates (0..1), y downwards."""

    x: float
    y: float
    width: float
    height: float


# --- commands: Home Assistant -> engine ---------------------------------------


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
class Probe:
    """Opens a stream once, to tell what it is. Answered by :class:`Probed`."""

    request_id: str
    source: StreamSource
    timeout: float = 12.0


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


# --- reports: engine -> Home Assistant ----------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine serves; always its first report."""

    pid: int
    av_version: str
    encoders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamState:
    """A profile came, went, or is being tried. Sent on changes only."""

    camera_id: str
    profile: Profile
    status: StreamStatus
    error: StreamError | None = None
    info: StreamInfo | None = None


@dataclass(frozen=True, slots=True)
class CameraStats:
    """Measured over the last interval of some seconds, per camera.

    ``bitrate`` is in kbit/s and ``fps`` counts frames that arrived, both of the
    main profile; ``rung`` names the detection ladder's state.
    """

    camera_id: str
    fps: float
    bitrate: float
    gop: float
    ring_seconds: float
    ring_bytes: int
    rung: str
    analysed_fps: float
    viewers: int


@dataclass(frozen=True, slots=True)
class EngineStats:
    """The engine as a process: CPU time in s since its start, memory in bytes."""

    cpu_seconds: float
    rss: int
    threads: int


@dataclass(frozen=True, slots=True)
class MotionStarted:
    """A motion began at ``time`` (its first moving frame, not the moment of telling).

    ``score`` is 0..1; ``boxes`` bound what moved.
    """

    camera_id: str
    event_id: str
    time: float
    score: float
    boxes: tuple[Box, ...] = ()
    kind: str = "motion"


@dataclass(frozen=True, slots=True)
class MotionEnded:
    """The motion is over: ``end`` is its last moving frame's time."""

    camera_id: str
    event_id: str
    start: float
    end: float
    peak: float
    score: float
    kind: str = "motion"


@dataclass(frozen=True, slots=True)
class ClipOpened:
    """A clip is being written (its file is not yet for anybody's eyes)."""

    camera_id: str
    clip_id: str
    event_id: str
    start: float


@dataclass(frozen=True, slots=True)
class ClipClosed:
    """A clip is whole, on disk and under its final name; now it may be told of.

    ``path`` and ``thumbnail`` are absolute. ``start`` is the time of the first
    frame, ``event_start`` that of the first moving one.
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
class Probed:
    """The answer to :class:`Probe`: either ``info`` or ``error``."""

    request_id: str
    info: StreamInfo | None = None
    error: StreamError | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """The end of a recovery: clips repaired, and files that held no picture."""

    request_id: str
    repaired: int
    discarded: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A command that the engine could not read or carry out."""

    command: str
    reason: str


type Command = Start | ConfigureCamera | RemoveCamera | SetMode | Probe | Recover | Stop
type Report = (
    Ready
    | StreamState
    | CameraStats
    | EngineStats
    | MotionStarted
    | MotionEnded
    | ClipOpened
    | ClipClosed
    | ClipFailed
    | Lost
    | Probed
    | Recovered
    | Rejected
)
