"""Single pictures: from the engine's loopback server, and from a clip's thumbnail."""

import logging
from pathlib import Path
from typing import Final

from aiohttp import ClientError, ClientTimeout
from yarl import URL

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .library.layout import thumbnail_file

_LOGGER = logging.getLogger(__package__)

TIMEOUT: Final = ClientTimeout(total=8)


async def async_fetch_still(
    hass: HomeAssistant,
    url: str,
    width: int | None = None,
    *,
    fresh: bool = False,
) -> bytes | None:
    """Fetch a JPEG of the last keyframe (``fresh``: of the last frame), or None."""
    query = {"fresh": "1"} if fresh else {}
    if width:
        query["width"] = str(width)
    session = async_get_clientsession(hass)
    try:
        async with session.get(
            URL(url).update_query(query),
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as response:
            return await response.read() or None if response.status == 200 else None
    except TimeoutError, ClientError:
        # Not logged with its text, which holds the token.
        _LOGGER.debug("A still could not be fetched")
        return None


def read_thumbnail(root: Path, clip_path: str) -> bytes | None:
    """Return the JPEG of a clip; reads the disk."""
    path = thumbnail_file(root, clip_path)
    try:
        return path.read_bytes() if path else None
    except OSError:
        return None
