"""What goes on by itself while the library is open."""

import asyncio
from collections.abc import Callable, Coroutine
import contextlib
import logging
import time
from typing import Final, Protocol

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .clip_index import ClipIndex
from .engine.protocol import (
    ClipClosed,
    ClipOpened,
    LostCause,
    MotionEnded,
    MotionStarted,
    Report,
    StoragePlace,
    StorageState,
)
from .event_log import EventLog
from .keeper import Keeper
from .library.index import Library
from .library.models import SPOOL, Clip, Event, LibraryError
from .library.retention import Limits
from .media_watch import MediaView, MediaWatch
from .spool_mover import SpoolMover

_LOGGER = logging.getLogger(__package__)

RECOVERY_WAIT: Final = 120.0
"""Seconds after which rows and files are compared, recovery finished or not."""


class WorkListener(Protocol):
    """Who is told of what the work changed."""

    def looked(self) -> None:
        """Note that the media folder was looked at, or tidied."""

    async def async_indexed(self, clip: Clip) -> None:
        """Note a clip that has its row now."""

    async def async_moved(self, clip: Clip) -> None:
        """Note a clip that was spooled and lies in the media folder now."""

    async def async_changed(self) -> None:
        """Note that clips came or went."""

    async def async_reconciled(self) -> None:
        """Note that rows and files agree now."""


class StorageWork:
    """The tasks, begun with the library and ended with it."""

    def __init__(
        self,
        hass: HomeAssistant,
        library: Library,
        watch: MediaWatch,
        limits: Callable[[MediaView], Limits],
        listener: WorkListener,
    ) -> None:
        """Prepare; `start` begins."""
        self._hass = hass
        self._library = library
        self._listener = listener
        self._tasks: set[asyncio.Task[None]] = set()
        self._recovered = asyncio.Event()
        self._unrecovered = 0
        self._comparing = asyncio.Lock()
        self._clips = ClipIndex(library, self._async_indexed)
        self._events = EventLog(self._clips.put)
        self.keeper = Keeper(
            library, watch, limits, listener.looked, listener.async_changed
        )
        self._mover = SpoolMover(library, self.keeper.make_room, listener.async_moved)

    @callback
    def start(self, recoveries: int) -> None:
        """Begin; rows and files are compared after so many `recovered`."""
        self._unrecovered = recoveries
        self._begin(self._clips.run(), "hearthcam clips")
        self._begin(self.keeper.run(), "hearthcam keeper")
        self._begin(self._mover.run(), "hearthcam spool")
        self._begin(self._async_compare_first(), "hearthcam reconcile")

    async def async_finish(self) -> None:
        """Give the last clips their rows, then end."""
        self._events.end_all(time.time())
        await self._clips.finish()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @callback
    def report(self, report: Report) -> None:
        """Take what the engine reports of clips, motions and storage."""
        match report:
            case ClipClosed():
                self._clips.put(report)
            case ClipOpened():
                self.keeper.wake()
            case MotionStarted() | MotionEnded():
                self._events.report(report)
            case StorageState(cause=None):
                self.keeper.wake()
            case StorageState():
                full = report.cause is LostCause.STORAGE_FULL
                self.keeper.wake_for_trouble(report.needed if full else None)
        if isinstance(report, StorageState) and report.place is StoragePlace.MEDIA:
            self._mover.wake()

    @callback
    def put_event(self, event: Event) -> None:
        """Write an event soon, or replace what is known of it."""
        self._clips.put(event)

    @callback
    def recovered(self) -> None:
        """Note that the engine has repaired what was unfinished in one folder."""
        self._unrecovered -= 1
        if self._unrecovered <= 0:
            self._recovered.set()

    @callback
    def engine_gone(self) -> None:
        """End the motions that nobody will tell the end of."""
        self._events.end_all(time.time())

    @callback
    def media_returned(self) -> None:
        """Take up what lies in a media folder that was away."""
        self._mover.wake()
        self._begin(self.async_compare(), "hearthcam reconcile")

    async def async_compare(self) -> None:
        """Make rows and files agree."""
        async with self._comparing:
            await self._clips.idle()
            try:
                changed = await self._library.reconcile(
                    zone=dt_util.get_default_time_zone()
                )
                await self._listener.async_reconciled()
                if changed.added or changed.dropped:
                    _LOGGER.info(
                        "The library was brought up to date: %d clips added, %d dropped",
                        changed.added,
                        changed.dropped,
                    )
                    await self._listener.async_changed()
            except LibraryError as err:
                _LOGGER.error("The library could not be brought up to date: %s", err)
        self.keeper.wake_for_pass()
        self._mover.wake()

    async def _async_compare_first(self) -> None:
        """Compare once what was unfinished is repaired."""
        with contextlib.suppress(LibraryError):
            await self._listener.async_changed()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RECOVERY_WAIT):
                await self._recovered.wait()
        await self.async_compare()

    async def _async_indexed(self, clip: Clip) -> None:
        await self._listener.async_indexed(clip)
        self.keeper.wake()
        if clip.store == SPOOL:
            # What it waits for may be over by now.
            self._mover.wake()

    def _begin(self, coroutine: Coroutine[None, None, None], name: str) -> None:
        task = self._hass.async_create_background_task(coroutine, name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
