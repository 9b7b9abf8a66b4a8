"""What is in the folders of Media, newest first, a page at a time."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_source import BrowseMediaSource
from homeassistant.util import dt as dt_util

from .growing import Growing
from .library.index import Library
from .library.layout import day_bounds
from .library.models import Clip, ClipQuery, Event
from .media_identifiers import Identifier, IdentifierError, Level
from .media_items import (
    clip_item,
    day_item,
    event_item,
    folder,
    growing_item,
    hour_item,
    pictured,
)
from .media_titles import Titles

CONTINUOUS: Final = "continuous"
"""Clips of this kind are shown as hours, and what happened in them as events."""
PAGE: Final = 200
"""Clips shown at once: each brings its thumbnail."""
_DAY_MOST: Final = 20_000
"""Clips of one camera's day; more cannot be told apart anyway."""
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Folders:
    """Fills folders; every method may raise LibraryError, IdentifierError."""

    library: Library
    growing: Growing
    titles: Titles

    async def item(self, identifier: Identifier) -> BrowseMediaSource:
        """Return a folder with what is in it, or a clip."""
        match identifier.level:
            case Level.CLIP:
                return await self._clip(identifier)
            case Level.ROOT:
                return await self._root()
            case Level.CAMERA:
                return await self._camera(identifier)
            case Level.DAY:
                return await self._day(identifier)
            case Level.KIND:
                return await self._kind(identifier)
            case Level.PROTECTED:
                query = ClipQuery(protected=True)
                title = self.titles.text("media_protected")
                return await self._found(identifier, title, query)
        raise IdentifierError

    async def _clip(self, identifier: Identifier) -> BrowseMediaSource:
        if (clip := await self.library.get(identifier.item_id)) is None:
            raise IdentifierError
        return clip_item(clip, self.titles.clip_anywhere(clip))

    async def _root(self) -> BrowseMediaSource:
        """Return every camera there is, and those whose clips are left."""
        camera_ids = set(self.titles.cameras)
        camera_ids.update(camera.camera_id for camera in await self.library.cameras())
        cameras = [
            folder(
                Identifier(Level.CAMERA, camera_id),
                self.titles.camera(camera_id),
                pictured(await self.library.latest(camera_id)),
            )
            for camera_id in camera_ids
        ]
        cameras.sort(key=lambda item: item.title.casefold())
        kinds = await self._kinds("")
        protected = []
        if await self.library.search(ClipQuery(protected=True, limit=1)):
            title = self.titles.text("media_protected")
            protected.append(folder(Identifier(Level.PROTECTED), title))
        return _filled(
            folder(Identifier(), "Hearthcam"), [*cameras, *kinds, *protected]
        )

    async def _camera(self, identifier: Identifier) -> BrowseMediaSource:
        camera_id = identifier.camera_id
        days = await self.library.days(camera_id, self.titles.zone)
        now = self._now(camera_id)
        if not days and not now and camera_id not in self.titles.cameras:
            raise IdentifierError
        return _filled(
            folder(identifier, self.titles.camera(camera_id)),
            [
                *now,
                *(day_item(camera_id, day, self.titles) for day in days),
                *await self._kinds(camera_id),
            ],
        )

    async def _kinds(self, camera_id: str) -> list[BrowseMediaSource]:
        """Return a folder for each kind where there are several."""
        kinds = [
            kind
            for kind in await self.library.kinds(camera_id or None)
            if kind.kind != CONTINUOUS
        ]
        if len(kinds) < 2:
            return []
        items = [
            folder(
                Identifier(Level.KIND, camera_id, kind=kind.kind),
                f"{self.titles.kind(kind.kind)} ({kind.count})",
            )
            for kind in kinds
        ]
        return sorted(items, key=lambda item: item.title.casefold())

    async def _kind(self, identifier: Identifier) -> BrowseMediaSource:
        camera_id, kind = identifier.camera_id, identifier.kind
        title = self.titles.kind(kind)
        if camera_id:
            title = f"{self.titles.camera(camera_id)} · {title}"
        query = ClipQuery((camera_id,) if camera_id else (), (kind,))
        return await self._found(identifier, title, query)

    async def _found(
        self, identifier: Identifier, title: str, query: ClipQuery
    ) -> BrowseMediaSource:
        offset = identifier.offset
        clips = await self.library.search(replace(query, limit=PAGE + 1, offset=offset))
        if not clips and not offset and identifier.level is Level.KIND:
            raise IdentifierError
        return self._page(
            folder(identifier, title),
            identifier,
            [clip_item(clip, self.titles.clip_anywhere(clip)) for clip in clips],
        )

    async def _day(self, identifier: Identifier) -> BrowseMediaSource:
        """Return a day's clips; of what is recorded all day, its hours and events."""
        camera_id, offset = identifier.camera_id, identifier.offset
        start, end = day_bounds(identifier.day, self.titles.zone)
        clips = await self.library.clips(
            camera_id, start=start, end=end, limit=_DAY_MOST
        )
        if not clips and camera_id not in self.titles.cameras:
            raise IdentifierError
        film = [clip for clip in reversed(clips) if clip.kind == CONTINUOUS]
        shown: list[Clip | Event] = [clip for clip in clips if clip.kind != CONTINUOUS]
        if film:
            told = {clip.event_id for clip in shown if isinstance(clip, Clip)}
            events = await self.library.events(camera_id, start, end, limit=_DAY_MOST)
            shown += (event for event in events if event.event_id not in told)
            shown.sort(key=lambda item: item.start, reverse=True)
        at = _finder(film)
        items = [
            clip_item(item, self.titles.clip(item))
            if isinstance(item, Clip)
            else event_item(item, self.titles, at(item.start))
            for item in shown[offset : offset + PAGE + 1]
        ]
        title = f"{self.titles.camera(camera_id)} · {self.titles.day(identifier.day)}"
        page = self._page(folder(identifier, title), identifier, items)
        if not offset:
            now = self._now(camera_id) if identifier.day == self.titles.today else []
            hours = self._hours(camera_id, film, start, end)
            page.children = [*now, *hours, *(page.children or ())]
        return page

    def _hours(
        self, camera_id: str, film: Iterable[Clip], start: float, end: float
    ) -> list[BrowseMediaSource]:
        hours: dict[int, Clip | None] = {}
        now = dt_util.utcnow().timestamp()
        for growing in self.growing.live(camera_id):
            if growing.kind == CONTINUOUS:
                for hour in _hours_of(growing.start, now):
                    hours[hour] = None
        for clip in film:
            for hour in _hours_of(clip.start, clip.end):
                hours[hour] = clip if clip.thumbnail else hours.get(hour)
        return [
            hour_item(camera_id, hour, self.titles, hours[hour])
            for hour in sorted(hours, reverse=True)
            if start <= hour < end
        ]

    def _now(self, camera_id: str) -> list[BrowseMediaSource]:
        return [
            growing_item(clip, self.titles.growing(clip.kind))
            for clip in reversed(self.growing.live(camera_id))
            if clip.kind != CONTINUOUS
        ]

    def _page(
        self,
        item: BrowseMediaSource,
        identifier: Identifier,
        children: list[BrowseMediaSource],
    ) -> BrowseMediaSource:
        """Fill a folder; what is older than the page is in its last item."""
        rest = children[PAGE:]
        children = children[:PAGE]
        if rest:
            older = replace(identifier, offset=identifier.offset + PAGE)
            title = self.titles.text("media_older")
            children.append(folder(older, title, rest[0].thumbnail))
        item.children, item.children_media_class = children, MediaClass.VIDEO
        return item


def _filled(
    item: BrowseMediaSource, children: list[BrowseMediaSource]
) -> BrowseMediaSource:
    item.children, item.children_media_class = children, MediaClass.DIRECTORY
    return item


def _hours_of(start: float, end: float) -> range:
    """Return the beginnings of the hours that a span touches."""
    return range(int(start) // _HOUR * _HOUR, int(end) + 1, _HOUR)


def _finder(film: list[Clip]) -> Callable[[float], Clip | None]:
    """Return what finds the clip of a moment among those in order of time."""
    starts = [clip.start for clip in film]

    def at(moment: float) -> Clip | None:
        index = bisect_right(starts, moment) - 1
        return film[index] if index >= 0 and film[index].end > moment else None

    return at
