"""The initialisation of a reel: what players must know before its first segment."""

from collections.abc import Sequence
import struct
from typing import Final

from .boxes import box, full_box
from .fragments import Track

_UNIT: Final = 4096
"""It is filled up to this: a clip's description may grow by some bytes at the end."""
_IDENTITY: Final = struct.pack(">9I", 65536, 0, 0, 0, 65536, 0, 0, 0, 0x4000_0000)


def initialisation(tracks: Sequence[Track]) -> bytes:
    """Return `ftyp` and a `moov` without samples."""
    ids = range(1, len(tracks) + 1)
    header = struct.pack(">IIIIIH10x", 0, 0, 1000, 0, 0x10000, 0x100)
    header += _IDENTITY + bytes(24) + struct.pack(">I", len(tracks) + 1)
    data = box(b"ftyp", b"iso6\0\0\2\0iso6mp41") + box(
        b"moov",
        full_box(b"mvhd", 0, 0, header),
        *(_trak(track, number) for number, track in zip(ids, tracks, strict=True)),
        box(
            b"mvex",
            *(
                full_box(b"trex", 0, 0, struct.pack(">IIIII", number, 1, 0, 0, 0))
                for number in ids
            ),
        ),
    )
    room = -(len(data) + 8) % _UNIT
    return data + box(b"free", bytes(room))


def _trak(track: Track, number: int) -> bytes:
    # Layer, group, volume, matrix (which may turn the picture), width and height end
    # the box in every version.
    place = track.tkhd[-60:] if len(track.tkhd) >= 80 else bytes(60)
    tkhd = struct.pack(">IIIII", 0, 0, number, 0, 0) + bytes(8) + place[8:]
    mdhd = struct.pack(">IIIIHH", 0, 0, track.timescale, 0, track.language, 0)
    media = full_box(b"smhd", 0, 0, bytes(4))
    if track.is_video:
        media = full_box(b"vmhd", 0, 1, bytes(8))
    reference = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))
    table = box(
        b"stbl",
        box(b"stsd", track.stsd),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(
        b"trak",
        full_box(b"tkhd", 0, 3, tkhd),
        box(
            b"mdia",
            full_box(b"mdhd", 0, 0, mdhd),
            box(b"hdlr", track.hdlr),
            box(b"minf", media, box(b"dinf", reference), table),
        ),
    )
