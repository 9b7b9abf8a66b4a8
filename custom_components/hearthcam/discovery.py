"""Looking for cameras: at start, every 15 minutes, on demand, and by announcements."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
import logging
from typing import Final

from homeassistant.components import network
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_INTEGRATION_DISCOVERY
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started

from .const import DOMAIN
from .flow_follow import async_follow_camera
from .flow_identity import async_learn_endpoint
from .found_cameras import FoundCamera, find_found, forget, remember, remembered
from .onvif import AnnouncementListener, DiscoveredCamera, discover
from .privacy.local_only import is_local

_LOGGER = logging.getLogger(__package__)

SEARCH_INTERVAL: Final = timedelta(minutes=15)
SEARCH_SECONDS: Final = 3.5
MAX_CARDS: Final = 64
"""Cards at a time: anybody on the network may announce cameras."""


@callback
def async_start_discovery(hass: HomeAssistant) -> CALLBACK_TYPE:
    """Search and listen once Home Assistant has started; return what stops it."""
    return _Discovery(hass).start()


async def async_search(
    hass: HomeAssistant, on_found: Callable[[], None] | None = None
) -> list[FoundCamera]:
    """Return the cameras that answer now, and those that answered lately.

    ``on_found`` is called for each one as soon as it is in `remembered`.
    """

    def answered(answer: DiscoveredCamera) -> None:
        remember(hass, [FoundCamera.from_answer(answer)])
        if on_found is not None:
            on_found()

    sources = await network.async_get_enabled_source_ips(hass)
    answers = await discover(sources, SEARCH_SECONDS, answered)
    # Once more: by now it is known which of them share an endpoint.
    for answer in answers:
        if answer.shares_epr and answer.epr:
            forget(hass, answer.epr)
    remember(hass, map(FoundCamera.from_answer, answers))
    return remembered(hass)


@callback
def async_offer(hass: HomeAssistant, camera: FoundCamera) -> None:
    """Give a camera its card, or look after the configured one that it is."""
    if not is_local(camera.address.host) or async_meet_camera(hass, camera):
        return
    cards = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    if (identity := camera.card_id) is None or len(cards) >= MAX_CARDS:
        # Without an identity the card could neither be ignored nor be told apart.
        return
    discovery_flow.async_create_flow(
        hass,
        DOMAIN,
        context={"source": SOURCE_INTEGRATION_DISCOVERY},
        data=camera.as_dict(),
        discovery_key=DiscoveryKey(domain=DOMAIN, key=identity, version=1),
    )


@callback
def async_meet_camera(hass: HomeAssistant, camera: FoundCamera) -> bool:
    """Look after the configured camera that was found; tell whether it is one."""
    if (entry := find_found(hass, camera, ignored=True)) is None:
        return False
    if entry.source != SOURCE_IGNORE and not camera.shares_epr:
        async_learn_endpoint(hass, entry, camera.epr)
    # By MAC, or by an endpoint that nobody else answered with: others are left to
    # the search, where both answer.
    if camera.mac or not camera.shares_epr:
        async_follow_camera(hass, entry, camera.address, is_sure=bool(camera.mac))
    return True


class _Discovery:
    """The searches and the listening of one Home Assistant."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Nothing is open yet."""
        self._hass = hass
        self._sources: list[IPv4Address | IPv6Address] = []
        self._listener: AnnouncementListener | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> CALLBACK_TYPE:
        """Begin when Home Assistant has started; return what ends it."""
        hass = self._hass
        stops = [
            async_at_started(hass, self._search),
            async_track_time_interval(
                hass, self._search, SEARCH_INTERVAL, cancel_on_shutdown=True
            ),
            hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._stop),
        ]

        @callback
        def stop() -> None:
            for one in stops:
                one()
            self._stop()

        return stop

    @callback
    def _search(self, _: HomeAssistant | datetime) -> None:
        if self._task is None or self._task.done():
            self._task = self._hass.async_create_background_task(
                self._async_search(), "hearthcam discovery"
            )

    async def _async_search(self) -> None:
        await self._async_listen()
        for camera in await async_search(self._hass):
            async_offer(self._hass, camera)

    async def _async_listen(self) -> None:
        """Listen on the interfaces of now: they come and go."""
        sources = await network.async_get_enabled_source_ips(self._hass)
        if sources == self._sources:
            return
        if self._listener is not None:
            await self._listener.stop()
        self._sources = sources
        self._listener = AnnouncementListener(self._said_hello, self._said_bye)
        if not await self._listener.start(sources):
            _LOGGER.debug("Announcements of cameras cannot be heard, only searched for")

    @callback
    def _said_hello(self, answer: DiscoveredCamera) -> None:
        camera = FoundCamera.from_answer(answer)
        remember(self._hass, [camera])
        async_offer(self._hass, camera)

    @callback
    def _said_bye(self, epr: str) -> None:
        forget(self._hass, epr)

    @callback
    def _stop(self, _: Event | None = None) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._listener is not None:
            self._hass.async_create_background_task(
                self._listener.stop(), "hearthcam discovery end", eager_start=True
            )
            self._listener = None
