"""Where clips are written: the media folder, or the spool while that cannot be.

A folder that refuses a clip is left alone by every camera until a probe, in a thread
of its own, could write there again: a share that hangs must cost each camera nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
import errno
import logging
import os
from pathlib import Path
from threading import Event, Lock, Thread
import time
from typing import Final

from .protocol import ConfigureCamera, LostCause, Report, StoragePlace, StorageState

_LOGGER = logging.getLogger(__name__)

PROBE_WAITS: Final = (0.3,) * 20 + (1.0,) * 20 + (5.0,)
"""Seconds between probes of a folder; the last repeats."""
_SPARE: Final = 4 * 1024 * 1024
"""Bytes beyond the next clip's that must be free before a full disk is used again."""
_PROBE_SIZE: Final = 64 * 1024
_PROBE_NAME: Final = ".hearthcam-probe"
_SCAN_EVERY: Final = 5.0

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_AWAY: Final = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENODEV,
        errno.ENXIO,
        errno.ESTALE,
        errno.ENOTCONN,
        errno.ETIMEDOUT,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ECONNABORTED,
        errno.ECONNRESET,
        errno.ECONNREFUSED,
    }
)


def cause_of(error: OSError) -> LostCause:
    """Return the protocol's word for why a disk refused."""
    if error.errno in _FULL:
        return LostCause.STORAGE_FULL
    if error.errno in _READ_ONLY:
        return LostCause.STORAGE_READ_ONLY
    if error.errno in _AWAY:
        return LostCause.STORAGE_AWAY
    return LostCause.STORAGE_ERROR


class Folder:
    """A root that clips of several cameras lie below, and whether it takes them.

    ``marker`` is a file that tells this disk from an empty mount point, ``limit``
    the most bytes that all files below may have. Thread-safe.
    """

    def __init__(self, root: Path, leaving: Event) -> None:
        """Take it for usable until a clip fails; ``leaving`` ends probing."""
        self.root = root
        self._leaving = leaving
        self.marker: Path | None = None
        self.limit: int | None = None
        self.cause: LostCause | None = None
        self.listeners: set[Callable[[bool], None]] = set()
        self._lock = Lock()
        self._needed = 0
        self._used = 0
        self._scanned = float("-inf")
        self._probing = False

    @property
    def ok(self) -> bool:
        """Whether clips may be opened here."""
        return self.cause is None

    def prepare(self, day: Path) -> None:
        """Make the folder of a clip. Blocks; raises OSError, also for a link."""
        if self.marker is not None:
            self.marker.stat()
        self.spend(0)
        if day.parent.is_symlink() or day.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        day.mkdir(parents=True, exist_ok=True)

    def spend(self, size: int, reserve: int = 0) -> None:
        """Account for bytes about to be written, where there is a limit.

        Raises OSError where they and ``reserve`` more bytes would go beyond it.
        """
        if self.limit is None:
            return
        with self._lock:
            now = time.monotonic()
            if now - self._scanned > _SCAN_EVERY:
                # Clips are also taken away from here, by who moves them.
                self._used, self._scanned = _bytes_below(self.root), now
            if self._used + size + reserve > self.limit:
                raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
            self._used += size

    def failed(self, cause: LostCause, needed: int) -> None:
        """Note that a clip failed here; it is tried again when a probe succeeded.

        ``needed`` is how many bytes must be free where it was full.
        """
        with self._lock:
            self._needed = max(self._needed, needed) if self.cause else needed
            changed, self.cause = self.cause is not cause, cause
            begin, self._probing = not self._probing, True
        if begin:
            Thread(target=self._probe, name="storage", daemon=True).start()
        if changed:
            self._tell()

    def _tell(self, *, usable: bool = False) -> None:
        for listener in tuple(self.listeners):
            listener(usable)

    def _probe(self) -> None:
        attempt = 0
        while not self._leaving.wait(PROBE_WAITS[min(attempt, len(PROBE_WAITS) - 1)]):
            attempt += 1
            try:
                self._try()
            except OSError as error:
                cause = cause_of(error)
                with self._lock:
                    changed, self.cause = self.cause is not cause, cause
                if changed:
                    self._tell()
                continue
            with self._lock:
                self.cause, self._probing = None, False
            self._tell(usable=True)
            return

    def _try(self) -> None:
        """Write a little. Raises OSError."""
        if self.marker is not None:
            self.marker.stat()
        self.spend(0, reserve=self._needed)
        self.root.mkdir(parents=True, exist_ok=True)
        if self.cause is LostCause.STORAGE_FULL:
            space = os.statvfs(self.root)
            if space.f_bavail * space.f_frsize < self._needed + _SPARE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        probe = self.root / _PROBE_NAME
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            if os.write(descriptor, bytes(_PROBE_SIZE)) < _PROBE_SIZE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            probe.unlink(missing_ok=True)


