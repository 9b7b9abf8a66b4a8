"""The boxes that an MP4 file is made of (ISO/IEC 14496-12, 4.2): read and made.

The file may come from anywhere and be cut anywhere: reading is bounded, and whatever
is wrong raises `BoxError`, or ``struct.error`` for a payload that ends too early.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import struct
from typing import BinaryIO, Final

MAX_TOP_BOXES: Final = 20_000
MAX_BOXES: Final = 4_096


class BoxError(ValueError):
    """The file is no clip, or it is damaged."""


@dataclass(frozen=True, slots=True)
class TopBox:
    """A box of a file: from byte ``begin`` to byte ``end``, payload after ``header``.

    The lengths are what the file says: ``end`` may lie behind the file's end.
    """

    kind: bytes
    begin: int
    header: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes its payload has."""
        return self.end - self.begin - self.header

    def load(self, file: BinaryIO, limit: int) -> memoryview:
        """Read its payload, which must not be longer than ``limit`` bytes."""
        if self.size > limit:
            raise BoxError("a box is too large")
        file.seek(self.begin + self.header)
        data = file.read(self.size)
        if len(data) != self.size:
            raise BoxError("the file shrank")
        return memoryview(data)


def top_boxes(file: BinaryIO, begin: int, end: int) -> Iterator[TopBox]:
    """Yield the boxes from byte ``begin`` of a file that has ``end`` bytes.

    Stops where less than a box's header is left. The last one may be cut.
    """
    for _ in range(MAX_TOP_BOXES):
        file.seek(begin)
        data = file.read(min(16, max(0, end - begin)))
        if len(data) < 8 or (len(data) < 16 and data[:4] == b"\0\0\0\1"):
            return
        kind, header, size = _head(data, 0, end - begin)
        yield (found := TopBox(kind, begin, header, begin + size))
        begin = found.end
    raise BoxError("too many boxes")


def children(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield type and payload of the boxes that fill the data."""
    position = 0
    for _ in range(MAX_BOXES):
        left = len(data) - position
        if left < 8:
            # QuickTime ends some with four zero bytes.
            return
        kind, header, size = _head(data, position, left)
        if size > left:
            raise BoxError("a box does not fit its parent")
        yield kind, data[position + header : position + size]
        position += size
    raise BoxError("too many boxes")


def _head(data: bytes | memoryview, position: int, left: int) -> tuple[bytes, int, int]:
    """Return type, header's length and length; ``left`` is up to the parent's end."""
    size, kind = struct.unpack_from(">I4s", data, position)
    header = 8
    if size == 1:
        (size,) = struct.unpack_from(">Q", data, position + 8)
        header = 16
    elif size == 0:
        size = left
    if size < header:
        raise BoxError("a box is too short")
    return kind, header, size


def look_up(data: memoryview | None, *path: bytes) -> memoryview | None:
    """Return the payload of the first box at the path, None if there is none."""
    for wanted in path:
        if data is None:
            return None
        data = next((body for kind, body in children(data) if kind == wanted), None)
    return data


def find(data: memoryview, *path: bytes) -> memoryview:
    """Return the payload of the first box at the path; raises BoxError without one."""
    if (found := look_up(data, *path)) is None:
        raise BoxError("a box is missing")
    return found


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box with these payloads one after the other."""
    payload = b"".join(parts)
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """Return a box that has a version and flags (4.2, FullBox)."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)
