"""Files of clips over HTTP, from a disk that may hang, as long as they may be shown."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, override

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from .library.index import Library
from .library.models import HiddenError
from .playables import Playable

CHUNK: Final = 256 * 1024


class FileResponse(web.FileResponse):
    """Reads in threads: aiohttp would have the kernel read in the event loop.

    That is quicker, but a share that does not answer would stop all of Home Assistant,
    and what is on its way could not be broken off when a privacy zone is drawn.
    """

    def __init__(
        self,
        file: Path,
        library: Library,
        playable: Playable,
        headers: Mapping[str, str],
    ) -> None:
        """Prepare to send a file of a clip."""
        super().__init__(file, headers=headers)
        self._library = library
        self._playable = playable

    @override
    async def _sendfile(
        self, request: web.BaseRequest, fobj: IO[Any], offset: int, count: int
    ) -> AbstractStreamWriter:
        """Send a part of the file."""
        writer = await web.StreamResponse.prepare(self, request)
        assert writer is not None
        loop = asyncio.get_running_loop()
        while count > 0:
            data = await loop.run_in_executor(
                None, _read, fobj, offset, min(CHUNK, count)
            )
            if not data or not self._may_go_on():
                # The length is promised already: only a broken connection tells.
                if request.transport is not None:
                    request.transport.abort()
                break
            await writer.write(data)
            offset += len(data)
            count -= len(data)
        return writer

    def _may_go_on(self) -> bool:
        try:
            self._library.check_shown(self._playable.camera_id, self._playable.mask)
        except HiddenError:
            return False
        return True


def _read(file: IO[bytes], offset: int, amount: int) -> bytes:
    file.seek(offset)
    return file.read(amount)
