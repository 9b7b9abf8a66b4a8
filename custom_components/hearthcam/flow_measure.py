"""Opening a camera's streams for a few seconds each, before one of them is chosen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .engine.protocol import Profile, StreamError, Transport
from .flow_check import StreamsToTry, async_local_error
from .flow_reading import CameraReading, ReadingError
from .onvif import MediaProfile
from .rtsp_url import RTSP
from .stream_advice import Candidate
from .supervisor import Supervisor
from .system import async_engine

MEASURE_SECONDS: Final = 4.0
"""Of each stream; twice as long until a second keyframe has come."""


@dataclass(slots=True)
class Look:
    """How streams are looked at; ``transport`` is the one that worked at last.

    Where nothing answers by RTSP, the tunnel through the camera's web port is tried.
    ``second`` tells whether the first stream is opened twice at a time.
    """

    transport: Transport
    second: bool

    async def async_see(
        self, supervisor: Supervisor, streams: StreamsToTry, candidate: Candidate
    ) -> Candidate:
        """Measure one stream; one that cannot be opened has its error."""
        url = candidate.url
        if error := await async_local_error(url):
            return replace(candidate, error=error)
        ways = [self.transport]
        if self.transport is Transport.AUTO and url.startswith(RTSP):
            ways.append(Transport.HTTP)
        probed = None
        for way in ways:
            tried = await supervisor.async_probe(
                replace(streams, transport=way).source(url),
                measure=MEASURE_SECONDS,
                second=self.second,
            )
            if tried.info is not None:
                self.transport, self.second = way, False
                return replace(candidate, info=tried.info, measured=tried.measured)
            probed = probed or tried
            if tried.error is not StreamError.CANNOT_CONNECT:
                break
        error = probed.error if probed else None
        return replace(candidate, error=error or StreamError.UNKNOWN)


async def async_measure(
    hass: HomeAssistant,
    reading: CameraReading,
    profiles: Iterable[MediaProfile],
    look: Look,
    on_progress: Callable[[float], None],
) -> dict[str, Candidate]:
    """Look at profiles one after the other: cameras allow few viewers.

    A camera that refuses the login is not asked a second time: accounts get locked.
    ``on_progress`` gets the share (0..1) that is done. Raises EngineError and the
    like where no stream can be opened at all.
    """
    profiles = list(profiles)
    seen: dict[str, Candidate] = {}
    async with async_engine(hass) as system:
        for index, profile in enumerate(profiles):
            on_progress(index / len(profiles))
            name = profile.name or profile.token
            one = Candidate(profile.token, name, profile.codec)
            try:
                one = replace(one, url=await reading.async_url(profile.token))
                streams = StreamsToTry(one.url, None, reading.login)
                one = await look.async_see(system.supervisor, streams, one)
            except ReadingError as err:
                one = replace(one, error=err.key)
            except HomeAssistantError:
                # The engine ended; it is there again for the next one.
                one = replace(one, error=StreamError.UNKNOWN)
            seen[profile.token] = one
            if one.error is StreamError.INVALID_AUTH:
                break
    return seen


async def async_measure_urls(
    hass: HomeAssistant,
    streams: StreamsToTry,
    names: Mapping[Profile, str],
    look: Look,
    on_progress: Callable[[float], None],
) -> dict[Profile, Candidate]:
    """Look at the streams of a form, up to the first failure.

    No stream is opened before all addresses are known to be local. Raises as
    `async_measure`.
    """
    urls = streams.urls
    for profile, url in urls.items():
        if error := await async_local_error(url):
            return {profile: Candidate(profile, names[profile], error=error)}
    seen: dict[Profile, Candidate] = {}
    async with async_engine(hass) as system:
        for index, (profile, url) in enumerate(urls.items()):
            on_progress(index / len(urls))
            one = Candidate(profile, names[profile], url=url)
            seen[profile] = await look.async_see(system.supervisor, streams, one)
            if seen[profile].error:
                break
    return seen
