"""Files over HTTP from a disk that may hang."""

from typing import IO, Any, override

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter


class FileResponse(web.FileResponse):
    """Reads in threads: aiohttp would have the kernel read in the event loop.

    That is quicker, but a share that does not answer would stop all of Home Assistant.
    """

    @override
    async def _sendfile(
        self, request: web.BaseRequest, fobj: IO[Any], offset: int, count: int
    ) -> AbstractStreamWriter:
        """Send a part of the file."""
        writer = await web.StreamResponse.prepare(self, request)
        assert writer is not None
        return await self._sendfile_fallback(writer, fobj, offset, count)
