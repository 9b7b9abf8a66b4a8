"""From a clip's id in a URL to the clip, for views."""

from pathlib import Path

from aiohttp import web

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.http import KEY_HASS

from .action_targets import async_camera_entity, may
from .library.index import Library
from .library.layout import is_clip_id
from .library.models import LibraryError
from .playables import Playable, async_playable
from .system import async_get_library, async_get_system


async def async_find(request: web.Request, clip_id: str) -> tuple[Library, Playable]:
    """Return a clip; raises HTTPNotFound, HTTPServiceUnavailable, Unauthorized."""
    if not is_clip_id(clip_id):
        raise web.HTTPNotFound
    library = open_library(request)
    try:
        playable = await async_playable(request.app[KEY_HASS], library, clip_id)
    except LibraryError:
        raise web.HTTPServiceUnavailable from None
    if playable is None:
        raise web.HTTPNotFound
    check_access(request, playable.camera_id)
    async_want(request.app[KEY_HASS], playable)
    return library, playable


@callback
def async_want(hass: HomeAssistant, playable: Playable) -> None:
    """Have a clip blacked out soon where it must be: somebody wants to see it."""
    if playable.clip is not None:
        async_get_system(hass).past.want(playable.clip)


def check_access(request: web.Request, camera_id: str) -> None:
    """Raise Unauthorized unless the user may see the camera."""
    user: User = request[KEY_HASS_USER]
    registry = er.async_get(request.app[KEY_HASS])
    entity_id = async_camera_entity(registry, camera_id)
    if entity_id is None:
        # It was removed, its clips stay: no policy can name it any more.
        allowed = user.is_admin or user.permissions.access_all_entities(POLICY_READ)
    else:
        allowed = may(user, entity_id, POLICY_READ)
    if not allowed:
        raise Unauthorized(entity_id=entity_id, permission=POLICY_READ)


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
