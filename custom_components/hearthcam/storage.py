"""Where clips are kept: the library, its folders, and how both fare."""

from collections.abc import Collection
from contextlib import suppress
import logging
from pathlib import Path
import sqlite3
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .engine.protocol import Report, StoragePlace, StorageState
from .exceptions import LibraryUnavailableError
from .keeper import LastPass
from .library.index import Library
from .library.layout import MARKER
from .library.models import MEDIA, Clip, Event, LibraryError
from .library.retention import Limits
from .limits import limits_of
from .media_watch import MediaView, MediaWatch, disk_space
from .past_gate import async_hides
from .storage_figures import StorageFigures, async_count, remove_damaged
from .storage_options import LEAST_FREE, StorageOptions, database_path, spool_root
from .storage_problems import Problem, StorageProblems, find_problems
from .storage_user import EngineFolders, StorageUser
from .storage_work import StorageWork

_LOGGER = logging.getLogger(__package__)


SPOOL_STEP: Final = 2**28
"""The spool's limit follows the room on the local disk in steps of this many bytes."""


class Storage:
    """The library while it is open, and what is known of its folders."""

    def __init__(self, hass: HomeAssistant, user: StorageUser) -> None:
        """Prepare; nothing is opened yet."""
        self.library: Library | None = None
        self.options = StorageOptions.of(hass)
        self.root = self.options.root(hass)
        self.spool = spool_root(hass)
        self.figures: StorageFigures | None = None
        self.states: dict[str, StorageState] = {}
        self._hass = hass
        self._user = user
        self._problems = StorageProblems(hass)
        self._listeners: set[CALLBACK_TYPE] = set()
        self._trouble = False
        self._watch: MediaWatch | None = None
        self._work: StorageWork | None = None

    @property
    def view(self) -> MediaView | None:
        """How the media folder was found at the last look."""
        return self._watch.view if self._watch is not None else None

    @property
    def last_pass(self) -> LastPass | None:
        """What the last pass over the clips did."""
        return self._work.keeper.last if self._work is not None else None

    @property
    def place(self) -> StoragePlace:
        """Where clips go; the worst of all cameras."""
        places = {state.place for state in self.states.values()}
        for place in (StoragePlace.NONE, StoragePlace.SPOOL):
            if place in places:
                return place
        return StoragePlace.MEDIA

    @property
    def folders(self) -> tuple[str, str]:
        """The folders that may hold unfinished clips."""
        return str(self.root), str(self.spool)

    @callback
    def subscribe(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have the listener called when the figures or the folders change."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @property
    def problems(self) -> frozenset[Problem]:
        """What is in Repairs now."""
        return self._problems.told

    @property
    def spool_limit(self) -> int:
        """How many bytes may be spooled: what is wished, while the disk has room."""
        if self.figures is None:
            return self.options.spool_limit
        room = self.figures.spooled_size + self.figures.local_free - LEAST_FREE
        steps = max(0, room) // SPOOL_STEP
        return min(self.options.spool_limit, steps * SPOOL_STEP)

    def engine_folders(self, camera_id: str) -> EngineFolders:
        """Return where, and how, the engine writes a camera's clips."""
        limit = self.spool_limit
        return EngineFolders(
            directory=str(self.root / camera_id),
            marker=str(self.root / MARKER),
            spool=str(self.spool / camera_id) if limit else None,
            spool_limit=limit,
            sync=self.options.sync,
        )

    async def async_open(self) -> None:
        """Open the library; raises LibraryUnavailableError.

        The media folder may be away: then clips go to the spool.
        """
        self.options = StorageOptions.of(self._hass)
        self.root, self.spool = self.options.root(self._hass), spool_root(self._hass)
        library = Library(database_path(self._hass), self.root, self.spool)
        library.hides = self._hides
        library.judge = self._user.judge
        try:
            await self._hass.async_add_executor_job(_make_folder, self.spool)
            await library.open()
        except (OSError, sqlite3.Error, LibraryError) as err:
            raise LibraryUnavailableError from err
        self.library = library
        self._watch = MediaWatch(library, disk_space)
        try:
            if not (await library.totals(MEDIA)).count:
                # Where clips have been, its absence means that it is away.
                await self._watch.make_root()
            view = await self._watch.look()
            self.figures = await async_count(self._hass, library)
        except LibraryError as err:
            await self.async_close()
            raise LibraryUnavailableError from err
        self._trouble = view.trouble is not None

    @callback
    def start(self) -> None:
        """Begin the work; the engine recovers each of `folders` meanwhile."""
        assert self.library is not None
        assert self._watch is not None
        self._work = StorageWork(
            self._hass, self.library, self._watch, self._limits, self
        )
        self._work.start(recoveries=len(self.folders))

    async def async_finish(self) -> None:
        """Give the engine's last clips their rows, and end the work."""
        if self._work is not None:
            work, self._work = self._work, None
            await work.async_finish()

    async def async_close(self) -> None:
        """Close the library, with what was to be finished finished."""
        await self.async_finish()
        if self._watch is not None:
            watch, self._watch = self._watch, None
            await self._hass.async_add_executor_job(watch.close)
        if self.library is not None:
            library, self.library = self.library, None
            await library.close()
        self.states.clear()
        self._problems.update({})

    @callback
    def report(self, report: Report) -> None:
        """Take what the engine reports of clips, motions and storage."""
        if self._work is not None:
            self._work.report(report)
        if isinstance(report, StorageState):
            self.states[report.camera_id] = report
            self.looked()

    @callback
    def recovered(self) -> None:
        """Note that the engine has repaired what was unfinished in one folder."""
        if self._work is not None:
            self._work.recovered()

    @callback
    def engine_gone(self) -> None:
        """Forget what only a running engine can know."""
        self.states.clear()
        if self._work is not None:
            self._work.engine_gone()

    @callback
    def put_event(self, event: Event) -> None:
        """Write an event soon, or replace what is known of it."""
        if self._work is not None:
            self._work.put_event(event)

    async def async_changed(self) -> None:
        """Count again and tell whoever shows it; call it after removing clips."""
        if self.library is not None:
            limit = self.spool_limit
            self.figures = await async_count(self._hass, self.library)
            if self.spool_limit != limit:
                self._user.storage_changed()
            self.looked()

    async def async_tidy(self) -> None:
        """Look thoroughly, and delete what the limits ask for, now."""
        if self._work is not None:
            await self._work.keeper.tidy(force=True)
            await self.async_changed()

    async def async_adopt(self) -> None:
        """Take the media folder, as it is now, for ours; raises LibraryError."""
        if self.library is not None and self._watch is not None:
            await self._watch.make_root()
            await self.library.adopt_media()
            await self.async_tidy()

    async def async_forget_rebuild(self) -> None:
        """Delete the damaged database that was set aside, and with it the notice."""
        await self._hass.async_add_executor_job(
            remove_damaged, database_path(self._hass)
        )
        await self.async_changed()

    async def async_options_changed(self) -> None:
        """Read the options again and keep to them at once.

        In another media folder the rows are those of that folder; an open clip is
        finished where it was begun. No file is moved or deleted.
        """
        self.options = StorageOptions.of(self._hass)
        if self.library is None or self._watch is None or self._work is None:
            return
        root = self.options.root(self._hass)
        if root != self.root:
            self.root = root
            with suppress(LibraryError):
                await self.library.use_root(root)
                await self._watch.make_root()
                await self._watch.look()
                await self.async_changed()
            self._user.media_returned()
            self._work.media_returned()
        self._work.keeper.wake_for_pass()

    async def async_indexed(self, clip: Clip) -> None:
        """Tell of a clip that has its row now."""
        self._user.clip_indexed(clip)
        await self.async_changed()

    async def async_moved(self, clip: Clip) -> None:
        """Tell of a clip that lies in the media folder now."""
        self._user.clip_moved(clip)
        await self.async_changed()

    async def async_reconciled(self) -> None:
        """Tell that rows and files agree now."""
        await self._user.async_reconciled()

    @callback
    def looked(self) -> None:
        """Tell of the folders as they are now."""
        view, last = self.view, self.last_pass
        self._problems.update(
            find_problems(
                str(self.root.parent),
                self.options,
                view,
                self.states.values(),
                self.figures,
                last.outcome if last is not None else None,
            )
        )
        if view is not None and (trouble := view.trouble is not None) != self._trouble:
            self._trouble = trouble
            if trouble:
                _LOGGER.warning("The media folder is in trouble: %s", view.trouble)
            else:
                _LOGGER.info("The media folder is well again")
                self._user.media_returned()
                if self._work is not None:
                    self._work.media_returned()
        self._notify()

    def _limits(self, view: MediaView) -> Limits:
        return limits_of(self.options, view, self.spool_limit, self._user.loads())

    def _hides(self, camera_id: str, mask: Collection[str]) -> bool:
        """Tell whether a clip must not be shown.

        Of a camera that leaks none is: nobody knows in which of them that shows.
        """
        return self._user.leaks(camera_id) or async_hides(self._hass, camera_id, mask)

    @callback
    def _notify(self) -> None:
        for listener in list(self._listeners):
            listener()


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
