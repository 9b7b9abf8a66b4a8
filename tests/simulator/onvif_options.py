"""How one simulated ONVIF device differs from another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from .onvif_event_habits import EventHabits
from .onvif_mask_habits import MaskHabits
from .state import MOTION_TOPIC

PRE_AUTH = frozenset(
    {
        "GetSystemDateAndTime",
        "GetCapabilities",
        "GetServices",
        "GetServiceCapabilities",
        "GetHostname",
        "GetEndpointReference",
        "GetWsdlUrl",
    }
)
"""The actions of access class PRE_AUTH (ONVIF Core, section 5.12.1.1)."""

ONLY_TIME = frozenset({"GetSystemDateAndTime"})
"""What a strict firmware answers without a login."""


class Login(StrEnum):
    """A way to log in that a camera accepts."""

    DIGEST = "digest"
    WSSE = "wsse"
    BASIC = "basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic that the device declares, and its state when nothing happened."""

    path: str
    """Such as "tns1:RuleEngine/CellMotionDetector/Motion"."""
    source: Mapping[str, str] = MappingProxyType(
        {"VideoSourceConfigurationToken": "v0"}
    )
    data: Mapping[str, str] = MappingProxyType({"State": "false"})
    """SimpleItems of the Initialized message, all of them xsd:boolean."""


MOTION = Topic(path=MOTION_TOPIC, data=MappingProxyType({"IsMotion": "false"}))
MOTION_ALARM = Topic(
    path="tns1:VideoSource/MotionAlarm", source=MappingProxyType({"Source": "vs0"})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnvifOptions:
    """A firmware's habits; the defaults are those of a well-behaved one."""

    logins: frozenset[Login] = frozenset({Login.DIGEST, Login.WSSE})
    """Without effect on a camera that has no user name."""
    public_actions: frozenset[str] = PRE_AUTH
    """Actions that need no login."""
    checks_needless_logins: bool = False
    """True: a wrong login is refused even where none is needed."""
    vain_challenge: bool = False
    """True: HTTP Digest is asked for even where SOAP does not take it.

    So do cameras whose web users are not their ONVIF users.
    """
    fault_status: int = 400
    """HTTP status of ter:NotAuthorized where HTTP has no challenge to offer."""
    digest_algorithm: str = "MD5"
    """Or "SHA-256"."""
    digest_qop: bool = True
    """False: the challenge of RFC 2069, as old firmware sends it."""
    wsse_window: float = 30.0
    """Seconds that wsu:Created may differ from the camera's own clock."""

    network_interfaces: bool = True
    """False: GetNetworkInterfaces is not implemented, so there is no MAC."""
    services: bool = True
    """False: GetServices is not implemented (before ONVIF 2.0)."""
    media1: bool = True
    media2: bool = True
    events: bool = True
    snapshots: bool = True

    ptz: bool = False
    fixed_ptz: bool = False
    """True: the node is there, and moves nothing."""
    ptz_range: float = 1.0
    ptz_auxiliary: tuple[str, ...] = ()
    refuses_ptz_timeout: bool = False
    imaging: bool = False
    refuses_partial_imaging: bool = False
    """True: settings are taken all at once, or not at all."""
    ignores_settings: bool = False
    """True: encoders and pictures are set without a fault, and without effect."""
    relays: int = 0
    inputs: int = 0
    device_io: bool = False
    relays_at_device: bool = True
    """False: only the DeviceIO service knows the relays."""
    auxiliary: tuple[str, ...] = ()
    """Such as "tt:WhiteLight|On"."""
    refuses_zones: bool = False
    """True: no time zone but its own is taken."""
    masks: MaskHabits | None = None
    """None: the media service knows no privacy masks."""
    tls: bool = False
    """HTTPS with a certificate that the camera signed itself."""

    wrong_port: int | None = 80
    """HTTP port named while `wrong_xaddrs` is on; None: the true one.

    WS-Discovery always names the true one: nothing else could tell it.
    """

    topics: tuple[Topic, ...] = (MOTION, MOTION_ALARM)
    initial_states: bool = True
    """False: a new subscription is not told the present state of properties."""
    subscription_by_reference: bool = False
    """True: one address for all subscriptions and a wsa:ReferenceParameters."""
    max_subscriptions: int = 10
    """Further ones are refused, as cameras do when clients leak them."""
    max_pull: float = 60.0
    """The longest a PullMessages is held, in seconds."""
    event_habits: EventHabits = field(default_factory=EventHabits)

    discovery_port: int = 3702
    """UDP port of WS-Discovery; tests take another to be alone."""
    scopes: tuple[str, ...] = ()
    """Scopes beside the usual ones."""
