"""What a camera says of itself by ONVIF, as the config flow needs it."""

from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant

from .engine.protocol import StreamError, Transport
from .flow_answers import Login
from .flow_check import StreamsToTry
from .flow_identity import Identity
from .onvif import (
    CameraDescription,
    MediaProfile,
    OnvifAuthError,
    OnvifCamera,
    OnvifCertificateError,
    OnvifConnectionError,
    OnvifError,
    OnvifTimeoutError,
    PictureKind,
    choose_streams,
    fetch_fingerprint,
    offered_pictures,
)
from .onvif_address import OnvifAddress, async_onvif_camera
from .privacy.harmless import harmless
from .privacy.local_only import NotLocalError
from .rtsp_url import PICTURES, InvalidRtspUrlError, parse_rtsp_url

CERTIFICATE_CHANGED = "certificate_changed"
NO_ONVIF = "no_onvif"
NO_PROFILES = "no_profiles"

_STREAMS = ("h264", "h265", "mjpeg")


class ReadingError(Exception):
    """The camera could not be read; ``key`` is one of ``config.error``."""

    def __init__(self, key: str) -> None:
        """Remember why."""
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class CameraReading:
    """A camera, its profiles, and which of them it is best to begin with (by token).

    ``still`` is the URL of its picture where there is no stream.
    """

    camera: OnvifCamera = field(repr=False)
    address: OnvifAddress
    login: Login
    about: CameraDescription
    profiles: tuple[MediaProfile, ...]
    main: str
    sub: str | None
    still: str | None = None

    @property
    def identity(self) -> Identity:
        """Who it is."""
        return Identity(self.about.mac, self.about.serial, self.about.epr)

    @property
    def name(self) -> str:
        """What the camera is called as long as nobody named it."""
        words = (self.about.manufacturer, self.about.model)
        return harmless(" ".join(word for word in words if word)) or "ONVIF"

    async def async_streams(
        self, main: str, sub: str | None, transport: Transport
    ) -> StreamsToTry:
        """Ask for the streams of two profiles; raises ReadingError."""
        return StreamsToTry(
            main_url=await self.async_url(main),
            sub_url=await self.async_url(sub) if sub else None,
            login=self.login,
            transport=transport,
        )

    async def async_url(self, token: str) -> str:
        """Ask for the URL of a profile's stream; raises ReadingError."""
        try:
            if self.still is not None:
                return parse_rtsp_url(self.still, PICTURES).url
            return parse_rtsp_url(await self.camera.stream_uri(token)).url
        except (OnvifError, NotLocalError) as err:
            raise ReadingError(_key(err, StreamError.NOT_FOUND)) from err
        except InvalidRtspUrlError as err:
            raise ReadingError(StreamError.NOT_FOUND) from err


async def async_read_camera(
    hass: HomeAssistant, address: OnvifAddress, login: Login, epr: str | None = None
) -> CameraReading:
    """Ask a camera who it is and what profiles it has; raises ReadingError.

    ``epr`` is its endpoint where discovery told it.
    """
    camera = async_onvif_camera(hass, address, login.username, login.password, epr=epr)
    try:
        about = await camera.describe()
        declared = await camera.profiles()
        profiles = tuple(one for one in declared if one.codec)
        choice, still, main = choose_streams(profiles), None, ""
        if choice is None or choice.main.codec not in _STREAMS:
            offer = await offered_pictures(camera, declared)
            if offer.kind is PictureKind.STILLS:
                still, main = offer.still, offer.still_profile or ""
    except (OnvifError, NotLocalError) as err:
        raise ReadingError(_key(err, NO_ONVIF)) from err
    sub = None
    if still is not None:
        profiles = (MediaProfile(main, "", codec="jpeg"),)
    elif choice is not None:
        main, sub = choice.main.token, choice.sub.token if choice.sub else None
    else:
        raise ReadingError(NO_PROFILES)
    return CameraReading(
        camera=camera,
        address=address,
        login=login,
        about=about,
        profiles=profiles,
        main=main,
        sub=sub,
        still=still,
    )


async def async_certificate(address: OnvifAddress) -> str:
    """Return the SHA-256 of the camera's certificate; raises ReadingError."""
    try:
        return await fetch_fingerprint(address.host, address.port)
    except (OnvifError, NotLocalError) as err:
        raise ReadingError(_key(err, NO_ONVIF)) from err


def _key(err: Exception, otherwise: str) -> str:
    """Return the error to show."""
    match err:
        case NotLocalError():
            return StreamError.NOT_LOCAL
        case OnvifAuthError():
            return StreamError.INVALID_AUTH
        case OnvifCertificateError():
            return CERTIFICATE_CHANGED
        case OnvifTimeoutError():
            return StreamError.TIMEOUT
        case OnvifConnectionError():
            return StreamError.CANNOT_CONNECT
        case _:
            return otherwise