def _bytes_below(root: Path) -> int:
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                total += Path(folder, name).lstat().st_size
            except OSError:
                # It was moved away just now.
                continue
    return total


class Stores:
    """The folders of one engine: cameras below one root share what is known of it."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._folders: dict[Path, Folder] = {}
        self._leaving = Event()
        self._lock = Lock()

    def folder(
        self, root: Path, marker: Path | None = None, limit: int | None = None
    ) -> Folder:
        """Return the folder of a root, with what is newly known of it."""
        folder = self.at(root)
        folder.marker, folder.limit = marker, limit
        return folder

    def at(self, root: Path) -> Folder:
        """Return the folder of a root as it is known."""
        with self._lock:
            return self._folders.setdefault(root, Folder(root, self._leaving))

    def close(self) -> None:
        """Look after the folders no more."""
        self._leaving.set()


@dataclass(frozen=True, slots=True)
class Place:
    """Where one clip goes; ``directory`` is its camera's folder."""

    kind: StoragePlace
    directory: Path
    folder: Folder


class Storage:
    """Chooses the place of one camera's next clip, and tells where that is."""

    def __init__(
        self,
        config: ConfigureCamera,
        stores: Stores,
        report: Callable[[Report], None],
        available: Callable[[], None],
    ) -> None:
        """``available`` is called, in some thread, when a folder is usable again."""
        self._stores = stores
        self._report = report
        self._available = available
        self._camera_id = config.camera_id
        self._needed = 0
        self._told: tuple[StoragePlace, LostCause | None] = (StoragePlace.MEDIA, None)
        self._lock = Lock()
        self._places: tuple[Place, ...] = ()
        self.configure(config)

    def configure(self, config: ConfigureCamera) -> None:
        """Use other folders from the next clip on."""
        directory = Path(config.directory)
        marker = Path(config.marker) if config.marker else None
        media = self._stores.folder(directory.parent, marker)
        places = [Place(StoragePlace.MEDIA, directory, media)]
        if config.spool is not None:
            spool = Path(config.spool)
            folder = self._stores.folder(spool.parent, limit=config.spool_limit)
            places.append(Place(StoragePlace.SPOOL, spool, folder))
        for place in self._places:
            place.folder.listeners.discard(self._changed)
        self._places = tuple(places)
        for place in places:
            place.folder.listeners.add(self._changed)
        self._tell()

    def close(self) -> None:
        """Listen no more."""
        for place in self._places:
            place.folder.listeners.discard(self._changed)

    def choose(self) -> Place | None:
        """Return where the next clip goes; None: nowhere now. Never blocks."""
        return next((place for place in self._places if place.folder.ok), None)

    def is_other(self, place: Place | None) -> bool:
        """Tell whether a clip could go elsewhere than there, now."""
        return any(one.folder.ok for one in self._places if one != place)

    @property
    def cause(self) -> LostCause:
        """Why the media folder takes no clips."""
        return self._places[0].folder.cause or LostCause.STORAGE_ERROR

    def failed(self, place: Place, cause: LostCause, needed: int) -> None:
        """Note that a clip failed; ``needed`` bytes are wanted for the next one."""
        self._needed = needed
        place.folder.failed(cause, needed)
        self._tell()

    def _changed(self, usable: bool) -> None:
        self._tell()
        if usable:
            self._available()

    def _tell(self) -> None:
        with self._lock:
            place = self.choose()
            kind = StoragePlace.NONE if place is None else place.kind
            state = kind, self._places[0].folder.cause
            if state == self._told:
                return
            self._told = state
            self._report(StorageState(self._camera_id, *state, self._needed))
