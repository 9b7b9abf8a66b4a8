"""What a config entry holds, at rest (data) and at run time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME

from .arming import ArmingMode, Policy, policies_of, policy_in
from .const import (
    CONF_ARMED,
    CONF_CAMERA_ID,
    CONF_DETECTION,
    CONF_FIRMWARE,
    CONF_MAC,
    CONF_MAIN_URL,
    CONF_MANUFACTURER,
    CONF_MODEL,
    CONF_SENSITIVITY,
    CONF_SERIAL,
    CONF_SUB_URL,
    CONF_TRANSPORT,
    DEFAULT_SENSITIVITY,
)
from .engine.protocol import StreamSource, Transport
from .privacy_ruling import PrivacyOptions
from .recording_options import RecordingOptions

if TYPE_CHECKING:
    from .device import HearthcamCamera
    from .system import HearthcamSystem


@dataclass(frozen=True, slots=True)
class HearthcamSystemRuntime:
    """What the loaded `system` entry holds."""

    system: HearthcamSystem
    device_id: str


type HearthcamCameraConfigEntry = ConfigEntry[HearthcamCamera]
type HearthcamSystemConfigEntry = ConfigEntry[HearthcamSystemRuntime]
type HearthcamConfigEntry = ConfigEntry[HearthcamCamera | HearthcamSystemRuntime]


def url_with_credentials(url: str, username: str | None, password: str | None) -> str:
    """Return the URL with percent-encoded credentials; without a user, as it is.

    Credentials that the URL itself holds are replaced.
    """
    if not username:
        return url
    parts = urlsplit(url)
    credentials = quote(username, safe="")
    if password:
        credentials = f"{credentials}:{quote(password, safe='')}"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{credentials}@{host}"))


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """A camera entry's data and options, read and typed.

    ``armed`` is the camera's own switch, ``policies`` what it does in each
    arming mode.
    """

    camera_id: str
    name: str
    main_url: str = field(repr=False)
    sub_url: str | None = field(repr=False)
    username: str | None = field(repr=False)
    password: str | None = field(repr=False)
    transport: Transport
    host: str | None
    mac: str | None
    serial: str | None
    manufacturer: str | None
    model: str | None
    firmware: str | None
    detection: bool
    sensitivity: int
    armed: bool
    policies: Mapping[ArmingMode, Policy]
    recording: RecordingOptions
    privacy: PrivacyOptions

    @classmethod
    def from_entry(cls, entry: ConfigEntry[Any]) -> Self:
        """Read the entry; raises KeyError or ValueError where it is not ours."""
        data: Mapping[str, Any] = entry.data
        return cls(
            camera_id=data[CONF_CAMERA_ID],
            name=entry.title,
            main_url=data[CONF_MAIN_URL],
            sub_url=data.get(CONF_SUB_URL) or None,
            username=data.get(CONF_USERNAME) or None,
            password=data.get(CONF_PASSWORD) or None,
            transport=Transport(data.get(CONF_TRANSPORT, Transport.AUTO)),
            host=data.get(CONF_HOST),
            mac=data.get(CONF_MAC),
            serial=data.get(CONF_SERIAL),
            manufacturer=data.get(CONF_MANUFACTURER),
            model=data.get(CONF_MODEL),
            firmware=data.get(CONF_FIRMWARE),
            detection=entry.options.get(CONF_DETECTION, True),
            sensitivity=entry.options.get(CONF_SENSITIVITY, DEFAULT_SENSITIVITY),
            armed=entry.options.get(CONF_ARMED, True),
            policies=policies_of(entry.options),
            recording=RecordingOptions.from_options(entry.options),
            privacy=PrivacyOptions.from_options(entry.options),
        )

    def policy(self, arming: ArmingMode | None) -> Policy:
        """What the camera does in a mode of the house, None: which is not known."""
        return policy_in(
            arming, self.policies, armed=self.armed, detection=self.detection
        )

    @property
    def main(self) -> StreamSource:
        """The main stream, credentials included."""
        return self._source(self.main_url)

    @property
    def sub(self) -> StreamSource | None:
        """The sub stream, credentials included, where there is one."""
        return self._source(self.sub_url) if self.sub_url else None

    def _source(self, url: str) -> StreamSource:
        return StreamSource(
            url_with_credentials(url, self.username, self.password), self.transport
        )
