"""Which recordings of before must not be shown: those with a zone not black yet."""

from collections.abc import Collection
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_CAMERA_ID, DOMAIN
from .privacy_zones import PrivacyRules, privacy_rules


@callback
def async_rules_of(hass: HomeAssistant, camera_id: str) -> PrivacyRules:
    """Return the privacy zones of a camera, loaded or not.

    One that was removed has none.
    """
    if (entry := _entry_of(hass, camera_id)) is None:
        return PrivacyRules()
    return privacy_rules(entry)


@callback
def async_hides(hass: HomeAssistant, camera_id: str, mask: Collection[str]) -> bool:
    """Tell whether a clip must not be shown, by the marks of what is black in it."""
    return not async_rules_of(hass, camera_id).past_marks.issubset(mask)


def _entry_of(hass: HomeAssistant, camera_id: str) -> ConfigEntry[Any] | None:
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.data.get(CONF_CAMERA_ID) == camera_id:
            return entry
    return None
