"""Looking for cameras on the network, at start and every 15 minutes."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from homeassistant.components import network
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .flow_identity import Identity
from .onvif import DiscoveredCamera, discover
from .onvif_address import OnvifAddress

SEARCH_INTERVAL: Final = timedelta(minutes=15)
SEARCH_SECONDS: Final = 3.5
REMEMBERED: Final = timedelta(minutes=20)
"""A camera that missed one search is still offered by the 'add' flow."""
MAX_FOUND: Final = 256
"""Anybody on the network may answer; no home has more cameras."""
MAX_TEXT: Final = 60


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that answered."""

    address: OnvifAddress
    epr: str | None = None
    mac: str | None = None
    name: str | None = None
    model: str | None = None

    @classmethod
    def from_answer(cls, answer: DiscoveredCamera) -> Self:
        """Keep what is needed; the texts come from anybody, so they are cut."""
        model = _text(answer.manufacturer), _text(answer.hardware)
        return cls(
            address=OnvifAddress(answer.host, answer.port, answer.path, answer.tls),
            epr=answer.epr,
            mac=answer.mac,
            name=_text(answer.name),
            model=" ".join(part for part in model if part) or None,
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_dict` was made of."""
        return cls(**{**data, "address": OnvifAddress(**data["address"])})

    def as_dict(self) -> dict[str, Any]:
        """Return the data of a discovery flow."""
        return asdict(self)

    @property
    def key(self) -> str:
        """What tells it from the others of a search."""
        return self.mac or self.epr or f"{self.address.host} {self.address.port}"

    @property
    def identity(self) -> Identity:
        """Who it is, as far as that is known without a login."""
        return Identity(mac=self.mac, epr=self.epr)

    @property
    def title(self) -> str:
        """Name and address, as on the discovery card."""
        return f"{self.name or self.model or 'ONVIF'} ({self.address.host})"

    @property
    def label(self) -> str:
        """The line in a choice of several."""
        parts = dict.fromkeys(part for part in (self.name, self.model) if part)
        return " · ".join((*parts, self.address.host))


DATA_FOUND: HassKey[dict[str, tuple[datetime, FoundCamera]]] = HassKey(
    f"{DOMAIN}_found"
)


@callback
def async_start_discovery(hass: HomeAssistant) -> CALLBACK_TYPE:
    """Search once Home Assistant has started, and from then on regularly.

    Returns what stops it.
    """

    @callback
    def search(_: HomeAssistant | datetime) -> None:
        hass.async_create_background_task(
            _async_search_and_offer(hass), "hearthcam discovery"
        )

    stop_start = async_at_started(hass, search)
    stop_interval = async_track_time_interval(
        hass, search, SEARCH_INTERVAL, cancel_on_shutdown=True
    )

    @callback
    def stop() -> None:
        stop_start()
        stop_interval()

    return stop


async def async_search(hass: HomeAssistant) -> list[FoundCamera]:
    """Return the cameras that answer now, and those that answered lately."""
    sources = await network.async_get_enabled_source_ips(hass)
    answers = await discover(sources, SEARCH_SECONDS)
    return _remember(hass, map(FoundCamera.from_answer, answers))


async def _async_search_and_offer(hass: HomeAssistant) -> None:
    """Give every found camera its discovery flow, which knows the configured ones."""
    for camera in await async_search(hass):
        if (identity := camera.identity.unique_id) is None:
            # Without one the card could neither be ignored nor be told apart.
            continue
        discovery_flow.async_create_flow(
            hass,
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data=camera.as_dict(),
            discovery_key=DiscoveryKey(domain=DOMAIN, key=identity, version=1),
        )


@callback
def async_identities_at(hass: HomeAssistant, address: OnvifAddress) -> set[str]:
    """Return what identifies the cameras that answered lately from an address.

    Of a camera that is entered by hand nobody else knows the endpoint.
    """
    return {
        identity
        for _, camera in hass.data.get(DATA_FOUND, {}).values()
        if (camera.address.host, camera.address.port) == (address.host, address.port)
        for identity in camera.identity.known
    }


@callback
def _remember(hass: HomeAssistant, cameras: Iterable[FoundCamera]) -> list[FoundCamera]:
    """Add to what was found lately, and return all of it by name."""
    now = dt_util.utcnow()
    known = hass.data.setdefault(DATA_FOUND, {})
    for camera in cameras:
        # The latest answer goes last: the oldest is the first to be forgotten.
        known.pop(camera.key, None)
        known[camera.key] = (now, camera)
    for key, (seen, _) in list(known.items()):
        if now - seen > REMEMBERED or len(known) > MAX_FOUND:
            del known[key]
    return sorted((found for _, found in known.values()), key=lambda one: one.label)


def _text(text: str | None) -> str | None:
    """Return one short printable line of what a stranger sent."""
    printable = "".join(char for char in text or "" if char.isprintable())
    return printable.strip()[:MAX_TEXT] or None
