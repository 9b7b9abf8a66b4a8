"""What a clip's file tells of itself, read from its MP4 boxes (ISO/IEC 14496-12).

Home Assistant's process does no media work, and a row must be rebuildable from
its file alone, hence this small reader: duration, video codec and size, whether
there is sound, and the ``comment`` tag. The file may come from anywhere and be
damaged: reading is bounded in bytes and boxes, and whatever is wrong raises
`Mp4Error` (or OSError from the disk), nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import struct
from typing import BinaryIO

MAX_TOP_BOXES = 20_000
MAX_BOXES = 4_096
MAX_MOOV = 16 * 1024 * 1024
MAX_FRAGMENT = 1024 * 1024
MAX_COMMENT = 4_096

_CODECS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "hevc",
    b"hev1": "hevc",
    b"av01": "av1",
    b"vp09": "vp9",
    b"mp4v": "mpeg4",
}

type _Box = tuple[bytes, memoryview]


class Mp4Error(ValueError):
    """The file is no MP4 with a picture, or it is damaged."""


@dataclass(frozen=True, slots=True)
class Mp4Info:
    """What was read: ``duration`` in seconds, ``codec`` in FFmpeg's words."""

    duration: float
    codec: str
    width: int
    height: int
    has_audio: bool
    comment: str | None


@dataclass(slots=True)
class _Movie:
    """What the ``moov`` box holds; the track is the (first) video track."""

    duration: float
    fragmented: bool
    track_id: int
    timescale: int
    codec: str
    width: int
    height: int
    has_audio: bool
    comment: str | None
    default_duration: int = 0


def read_mp4(path: Path) -> Mp4Info:
    """Read a file; regular and fragmented ones, ``moov`` anywhere.

    Blocks. Raises `Mp4Error` for a file that does not hold a playable video
    track of some duration, OSError if it cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _read(file)
        except struct.error as error:
            raise Mp4Error("a box is too short") from error


def _read(file: BinaryIO) -> Mp4Info:
    movie: _Movie | None = None
    first: int | None = None
    last = 0
    for number, (kind, size) in enumerate(_top_boxes(file)):
        if number == 0 and kind != b"ftyp":
            raise Mp4Error("no MP4")
        if kind == b"moov":
            movie = _moov(_load(file, size, MAX_MOOV))
        elif kind == b"moof" and movie is not None:
            span = _moof(_load(file, size, MAX_FRAGMENT), movie)
            if span is not None:
                first = span[0] if first is None else first
                last = max(last, span[1])
    if movie is None:
        raise Mp4Error("no moov box")
    duration = movie.duration
    if movie.fragmented and first is not None:
        duration = max(duration, (last - first) / movie.timescale)
    if duration <= 0:
        raise Mp4Error("no duration")
    shape = (movie.width, movie.height)
    return Mp4Info(duration, movie.codec, *shape, movie.has_audio, movie.comment)


def _top_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield (type, payload size) with the file at the payload's begin."""
    position = 0
    end = file.seek(0, 2)
    for _ in range(MAX_TOP_BOXES):
        if position == end:
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
        if size < length or size > end - position:
            raise Mp4Error("a box does not fit the file")
        file.seek(position + length)
        yield kind, size - length
        position += size
    raise Mp4Error("too many boxes")


def _load(file: BinaryIO, size: int, limit: int) -> memoryview:
    if size > limit:
        raise Mp4Error("a box is too large")
    data = file.read(size)
    if len(data) != size:
        raise Mp4Error("the file shrank")
    return memoryview(data)


def _boxes(data: memoryview) -> Iterator[_Box]:
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


def _find(data: memoryview | None, *path: bytes) -> memoryview | None:
    """Return the first box at the path, None if there is none."""
    for wanted in path:
        if data is None:
            return None
        data = next((body for kind, body in _boxes(data) if kind == wanted), None)
    return data


