"""The clips in Media: the system, its cameras, their days, the clips."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Self, override

from homeassistant.components.media_player.browse_media import (
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_player.const import MediaClass, MediaType
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .library.database import day_bounds
from .library.index import Library
from .library.layout import is_camera_id, is_clip_id, parse_day
from .library.models import Clip, Day, LibraryError
from .media_titles import Titles
from .system import async_camera_names, async_get_library
from .views import clip_url, thumbnail_url

MIME_TYPE: Final = "video/mp4"
PAGE: Final = 200
"""Clips shown at once: each brings its thumbnail."""
SEARCHED: Final = 2000
"""Clips of a camera, newest first, that a search looks through."""
FOUND: Final = 100


async def async_get_media_source(hass: HomeAssistant) -> HearthcamMediaSource:
    """Set up the media source."""
    return HearthcamMediaSource(hass)


class IdentifierError(ValueError):
    """The text names nothing here."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """What an item is: nothing set is the root.

    As text: ``camera/<camera_id>``, ``day/<camera_id>/<YYYY-MM-DD>``, the same
    with ``/<number of newer clips left out>``, ``clip/<clip_id>``.
    """

    camera_id: str | None = None
    day: date | None = None
    offset: int = 0
    clip_id: str | None = None

    @override
    def __str__(self) -> str:
        """Return the text."""
        if self.clip_id is not None:
            return f"clip/{self.clip_id}"
        if self.camera_id is None:
            return ""
        if self.day is None:
            return f"camera/{self.camera_id}"
        offset = f"/{self.offset}" if self.offset else ""
        return f"day/{self.camera_id}/{self.day.isoformat()}{offset}"

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read the text; raises `IdentifierError` unless it has exactly that form.

        Of the root, Home Assistant gives None or "".
        """
        match (text or "").split("/"):
            case [""]:
                return cls()
            case ["clip", clip_id] if is_clip_id(clip_id):
                return cls(clip_id=clip_id)
            case ["camera", camera_id] if is_camera_id(camera_id):
                return cls(camera_id)
            case ["day", camera_id, name, *rest] if is_camera_id(camera_id):
                day, offset = parse_day(name), _offset(rest)
                # Of the calendar's first and last days not every zone has both ends.
                if day is not None and 1970 <= day.year < 9000 and offset is not None:
                    return cls(camera_id, day, offset)
        raise IdentifierError


def _offset(rest: list[str]) -> int | None:
    match rest:
        case []:
            return 0
        case [text] if text.isascii() and text.isdecimal() and len(text) <= 9:
            return int(text)
    return None


