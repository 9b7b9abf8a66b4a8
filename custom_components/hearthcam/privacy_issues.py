"""What is wrong with a camera's privacy zones, as Repairs that end by themselves."""

import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .engine.protocol import BlockCause

_LOGGER = logging.getLogger(__package__)

_BLOCKED: Final = "privacy_blocked"
_UNREADABLE: Final = "privacy_unreadable"


class PrivacyIssues:
    """Keeps the issue registry at what is wrong with one camera's zones."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Begin with nothing told."""
        self._hass = hass
        self._entry = entry
        self._blocked: BlockCause | None = None
        self._unreadable = False

    @callback
    def tell_blocked(self, cause: BlockCause | None) -> None:
        """Tell that outputs are blocked, and why; None: they are not."""
        if cause is self._blocked:
            return
        self._blocked = cause
        if cause is None:
            self._delete(_BLOCKED)
            return
        _LOGGER.error(
            "What the privacy zones of %s hide cannot be kept black (%s): it is not "
            "shown",
            self._entry.title,
            cause,
        )
        self._create(_BLOCKED, f"privacy_{cause}")

    @callback
    def tell_unreadable(self, unreadable: bool) -> None:
        """Tell whether there is a zone that cannot be read."""
        if unreadable is self._unreadable:
            return
        self._unreadable = unreadable
        if unreadable:
            self._create(_UNREADABLE, _UNREADABLE)
        else:
            self._delete(_UNREADABLE)

    @callback
    def clear(self) -> None:
        """Tell nothing any more."""
        self.tell_blocked(None)
        self.tell_unreadable(False)

    def _create(self, kind: str, text: str) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{kind}_{self._entry.entry_id}",
            is_fixable=False,
            is_persistent=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=text,
            translation_placeholders={"name": self._entry.title},
        )

    def _delete(self, kind: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, f"{kind}_{self._entry.entry_id}")
