"""What the engine tells Home Assistant; see `protocol`."""

from dataclasses import dataclass

from .clip_reports import (
    ClipClosed,
    ClipFailed,
    ClipOpened,
    Covered,
    Exported,
    Lost,
    Rendered,
    StorageState,
)
from .parts import (
    Box,
    Measured,
    OutputState,
    Profile,
    Reason,
    StreamError,
    StreamInfo,
    StreamStatus,
    ZoneResult,
)


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

    ``bitrate`` is in kbit/s, ``fps`` counts frames that arrived, ``gop`` is the last
    distance of keyframes in s, all of the main profile; ``sub_fps`` and ``sub_gop``
    are those of the sub profile, 0 without one. ``rung`` names the detection ladder's state. ``analysis_ms`` is the
    CPU time, in ms a second, that decoding and detection took; ``governor`` names the
    pace that it is held to (``full``, ``slow``, ``half``, ``quarter``, ``keyframes``).
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
    analysis_ms: float = 0.0
    governor: str = "full"
    sub_fps: float = 0.0
    sub_gop: float = 0.0


@dataclass(frozen=True, slots=True)
class EngineStats:
    """The engine as a process: CPU time in s since its start, memory in bytes.

    ``analysis_used`` is the share of one core that the analysis of all cameras took
    within the last seconds, ``analysis_budget`` what the governor allows, ``governor``
    the slowest pace of any camera, ``refused_contacts`` how often something in the
    engine meant to leave the local network past the gate: 0, or there is a fault.
    """

    cpu_seconds: float
    rss: int
    threads: int
    analysis_used: float = 0.0
    analysis_budget: float = 0.0
    governor: str = "full"
    refused_contacts: int = 0


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
    zones: tuple[str, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class MotionUpdated:
    """The zones in which there is motion changed, or what moves was recognised.

    ``zones`` are those of now.
    """

    camera_id: str
    event_id: str
    time: float
    score: float
    zones: tuple[str, ...] = ()
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
    zones: tuple[str, ...] = ()
    reason: Reason | None = None
    results: tuple[ZoneResult, ...] = ()


@dataclass(frozen=True, slots=True)
class LightExplained:
    """A global change at ``time`` that was no motion, and what explains it.

    ``cause`` is ``home`` (:class:`ExplainLight`), ``infrared`` (the camera switched
    between day and night) or ``global`` (the light itself).
    """

    camera_id: str
    time: float
    cause: str


@dataclass(frozen=True, slots=True)
class DetectorView:
    """What the detector sees: moving cells as a bitmap, and boxes.

    ``cells`` is base64 of ``rows`` x ``columns`` bits, row by row, most significant
    bit first; a set bit is a cell that differs from the background.
    """

    camera_id: str
    time: float
    columns: int
    rows: int
    cells: str
    boxes: tuple[Box, ...]
    rung: str
    moving: bool


@dataclass(frozen=True, slots=True)
class Probed:
    """The answer to :class:`Probe`: either ``info`` or ``error``."""

    request_id: str
    info: StreamInfo | None = None
    error: StreamError | None = None
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class PrivacyState:
    """How a camera's outputs are kept free of its privacy zones, at every change.

    ``at_source`` are the zones that the camera was seen to black out by itself.
    ``mask`` are the marks of all that no output shows from now on, by whatever means:
    before those of its zones are among them, Home Assistant shows nothing.
    """

    camera_id: str
    outputs: tuple[OutputState, ...]
    at_source: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlackedOut:
    """The answer to :class:`BlackOut`; where ``error`` is set, nothing was changed.

    ``mask`` are the marks of all that is black in the file by now.
    """

    request_id: str
    size: int = 0
    codec: str = ""
    width: int = 0
    height: int = 0
    mask: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Exposed:
    """The answer to `Expose`; ``dark`` also where there is no picture to look at."""

    request_id: str
    dark: bool


@dataclass(frozen=True, slots=True)
class Inspected:
    """The answer to :class:`Inspect`.

    ``leaked`` counts pixels inside the polygons that are not black, over all
    ``frames``; ``brightest`` is the most (0..255) that one of them shows. An
    ``error`` is set where nothing could be decoded.
    """

    request_id: str
    frames: int = 0
    leaked: int = 0
    brightest: int = 0
    error: str | None = None


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


type Report = (
    Ready
    | StreamState
    | CameraStats
    | EngineStats
    | MotionStarted
    | MotionUpdated
    | MotionEnded
    | LightExplained
    | DetectorView
    | PrivacyState
    | BlackedOut
    | Inspected
    | Exposed
    | ClipOpened
    | ClipClosed
    | ClipFailed
    | Lost
    | Covered
    | StorageState
    | Exported
    | Rendered
    | Probed
    | Recovered
    | Rejected
)
