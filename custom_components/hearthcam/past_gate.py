"""Which recordings of before must not be shown: those with a zone not black yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import CONF_CAMERA_ID, DOMAIN
from .privacy_zones import PrivacyRules, privacy_rules


@dataclass(frozen=True, slots=True)
class _Known:
    """The rules of an entry, and the data of its zones that they were read from.

    Whoever sends a file asks for them at each piece of it; to read hundreds of zones
    takes a tenth of a second.
    """

    read: tuple[Mapping[str, Any], ...]
    rules: PrivacyRules
    past_marks: frozenset[str]


_NO_CAMERA: Final = _Known((), PrivacyRules(), frozenset())
DATA_KNOWN: HassKey[dict[str, _Known]] = HassKey(f"{DOMAIN}_past_rules")


@callback
def async_rules_of(hass: HomeAssistant, camera_id: str) -> PrivacyRules:
    """Return the privacy zones of a camera, loaded or not.

    One that was removed has none.
    """
    return _known_of(hass, camera_id).rules


@callback
def async_hides(hass: HomeAssistant, camera_id: str, mask: Collection[str]) -> bool:
    """Tell whether a clip must not be shown, by the marks of what is black in it."""
    return not _known_of(hass, camera_id).past_marks.issubset(mask)


def _known_of(hass: HomeAssistant, camera_id: str) -> _Known:
    if (entry := _entry_of(hass, camera_id)) is None:
        return _NO_CAMERA
    # Home Assistant replaces what was changed, and never changes it in place.
    data = tuple(zone.data for zone in entry.subentries.values())
    kept = hass.data.setdefault(DATA_KNOWN, {})
    known = kept.get(entry.entry_id)
    if known is None or not _are_same(known.read, data):
        rules = privacy_rules(entry)
        kept[entry.entry_id] = known = _Known(data, rules, rules.past_marks)
    return known


def _are_same(
    one: tuple[Mapping[str, Any], ...], other: tuple[Mapping[str, Any], ...]
) -> bool:
    return len(one) == len(other) and all(
        mine is yours for mine, yours in zip(one, other, strict=True)
    )


def _entry_of(hass: HomeAssistant, camera_id: str) -> ConfigEntry[Any] | None:
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.data.get(CONF_CAMERA_ID) == camera_id:
            return entry
    return None
