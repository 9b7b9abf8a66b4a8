"""What a self-test of a camera's privacy zones found, and where it is remembered."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
import logging
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .const import DOMAIN

_LOGGER = logging.getLogger(__package__)

_STORE_VERSION: Final = 1
_STORE_KEY: Final = f"{DOMAIN}.privacy_checks"


class Outcome(StrEnum):
    """What came of it; the values are states of the sensor."""

    PASSED = "passed"
    INCOMPLETE = "incomplete"
    """What could be looked at was black; something could not be."""
    LEAKED = "leaked"


@dataclass(frozen=True, slots=True)
class OutputCheck:
    """One output: so many pictures of it, with so many pixels that are not black.

    ``brightest`` is the most (0..255) that such a pixel shows. ``error`` tells why it
    could not be looked at.
    """

    output: str
    frames: int = 0
    leaked: int = 0
    brightest: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A self-test of a camera that ended at ``time`` (s of the epoch).

    ``marks`` are those of the zones that were looked at.
    """

    time: float
    outputs: tuple[OutputCheck, ...]
    marks: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        if any(output.leaked for output in self.outputs):
            return Outcome.LEAKED
        if any(output.error for output in self.outputs) or not self.outputs:
            return Outcome.INCOMPLETE
        return Outcome.PASSED

    @property
    def as_data(self) -> dict[str, Any]:
        """What is stored, and told to the panel."""
        return {
            "time": self.time,
            "outcome": self.outcome.value,
            "outputs": [asdict(output) for output in self.outputs],
            "marks": list(self.marks),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it back; raises KeyError, TypeError or ValueError."""
        return cls(
            float(data["time"]),
            tuple(OutputCheck(**output) for output in data["outputs"]),
            tuple(str(mark) for mark in data.get("marks", ())),
        )


class CheckStore:
    """The last result of each camera, kept over restarts."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` comes first."""
        self._store = Store[dict[str, Any]](
            hass, _STORE_VERSION, _STORE_KEY, atomic_writes=True
        )
        self._results: dict[str, CheckResult] = {}
        self._loaded = False

    async def async_load(self) -> None:
        """Take up what was found before, once."""
        if self._loaded:
            return
        self._loaded = True
        try:
            data = await self._store.async_load() or {}
        except HomeAssistantError as err:
            _LOGGER.error("The last privacy checks could not be read: %s", err)
            return
        for camera_id, result in data.items():
            try:
                self._results[camera_id] = CheckResult.from_data(result)
            except KeyError, TypeError, ValueError:
                _LOGGER.warning("A privacy check of before could not be read")

    def get(self, camera_id: str) -> CheckResult | None:
        """Return a camera's last result."""
        return self._results.get(camera_id)

    @callback
    def put(self, camera_id: str, result: CheckResult | None) -> None:
        """Remember a result, or forget what was found."""
        if result is None:
            self._results.pop(camera_id, None)
        else:
            self._results[camera_id] = result
        self._store.async_delay_save(self._data, 0)

    def _data(self) -> dict[str, Any]:
        return {camera_id: one.as_data for camera_id, one in self._results.items()}
