"""A clip as players of HLS take it: an initialisation, then segments from keyframes.

The bytes form one fragmented MP4 that exists nowhere as a file: its headers are made
here, its pictures and sounds are read from where they are in the clip's file. They
follow from the samples alone and not from how the file was written, so that a clip
that grows, the same clip closed, and the same clip repaired after a crash have the
same bytes at the same offsets: who plays it is never disturbed.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
import struct
from threading import Lock
from typing import BinaryIO, Final

from .boxes import box, full_box
from .fragments import Film, Track
from .reel_init import initialisation

FIRST_SECONDS: Final = 1.0
"""Each segment is so much longer than the one before: players begin early …"""
MOST_SECONDS: Final = 4.0
"""… up to this (and then to the next keyframe): playlists stay short."""
_SYNC: Final = 0x0200_0000
_NOT_SYNC: Final = 0x0101_0000


@dataclass(frozen=True, slots=True)
class Segment:
    """A part that begins with a keyframe; ``start`` and ``duration`` in seconds.

    ``offset`` and ``length`` say where it is in the reel. ``samples`` holds from
    where to where it has samples of each track.
    """

    start: float
    duration: float
    offset: int
    length: int
    samples: tuple[tuple[int, int], ...] = field(repr=False)


class Reel:
    """The bytes of one clip's reel; thread-safe.

    Methods that take the clip's file block, and raise BoxError for what is no clip,
    OSError from the disk.
    """

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lock = Lock()
        self._film = Film()
        self._init = b""
        self._segments: tuple[Segment, ...] = ()
        self._first = 0
        self.whole = False

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments that are whole; they never change."""
        return self._segments

    @property
    def init_length(self) -> int:
        """How many bytes the initialisation has."""
        return len(self._init)

    @property
    def size(self) -> int:
        """How many bytes there are so far."""
        last = self._segments[-1] if self._segments else None
        return last.offset + last.length if last else len(self._init)

    def update(self, file: BinaryIO, *, whole: bool) -> None:
        """Read what came; ``whole``: nothing will follow."""
        with self._lock:
            if self.whole:
                return
            self._film.read_on(file)
            tracks = self._tracks()
            if not tracks:
                return
            if not self._init:
                self._init = initialisation(tracks)
            self._segments += tuple(self._cut(tracks, whole=whole))
            self.whole = whole

    def read(self, file: BinaryIO, position: int, amount: int) -> bytes:
        """Return bytes of the reel, fewer at its end."""
        with self._lock:
            tracks = self._tracks()
            end = min(position + amount, self.size)
            parts = []
            if position < len(self._init):
                parts.append(self._init[position:end])
            for number, segment in enumerate(self._segments):
                first = max(position, segment.offset) - segment.offset
                last = min(end, segment.offset + segment.length) - segment.offset
                if first < last:
                    parts += _part(file, tracks, number, segment, first, last)
        return b"".join(parts)

    def _tracks(self) -> list[Track]:
        """Return the picture, then the sound; nothing without a picture."""
        video = [track for track in self._film.tracks if track.is_video][:1]
        audio = [track for track in self._film.tracks if not track.is_video][:1]
        return video + audio if video and video[0].times else []

    def _cut(self, tracks: list[Track], *, whole: bool) -> Iterator[Segment]:
        video = tracks[0]
        offset, number = self.size, len(self._segments)
        for index in range(self._first + 1, len(video.times)):
            least = min(FIRST_SECONDS + number, MOST_SECONDS) * video.timescale
            if video.keys[index] and video.times[index] - video.times[self._first] >= (
                least
            ):
                segment = _segment(tracks, self._first, index, offset)
                yield segment
                offset, number = offset + segment.length, number + 1
                self._first = index
        if whole:
            yield _segment(tracks, self._first, len(video.times), offset)


