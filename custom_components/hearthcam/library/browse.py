"""What the library is asked."""

from collections.abc import Callable
from datetime import tzinfo
import math
from pathlib import Path

from . import queries
from .base import Base
from .layout import clip_file, preview_file, thumbnail_file
from .models import (
    LATEST_TIME,
    CameraSummary,
    Clip,
    ClipQuery,
    Day,
    Event,
    KindCount,
    StorageError,
    Totals,
)


class Browsing(Base):
    """Finds clips, events and files."""

    async def get(self, clip_id: str) -> Clip | None:
        """Return the clip of that id."""
        return await self._run(lambda database: database.get(clip_id))

    async def days(
        self, camera_id: str, zone: tzinfo, kind: str | None = None
    ) -> list[Day]:
        """Return the local days on which clips of the camera start, newest first."""
        return await self._run(
            lambda database: queries.days(database, camera_id, zone, kind)
        )

    async def clips(
        self,
        camera_id: str,
        *,
        start: float = 0.0,
        end: float = LATEST_TIME,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Clip]:
        """Return clips that start in ``start`` <= t < ``end``, newest first."""
        return await self.search(
            ClipQuery((camera_id,), start=start, end=end, limit=limit, offset=offset)
        )

    async def search(self, query: ClipQuery) -> list[Clip]:
        """Return the clips of a query, newest first."""
        return await self._run(lambda database: queries.search(database, query))

    async def span(self, camera_id: str, start: float, end: float) -> list[Clip]:
        """Return the camera's clips with something of the span, oldest first."""
        return await self._run(
            lambda database: queries.span(database, camera_id, start, end)
        )

    async def kinds(self, camera_id: str | None = None) -> list[KindCount]:
        """Return the kinds of clips there are, of one camera or of all."""
        return await self._run(lambda database: queries.kinds(database, camera_id))

    async def cameras(self) -> list[CameraSummary]:
        """Return the cameras that have clips."""
        return await self._run(queries.cameras)

    async def latest(self, camera_id: str) -> Clip | None:
        """Return the camera's newest clip."""
        clips = await self.clips(camera_id, limit=1)
        return clips[0] if clips else None

    async def totals(self, store: str | None = None) -> Totals:
        """Return how many clips there are, and their size; in one store or in all."""
        return await self._run(lambda database: queries.totals(database, store))

    async def oldest(self) -> float | None:
        """Return when the oldest clip starts, None without clips."""
        return await self._run(queries.oldest)

    async def event(self, event_id: str) -> Event | None:
        """Return the event of that id."""
        return await self._run(lambda database: queries.event(database, event_id))

    async def events(
        self,
        camera_id: str | None = None,
        start: float = 0.0,
        end: float = math.inf,
        kinds: tuple[str, ...] = (),
        zones: tuple[str, ...] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> list[Event]:
        """Return events that start in ``start`` <= t < ``end``, newest first."""
        return await self._run(
            lambda database: queries.events(
                database, camera_id, start, end, kinds, zones, limit, offset
            )
        )

    async def file_of(self, clip: Clip) -> Path | None:
        """Return the clip's file, None if it is gone or not truly below its root.

        Raises StorageError where the folder does not answer, HiddenError for a clip
        that must not be shown.
        """
        self.check_shown(clip.camera_id, clip.mask)
        return await self._find(clip, clip_file)

    async def hidden_file_of(self, clip: Clip) -> Path | None:
        """Return the file likewise, for who makes black in it what must be."""
        return await self._find(clip, clip_file)

    async def thumbnail_of(self, clip: Clip) -> Path | None:
        """Return the file of the clip's thumbnail, as `file_of` does."""
        if clip.thumbnail is None:
            return None
        self.check_shown(clip.camera_id, clip.mask)
        return await self._find(clip, thumbnail_file)

    async def preview_of(self, clip: Clip) -> Path | None:
        """Return the file of the clip's preview if one was made, as `file_of` does."""
        self.check_shown(clip.camera_id, clip.mask)
        return await self._find(clip, preview_file)

    async def _find(
        self, clip: Clip, find: Callable[[Path, str], Path | None]
    ) -> Path | None:
        root = self.root_of(clip.store)
        if file := await self._disk(clip.store, lambda: find(root, clip.path)):
            return file
        # It may have been moved since the row was read.
        for store, other in self._roots.items():
            if store != clip.store:
                try:
                    file = await self._disk(store, lambda: find(other, clip.path))  # noqa: B023  awaited at once
                except StorageError:
                    continue
                if file is not None:
                    return file
        return None
