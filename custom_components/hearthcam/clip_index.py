"""From a finished clip or event to its row: in order, and nobody is told before."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import logging
from pathlib import Path
from typing import Final

from .engine.protocol import ClipClosed
from .library.index import Library
from .library.models import Clip, Event

_LOGGER = logging.getLogger(__package__)

QUEUE_SIZE: Final = 10_000
"""Clips and events that may wait for their row; a recovery can bring many."""
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
                if isinstance(item, Event):
                    await self._library.put_event(item)
                else:
                    await self._add(item)
            except Exception:
                _LOGGER.exception("%s could not be indexed", _name(item))
            finally:
                self._waiting.task_done()

    async def _add(self, report: ClipClosed) -> None:
        try:
            clip = clip_of(report, self._library.place_of)
        except ValueError:
            # As after a change of the media folder; anywhere else it has no business.
            _LOGGER.warning(
                "Clip %s could not be indexed: it is in no folder that is in use",
                report.clip_id,
            )
            return
        await self._library.add(clip)
        await self._indexed(clip)

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
    )


def _name(item: ClipClosed | Event) -> str:
    if isinstance(item, Event):
        return f"Event {item.event_id}"
    return f"Clip {item.clip_id}"
