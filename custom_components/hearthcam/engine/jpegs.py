"""JPEG pictures out of what cameras call a motion JPEG stream."""

import re
from typing import Final

MAX_PICTURE: Final = 8 * 1024 * 1024
"""Bytes; a longer "picture" is no picture."""

_START: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"
_LENGTH: Final = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]{1,8})", re.IGNORECASE)


class TooLongError(Exception):
    """No picture ended within `MAX_PICTURE`."""


class JpegSplitter:
    """Cuts pictures out of a ``multipart/x-mixed-replace`` body, fed piece by piece.

    Boundaries are not looked at, since cameras get them wrong (missing or doubled
    dashes, a name other than the header's). A part's ``Content-Length`` is used where
    the picture really ends there, else the marker that ends a JPEG.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the pictures that are whole now, oldest first.

        Raises TooLongError.
        """
        self._buffer += data
        pictures = []
        while (picture := self._next()) is not None:
            pictures.append(picture)
        if len(self._buffer) > MAX_PICTURE:
            raise TooLongError
        return pictures

    def _next(self) -> bytes | None:
        buffer = self._buffer
        start = buffer.find(_START)
        if start < 0:
            # Headers are short; what is longer than that without a picture is noise.
            del buffer[: max(0, len(buffer) - 4096)]
            return None
        end = self._end_by_length(start)
        if end is None:
            return None
        if end < 0:
            at = buffer.find(_END, max(start + 2, self._searched - 1))
            if at < 0:
                self._searched = len(buffer)
                return None
            end = at + 2
        picture = bytes(buffer[start:end])
        del buffer[:end]
        self._searched = 0
        return picture

    def _end_by_length(self, start: int) -> int | None:
        """Return where the part's header says that it ends.

        None while that has not come yet, -1 where the header does not say it or is
        wrong.
        """
        lengths = _LENGTH.findall(self._buffer, 0, start)
        if not lengths or not 4 <= (length := int(lengths[-1])) <= MAX_PICTURE:
            return -1
        end = start + length
        if len(self._buffer) < end:
            return None
        return end if self._buffer[end - 16 : end].rfind(_END) >= 0 else -1
