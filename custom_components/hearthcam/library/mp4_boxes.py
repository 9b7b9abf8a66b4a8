"""The boxes that an MP4 file is made of (ISO/IEC 14496-12, 4.2).

The file may come from anywhere and be damaged: reading is bounded, and whatever is
wrong raises `Mp4Error`, or ``struct.error`` for a payload that ends too early.
"""

from collections.abc import Iterator
import struct
from typing import BinaryIO

MAX_TOP_BOXES = 20_000
MAX_BOXES = 4_096

type Box = tuple[bytes, memoryview]
"""Type and payload."""


class Mp4Error(ValueError):
    """The file is no MP4 with a picture, or it is damaged."""


def top_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield (type, payload size) with the file at the payload's begin."""
    position = 0
    end = file.seek(0, 2)
    for _ in range(MAX_TOP_BOXES):
        if end - position < 8:
            # The end, or a note that was cut right at its begin.
            return
        file.seek(position)
        header = file.read(16)
        size, kind = struct.unpack_from(">I4s", header)
        length = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", header, 8)
            length = 16
        elif size == 0:
            size = end - position
        if kind == b"uuid" and size > end - position:
            # A note that was cut while it was appended: the clip before it is whole.
            return
        if size < length or size > end - position:
            raise Mp4Error("a box does not fit the file")
        file.seek(position + length)
        yield kind, size - length
        position += size
    raise Mp4Error("too many boxes")


def load(file: BinaryIO, size: int, limit: int) -> memoryview:
    """Read a payload of at most ``limit`` bytes."""
    if size > limit:
        raise Mp4Error("a box is too large")
    data = file.read(size)
    if len(data) != size:
        raise Mp4Error("the file shrank")
    return memoryview(data)


def boxes(data: memoryview) -> Iterator[Box]:
    """Yield (type, payload) of the boxes that fill the data."""
    position = 0
    for _ in range(MAX_BOXES):
        if len(data) - position < 8:
            # QuickTime ends `udta` with four zero bytes.
            return
        size, kind = struct.unpack_from(">I4s", data, position)
        length = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, position + 8)
            length = 16
        elif size == 0:
            size = len(data) - position
        if size < length or size > len(data) - position:
            raise Mp4Error("a box does not fit its parent")
        yield kind, data[position + length : position + size]
        position += size
    raise Mp4Error("too many boxes")


def find(data: memoryview | None, *path: bytes) -> memoryview | None:
    """Return the first box at the path, None if there is none."""
    for wanted in path:
        if data is None:
            return None
        data = next((body for kind, body in boxes(data) if kind == wanted), None)
    return data
