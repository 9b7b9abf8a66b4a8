"""What a camera says of itself by ONVIF, as the config flow needs it."""

from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .engine.protocol import StreamError, Transport
from .flow_check import StreamsToTry
from .flow_forms import Login, Option
from .flow_identity import Identity
from .onvif import (
    CameraDescription,
    MediaProfile,
    OnvifAuthError,
    OnvifCamera,
    OnvifConnectionError,
    OnvifError,
    OnvifTimeoutError,
    choose_streams,
)
from .onvif_address import OnvifAddress
from .privacy.local_only import NotLocalError
from .rtsp_url import InvalidRtspUrlError, parse_rtsp_url

NO_ONVIF = "no_onvif"
NO_PROFILES = "no_profiles"

_CODECS = {"h264": "H.264", "h265": "H.265", "mjpeg": "MJPEG", "mpeg4": "MPEG-4"}


class ReadingError(Exception):
    """The camera could not be read; ``key`` is one of ``config.error``."""

    def __init__(self, key: str) -> None:
        """Remember why."""
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class CameraReading:
    """A camera, its profiles, and which of them are proposed (by token)."""

    camera: OnvifCamera = field(repr=False)
    address: OnvifAddress
    login: Login
    about: CameraDescription
    profiles: tuple[MediaProfile, ...]
    main: str
    sub: str | None

    @property
    def identity(self) -> Identity:
        """Who it is."""
        return Identity(self.about.mac, self.about.serial, self.about.epr)

    @property
    def name(self) -> str:
        """What the camera is called as long as nobody named it."""
        words = (self.about.manufacturer, self.about.model)
        return " ".join(word for word in words if word) or "ONVIF"

    @property
    def options(self) -> list[Option]:
        """The profiles as the user chooses among them."""
        return [Option(profile.token, _label(profile)) for profile in self.profiles]

    async def async_streams(
        self, main: str, sub: str | None, transport: Transport
    ) -> StreamsToTry:
        """Ask for the streams of two profiles; raises ReadingError."""
        return StreamsToTry(
            main_url=await self._async_url(main),
            sub_url=await self._async_url(sub) if sub else None,
            login=self.login,
            transport=transport,
        )

    async def _async_url(self, token: str) -> str:
        try:
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
    camera = OnvifCamera(
        async_get_clientsession(hass),
        address.host,
        address.port,
        login.username,
        login.password,
        path=address.path,
        tls=address.tls,
        # Cameras sign their certificates themselves.
        certificate=not address.tls,
        epr=epr,
    )
    try:
        about = await camera.describe()
        profiles = tuple(one for one in await camera.profiles() if one.codec)
    except (OnvifError, NotLocalError) as err:
        raise ReadingError(_key(err, NO_ONVIF)) from err
    if (choice := choose_streams(profiles)) is None:
        raise ReadingError(NO_PROFILES)
    return CameraReading(
        camera=camera,
        address=address,
        login=login,
        about=about,
        profiles=profiles,
        main=choice.main.token,
        sub=choice.sub.token if choice.sub else None,
    )


def _key(err: Exception, otherwise: str) -> str:
    """Return the error to show."""
    match err:
        case NotLocalError():
            return StreamError.NOT_LOCAL
        case OnvifAuthError():
            return StreamError.INVALID_AUTH
        case OnvifTimeoutError():
            return StreamError.TIMEOUT
        case OnvifConnectionError():
            return StreamError.CANNOT_CONNECT
        case _:
            return otherwise


def _label(profile: MediaProfile) -> str:
    """Return what tells a profile from the others, most telling first."""
    parts = [_CODECS.get(profile.codec or "", profile.codec or "")]
    if profile.width and profile.height:
        parts.insert(0, f"{profile.width}×{profile.height}")
    if profile.fps:
        parts.append(f"{profile.fps:g} fps")
    return f"{profile.name}: {', '.join(parts)}"
