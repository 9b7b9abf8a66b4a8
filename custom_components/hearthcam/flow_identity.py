"""Which camera is which: identities and ids."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import re
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import slugify

from .const import (
    CONF_CAMERA_ID,
    CONF_ENTRY_TYPE,
    CONF_EPR,
    CONF_MAC,
    CONF_ONVIF_PORT,
    CONF_SERIAL,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
)
from .onvif_address import OnvifAddress

CAMERA_ID_LENGTH = 64


@callback
def camera_entries(
    hass: HomeAssistant, *, ignored: bool = False
) -> Iterator[ConfigEntry[Any]]:
    """Yield the entries of cameras, those that the user ignores only if asked for."""
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=ignored):
        if entry.data.get(CONF_ENTRY_TYPE) != ENTRY_TYPE_SYSTEM:
            yield entry


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of who a camera is; the endpoint is that of WS-Discovery."""

    mac: str | None = None
    serial: str | None = None
    epr: str | None = None

    @property
    def unique_id(self) -> str | None:
        """What identifies it for ever: MAC, else serial, else endpoint."""
        return self.mac or self.serial or self.epr

    @property
    def known(self) -> set[str]:
        """All that might identify it."""
        return {known for known in (self.mac, self.serial, self.epr) if known}

    def is_of(self, entry: ConfigEntry[Any]) -> bool:
        """Tell whether this is the camera of an entry.

        What both sides know must be the same in all: two cameras with the same serial
        number or with the same endpoint exist. A MAC decides alone.
        """
        data = entry.data
        if self.mac and (mac := data.get(CONF_MAC)):
            return bool(self.mac == mac)
        both = [
            mine == theirs
            for mine, theirs in (
                (self.serial, data.get(CONF_SERIAL)),
                (self.epr, data.get(CONF_EPR)),
            )
            if mine and theirs
        ]
        return all(both) if both else entry.unique_id in self.known

    def as_data(self, before: Mapping[str, Any]) -> dict[str, str | None]:
        """Return what an entry holds; what it knew before is not forgotten."""
        return {
            CONF_MAC: self.mac or before.get(CONF_MAC),
            CONF_SERIAL: self.serial or before.get(CONF_SERIAL),
            CONF_EPR: self.epr or before.get(CONF_EPR),
        }


@callback
def find_entry(
    hass: HomeAssistant,
    identity: Identity,
    address: OnvifAddress | None = None,
    *,
    ignored: bool = False,
) -> ConfigEntry[Any] | None:
    """Return the entry of a camera; one that is ignored only if there is no other.

    Where the entry's endpoint is not known yet, since the camera was entered by
    hand, its address tells.
    """
    entries = camera_entries(hass, ignored=ignored)
    for entry in sorted(entries, key=lambda one: one.source == SOURCE_IGNORE):
        if identity.is_of(entry) or (
            address is not None
            and CONF_ONVIF_PORT in entry.data
            and not entry.data.get(CONF_EPR)
            and (address.host, address.port)
            == (entry.data[CONF_HOST], entry.data[CONF_ONVIF_PORT])
            and not (identity.mac and entry.data.get(CONF_MAC))
        ):
            return entry
    return None


@callback
def known_endpoints(hass: HomeAssistant) -> dict[str, str | None]:
    """Return the endpoint of every camera by its unique id."""
    return {
        entry.unique_id: entry.data.get(CONF_EPR)
        for entry in camera_entries(hass)
        if entry.unique_id
    }


@callback
def async_learn_endpoint(
    hass: HomeAssistant, entry: ConfigEntry[Any], epr: str | None
) -> None:
    """Keep the endpoint of a camera that was entered by hand, to find it again."""
    if epr and CONF_ONVIF_PORT in entry.data and not entry.data.get(CONF_EPR):
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_EPR: epr}
        )


@callback
def unique_camera_id(hass: HomeAssistant, name: str) -> str:
    """Return a slug of the name that no camera has yet: its folder, for ever."""
    taken = {
        entry.data[CONF_CAMERA_ID]
        for entry in camera_entries(hass)
        if CONF_CAMERA_ID in entry.data
    }
    slug = re.sub(r"[^a-z0-9_]", "", slugify(name)).strip("_")
    # What `slugify` makes of a name without letters.
    if slug in ("", "unknown"):
        slug = "camera"
    candidate = slug[:CAMERA_ID_LENGTH]
    number = 2
    while candidate in taken:
        suffix = f"_{number}"
        candidate = slug[: CAMERA_ID_LENGTH - len(suffix)] + suffix
        number += 1
    return candidate
