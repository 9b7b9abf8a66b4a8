"""Previews and pictures of clips over HTTP."""

import math
import time
from typing import Final

from aiohttp import hdrs, web

from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.hass_dict import HassKey

from .clip_lookup import async_find, async_thumbnail
from .const import DOMAIN
from .file_response import FileResponse
from .library.models import LibraryError
from .pictures import PICTURE_WIDTH, BusyError, Pictures
from .playables import Playable

PREVIEW_URL: Final = "/api/hearthcam/preview/{clip_id}"
PICTURE_URL: Final = "/api/hearthcam/picture/{clip_id}"
DATA_PICTURES: HassKey[Pictures] = HassKey(f"{DOMAIN}_pictures")

_CACHE_CONTROL: Final = "private, no-cache"
_WIDTHS: Final = range(16, 3841)
_LATEST: Final = 86_400.0
_MOMENT: Final = 0.7
"""Seconds after the first movement: by then who moves is in the picture."""
_FRESHEST: Final = 1.5
"""Seconds that the newest fragment of a growing clip may be old."""


def preview_url(clip_id: str) -> str:
    """Return the relative URL of a clip's animated preview."""
    return PREVIEW_URL.format(clip_id=clip_id)


def picture_url(clip_id: str) -> str:
    """Return the relative URL of a clip's large picture."""
    return PICTURE_URL.format(clip_id=clip_id)


class PreviewView(HomeAssistantView):
    """A short silent animation of a clip (WebP)."""

    url = PREVIEW_URL
    name = "api:hearthcam:preview"

    async def get(self, request: web.Request, clip_id: str) -> web.StreamResponse:
        """Return the WebP; 404 if it cannot be made, 503 if it cannot be made now."""
        library, playable = await async_find(request, clip_id)
        if playable.clip is None:
            raise web.HTTPNotFound
        try:
            file = await _pictures(request).async_preview(library, playable.clip)
        except BusyError, LibraryError:
            raise web.HTTPServiceUnavailable from None
        if file is None:
            raise web.HTTPNotFound
        return FileResponse(file, library, playable, _headers("image/webp"))

    head = get


class PictureView(HomeAssistantView):
    """A large picture of what a clip is about (JPEG).

    ``at`` (s from the clip's start) chooses another moment, ``width`` is in pixels.
    """

    url = PICTURE_URL
    name = "api:hearthcam:picture"

    async def get(self, request: web.Request, clip_id: str) -> web.StreamResponse:
        """Return the JPEG; the thumbnail where nothing larger can be had."""
        library, playable = await async_find(request, clip_id)
        at = _number(request, "at", _moment(playable))
        width = int(_number(request, "width", PICTURE_WIDTH))
        if width not in _WIDTHS or not 0 <= at <= _LATEST:
            raise web.HTTPBadRequest
        try:
            if playable.clip is None:
                library.check_shown(playable.camera_id, playable.mask)
                source = await library.part_of(playable.store, playable.path)
            else:
                source = await library.file_of(playable.clip)
            data = None
            if source is not None:
                data = await _pictures(request).async_picture(
                    playable, source, at, width
                )
                library.check_shown(playable.camera_id, playable.mask)
        except BusyError:
            data = None
        except LibraryError:
            raise web.HTTPServiceUnavailable from None
        if data is None:
            file = await async_thumbnail(library, playable)
            return FileResponse(file, library, playable, _headers("image/jpeg"))
        headers = _headers("image/jpeg")
        if playable.clip is None:
            # In a moment it is another one.
            headers[hdrs.CACHE_CONTROL] = "private, no-store"
        return web.Response(body=data, headers=headers)

    head = get


def _moment(playable: Playable) -> float:
    if playable.clip is None:
        # What happens right now.
        age = round(time.time() - playable.start - _FRESHEST, 1)
        return min(max(0.0, age), _LATEST)
    clip = playable.clip
    moment = clip.event_start - clip.start + _MOMENT
    return max(0.0, min(moment, clip.end - clip.start - 0.1))


def _number(request: web.Request, name: str, default: float) -> float:
    try:
        value = float(request.query.get(name, default))
    except ValueError:
        raise web.HTTPBadRequest from None
    if not math.isfinite(value):
        raise web.HTTPBadRequest
    return value


def _pictures(request: web.Request) -> Pictures:
    hass = request.app[KEY_HASS]
    if DATA_PICTURES not in hass.data:
        hass.data[DATA_PICTURES] = Pictures(hass)
    return hass.data[DATA_PICTURES]


def _headers(content_type: str) -> dict[str, str]:
    return {
        hdrs.CACHE_CONTROL: _CACHE_CONTROL,
        hdrs.CONTENT_TYPE: content_type,
        hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    }
