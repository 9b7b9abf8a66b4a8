"""What may be kept, and how much room the clips that are opened next will need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .engine.protocol import ConfigureCamera, Mode
from .library.models import CONTINUOUS
from .library.retention import Limits
from .media_watch import MediaView
from .storage_options import StorageOptions

UNKNOWN_BITRATE: Final = 8_000.0
"""kbit/s of a camera that nothing was measured of yet."""
OVERHEAD: Final = 1.1
"""Of the container, and of a bitrate that varies."""
LEAST_PER_CAMERA: Final = 64 * 2**20
MOST: Final = 16 * 2**30
MOST_SHARE: Final = 0.1
SPOOL_SHARE: Final = 0.5
"""Beyond them, room for clips to come costs too many of those that are there."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a camera may write: as it is configured, at the measured kbit/s."""

    config: ConfigureCamera
    bitrate: float | None = None

    @property
    def bytes(self) -> int:
        """The size of this camera's longest clip; 0 when it does not record."""
        config = self.config
        if config.mode is not Mode.RECORD:
            return 0
        seconds = config.segment if config.continuous else config.max_clip
        kilobits = self.bitrate or UNKNOWN_BITRATE
        return max(LEAST_PER_CAMERA, int(kilobits * 125 * seconds * OVERHEAD))


def reserve(loads: Iterable[Load], space: int, share: float = MOST_SHARE) -> int:
    """Return how many bytes of ``space`` are kept for the next clips."""
    return min(sum(load.bytes for load in loads), MOST, int(space * share))


def limits_of(
    options: StorageOptions, view: MediaView, spool: int, loads: Iterable[Load]
) -> Limits:
    """Return what the library shall keep to, the room for the next clips left out.

    ``spool`` is how many bytes the engine may spool.
    """
    loads = list(loads)
    size = options.max_size
    return Limits(
        days=options.days or None,
        kinds=_unlimited({**options.kinds, CONTINUOUS: options.days_continuous}),
        cameras=_unlimited(options.cameras),
        max_size=size - reserve(loads, size) if size else None,
        min_free=options.free_wanted(view.total) + reserve(loads, view.total),
        spool_size=spool - reserve(loads, spool, SPOOL_SHARE),
    )


def spool_only(limits: Limits) -> Limits:
    """Return what of the limits can be kept to without the media folder."""
    return Limits(days=None, kinds={}, spool_size=limits.spool_size)


def _unlimited(days: Mapping[str, int]) -> dict[str, float | None]:
    return {key: value or None for key, value in days.items()}
