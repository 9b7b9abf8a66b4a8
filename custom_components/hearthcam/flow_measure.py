"""Opening a camera's streams for a few seconds each, before one of them is chosen."""

from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .engine.protocol import StreamError, Transport
from .flow_check import StreamsToTry, async_local_error
from .flow_reading import CameraReading, ReadingError
from .onvif import MediaProfile
from .stream_advice import Candidate
from .system import async_engine

MEASURE_SECONDS: Final = 4.0
"""Of each stream; twice as long until a second keyframe has come."""


async def async_measure(
    hass: HomeAssistant,
    reading: CameraReading,
    profiles: Iterable[MediaProfile],
    transport: Transport,
    on_progress: Callable[[float], None],
    *,
    second: bool,
) -> dict[str, Candidate]:
    """Look at streams one after the other: cameras allow few viewers.

    A camera that refuses the login is not asked a second time: accounts get locked.
    ``second`` tells whether the first stream is opened twice at a time;
    ``on_progress`` gets the share (0..1) that is done. Raises EngineError and the
    like where no stream can be opened at all.
    """
    profiles = list(profiles)
    seen: dict[str, Candidate] = {}
    async with async_engine(hass) as system:
        for index, profile in enumerate(profiles):
            on_progress(index / len(profiles))
            name = profile.name or profile.token

            def failed(
                error: str, profile: MediaProfile = profile, name: str = name
            ) -> Candidate:
                return Candidate(profile.token, name, profile.codec, error=error)

            try:
                url = await reading.async_url(profile.token)
            except ReadingError as err:
                seen[profile.token] = failed(err.key)
                continue
            if error := await async_local_error(url):
                seen[profile.token] = failed(error)
                continue
            streams = StreamsToTry(url, None, reading.login, transport)
            try:
                probed = await system.supervisor.async_probe(
                    streams.source(url),
                    measure=MEASURE_SECONDS,
                    second=second and index == 0,
                )
            except HomeAssistantError:
                # The engine ended; it is there again for the next one.
                seen[profile.token] = failed(StreamError.UNKNOWN)
                continue
            if probed.info is None:
                seen[profile.token] = failed(probed.error or StreamError.UNKNOWN)
                if probed.error is StreamError.INVALID_AUTH:
                    break
                continue
            seen[profile.token] = Candidate(
                profile.token,
                name,
                profile.codec,
                probed.info,
                probed.measured,
                url=url,
            )
    return seen
