"""What messages are made of; see `protocol`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Profile(StrEnum):
    """The two streams of a camera."""

    MAIN = "main"
    SUB = "sub"


class Transport(StrEnum):
    """How RTP travels; ``AUTO`` is TCP first, then UDP where TCP is refused.

    ``HTTP`` is RTSP in an HTTP tunnel (`tunnel`).
    """

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"
    HTTP = "http"


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
    STORAGE_FULL = "storage_full"
    STORAGE_READ_ONLY = "storage_read_only"
    STORAGE_AWAY = "storage_away"
    MASK_FAILED = "mask_failed"
    """Privacy zones could not be made black (in time)."""
    NO_ENCODER = "no_encoder"
    """Nor could they ever be on this machine."""
    ENGINE_STOPPED = "engine_stopped"
    SYSTEM_STOPPED = "system_stopped"
    """Home Assistant itself was not running."""

    @property
    def is_for_privacy(self) -> bool:
        """Whether pictures came, and were not to be kept as they are."""
        return self in (LostCause.MASK_FAILED, LostCause.NO_ENCODER)


class StoragePlace(StrEnum):
    """Where clips are being written."""

    MEDIA = "media"
    SPOOL = "spool"
    """The local disk, while the media folder cannot be written."""
    NONE = "none"
    """Nowhere: both failed, or the spool's limit is reached."""


class RenderKind(StrEnum):
    """What `Render` makes of a clip."""

    PREVIEW = "preview"
    """A short silent animation (WebP)."""
    PICTURE = "picture"
    """One picture (JPEG)."""


@dataclass(frozen=True, slots=True)
class ClipPart:
    """A finished clip as `Export` reads it.

    ``path`` is absolute; ``start`` and ``end`` are its first and last frame's time.
    ``mask`` are the marks of the privacy zones that are black in it already; where
    none is told, it is encoded anew for every one.
    """

    path: str
    start: float
    end: float
    mask: tuple[str, ...] = ()


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
class Measured:
    """What a stream was seen to do, whatever the camera says of it.

    ``fps`` counts frames that arrived, ``bitrate`` is in kbit/s, both over
    ``seconds``. ``gop`` is the longest distance of two keyframes in s; where no
    second one came, ``gop_complete`` is False and it was at least that long.
    ``irregular_gop`` tells that distances differ by far, as with "smart" codecs.
    ``second_connection`` tells whether the camera serves the stream twice at a time
    (None: not tried).
    """

    seconds: float
    fps: float
    bitrate: float
    gop: float
    gop_complete: bool
    irregular_gop: bool = False
    second_connection: bool | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in normalised picture coordinates (0..1), y downwards."""

    x: float
    y: float
    width: float
    height: float


KEY_HEADER: Final = "X-Hearthcam-Key"
"""In requests of a test that is let in to a camera that leaked; see `LetIn`."""

APART: Final = ("doorbell", "sound")
"""Kinds of events that are no motions: they happen beside, nowhere in the picture."""


class ZoneKind(StrEnum):
    """What motion in a zone means."""

    MOTION = "motion"
    """Report motion here; where there is such a zone, nowhere else."""
    IGNORE = "ignore"
    """Never report motion here."""
    PRIVACY = "privacy"
    """Black in every output; the engine is told of it by `PrivacyZone`."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point in normalised picture coordinates (0..1), y downwards."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the picture, and what of its motion is reported.

    ``sensitivity`` is 1 to 100; ``min_size`` the least height of what moves, as a
    share (0..1) of the picture's height; ``min_duration`` is in seconds.
    """

    zone_id: str
    kind: ZoneKind
    polygon: tuple[Point, ...]
    sensitivity: int = 50
    min_size: float = 0.0
    min_duration: float = 0.0


@dataclass(frozen=True, slots=True)
class PrivacyZone:
    """A part of the picture that is black in whatever leaves the engine.

    ``at_source``: the camera says that it blacks it out by itself. Until the pixels
    prove that, and whenever they do not, the engine does it; as it does where nothing
    is said.
    """

    zone_id: str
    polygon: tuple[Point, ...]
    at_source: bool = False


class Means(StrEnum):
    """How privacy zones are kept out of an output."""

    NONE = "none"
    """There is no zone."""
    CAMERA = "camera"
    """The camera blacks them out; its pixels were looked at."""
    ENGINE = "engine"
    BLOCKED = "blocked"
    """They cannot be: there is no output."""
    SHUT = "shut"
    """Privacy mode: the camera is not connected."""


class Output(StrEnum):
    """What shows pictures of a camera."""

    LIVE = "live"
    STILL = "still"
    CLIPS = "clips"


class BlockCause(StrEnum):
    """Why an output is blocked. The values are keys of the translations."""

    NO_ENCODER = "no_encoder"
    UNDECODABLE = "undecodable"
    MASK_FAILED = "mask_failed"
    LEAKED = "leaked"
    """A self-test found pixels that should have been black."""


@dataclass(frozen=True, slots=True)
class OutputState:
    """How one output of a camera is masked, and why it is blocked if it is."""

    output: Output
    means: Means
    cause: BlockCause | None = None


@dataclass(frozen=True, slots=True)
class ZoneResult:
    """The most that one zone saw of a motion: at ``peak`` (s), with these boxes."""

    zone_id: str
    score: float
    peak: float
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a motion was reported, at its peak, for a person to understand.

    ``size`` is the share (0..1) of the picture that moved, ``contrast`` how far it
    stood out against the background's noise (1 is the threshold), ``duration`` for
    how many seconds it had moved when it was reported.
    """

    size: float
    contrast: float
    duration: float
