"""The boxes that an MP4 file is made of (ISO/IEC 14496-12, 4.2): read and made.

The file may come from anywhere and be cut anywhere: whatever is wrong raises
`BoxError`, or ``struct.error`` for a payload that ends too early.
"""

from collections.abc import Iterator
import struct
from typing import BinaryIO

MAX_BOXES = 4_096


class BoxError(ValueError):
    """The file is no clip, or it is damaged."""


def top_box(file: BinaryIO, position: int, end: int) -> tuple[bytes, int, int] | None:
    """Return type, header's length and length of the box at ``position``.

    None where it is not wholly in the file, which has ``end`` bytes.
    """
    if end - position < 8:
        return None
    file.seek(position)
    data = file.read(16)
    if len(data) < 8:
        return None
    size, kind = struct.unpack_from(">I4s", data)
    header = 8
    if size == 1:
        if len(data) < 16:
            return None
        (size,) = struct.unpack_from(">Q", data, 8)
        header = 16
    elif size == 0:
        size = end - position
    if size < header:
        raise BoxError("a box is too short")
    return None if size > end - position else (kind, header, size)


def children(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield type and payload of the boxes that fill the data."""
    position = 0
    for _ in range(MAX_BOXES):
        if len(data) - position < 8:
            # QuickTime ends some with four zero bytes.
            return
        size, kind = struct.unpack_from(">I4s", data, position)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, position + 8)
            header = 16
        elif size == 0:
            size = len(data) - position
        if size < header or size > len(data) - position:
            raise BoxError("a box does not fit its parent")
        yield kind, data[position + header : position + size]
        position += size
    raise BoxError("too many boxes")


def find(data: memoryview, *path: bytes) -> memoryview:
    """Return the payload of the first box at the path; raises BoxError without one."""
    for wanted in path:
        found = next((body for kind, body in children(data) if kind == wanted), None)
        if found is None:
            raise BoxError("a box is missing")
        data = found
    return data


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box with these payloads one after the other."""
    payload = b"".join(parts)
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """Return a box that has a version and flags (4.2, FullBox)."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)
