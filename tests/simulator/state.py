"""What the media side and the ONVIF side of one simulated camera share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import time
from types import MappingProxyType

MOTION_TOPIC = "tns1:RuleEngine/CellMotionDetector/Motion"


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """What a camera says of one of its streams (token is "main" or "sub")."""

    token: str
    codec: str
    """"h264" or "hevc"."""
    width: int
    height: int
    fps: float
    gop: float
    """Distance of keyframes in seconds."""
    bitrate: int
    """Bits per second."""
    audio: str | None = None
    """None, "aac", "pcm_alaw" or "pcm_mulaw"."""

    @property
    def path(self) -> str:
        """Return the path of the stream's RTSP URL."""
        return f"/{self.token}"


@dataclass(frozen=True, slots=True)
class PaintedMask:
    """A privacy mask, as the camera knows it."""

    token: str
    outline: tuple[tuple[float, float], ...]
    """In parts of the picture, y downwards."""
    type: str = "Color"
    colour: tuple[float, float, float] = (0, 0, 0)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class FiredEvent:
    """One ONVIF notification that a pull point is to hand out."""

    topic: str
    """Such as "tns1:RuleEngine/CellMotionDetector/Motion"."""
    data: Mapping[str, str]
    """SimpleItems of tt:Data, such as {"IsMotion": "true"}."""
    source: Mapping[str, str]
    """SimpleItems of tt:Source, such as {"VideoSourceConfigurationToken": "v0"}."""
    operation: str = "Changed"
    """tns1 PropertyOperation: "Initialized", "Changed" or "Deleted"."""
    time: float = 0.0
    """Wall clock of the camera (its skew included), epoch seconds."""


EventListener = Callable[[FiredEvent], None]


@dataclass(slots=True, kw_only=True)
class CameraState:
    """The state of one simulated camera; lives in one event loop.

    The ONVIF device reads it on every request (so a switch works at once) and
    registers with `add_event_listener`; the RTSP side fills in `rtsp_port` and
    `profiles` before it starts the ONVIF device.
    """

    name: str
    host: str = "127.0.0.1"
    username: str | None = None
    """None: the camera asks for no login, by RTSP and by ONVIF."""
    password: str = field(default="", repr=False)
    manufacturer: str = "Hearthcam"
    model: str = "Simulator"
    firmware: str = "1.0.0"
    serial: str = "SIM000001"
    mac: str = "02:00:00:00:00:01"
    """Colon-separated, lower case."""
    endpoint: str = "urn:uuid:00000000-0000-4000-8000-000000000001"
    """Endpoint reference of WS-Discovery."""

    rtsp_port: int = 0
    """Set before the ONVIF device starts; stays over a reboot."""
    onvif_port: int = 0
    """0 until the ONVIF device has started, which sets it; stays over a reboot."""
    discovery: bool = False
    """Whether WS-Discovery (UDP 3702) is to be answered."""
    profiles: tuple[ProfileInfo, ...] = ()

    # Switches: all may change at any time.
    refuse_logins: bool = False
    """Right credentials are answered as wrong ones."""
    wrong_xaddrs: bool = False
    """Advertised addresses (XAddrs, stream URIs) name another host."""
    wrong_host: str = "192.168.1.88"
    """The host named while `wrong_xaddrs` is on."""
    clock_skew: float = 0.0
    """Seconds by which the camera's clock runs ahead."""
    stalled: bool = False
    """Requests are accepted and never answered."""
    media_host: str = "0.0.0.0"
    """The host that a stream's description names for all there is of it."""
    transport_tail: str = ""
    """Is added to the Transport header of RTSP as it is, further headers included."""
    told_timeout: float | None = None
    """Seconds after which clients are told that silent ones are cut off; None: truly."""
    redirect: str | None = None
    """Where all RTSP and HTTP requests are sent on to; a URL without its scheme."""

    masks: tuple[PaintedMask, ...] = ()
    """Privacy masks that somebody set; the media side paints them."""
    masks_changed: Callable[[], None] | None = None
    """Is called when a client has changed `masks`."""
    snapshot: Callable[[str], bytes | None] | None = None
    """Return the newest keyframe of a profile's token as JPEG; blocking, cheap."""
    encoder_changed: Callable[[ProfileInfo], None] | None = None
    """Is told when a client has set an encoder; `profiles` say so already."""
    request_reboot: Callable[[float], None] | None = None
    """Reboot the whole camera (seconds away); for ONVIF SystemReboot."""

    _listeners: list[EventListener] = field(default_factory=list, repr=False)

    def now(self) -> float:
        """Return the camera's own wall clock in epoch seconds, skew included."""
        return time.time() + self.clock_skew

    def rtsp_url(self, token: str) -> str:
        """Return the stream's true URL, without credentials."""
        return f"rtsp://{self.host}:{self.rtsp_port}/{token}"

    def advertised_host(self) -> str:
        """Return the host that the camera names in its answers."""
        return self.wrong_host if self.wrong_xaddrs else self.host

    def add_event_listener(self, listener: EventListener) -> Callable[[], None]:
        """Call `listener` for each fired event; return what removes it again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def fire_event(
        self,
        topic: str = MOTION_TOPIC,
        data: Mapping[str, str] = MappingProxyType({"IsMotion": "true"}),
        source: Mapping[str, str] = MappingProxyType(
            {"VideoSourceConfigurationToken": "v0"}
        ),
        operation: str = "Changed",
    ) -> None:
        """Hand an ONVIF notification to every listener."""
        event = FiredEvent(topic, dict(data), dict(source), operation, self.now())
        for listener in tuple(self._listeners):
            listener(event)
