"""From a clip's id in a URL to the clip, for views."""

from pathlib import Path

from aiohttp import web

from homeassistant.helpers.http import KEY_HASS

from .library.index import Library
from .library.layout import is_clip_id
from .library.models import LibraryError
from .playables import Playable, async_playable
from .system import async_get_library


async def async_find(request: web.Request, clip_id: str) -> tuple[Library, Playable]:
    """Return a clip; raises HTTPNotFound, HTTPServiceUnavailable."""
    if not is_clip_id(clip_id):
        raise web.HTTPNotFound
    library = open_library(request)
    try:
        playable = await async_playable(request.app[KEY_HASS], library, clip_id)
    except LibraryError:
        raise web.HTTPServiceUnavailable from None
    if playable is None:
        raise web.HTTPNotFound
    return library, playable


async def async_thumbnail(library: Library, playable: Playable) -> Path:
    """Return a clip's thumbnail; raises HTTPNotFound, HTTPServiceUnavailable."""
    try:
        clip = playable.clip
        file = None if clip is None else await library.thumbnail_of(clip)
    except LibraryError:
        raise web.HTTPServiceUnavailable from None
    if file is None:
        raise web.HTTPNotFound
    return file


def open_library(request: web.Request) -> Library:
    """Return the library; raises HTTPServiceUnavailable."""
    if (library := async_get_library(request.app[KEY_HASS])) is None:
        raise web.HTTPServiceUnavailable
    return library
