"""What a simulated camera is made of."""

from dataclasses import dataclass, field
import hashlib
from pathlib import Path
import uuid

from .delivery import MAX_BACKLOG
from .encode import default_cache
from .onvif_options import OnvifOptions
from .source import Source, small_source
from .state import CameraState


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOptions:
    """What a simulated camera is; ports of 0 are any free ones."""

    name: str = "Simulated"
    host: str = "127.0.0.1"
    """The address to listen on, and to advertise."""
    main: Source = field(default_factory=small_source)
    sub: Source | None = None
    audio: str | None = None
    """None, "aac", "pcm_alaw" or "pcm_mulaw"; in both streams."""
    username: str | None = None
    """None: anybody may watch."""
    password: str = field(default="", repr=False)
    scheme: str = "digest"
    """How RTSP asks for the login: "digest" or "basic"."""
    session_timeout: float = 60.0
    """Seconds without a sign of life after which an RTSP client is cut off."""
    max_backlog: int = MAX_BACKLOG
    """Bytes that may wait for a client before it is cut off."""
    begin: float = 0.0
    """Where in the loop to begin: at the keyframe at or before this time."""
    rtsp_port: int = 0
    onvif: bool = False
    onvif_port: int = 0
    onvif_options: OnvifOptions | None = None
    discovery: bool = False
    """Whether to answer WS-Discovery; needs `onvif`."""
    control_port: int | None = None
    """Port of the control API on 127.0.0.1; None: there is none."""
    mac: str | None = None
    """None: made from the name."""
    serial: str | None = None
    model: str = "Simulator"
    cache: Path = field(default_factory=default_cache)
    """Folder of encodings, kept between runs."""


def state_of(options: CameraOptions) -> CameraState:
    """Return the state that a camera with these options begins with."""
    digest = hashlib.sha256(f"{options.name} {options.host}".encode()).hexdigest()
    return CameraState(
        name=options.name,
        host=options.host,
        username=options.username,
        password=options.password,
        model=options.model,
        serial=options.serial or f"SIM{digest[:9].upper()}",
        # Locally administered addresses.
        mac=options.mac
        or ":".join(["02", *(digest[i : i + 2] for i in range(0, 10, 2))]),
        endpoint=f"urn:uuid:{uuid.UUID(digest[:32], version=4)}",
        rtsp_port=options.rtsp_port,
        onvif_port=options.onvif_port,
        discovery=options.discovery,
    )
