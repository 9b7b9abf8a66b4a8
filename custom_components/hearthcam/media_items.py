"""Items of Media: folders, clips and films, as Home Assistant shows them."""

from typing import Final

from homeassistant.components.media_player.const import MediaClass, MediaType
from homeassistant.components.media_source import BrowseMediaSource

from .const import DOMAIN
from .growing import GrowingClip
from .library.models import Clip, Day, Event
from .media_identifiers import Identifier, Level
from .media_titles import Titles
from .picture_views import picture_url
from .views import thumbnail_url

CLIP_TYPE: Final = "video/mp4"
FILM_TYPE: Final = "application/x-mpegURL"
"""Of HLS; of its names the one for which the frontend opens its HLS player."""
_SMALL: Final = 320


def folder(
    identifier: Identifier, title: str, thumbnail: str | None = None
) -> BrowseMediaSource:
    """Return a folder without what is in it."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(identifier),
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.VIDEO,
        title=title,
        can_play=False,
        can_expand=True,
        can_search=True,
        thumbnail=thumbnail,
    )


def day_item(camera_id: str, day: Day, titles: Titles) -> BrowseMediaSource:
    """Return the folder of a camera's day."""
    return folder(
        Identifier(Level.DAY, camera_id, day.date),
        f"{titles.day(day.date)} ({day.count})",
        pictured_id(day.latest_thumbnail_clip_id),
    )


def clip_item(clip: Clip, title: str) -> BrowseMediaSource:
    """Return a clip."""
    identifier = Identifier(Level.CLIP, item_id=clip.clip_id)
    return _film(identifier, title, pictured(clip), CLIP_TYPE)


def growing_item(clip: GrowingClip, title: str) -> BrowseMediaSource:
    """Return a clip that is being written."""
    identifier = Identifier(Level.CLIP, item_id=clip.clip_id)
    return _film(identifier, title, f"{picture_url(clip.clip_id)}?width={_SMALL}")


def event_item(event: Event, titles: Titles, clip: Clip | None) -> BrowseMediaSource:
    """Return an event; ``clip`` shows how it began."""
    picture = None
    if clip is not None:
        at = max(0.0, event.start - clip.start)
        picture = f"{picture_url(clip.clip_id)}?width={_SMALL}&at={at:.1f}"
    identifier = Identifier(Level.EVENT, item_id=event.event_id)
    return _film(identifier, titles.event(event), picture)


def hour_item(
    camera_id: str, start: int, titles: Titles, clip: Clip | None
) -> BrowseMediaSource:
    """Return an hour of what was recorded without end; ``clip`` is part of it."""
    identifier = Identifier(Level.HOUR, camera_id, start=start)
    return _film(identifier, titles.hour(start), pictured(clip))


def pictured(clip: Clip | None) -> str | None:
    """Return the clip's thumbnail, if it has one."""
    has = clip is not None and clip.thumbnail is not None
    return pictured_id(clip.clip_id if clip is not None and has else None)


def pictured_id(clip_id: str | None) -> str | None:
    """Return the thumbnail of a clip that has one."""
    return None if clip_id is None else thumbnail_url(clip_id)


def _film(
    identifier: Identifier,
    title: str,
    thumbnail: str | None,
    content_type: str = FILM_TYPE,
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(identifier),
        media_class=MediaClass.VIDEO,
        media_content_type=content_type,
        title=title,
        can_play=True,
        can_expand=False,
        thumbnail=thumbnail,
    )
