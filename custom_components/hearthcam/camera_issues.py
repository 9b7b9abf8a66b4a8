"""What is wrong with a camera as Repairs: one of each kind a camera."""

from enum import StrEnum
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

ENTRY_ID = "entry_id"


class Wrong(StrEnum):
    """A kind of Repair; the prefix of its id, and the key of its texts."""

    CLOCK = "camera_clock"
    STREAMS = "camera_streams"
    CERTIFICATE = "camera_certificate"
    ANOTHER = "camera_another"

    @classmethod
    def of_issue(cls, issue_id: str) -> Wrong | None:
        """Return the kind of an issue, None for those of others."""
        return next((kind for kind in cls if issue_id.startswith(f"{kind}_")), None)


class CameraIssues:
    """Keeps the issue registry at what is wrong with one camera."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Begin with what is known to be wrong: nothing."""
        self._hass = hass
        self._entry = entry
        self._told: dict[Wrong, str] = {}

    @callback
    def tell(self, wrong: Wrong, report: str = "", *, is_fixable: bool = True) -> None:
        """Tell of something, or of how it is by now."""
        if self._told.get(wrong) == report:
            return
        self._told[wrong] = report
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._id(wrong),
            data={ENTRY_ID: self._entry.entry_id},
            is_fixable=is_fixable,
            is_persistent=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=wrong if is_fixable else f"{wrong}_by_hand",
            translation_placeholders={"name": self._entry.title, "report": report},
        )

    @callback
    def clear(self, *kinds: Wrong) -> None:
        """Tell of these no more."""
        for wrong in kinds:
            self._told.pop(wrong, None)
            ir.async_delete_issue(self._hass, DOMAIN, self._id(wrong))

    def has(self, wrong: Wrong) -> bool:
        """Whether it is told."""
        return wrong in self._told

    def _id(self, wrong: Wrong) -> str:
        return f"{wrong}_{self._entry.entry_id}"
