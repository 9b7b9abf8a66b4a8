"""Sends a reel over HTTP, or a range of it (RFC 9110, 13 and 14)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from zlib import crc32

from aiohttp import hdrs, web

from .library.index import Library
from .library.models import LibraryError
from .library.playback import OpenReel
from .playables import NotPlayableError, Playable

CHUNK: Final = 512 * 1024


async def async_send_reel(
    request: web.Request,
    library: Library,
    playable: Playable,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Answer with the reel as far as it goes; raises web.HTTPException.

    Bytes once sent only change when a zone is blacked out in them, but there may be
    more of them the next time: the ETag is that of this mask and length.
    """
    try:
        async with playable.open(library) as opened:
            if not opened.reel.segments:
                raise web.HTTPNotFound
            return await _send(request, library, opened, playable, headers or {})
    except NotPlayableError:
        raise web.HTTPNotFound from None
    except LibraryError:
        raise web.HTTPServiceUnavailable from None


async def _send(
    request: web.Request,
    library: Library,
    opened: OpenReel,
    playable: Playable,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    size = opened.size
    mask = crc32(",".join(playable.mask).encode())
    etag = f'"{playable.clip_id}-{mask:x}-{size:x}"'
    response = web.StreamResponse(
        headers={
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CONTENT_TYPE: "video/mp4",
            hdrs.ETAG: etag,
            hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
            # It may grow, be deleted, or have a zone blacked out.
            hdrs.CACHE_CONTROL: "private, no-cache",
            **headers,
        }
    )
    if etag in _etags(request.headers.get(hdrs.IF_NONE_MATCH, "")):
        response.set_status(HTTPStatus.NOT_MODIFIED)
        await response.prepare(request)
        return response
    start, stop = 0, size
    if (wanted := _range(request, etag, size)) is not None:
        start, stop = wanted
        if start >= stop:
            raise web.HTTPRequestRangeNotSatisfiable(
                headers={hdrs.CONTENT_RANGE: f"bytes */{size}"}
            )
        response.set_status(HTTPStatus.PARTIAL_CONTENT)
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{size}"
    response.content_length = stop - start
    await response.prepare(request)
    while request.method != hdrs.METH_HEAD and start < stop:
        try:
            data = await library.read_reel(opened, start, min(CHUNK, stop - start))
            library.check_shown(playable.camera_id, playable.mask)
        except LibraryError, OSError:
            data = b""
        if not data:
            # The length is promised already: only a broken connection tells.
            if request.transport is not None:
                request.transport.abort()
            break
        await response.write(data)
        start += len(data)
    return response


def _etags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _range(request: web.Request, etag: str, size: int) -> tuple[int, int] | None:
    """Return from where to where is wanted; None for all of it."""
    if request.headers.get(hdrs.IF_RANGE, etag) != etag:
        return None
    try:
        wanted = request.http_range
    except ValueError:
        return (size, size)
    if wanted.start is None and wanted.stop is None:
        return None
    start, stop, _ = wanted.indices(size)
    return start, stop
