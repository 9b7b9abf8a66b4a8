"""Clips and thumbnails over HTTP, for whoever is logged in.

The URLs are relative and stable: the apps fetch them with the user's login, and
what cannot log in gets them signed (`async_sign_path`).
"""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs, web

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util import dt as dt_util

from .library.index import Library
from .library.layout import is_clip_id
from .library.models import Clip, LibraryError
from .system import async_camera_names, async_get_library

CLIP_URL: Final = "/api/hearthcam/clip/{clip_id}.mp4"
THUMBNAIL_URL: Final = "/api/hearthcam/thumbnail/{clip_id}"

# A clip never changes, but it may be deleted: not for long, and for nobody else.
CACHE_CONTROL: Final = "private, max-age=3600"


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Register the views; once, for they cannot be unregistered."""
    hass.http.register_view(ClipView)
    hass.http.register_view(ThumbnailView)


def clip_url(clip_id: str) -> str:
    """Return the relative URL of a clip's video."""
    return CLIP_URL.format(clip_id=clip_id)


def thumbnail_url(clip_id: str) -> str:
    """Return the relative URL of a clip's thumbnail."""
    return THUMBNAIL_URL.format(clip_id=clip_id)


class ClipView(HomeAssistantView):
    """The video of a clip, any part of it (Range)."""

    url = CLIP_URL
    name = "api:hearthcam:clip"

    async def get(self, request: web.Request, clip_id: str) -> web.StreamResponse:
        """Return the MP4; 404 for an unknown clip, 503 without a library."""
        library, clip = await _async_find(request, clip_id)
        if (file := await library.clip_file(clip)) is None:
            raise web.HTTPNotFound
        return web.FileResponse(file, headers=_headers(request, clip, "mp4"))

    head = get


class ThumbnailView(HomeAssistantView):
    """The picture of a clip."""

    url = THUMBNAIL_URL
    name = "api:hearthcam:thumbnail"

    async def get(self, request: web.Request, clip_id: str) -> web.StreamResponse:
        """Return the JPEG; 404 if there is none, 503 without a library."""
        library, clip = await _async_find(request, clip_id)
        if (file := await library.thumbnail_file(clip)) is None:
            raise web.HTTPNotFound
        return web.FileResponse(file, headers=_headers(request, clip, "jpg"))

    head = get


async def _async_find(request: web.Request, clip_id: str) -> tuple[Library, Clip]:
    if not is_clip_id(clip_id):
        raise web.HTTPNotFound
    if (library := async_get_library(request.app[KEY_HASS])) is None:
        raise web.HTTPServiceUnavailable
    try:
        clip = await library.get(clip_id)
    except LibraryError:
        raise web.HTTPServiceUnavailable from None
    if clip is None:
        raise web.HTTPNotFound
    return library, clip


def _headers(request: web.Request, clip: Clip, suffix: str) -> dict[str, str]:
    camera = async_camera_names(request.app[KEY_HASS]).get(
        clip.camera_id, clip.camera_id
    )
    local = datetime.fromtimestamp(clip.start, dt_util.get_default_time_zone())
    name = f"{camera} {local:%Y-%m-%d %H-%M-%S}.{suffix}"
    return {
        hdrs.CACHE_CONTROL: CACHE_CONTROL,
        hdrs.CONTENT_DISPOSITION: _disposition(name),
        hdrs.CONTENT_TYPE: "video/mp4" if suffix == "mp4" else "image/jpeg",
        hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    }


def _disposition(name: str) -> str:
    """Return the header for a file name that may hold anything (RFC 6266, 4.3)."""
    clean = "".join(c if c.isprintable() and c not in '"%/\\' else "_" for c in name)
    plain = clean.encode("ascii", "replace").decode().replace("?", "_")
    encoded = quote(clean.encode(errors="replace"), safe="")
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