def _moov(data: memoryview) -> _Movie:
    header = _find(data, b"mvhd")
    if header is None:
        raise Mp4Error("no mvhd box")
    timescale, duration = _timescale_and_duration(header)
    fragments = _find(data, b"mvex")
    movie: _Movie | None = None
    has_audio = False
    for kind, track in _boxes(data):
        if kind != b"trak":
            continue
        handler = _find(track, b"mdia", b"hdlr")
        what = b"" if handler is None else bytes(handler[8:12])
        has_audio = has_audio or what == b"soun"
        if what == b"vide" and movie is None:
            movie = _video(track, duration / timescale, fragments is not None)
    if movie is None:
        raise Mp4Error("no video track")
    movie.has_audio = has_audio
    movie.comment = _comment(data)
    for kind, body in () if fragments is None else _boxes(fragments):
        if kind == b"trex":
            track_id, _, default = struct.unpack_from(">III", body, 4)
            if track_id == movie.track_id:
                movie.default_duration = default
    return movie


def _version(full_box: memoryview) -> int:
    version: int = struct.unpack_from(">B", full_box)[0]
    return version


def _timescale_and_duration(header: memoryview) -> tuple[int, int]:
    """Read `mvhd` or `mdhd`, which begin alike; an unknown duration is 0."""
    if _version(header) == 1:
        timescale, duration = struct.unpack_from(">IQ", header, 20)
        unknown = 0xFFFF_FFFF_FFFF_FFFF
    else:
        timescale, duration = struct.unpack_from(">II", header, 12)
        unknown = 0xFFFF_FFFF
    if timescale == 0:
        raise Mp4Error("no timescale")
    return timescale, 0 if duration == unknown else duration


def _video(track: memoryview, duration: float, fragmented: bool) -> _Movie:
    track_header = _find(track, b"tkhd")
    media_header = _find(track, b"mdia", b"mdhd")
    samples = _find(track, b"mdia", b"minf", b"stbl", b"stsd")
    if track_header is None or media_header is None or samples is None:
        raise Mp4Error("an incomplete video track")
    timescale, _ = _timescale_and_duration(media_header)
    (track_id,) = struct.unpack_from(
        ">I", track_header, 20 if _version(track_header) == 1 else 12
    )
    kind, entry = next(_boxes(samples[8:]), (b"", memoryview(b"")))
    width, height = struct.unpack_from(">HH", entry, 24)
    if kind not in _CODECS or not width or not height:
        raise Mp4Error("an unknown kind of video")
    return _Movie(
        duration=duration,
        fragmented=fragmented,
        track_id=track_id,
        timescale=timescale,
        codec=_CODECS[kind],
        width=width,
        height=height,
        has_audio=False,
        comment=None,
    )


def _comment(data: memoryview) -> str | None:
    """Return the iTunes-style comment: udta / meta / ilst / ©cmt / data."""
    meta = _find(data, b"udta", b"meta")
    if meta is None:
        return None
    # `meta` is a full box: four bytes of version and flags come first.
    item = _find(meta[4:], b"ilst", b"\xa9cmt", b"data")
    if item is None or not 8 <= len(item) <= MAX_COMMENT + 8:
        return None
    return bytes(item[8:]).decode(errors="replace")


def _moof(data: memoryview, movie: _Movie) -> tuple[int, int] | None:
    """Return from when to when a fragment's video goes, in its track's units."""
    for kind, fragment in _boxes(data):
        if kind != b"traf":
            continue
        header, decode_time = _find(fragment, b"tfhd"), _find(fragment, b"tfdt")
        if header is None or decode_time is None:
            raise Mp4Error("an incomplete fragment")
        flags, track_id = struct.unpack_from(">II", header)
        if track_id != movie.track_id:
            continue
        default = movie.default_duration
        if flags & 0x8:
            # Behind the base data offset (flag 1) and the description (flag 2).
            offset = 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
            (default,) = struct.unpack_from(">I", header, offset)
        (start,) = struct.unpack_from(
            ">Q" if _version(decode_time) == 1 else ">I", decode_time, 4
        )
        length = sum(
            _run_duration(body, default)
            for kind, body in _boxes(fragment)
            if kind == b"trun"
        )
        return start, start + length
    return None


def _run_duration(run: memoryview, default: int) -> int:
    """Return how long the samples of a `trun` box last together."""
    flags: int
    count: int
    flags, count = struct.unpack_from(">II", run)
    if not flags & 0x100:
        return count * default
    offset = 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
    stride = 4 * (flags >> 8 & 0xF).bit_count()
    if len(run) < offset + count * stride:
        raise Mp4Error("a run is too short")
    # The duration is the first of a sample's one to four fields.
    values = struct.iter_unpack(
        f">I{stride - 4}x", run[offset : offset + count * stride]
    )
    total: int = sum(duration for (duration,) in values)
    return total
