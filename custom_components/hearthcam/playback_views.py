"""Clips for players that follow what grows and join what belongs together (HLS).

Players cannot send headers, so playlists name signed URLs, good for who asked for the
playlist. All URLs of a clip lead to its reel (see `library.reel`), by byte ranges.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
import math
from typing import Final

from aiohttp import hdrs, web

from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util import dt as dt_util

from .clip_lookup import async_find, async_want, check_access, open_library
from .hls import CONTENT_TYPE, Scene, playlist, within
from .library.index import Library
from .library.layout import is_camera_id
from .library.models import LibraryError
from .playables import NotPlayableError, Playable, async_playables
from .reel_response import async_send_reel

MEDIA_URL: Final = "/api/hearthcam/clip/{clip_id}/media.mp4"
PLAYLIST_URL: Final = "/api/hearthcam/clip/{clip_id}/index.m3u8"
SPAN_URL: Final = "/api/hearthcam/play/{camera_id}/index.m3u8"

SIGNED_FOR: Final = timedelta(hours=24)
MOST_SECONDS: Final = 26 * 3600.0
"""What one playlist may span: a day, also that of 25 hours."""
MOST_CLIPS: Final = 2000
_FIRST_SECONDS: Final = 10.0
"""For the first pictures of a clip that has just begun."""
_POLL_SECONDS: Final = 0.2
_PAUSE_SECONDS: Final = 15.0
"""After a continuous recording's clip the next one may take so long to show."""


def span_url(camera_id: str, start: float, end: float) -> str:
    """Return the relative URL of all that a camera recorded in a span."""
    return f"{SPAN_URL.format(camera_id=camera_id)}?start={start:.3f}&end={end:.3f}"


def playlist_url(clip_id: str) -> str:
    """Return the relative URL of a clip's playlist."""
    return PLAYLIST_URL.format(clip_id=clip_id)


class MediaView(HomeAssistantView):
    """The reel of a clip, any part of it, also while the clip grows."""

    url = MEDIA_URL
    name = "api:hearthcam:media"
    cors_allowed = True

    async def get(self, request: web.Request, clip_id: str) -> web.StreamResponse:
        """Return the bytes; 404 for an unknown clip, 416 for what is not there yet."""
        library, playable = await async_find(request, clip_id)
        return await async_send_reel(request, library, playable)

    head = get


class ClipPlaylistView(HomeAssistantView):
    """The playlist of one clip."""

    url = PLAYLIST_URL
    name = "api:hearthcam:clip_playlist"
    cors_allowed = True

    async def get(self, request: web.Request, clip_id: str) -> web.Response:
        """Return the playlist; of a clip that has just begun, once it shows something."""
        library, playable = await async_find(request, clip_id)
        until = asyncio.get_running_loop().time() + _FIRST_SECONDS
        while True:
            scene, ended = await _scene(request.app[KEY_HASS], library, playable)
            if scene.segments or ended:
                return _response([scene], ended=ended)
            if asyncio.get_running_loop().time() > until:
                raise web.HTTPNotFound
            await asyncio.sleep(_POLL_SECONDS)


class SpanPlaylistView(HomeAssistantView):
    """The playlist of all that a camera recorded in a span, as one film."""

    url = SPAN_URL
    name = "api:hearthcam:span_playlist"
    cors_allowed = True

    async def get(self, request: web.Request, camera_id: str) -> web.Response:
        """Return the playlist; 404 where nothing was recorded, 400 for a bad span.

        Clips in which a privacy zone is not black yet are left out; 503 where there
        are no others.
        """
        start, end = _time(request, "start"), _time(request, "end")
        if not is_camera_id(camera_id) or not 0 < end - start <= MOST_SECONDS:
            raise web.HTTPBadRequest
        check_access(request, camera_id)
        hass, library = request.app[KEY_HASS], open_library(request)
        try:
            playables = await async_playables(hass, library, camera_id, start, end)
        except LibraryError:
            raise web.HTTPServiceUnavailable from None
        scenes: list[Scene] = []
        shown, grows, hidden = start, False, False
        for playable in playables[:MOST_CLIPS]:
            if library.hides(playable.camera_id, playable.mask):
                hidden = True
                async_want(hass, playable)
                continue
            try:
                scene, _ = await _scene(hass, library, playable)
            except web.HTTPNotFound:
                # One that retention took meanwhile, or that is damaged.
                continue
            grows = grows or playable.live
            # What the clip before has shown already is not shown again.
            segments = within(scene.segments, shown - scene.start, end - scene.start)
            if segments:
                scenes.append(
                    Scene(scene.url, scene.start, scene.init_length, segments)
                )
                shown = scene.start + segments[-1].start + segments[-1].duration
        if not scenes:
            raise web.HTTPServiceUnavailable if hidden else web.HTTPNotFound
        now = dt_util.utcnow().timestamp()
        ended = shown >= end or not (grows or now - shown < _PAUSE_SECONDS)
        return _response(scenes, ended=ended)


async def _scene(
    hass: HomeAssistant, library: Library, playable: Playable
) -> tuple[Scene, bool]:
    """Return what there is of a clip, and whether that is all."""
    try:
        async with playable.open(library) as opened:
            reel = opened.reel
            whole, length, segments = reel.whole, reel.init_length, reel.segments
    except NotPlayableError:
        if playable.live:
            # Its file appears with the first fragment.
            return Scene("", playable.start, 0, ()), False
        raise web.HTTPNotFound from None
    except LibraryError:
        raise web.HTTPServiceUnavailable from None
    url = async_sign_path(hass, MEDIA_URL.format(clip_id=playable.clip_id), SIGNED_FOR)
    return Scene(url, playable.start, length, segments), whole


def _response(scenes: Sequence[Scene], *, ended: bool) -> web.Response:
    response = web.Response(
        text=playlist(scenes, ended=ended),
        content_type=CONTENT_TYPE,
        # It holds signatures, and may be longer the next time.
        headers={hdrs.CACHE_CONTROL: "private, no-store"},
    )
    response.enable_compression()
    return response


def _time(request: web.Request, name: str) -> float:
    try:
        value = float(request.query[name])
    except KeyError, ValueError:
        raise web.HTTPBadRequest from None
    if not math.isfinite(value):
        raise web.HTTPBadRequest
    return value
