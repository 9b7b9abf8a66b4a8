"""Keeps the media folder within its limits, and room in it before a clip needs it."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from dataclasses import dataclass, replace
import logging
from time import monotonic, time
from typing import Final

from .library.index import Library
from .library.models import MEDIA, SPOOL, Enforced, LibraryClosedError, LibraryError
from .library.retention import Limits
from .limits import spool_only
from .media_watch import MediaView, MediaWatch

_LOGGER = logging.getLogger(__package__)

LOOK_SECONDS: Final = 30.0
"""Between two looks at the media folder."""
PASS_SECONDS: Final = 300.0
"""Between two passes over clips that grow old; a lack of room does not wait for it."""


@dataclass(frozen=True, slots=True)
class LastPass:
    """What the last pass did: when (epoch s), for how long (s), with what outcome."""

    time: float
    seconds: float
    outcome: Enforced


class Keeper:
    """Looks, and deletes what has to go: one pass at a time, whoever asks for it."""

    def __init__(
        self,
        library: Library,
        watch: MediaWatch,
        limits: Callable[[MediaView], Limits],
        looked: Callable[[], None],
        changed: Callable[[], Awaitable[None]],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """Prepare.

        ``limits`` tells those for a folder as it was just found, the room for clips
        to come included; ``looked`` is called after each look and pass, ``changed``
        before it where clips were deleted.
        """
        self.last: LastPass | None = None
        self._library = library
        self._watch = watch
        self._limits = limits
        self._looked = looked
        self._changed = changed
        self._look_seconds = look_seconds
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._due = 0.0
        self._thorough = False
        self._needed = 0
        self._failed = False

    def wake(self) -> None:
        """Look now whether there is room."""
        self._wake.set()

    def wake_for_pass(self) -> None:
        """Enforce the limits now, whatever the look finds: clips or limits changed."""
        self._due = 0.0
        self._wake.set()

    def wake_for_trouble(self, needed: int | None) -> None:
        """Look thoroughly: a clip could not be written.

        Where it was for want of room, ``needed`` bytes are made free even if the disk
        seems to have some: a quota or another program may be in the way.
        """
        self._thorough = True
        if needed is not None:
            self._needed = max(self._needed, needed, 1)
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.tidy()
            except LibraryClosedError:
                return
            except Exception:
                # Whatever it was: without a keeper the disk fills up.
                _LOGGER.exception("The clips' storage could not be tidied")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._wake.wait()

    async def make_room(self, size: int) -> bool:
        """Tell whether the media folder takes ``size`` bytes more, having made room."""
        async with self._lock:
            view = await self._watch.look()
            if view.trouble is None and self._is_short(view, size):
                await self._make_room(size, self._limits(view))
                view = await self._watch.look()
            self._looked()
            return view.trouble is None and not self._is_short(view, size)

    async def tidy(self, *, force: bool = False) -> None:
        """Look, and enforce the limits where it is time or there is too little room."""
        async with self._lock:
            thorough, self._thorough = self._thorough or force, False
            needed, self._needed = self._needed, 0
            due = force or monotonic() >= self._due
            if due:
                # Now, so that what is woken for meanwhile has a pass of its own.
                self._due = monotonic() + PASS_SECONDS
            view = await self._watch.look(thorough=thorough)
            limits = self._limits(view)
            due = due or await self._is_over(limits)
            if view.trouble is not None:
                # Nothing can be deleted there, but the spool has a limit too.
                await self._enforce(spool_only(limits))
            else:
                if needed:
                    least = replace(limits, min_free=max(limits.min_free, view.free))
                    await self._make_room(needed, least)
                if due or self._is_short(view, 0):
                    await self._enforce(limits)
                await self._watch.look()
            self._looked()

    def _is_short(self, view: MediaView, size: int) -> bool:
        return view.free < self._limits(view).min_free + size

    async def _is_over(self, limits: Limits) -> bool:
        """Tell whether the clips take more than they may; counting is quick."""
        for store, most in ((MEDIA, limits.max_size), (SPOOL, limits.spool_size)):
            if most is not None and (await self._library.totals(store)).size > most:
                return True
        return False

    async def _enforce(self, limits: Limits) -> None:
        await self._note(self._library.enforce(limits, self._watch.free))

    async def _make_room(self, size: int, limits: Limits) -> None:
        await self._note(self._library.make_room(size, limits, self._watch.free))

    async def _note(self, work: Awaitable[Enforced]) -> None:
        """Do the work, and tell what came of it."""
        started = monotonic()
        try:
            outcome = await work
        except LibraryClosedError:
            raise
        except LibraryError as err:
            # Once: this is tried again every half minute.
            level = logging.DEBUG if self._failed else logging.WARNING
            _LOGGER.log(level, "Old clips could not be deleted: %s", err)
            self._failed = True
            return
        self._failed = False
        self.last = LastPass(time(), monotonic() - started, outcome)
        if outcome.deleted:
            await self._changed()
            _LOGGER.debug(
                "%d clips (%d bytes) were deleted, %d bytes too few",
                outcome.deleted,
                outcome.bytes,
                outcome.short_by,
            )