def _segment(tracks: list[Track], first: int, last: int, offset: int) -> Segment:
    """Return the segment of these pictures, and the sound that belongs to them."""
    video = tracks[0]
    start = video.times[first]
    end = video.times[last] if last < len(video.times) else video.end
    samples = [(first, last)]
    for track in tracks[1:]:
        inner = _audible(track) if first == 0 else _index(track, video, start)
        outer = len(track.times)
        if last < len(video.times):
            outer = max(inner, _index(track, video, end))
        samples.append((inner, outer))
    length = _head_length(samples)
    for track, (inner, outer) in zip(tracks, samples, strict=True):
        length += sum(track.sizes[inner:outer])
    return Segment(
        start / video.timescale,
        (end - start) / video.timescale,
        offset,
        length,
        tuple(samples),
    )


def _audible(track: Track) -> int:
    return bisect_left(track.times, -track.edit)


def _index(track: Track, video: Track, time: int) -> int:
    """Return the first sample of another track at or behind a time of the picture."""
    moment = (time + video.edit) * track.timescale
    return bisect_left(
        track.times, moment, key=lambda own: (own + track.edit) * video.timescale
    )


def _part(
    file: BinaryIO,
    tracks: list[Track],
    number: int,
    segment: Segment,
    first: int,
    last: int,
) -> list[bytes]:
    """Return the bytes from ``first`` to ``last`` of a segment."""
    position = _head_length(segment.samples)
    parts = []
    if first < position:
        parts.append(_head(tracks, number, segment)[first:last])
    for track, (inner, outer) in zip(tracks, segment.samples, strict=True):
        for offset, length in _runs(track, inner, outer):
            begin = max(first - position, 0)
            end = min(last - position, length)
            if begin < end:
                file.seek(offset + begin)
                data = file.read(end - begin)
                if len(data) != end - begin:
                    raise OSError("the clip became shorter")
                parts.append(data)
            position += length
    return parts


def _runs(track: Track, inner: int, outer: int) -> Iterator[tuple[int, int]]:
    """Yield (offset, length) of samples that lie behind each other."""
    offset = length = 0
    for index in range(inner, outer):
        if length and track.offsets[index] == offset + length:
            length += track.sizes[index]
            continue
        if length:
            yield offset, length
        offset, length = track.offsets[index], track.sizes[index]
    if length:
        yield offset, length


def _head_length(samples: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> int:
    counts = [outer - inner for inner, outer in samples if outer > inner]
    # moof and mdat headers, mfhd; per track traf, tfhd, tfdt, trun.
    return 8 + 16 + 8 + sum(8 + 16 + 20 + 20 + 16 * count for count in counts)


def _head(tracks: list[Track], number: int, segment: Segment) -> bytes:
    """Return `moof` and the header of `mdat`."""
    at = _head_length(segment.samples)
    size = segment.length - at + 8
    trafs = []
    for track_id, (track, (inner, outer)) in enumerate(
        zip(tracks, segment.samples, strict=True), 1
    ):
        if outer > inner:
            trafs.append(_traf(track, track_id, inner, outer, at))
            at += sum(track.sizes[inner:outer])
    head = box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", number + 1)), *trafs)
    return head + struct.pack(">I4s", size, b"mdat")


def _traf(track: Track, track_id: int, inner: int, outer: int, at: int) -> bytes:
    # Decoding times cannot be negative: pictures are moved forward by their shifts,
    # and sound from before the film is left out.
    shift = min(0, track.edit) if track.is_video else 0
    time = track.times[inner] + track.edit - shift
    rows = bytearray()
    for index in range(inner, outer):
        rows += struct.pack(
            ">IIIi",
            track.durations[index],
            track.sizes[index],
            _SYNC if track.keys[index] else _NOT_SYNC,
            track.shifts[index] + shift,
        )
    # default-base-is-moof: browsers take no other.
    return box(
        b"traf",
        full_box(b"tfhd", 0, 0x020000, struct.pack(">I", track_id)),
        full_box(b"tfdt", 1, 0, struct.pack(">Q", time)),
        # Version 1: composition shifts are signed.
        full_box(
            b"trun", 1, 0x000F01, struct.pack(">Ii", outer - inner, at), bytes(rows)
        ),
    )