class HearthcamMediaSource(MediaSource):
    """What the library holds, as folders."""

    name = "Hearthcam"

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize the media source."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where the clip's video is; raises Unresolvable."""
        try:
            identifier = Identifier.parse(item.identifier)
            library = self._library(Unresolvable)
            if identifier.clip_id is None:
                raise _error(Unresolvable, "media_not_found")
            clip = await library.get(identifier.clip_id)
            file = None if clip is None else await library.clip_file(clip)
        except IdentifierError:
            raise _error(Unresolvable, "media_not_found") from None
        except LibraryError as err:
            raise _error(Unresolvable, "media_library_failed") from err
        if clip is None or file is None:
            raise _error(Unresolvable, "media_not_found")
        return PlayMedia(clip_url(clip.clip_id), MIME_TYPE, path=file)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return an item with what is in it, newest first; raises BrowseError."""
        try:
            identifier = Identifier.parse(item.identifier)
            library = self._library(BrowseError)
            titles = await self._titles()
            if identifier.clip_id is not None:
                clip = await library.get(identifier.clip_id)
                if clip is None:
                    raise _error(BrowseError, "media_not_found")
                return _clip_item(clip, titles.clip_anywhere(clip))
            if identifier.camera_id is None:
                return await self._root(library, titles)
            if identifier.day is None:
                return await self._camera(library, titles, identifier.camera_id)
            return await self._day(library, titles, identifier)
        except IdentifierError:
            raise _error(BrowseError, "media_not_found") from None
        except LibraryError as err:
            raise _error(BrowseError, "media_library_failed") from err

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Return the newest clips whose camera, day, time or kind has all the words."""
        if query.media_filter_classes and (
            MediaClass.VIDEO not in query.media_filter_classes
        ):
            return SearchMedia(result=[])
        words = query.search_query.casefold().split()
        try:
            identifier = Identifier.parse(item.identifier)
            library = self._library(BrowseError)
            titles = await self._titles()
            clips = await self._candidates(library, identifier)
        except IdentifierError:
            raise _error(BrowseError, "media_not_found") from None
        except LibraryError as err:
            raise _error(BrowseError, "media_library_failed") from err
        found = [
            clip
            for clip in clips
            if words and all(word in titles.words(clip) for word in words)
        ]
        found.sort(key=lambda clip: clip.start, reverse=True)
        return SearchMedia(
            result=[
                _clip_item(clip, titles.clip_anywhere(clip)) for clip in found[:FOUND]
            ]
        )

    async def _candidates(self, library: Library, identifier: Identifier) -> list[Clip]:
        if identifier.clip_id is not None:
            raise IdentifierError
        if identifier.camera_id is not None and identifier.day is not None:
            start, end = day_bounds(identifier.day, dt_util.get_default_time_zone())
            return await library.clips(
                identifier.camera_id, start=start, end=end, limit=SEARCHED
            )
        if identifier.camera_id is not None:
            return await library.clips(identifier.camera_id, limit=SEARCHED)
        clips: list[Clip] = []
        for camera in await library.cameras():
            clips.extend(await library.clips(camera.camera_id, limit=SEARCHED))
        return clips

    def _library(self, error: type[BrowseError | Unresolvable]) -> Library:
        if (library := async_get_library(self.hass)) is None:
            raise _error(error, "media_library_closed")
        return library

    async def _titles(self) -> Titles:
        return await Titles.async_load(self.hass, async_camera_names(self.hass))

    async def _root(self, library: Library, titles: Titles) -> BrowseMediaSource:
        """Return the system: every camera there is, and those whose clips are left."""
        camera_ids = set(titles.cameras)
        camera_ids.update(camera.camera_id for camera in await library.cameras())
        cameras = [
            _folder(
                Identifier(camera_id),
                titles.camera(camera_id),
                _pictured(await library.latest(camera_id)),
            )
            for camera_id in camera_ids
        ]
        cameras.sort(key=lambda item: item.title.casefold())
        root = _folder(Identifier(), self.name or DOMAIN)
        root.children, root.children_media_class = cameras, MediaClass.DIRECTORY
        return root

    async def _camera(
        self, library: Library, titles: Titles, camera_id: str
    ) -> BrowseMediaSource:
        days = await library.days(camera_id, dt_util.get_default_time_zone())
        if not days and camera_id not in titles.cameras:
            raise _error(BrowseError, "media_not_found")
        item = _folder(Identifier(camera_id), titles.camera(camera_id))
        item.children = [_day_item(camera_id, day, titles) for day in days]
        item.children_media_class = MediaClass.DIRECTORY
        return item

    async def _day(
        self, library: Library, titles: Titles, identifier: Identifier
    ) -> BrowseMediaSource:
        """Return a day's clips, a page of them; what is older is in its last item."""
        camera_id, day = identifier.camera_id or "", identifier.day or date.min
        start, end = day_bounds(day, dt_util.get_default_time_zone())
        clips = await library.clips(
            camera_id, start=start, end=end, limit=PAGE + 1, offset=identifier.offset
        )
        if not clips and camera_id not in titles.cameras:
            raise _error(BrowseError, "media_not_found")
        item = _folder(identifier, f"{titles.camera(camera_id)} · {titles.day(day)}")
        item.children = [_clip_item(clip, titles.clip(clip)) for clip in clips[:PAGE]]
        item.children_media_class = MediaClass.VIDEO
        if len(clips) > PAGE:
            older = Identifier(camera_id, day, identifier.offset + PAGE)
            item.children.append(_folder(older, titles.older, _pictured(clips[PAGE])))
        return item


def _folder(
    identifier: Identifier, title: str, pictured: str | None = None
) -> BrowseMediaSource:
    """Return a folder; ``pictured`` is the clip whose thumbnail it shows."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(identifier),
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.VIDEO,
        title=title,
        can_play=False,
        can_expand=True,
        can_search=True,
        thumbnail=None if pictured is None else thumbnail_url(pictured),
    )


def _day_item(camera_id: str, day: Day, titles: Titles) -> BrowseMediaSource:
    return _folder(
        Identifier(camera_id, day.date),
        f"{titles.day(day.date)} ({day.count})",
        day.latest_thumbnail_clip_id,
    )


def _pictured(clip: Clip | None) -> str | None:
    return None if clip is None or clip.thumbnail is None else clip.clip_id


def _clip_item(clip: Clip, title: str) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(Identifier(clip_id=clip.clip_id)),
        media_class=MediaClass.VIDEO,
        media_content_type=MIME_TYPE,
        title=title,
        can_play=True,
        can_expand=False,
        thumbnail=None if clip.thumbnail is None else thumbnail_url(clip.clip_id),
    )


def _error[E: BrowseError | Unresolvable](kind: type[E], key: str) -> E:
    return kind(translation_domain=DOMAIN, translation_key=key)
