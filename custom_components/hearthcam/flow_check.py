"""Trying a camera before an entry is made of it, and saying what was wrong."""

from dataclasses import dataclass
import logging
from urllib.parse import urlsplit

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .engine.protocol import Profile, StreamError, StreamInfo, StreamSource, Transport
from .flow_answers import Login
from .models import url_with_credentials
from .privacy.local_only import NotLocalError, async_checked_url
from .system import async_engine

_LOGGER = logging.getLogger(__package__)


@dataclass(frozen=True, slots=True)
class StreamsToTry:
    """What a form asked for; URLs without credentials."""

    main_url: str
    sub_url: str | None
    login: Login
    transport: Transport = Transport.AUTO

    @property
    def urls(self) -> dict[Profile, str]:
        """The URL of each profile there is."""
        urls = {Profile.MAIN: self.main_url}
        if self.sub_url:
            urls[Profile.SUB] = self.sub_url
        return urls

    @property
    def host(self) -> str:
        """The host of the main stream, IPv6 without brackets."""
        return urlsplit(self.main_url).hostname or ""

    def source(self, url: str) -> StreamSource:
        """What the engine is asked to open."""
        return StreamSource(
            url_with_credentials(url, self.login.username, self.login.password),
            self.transport,
        )


@dataclass(frozen=True, slots=True)
class StreamRefused:
    """The first profile that could not be opened, and why."""

    profile: Profile
    error: StreamError


async def async_local_error(url: str) -> StreamError | None:
    """Tell why this URL must not be contacted; nothing is sent to it."""
    try:
        await async_checked_url(url)
    except NotLocalError:
        return StreamError.NOT_LOCAL
    except ValueError:
        return StreamError.INVALID_URL
    except OSError:
        return StreamError.CANNOT_CONNECT
    return None


async def async_try_streams(
    hass: HomeAssistant, streams: StreamsToTry
) -> dict[Profile, StreamInfo] | StreamRefused:
    """Open every stream once, by the engine.

    No stream is opened before all addresses are known to be local. One after the
    other and only up to the first failure: cameras lock an account after a few
    wrong passwords.
    """
    for profile, url in streams.urls.items():
        if error := await async_local_error(url):
            return StreamRefused(profile, error)
    opened: dict[Profile, StreamInfo] = {}
    try:
        async with async_engine(hass) as system:
            for profile, url in streams.urls.items():
                probed = await system.supervisor.async_probe(streams.source(url))
                if probed.info is None:
                    return StreamRefused(profile, probed.error or StreamError.UNKNOWN)
                opened[profile] = probed.info
    except HomeAssistantError as err:
        _LOGGER.warning("The camera could not be tried: %s", err)
        return StreamRefused(Profile.MAIN, StreamError.UNKNOWN)
    return opened
