"""Where the log of features lies: a file a day, bounded, whole, and not for ever."""

from datetime import UTC, date, datetime, timedelta
import logging
from pathlib import Path
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from ..library.layout import parse_day
from .features import FOLDER, MOST_BYTES, SUFFIX, FeatureLog, blocks_of

_LOGGER = logging.getLogger(__name__)

KEEP_DAYS: Final = 14
_AT_MIDNIGHT: Final = 0.1
"""Share of the day's bytes that may be used at once; the rest comes with the hours."""
_FIDELITY: Final = (
    (120_000, True, 0.0),
    (60_000, False, 0.0),
    (30_000, False, 1.0),
    (8_000, False, 5.0),
)
"""(bytes left now, whether cells below the threshold are kept, s between pictures)."""


class FeatureFiles:
    """Writes one camera's log; from any thread that may wait for a disk."""

    def __init__(
        self,
        log: FeatureLog,
        directory: Path,
        time_zone: str,
        marker: Path | None = None,
    ) -> None:
        """``directory`` is the folder of the camera's clips; nothing is made yet.

        Where ``marker`` is a file that is missing, nothing is written.
        """
        self._log = log
        self._lock = Lock()
        self._next: tuple[Path, ZoneInfo, Path | None] | None = None
        self._folder = directory / FOLDER
        self._zone = ZoneInfo(time_zone)
        self._marker = marker
        self._day: date | None = None
        self._size = 0
        self._failed = False

    def move(self, directory: Path, time_zone: str, marker: Path | None = None) -> None:
        """Write elsewhere, or by another clock, from the next flush on; never blocks."""
        self._next = directory / FOLDER, ZoneInfo(time_zone), marker

    def flush(self) -> None:
        """Write what was collected; a disk that refuses is told of once."""
        with self._lock:
            if self._next is not None:
                self._folder, self._zone, self._marker = self._next
                self._next = self._day = None
            try:
                for start, block in self._log.take():
                    self._append(start, block)
            except OSError as error:
                if not self._failed:
                    reason = error.strerror
                    _LOGGER.warning("The detector's log is not written: %s", reason)
                self._failed = True
                self._day = None
            else:
                self._failed = False

    def _append(self, start: float, block: bytes) -> None:
        if self._marker is not None:
            # An empty mount point is not the place to write to.
            self._marker.stat()
        moment = datetime.fromtimestamp(start, self._zone)
        path = self._folder / f"{moment.date().isoformat()}{SUFFIX}"
        if moment.date() != self._day:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._size = _mend(path)
            self._day = moment.date()
            self._prune(self._day)
        left = _allowed(moment) - self._size
        if len(block) <= left:
            with path.open("ab") as file:
                file.write(block)
            self._size += len(block)
            left -= len(block)
        self._log.others, self._log.interval = next(
            ((others, gap) for least, others, gap in _FIDELITY if left >= least),
            (False, 60.0),
        )

    def _prune(self, today: date) -> None:
        oldest = today - timedelta(days=KEEP_DAYS)
        for path in self._folder.iterdir():
            day = parse_day(path.name.removesuffix(SUFFIX))
            if path.name.endswith(SUFFIX) and day is not None and day < oldest:
                path.unlink(missing_ok=True)


def _allowed(moment: datetime) -> int:
    """Return how many bytes a day's file may have at a time of its day."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = (moment.astimezone(UTC) - midnight.astimezone(UTC)).total_seconds()
    share = _AT_MIDNIGHT + (1.0 - _AT_MIDNIGHT) * min(seconds / 86400.0, 1.0)
    return int(MOST_BYTES * share)


def _mend(path: Path) -> int:
    """Cut off what a crash left half-written; return the size of what is whole."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0
    whole = max((end for end, _ in blocks_of(data)), default=0)
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)
    return whole
