"""From a finished clip or event to its row: in order, and nobody is told before."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import logging
from pathlib import Path
from typing import Final

from .engine.protocol import ClipClosed
from .library.index import Library
from .library.models import Clip, Event, LibraryClosedError, LibraryError

_LOGGER = logging.getLogger(__package__)

QUEUE_SIZE: Final = 10_000
"""Clips and events that may wait for their row; a recovery can bring many."""
RETRY_SECONDS: Final = (1.0, 5.0, 30.0, 60.0)
"""Before each further try where the database is busy, or its disk full."""
FINISH_SECONDS: Final = 10.0
"""What is given to the last rows at the end; a disk may hang."""


class ClipIndex:
    """Takes reports of finished clips, and events, and adds them to the library."""

    def __init__(
        self, library: Library, indexed: Callable[[Clip], Awaitable[None]]
    ) -> None:
        """Prepare; ``indexed`` is called when a clip's row is on disk."""
        self._library = library
        self._indexed = indexed
        self._waiting = asyncio.Queue[ClipClosed | Event](QUEUE_SIZE)

    def put(self, item: ClipClosed | Event) -> None:
        """Take a report or an event."""
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            # A clip's file is there: the next comparison gives it its row.
            _LOGGER.error("%s could not be indexed yet", _name(item))

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            item = await self._waiting.get()
            try:
                if clip := await self._keep(item):
                    await self._indexed(clip)
            except Exception:
                _LOGGER.exception("%s could not be indexed", _name(item))
            finally:
                self._waiting.task_done()

    async def _keep(self, item: ClipClosed | Event) -> Clip | None:
        """Write the row, soon again where the database cannot; return that of a clip."""
        for seconds in RETRY_SECONDS:
            try:
                return await self._write(item)
            except LibraryClosedError:
                raise
            except LibraryError as err:
                _LOGGER.warning("%s has to wait for its row: %s", _name(item), err)
            await asyncio.sleep(seconds)
        return await self._write(item)

    async def _write(self, item: ClipClosed | Event) -> Clip | None:
        if isinstance(item, ClipClosed):
            return await self._add(item)
        await self._library.put_event(item)
        return None

    async def _add(self, report: ClipClosed) -> Clip | None:
        try:
            clip = clip_of(report, self._library.place_of)
        except ValueError:
            # As after a change of the media folder; anywhere else it has no business.
            _LOGGER.warning(
                "Clip %s could not be indexed: it is in no folder that is in use",
                report.clip_id,
            )
            return None
        await self._library.add(clip)
        return clip

    async def idle(self) -> None:
        """Wait until all that was taken has its row."""
        await self._waiting.join()

    async def finish(self) -> None:
        """Wait likewise, but not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self.idle()


def clip_of(report: ClipClosed, place_of: Callable[[Path], tuple[str, str]]) -> Clip:
    """Return the row for a finished clip; raises ValueError outside the library."""
    store, path = place_of(Path(report.path))
    thumbnail = place_of(Path(report.thumbnail))[1] if report.thumbnail else None
    return Clip(
        clip_id=report.clip_id,
        camera_id=report.camera_id,
        event_id=report.event_id,
        kind=report.kind,
        start=report.start,
        end=report.end,
        event_start=report.event_start,
        path=path,
        thumbnail=thumbnail,
        size=report.size,
        codec=report.codec,
        width=report.width,
        height=report.height,
        has_audio=report.has_audio,
        score=report.score,
        recovered=report.recovered,
        zones=report.zones,
        store=store,
        mask=report.mask,
    )


def _name(item: ClipClosed | Event) -> str:
    if isinstance(item, Event):
        return f"Event {item.event_id}"
    return f"Clip {item.clip_id}"
