"""The clips in Media: the system, its cameras, their days and classes, the clips."""

from datetime import timedelta
from typing import Final, override

from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.media_player.browse_media import (
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_player.const import (
    CONTENT_AUTH_EXPIRY_TIME,
    MediaClass,
)
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
from .library.index import Library
from .library.models import LibraryError
from .media_folders import Folders
from .media_identifiers import Identifier, IdentifierError, Level
from .media_items import CLIP_TYPE, FILM_TYPE, clip_item
from .media_search import async_search
from .media_titles import Titles
from .playables import async_playable, async_playables
from .playback_views import playlist_url, span_url
from .system import async_get_library, async_get_system
from .views import clip_url

_HOUR: Final = 3600.0
_BEFORE: Final = 5.0
_AFTER: Final = 10.0
"""Seconds around an event of a camera that records all the time."""


async def async_get_media_source(hass: HomeAssistant) -> HearthcamMediaSource:
    """Set up the media source."""
    return HearthcamMediaSource(hass)


class HearthcamMediaSource(MediaSource):
    """What the library holds, as folders."""

    name = "Hearthcam"

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize the media source."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where it can be played; raises Unresolvable."""
        try:
            identifier = Identifier.parse(item.identifier)
            library = self._library(Unresolvable)
            return await self._playable(library, identifier)
        except IdentifierError:
            raise _error(Unresolvable, "media_not_found") from None
        except LibraryError as err:
            raise _error(Unresolvable, "media_library_failed") from err

    async def _playable(self, library: Library, identifier: Identifier) -> PlayMedia:
        match identifier.level:
            case Level.CLIP:
                return await self._clip(library, identifier.item_id)
            case Level.EVENT:
                if (event := await library.event(identifier.item_id)) is None:
                    raise IdentifierError
                end = event.end or dt_util.utcnow().timestamp()
                return await self._span(
                    library, event.camera_id, event.start - _BEFORE, end + _AFTER
                )
            case Level.HOUR:
                start = identifier.start
                return await self._span(
                    library, identifier.camera_id, start, start + _HOUR
                )
        raise IdentifierError

    async def _clip(self, library: Library, clip_id: str) -> PlayMedia:
        playable = await async_playable(self.hass, library, clip_id)
        if playable is None:
            raise IdentifierError
        if playable.clip is None:
            return PlayMedia(playlist_url(clip_id), FILM_TYPE)
        if (file := await library.file_of(playable.clip)) is None:
            raise IdentifierError
        return PlayMedia(clip_url(clip_id), CLIP_TYPE, path=file)

    async def _span(
        self, library: Library, camera_id: str, start: float, end: float
    ) -> PlayMedia:
        if not await async_playables(self.hass, library, camera_id, start, end):
            raise IdentifierError
        # Home Assistant signs no address that has a query.
        signed = async_sign_path(
            self.hass,
            span_url(camera_id, start, end),
            timedelta(seconds=CONTENT_AUTH_EXPIRY_TIME),
        )
        return PlayMedia(signed, FILM_TYPE)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return an item with what is in it, newest first; raises BrowseError."""
        try:
            identifier = Identifier.parse(item.identifier)
            library = self._library(BrowseError)
            titles = await Titles.async_load(self.hass)
            growing = async_get_system(self.hass).growing
            return await Folders(library, growing, titles).item(identifier)
        except IdentifierError:
            raise _error(BrowseError, "media_not_found") from None
        except LibraryError as err:
            raise _error(BrowseError, "media_library_failed") from err

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Return the newest clips that have all the words; raises BrowseError."""
        if query.media_filter_classes and (
            MediaClass.VIDEO not in query.media_filter_classes
        ):
            return SearchMedia(result=[])
        try:
            identifier = Identifier.parse(item.identifier)
            library = self._library(BrowseError)
            titles = await Titles.async_load(self.hass)
            found = await async_search(
                self.hass, library, titles, identifier, query.search_query
            )
        except IdentifierError:
            raise _error(BrowseError, "media_not_found") from None
        except LibraryError as err:
            raise _error(BrowseError, "media_library_failed") from err
        return SearchMedia(
            result=[clip_item(clip, titles.clip_anywhere(clip)) for clip in found]
        )

    def _library(self, error: type[BrowseError | Unresolvable]) -> Library:
        if (library := async_get_library(self.hass)) is None:
            raise _error(error, "media_library_closed")
        return library


def _error[E: BrowseError | Unresolvable](kind: type[E], key: str) -> E:
    return kind(translation_domain=DOMAIN, translation_key=key)
