"""Single pictures: from the engine's loopback server, and from a clip's thumbnail."""

import logging
from typing import Final

from aiohttp import ClientError, ClientTimeout
from yarl import URL

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .engine.parts import KEY_HEADER
from .library.index import Library
from .library.models import LibraryError

_LOGGER = logging.getLogger(__package__)

TIMEOUT: Final = ClientTimeout(total=8)


async def async_fetch_still(
    hass: HomeAssistant,
    url: str,
    width: int | None = None,
    *,
    fresh: bool = False,
    key: str | None = None,
) -> bytes | None:
    """Fetch a JPEG of the last keyframe (``fresh``: of the last frame), or None.

    ``key`` opens a camera that leaked, for its test.
    """
    query = {"fresh": "1"} if fresh else {}
    if width:
        query["width"] = str(width)
    session = async_get_clientsession(hass)
    try:
        async with session.get(
            URL(url).update_query(query),
            headers={} if key is None else {KEY_HEADER: key},
            timeout=TIMEOUT,
            allow_redirects=False,
            middlewares=(),
        ) as response:
            return await response.read() or None if response.status == 200 else None
    except TimeoutError, ClientError:
        # Not logged with its text, which holds the token.
        _LOGGER.debug("A still could not be fetched")
        return None


async def async_read_thumbnail(
    hass: HomeAssistant, library: Library, clip_id: str
) -> bytes | None:
    """Return the JPEG of a clip, wherever it lies by now."""
    try:
        clip = await library.get(clip_id)
        path = None if clip is None else await library.thumbnail_of(clip)
        if path is None:
            return None
        return await hass.async_add_executor_job(path.read_bytes)
    except LibraryError, OSError:
        return None
