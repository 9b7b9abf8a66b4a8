"""Gaps in recording as Repairs: one a camera, until a day has passed without."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .engine.protocol import LostCause
from .library.gaps import Gap

ISSUE_PREFIX: Final = "recording_gap_"
CLEARED_SECONDS: Final = 86_400.0
"""After so long without another gap an issue goes by itself."""
RESTART_SECONDS: Final = 600.0
"""Home Assistant may be stopped for so long on purpose without a Repair."""

_END: Final = "end"
_TEXTS: Final = {
    LostCause.OFFLINE: "recording_gap_offline",
    LostCause.SLOW_STORAGE: "recording_gap_slow_storage",
    LostCause.MASK_FAILED: "recording_gap_mask_failed",
    LostCause.NO_ENCODER: "recording_gap_no_encoder",
    LostCause.ENGINE_STOPPED: "recording_gap_engine_stopped",
    LostCause.SYSTEM_STOPPED: "recording_gap_system_stopped",
}
_STORAGE: Final = "recording_gap_storage"


class LedgerIssues:
    """Keeps the issue registry at the last gap of each camera.

    Issues outlive a restart: the gap is no less real then.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare."""
        self._hass = hass

    @callback
    def gap(self, camera_id: str, name: str, gap: Gap) -> None:
        """Tell of a gap that began or ended."""
        if gap.orderly and (gap.end is None or gap.end - gap.start <= RESTART_SECONDS):
            # A restart for an update is no fault; the ledger has it all the same.
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{ISSUE_PREFIX}{camera_id}",
            data={_END: gap.end},
            is_fixable=True,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=_TEXTS.get(LostCause(gap.cause), _STORAGE),
            translation_placeholders={"name": name, "period": period(gap)},
        )

    @callback
    def clear(self, camera_id: str) -> None:
        """Tell of a camera's gaps no more."""
        ir.async_delete_issue(self._hass, DOMAIN, f"{ISSUE_PREFIX}{camera_id}")

    @callback
    def clear_old(self, now: float) -> None:
        """Let go what has long been over."""
        for (domain, issue_id), issue in list(ir.async_get(self._hass).issues.items()):
            if domain != DOMAIN or not issue_id.startswith(ISSUE_PREFIX):
                continue
            end = (issue.data or {}).get(_END)
            if isinstance(end, float | int) and now - end > CLEARED_SECONDS:
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)


def period(gap: Gap) -> str:
    """Return from when to when, in figures that are read alike in every language."""
    start = dt_util.as_local(dt_util.utc_from_timestamp(gap.start))
    if gap.end is None:
        return f"{start:%Y-%m-%d %H:%M:%S} – …"
    end = dt_util.as_local(dt_util.utc_from_timestamp(gap.end))
    day = "" if end.date() == start.date() else f"{end:%Y-%m-%d} "
    return f"{start:%Y-%m-%d %H:%M:%S} – {day}{end:%H:%M:%S}"
