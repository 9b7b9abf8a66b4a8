"""From a finished clip to its row: in order, and nobody is told before."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import logging
from pathlib import Path
from typing import Final

from .engine.protocol import ClipClosed
from .library.index import Library
from .library.models import Clip

_LOGGER = logging.getLogger(__package__)

QUEUE_SIZE: Final = 10_000
"""Finished clips that may wait for their row; a recovery can bring many."""
FINISH_SECONDS: Final = 10.0
"""What is given to the last rows at the end; a disk may hang."""


class ClipIndex:
    """Takes reports of finished clips and adds them to the library."""

    def __init__(
        self, library: Library, indexed: Callable[[Clip], Awaitable[None]]
    ) -> None:
        """Prepare; ``indexed`` is called when a clip's row is on disk."""
        self._library = library
        self._indexed = indexed
        self._waiting = asyncio.Queue[ClipClosed](QUEUE_SIZE)

    def put(self, report: ClipClosed) -> None:
        """Take a report."""
        try:
            self._waiting.put_nowait(report)
        except asyncio.QueueFull:
            # The file is there: the next comparison gives it its row.
            _LOGGER.error("Clip %s could not be indexed yet", report.clip_id)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            report = await self._waiting.get()
            try:
                clip = clip_of(report, self._library.root)
                await self._library.add(clip)
                await self._indexed(clip)
            except Exception:
                _LOGGER.exception("Clip %s could not be indexed", report.clip_id)
            finally:
                self._waiting.task_done()

    async def idle(self) -> None:
        """Wait until all that was taken has its row."""
        await self._waiting.join()

    async def finish(self) -> None:
        """Wait likewise, but not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self.idle()


def clip_of(report: ClipClosed, root: Path) -> Clip:
    """Return the row for a finished clip; raises ValueError outside the root."""
    thumbnail = Path(report.thumbnail) if report.thumbnail else None
    return Clip(
        clip_id=report.clip_id,
        camera_id=report.camera_id,
        event_id=report.event_id,
        kind=report.kind,
        start=report.start,
        end=report.end,
        event_start=report.event_start,
        path=Path(report.path).relative_to(root).as_posix(),
        thumbnail=thumbnail.relative_to(root).as_posix() if thumbnail else None,
        size=report.size,
        codec=report.codec,
        width=report.width,
        height=report.height,
        has_audio=report.has_audio,
        score=report.score,
        recovered=report.recovered,
    )
