"""Cameras that answered or announced themselves, remembered for a while."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import CONF_EPR, DOMAIN
from .flow_identity import Identity, camera_entries, find_entry
from .onvif import DiscoveredCamera
from .onvif_address import OnvifAddress
from .privacy.harmless import harmless

REMEMBERED: Final = timedelta(minutes=20)
"""A camera that missed one search is still offered by the 'add' flow."""
MAX_FOUND: Final = 256
"""Anybody on the network may answer; no home has more cameras."""
MAX_TEXT: Final = 60


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that answered; ``shares_epr`` is that of `DiscoveredCamera`."""

    address: OnvifAddress
    epr: str | None = None
    mac: str | None = None
    name: str | None = None
    model: str | None = None
    shares_epr: bool = False

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
            shares_epr=answer.shares_epr,
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
        return self.card_id or f"{self.address.host} {self.address.port}"

    @property
    def identity(self) -> Identity:
        """Who it is, as far as that is known without a login.

        An endpoint that another address has too says nothing.
        """
        return Identity(mac=self.mac, epr=None if self.shares_epr else self.epr)

    @property
    def card_id(self) -> str | None:
        """What tells its discovery card from others; None: it gets no card.

        Of cameras that share an endpoint the address tells the cards apart. It is
        never the identity of an entry: the login reveals MAC or serial.
        """
        if (known := self.identity.unique_id) is None and self.epr:
            return f"{self.epr} {self.address.host}"
        return known

    @property
    def title(self) -> str:
        """Name, maker and model where they are told, and address: for the card."""
        return f"{self._words or 'ONVIF'} ({self.address.host})"

    @property
    def label(self) -> str:
        """The line in a choice of several."""
        return " · ".join(part for part in (self._words, self.address.host) if part)

    @property
    def _words(self) -> str:
        parts = [part for part in (self.name, self.model) if part]
        # Many cameras are named as their model.
        if len(parts) == 2 and parts[0].casefold() in parts[1].casefold():
            parts = parts[1:]
        return " · ".join(parts)


DATA_FOUND: HassKey[dict[str, tuple[datetime, FoundCamera]]] = HassKey(
    f"{DOMAIN}_found"
)


@callback
def find_found(
    hass: HomeAssistant, camera: FoundCamera, *, ignored: bool = False
) -> ConfigEntry[Any] | None:
    """Return the entry of a camera that was found, see `find_entry`."""
    entry = find_entry(hass, camera.identity, camera.address, ignored=ignored)
    if entry is None and camera.shares_epr:
        # Both the endpoint and the address: that is the one that is configured.
        known = (camera.epr, camera.address.host)
        for other in camera_entries(hass):
            if known == (other.data.get(CONF_EPR), other.data.get(CONF_HOST)):
                return other
    return entry


@callback
def remember(hass: HomeAssistant, cameras: Iterable[FoundCamera]) -> None:
    """Add to what was found lately."""
    now = dt_util.utcnow()
    known = hass.data.setdefault(DATA_FOUND, {})
    for camera in cameras:
        # The latest answer goes last: the oldest is the first to be forgotten.
        known.pop(camera.key, None)
        known[camera.key] = (now, camera)
    for key, (seen, _) in list(known.items()):
        if now - seen > REMEMBERED or len(known) > MAX_FOUND:
            del known[key]


@callback
def forget(hass: HomeAssistant, epr: str) -> None:
    """A camera said goodbye; that is a word of anybody, the next search corrects it."""
    known = hass.data.get(DATA_FOUND, {})
    for key, (_, camera) in list(known.items()):
        if camera.epr == epr:
            del known[key]


@callback
def remembered(hass: HomeAssistant) -> list[FoundCamera]:
    """Return what was found lately, by name."""
    remember(hass, ())
    found = (camera for _, camera in hass.data.get(DATA_FOUND, {}).values())
    return sorted(found, key=lambda one: one.label)


@callback
def identities_at(hass: HomeAssistant, address: OnvifAddress) -> set[str]:
    """Return what identifies the cameras that answered lately from an address.

    Of a camera that is entered by hand nobody else knows the endpoint.
    """
    return {
        identity
        for camera in remembered(hass)
        if (camera.address.host, camera.address.port) == (address.host, address.port)
        for identity in (*camera.identity.known, camera.card_id)
        if identity is not None
    }


def _text(text: str | None) -> str | None:
    """Return one short harmless line of what a stranger sent."""
    return harmless(text or "")[:MAX_TEXT].strip() or None
