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

from .clip_lookup import async_find, async_thumbnail
from .file_response import FileResponse
from .library.models import LibraryError
from .picture_views import PictureView, PreviewView
from .playables import Playable
from .playback_views import ClipPlaylistView, MediaView, SpanPlaylistView
from .reel_response import async_send_reel
from .system import async_camera_names

CLIP_URL: Final = "/api/hearthcam/clip/{clip_id}.mp4"
THUMBNAIL_URL: Final = "/api/hearthcam/thumbnail/{clip_id}"

# A clip may be deleted, or have a zone blacked out: who kept one has to ask again.
CACHE_CONTROL: Final = "private, no-cache"


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Register the views; once, for they cannot be unregistered."""
    for view in (
        ClipView,
        ThumbnailView,
        PreviewView,
        PictureView,
        MediaView,
        ClipPlaylistView,
        SpanPlaylistView,
    ):
        hass.http.register_view(view)


def clip_url(clip_id: str) -> str:
    """Return the relative URL of a clip's video."""
    return CLIP_URL.format(clip_id=clip_id)


def thumbnail_url(clip_id: str) -> str:
    """Return the relative URL of a clip's thumbnail."""
    return THUMBNAIL_URL.format(clip_id=clip_id)


class ClipView(HomeAssistantView):
    """The video of a clip, any part of it (Range).

    Of a clip that still grows it is what there is so far: a whole MP4, playable from
    begin to end. Who wants to see it grow takes the playlist.
    """

    url = CLIP_URL
    name = "api:hearthcam:clip"

    async def get(self, request: web.Request, clip_id: str) -> web.StreamResponse:
        """Return the MP4; 404 for an unknown clip, 503 without a library."""
        library, playable = await async_find(request, clip_id)
        headers = _headers(request, playable, "mp4")
        if playable.clip is None:
            headers[hdrs.CACHE_CONTROL] = "private, no-store"
            return await async_send_reel(request, library, playable, headers)
        try:
            file = await library.file_of(playable.clip)
        except LibraryError:
            raise web.HTTPServiceUnavailable from None
        if file is None:
            raise web.HTTPNotFound
        return FileResponse(file, library, playable, headers)

    head = get


class ThumbnailView(HomeAssistantView):
    """The picture of a clip."""

    url = THUMBNAIL_URL
    name = "api:hearthcam:thumbnail"

    async def get(self, request: web.Request, clip_id: str) -> web.StreamResponse:
        """Return the JPEG; 404 if there is none, 503 without a library."""
        library, playable = await async_find(request, clip_id)
        file = await async_thumbnail(library, playable)
        return FileResponse(file, library, playable, _headers(request, playable, "jpg"))

    head = get


def _headers(request: web.Request, clip: Playable, suffix: str) -> dict[str, str]:
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
