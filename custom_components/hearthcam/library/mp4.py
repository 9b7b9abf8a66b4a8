"""What a clip's file tells of itself, read from its MP4 boxes (ISO/IEC 14496-12).

Home Assistant's process does no media work, and a row must be rebuildable from
its file alone, hence this small reader: duration, video codec and size, whether
there is sound, and the ``comment`` tag. The file may come from anywhere and be
damaged: reading is bounded in bytes and boxes, and whatever is wrong raises
`BoxError` (or OSError from the disk), nothing else.
"""

from dataclasses import dataclass
import os
from pathlib import Path
import struct
from typing import BinaryIO

from .boxes import BoxError, children, find, look_up, top_boxes
from .tag import BOX_ID, MAX_LENGTH, ClipTag, TagError

MAX_MOOV = 16 * 1024 * 1024
MAX_FRAGMENT = 1024 * 1024
MAX_COMMENT = MAX_LENGTH
BOX_HEAD = 16
"""Bytes of a ``uuid`` box that tell whose it is."""

_CODECS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "hevc",
    b"hev1": "hevc",
    b"av01": "av1",
    b"vp09": "vp9",
    b"mp4v": "mpeg4",
}


@dataclass(frozen=True, slots=True)
class Mp4Info:
    """What was read: ``duration`` in seconds, ``codec`` in FFmpeg's words.

    ``note`` is what was appended to the file in a ``uuid`` box of ours.
    """

    duration: float
    codec: str
    width: int
    height: int
    has_audio: bool
    comment: str | None
    note: str | None = None


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

    Blocks. Raises `BoxError` for a file that does not hold a playable video
    track of some duration, OSError if it cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _read(file)
        except struct.error as error:
            raise BoxError("a box is too short") from error


def _read(file: BinaryIO) -> Mp4Info:
    movie: _Movie | None = None
    first: int | None = None
    last = 0
    note: str | None = None
    end = file.seek(0, os.SEEK_END)
    for found in top_boxes(file, 0, end):
        if found.kind == b"uuid" and found.end > end:
            # A note that was cut while it was appended: the clip before it is whole.
            break
        if found.end > end:
            raise BoxError("a box does not fit the file")
        if found.begin == 0 and found.kind != b"ftyp":
            raise BoxError("no MP4")
        if found.kind == b"moov":
            movie = _moov(found.load(file, MAX_MOOV))
        elif found.kind == b"moof" and movie is not None:
            span = _moof(found.load(file, MAX_FRAGMENT), movie)
            if span is not None:
                first = span[0] if first is None else first
                last = max(last, span[1])
        elif found.kind == b"uuid" and BOX_HEAD < found.size <= BOX_HEAD + MAX_COMMENT:
            data = found.load(file, BOX_HEAD + MAX_COMMENT)
            if data[:BOX_HEAD] == BOX_ID:
                note = bytes(data[BOX_HEAD:]).decode(errors="replace")
    if movie is None:
        raise BoxError("no moov box")
    duration = movie.duration
    if movie.fragmented and first is not None:
        duration = max(duration, (last - first) / movie.timescale)
    if duration <= 0:
        raise BoxError("no duration")
    shape = (movie.width, movie.height)
    return Mp4Info(duration, movie.codec, *shape, movie.has_audio, movie.comment, note)


def _moov(data: memoryview) -> _Movie:
    timescale, duration = _timescale_and_duration(find(data, b"mvhd"))
    fragments = look_up(data, b"mvex")
    movie: _Movie | None = None
    has_audio = False
    for kind, track in children(data):
        if kind != b"trak":
            continue
        handler = look_up(track, b"mdia", b"hdlr")
        what = b"" if handler is None else bytes(handler[8:12])
        has_audio = has_audio or what == b"soun"
        if what == b"vide" and movie is None:
            movie = _video(track, duration / timescale, fragments is not None)
    if movie is None:
        raise BoxError("no video track")
    movie.has_audio = has_audio
    movie.comment = _comment(data)
    for kind, body in () if fragments is None else children(fragments):
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
        raise BoxError("no timescale")
    return timescale, 0 if duration == unknown else duration


def _video(track: memoryview, duration: float, fragmented: bool) -> _Movie:
    track_header = find(track, b"tkhd")
    media_header = find(track, b"mdia", b"mdhd")
    samples = find(track, b"mdia", b"minf", b"stbl", b"stsd")
    timescale, _ = _timescale_and_duration(media_header)
    (track_id,) = struct.unpack_from(
        ">I", track_header, 20 if _version(track_header) == 1 else 12
    )
    kind, entry = next(children(samples[8:]), (b"", memoryview(b"")))
    width, height = struct.unpack_from(">HH", entry, 24)
    if kind not in _CODECS or not width or not height:
        raise BoxError("an unknown kind of video")
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


def tag_in(info: Mp4Info) -> ClipTag | None:
    """Return what a clip tells of itself, None for a file that is none of ours."""
    for text in (info.note, info.comment):
        try:
            if text is not None:
                return ClipTag.from_json(text)
        except TagError:
            continue
    return None


def _comment(data: memoryview) -> str | None:
    """Return the iTunes-style comment: udta / meta / ilst / ©cmt / data."""
    meta = look_up(data, b"udta", b"meta")
    if meta is None:
        return None
    # `meta` is a full box: four bytes of version and flags come first.
    item = look_up(meta[4:], b"ilst", b"\xa9cmt", b"data")
    if item is None or not 8 <= len(item) <= MAX_COMMENT + 8:
        return None
    return bytes(item[8:]).decode(errors="replace")


def _moof(data: memoryview, movie: _Movie) -> tuple[int, int] | None:
    """Return from when to when a fragment's video goes, in its track's units."""
    for kind, fragment in children(data):
        if kind != b"traf":
            continue
        header, decode_time = find(fragment, b"tfhd"), find(fragment, b"tfdt")
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
            for kind, body in children(fragment)
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
        raise BoxError("a run is too short")
    # The duration is the first of a sample's one to four fields.
    values = struct.iter_unpack(
        f">I{stride - 4}x", run[offset : offset + count * stride]
    )
    total: int = sum(duration for (duration,) in values)
    return total
