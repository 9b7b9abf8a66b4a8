"""What a self-test of a camera's privacy zones found, and where it is remembered."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
import logging
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .library.models import Clip
from .privacy_trust import NO_TRUST, Trust

_LOGGER = logging.getLogger(__package__)

_STORE_VERSION: Final = 1
_STORE_KEY: Final = f"{DOMAIN}.privacy_checks"
_TRUST: Final = "trust"
_ANY: Final = "*"
"""Stands for all cameras of which nothing is known, where that cannot be believed."""


LIGHT: Final = "light"
"""Stands among the outputs where a zone was dark by itself."""


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
    def dark(self) -> bool:
        """Whether it was too dark to prove anything, or might have been."""
        return any(output.output == LIGHT for output in self.outputs)

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


UNREADABLE: Final = CheckResult(0.0, (OutputCheck("unreadable", leaked=1),))
"""What counts where it cannot be read any more whether a camera leaked."""


class CheckStore:
    """The last result of each camera, and what is believed of its clips.

    Kept over restarts, both in one file: who knows of a leak knows of these clips.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` comes first."""
        self._store = Store[dict[str, Any]](
            hass, _STORE_VERSION, _STORE_KEY, atomic_writes=True
        )
        self._results: dict[str, CheckResult] = {}
        self._trust: dict[str, Trust] = {}
        # What is to be taken for a camera's last result where there is none.
        self._unknown: CheckResult | None = None
        self._loaded = False
        hass.data[DATA_STORE] = self

    async def async_load(self) -> None:
        """Take up what was found before, once."""
        if self._loaded:
            return
        self._loaded = True
        try:
            data = await self._store.async_load() or {}
        except HomeAssistantError as err:
            _LOGGER.error("The last privacy checks could not be read: %s", err)
            self._unknown = UNREADABLE
            return
        for camera_id, kept in data.items():
            try:
                if kept.keys() != {_TRUST}:
                    self._results[camera_id] = CheckResult.from_data(kept)
                if _TRUST in kept:
                    self._trust[camera_id] = Trust.from_data(kept[_TRUST])
            except AttributeError, KeyError, TypeError, ValueError:
                _LOGGER.warning("A privacy check of before could not be read")
                self._results[camera_id] = UNREADABLE
        self._unknown = self._results.pop(_ANY, None)

    def get(self, camera_id: str) -> CheckResult | None:
        """Return a camera's last result."""
        return self._results.get(camera_id, self._unknown)

    @callback
    def put(self, camera_id: str, result: CheckResult | None) -> None:
        """Remember a result, or forget what was found."""
        if result is None:
            self._results.pop(camera_id, None)
        else:
            self._results[camera_id] = result
        self._store.async_delay_save(self._data, 0)

    def trust(self, camera_id: str) -> Trust:
        """Return what is believed of a camera's clips."""
        return self._trust.get(camera_id, NO_TRUST)

    @callback
    def put_trust(self, camera_id: str, trust: Trust) -> None:
        """Remember what is believed of a camera's clips."""
        if trust != self.trust(camera_id):
            self._trust[camera_id] = trust
            self._store.async_delay_save(self._data, 0)

    @callback
    def judge(self, clip: Clip) -> Clip:
        """Return a clip that is to have a row, with the marks that are believed."""
        return self.trust(clip.camera_id).judge(clip)

    @property
    def unnoted(self) -> Iterator[str]:
        """The cameras whose doubts the library does not know of yet."""
        for camera_id, trust in list(self._trust.items()):
            if not all(doubt.noted for doubt in trust.doubts):
                yield camera_id

    def _data(self) -> dict[str, Any]:
        data = {camera_id: one.as_data for camera_id, one in self._results.items()}
        if self._unknown is not None:
            data[_ANY] = self._unknown.as_data
        for camera_id, trust in self._trust.items():
            data.setdefault(camera_id, {})[_TRUST] = trust.as_data
        return data


DATA_STORE: HassKey[CheckStore] = HassKey(f"{DOMAIN}_privacy_results")


@callback
def async_check_store(hass: HomeAssistant) -> CheckStore:
    """Return what was found of all cameras."""
    if DATA_STORE not in hass.data:
        CheckStore(hass)
    return hass.data[DATA_STORE]
