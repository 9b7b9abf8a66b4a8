"""Where the pictures and sounds of a clip's file are, however far it is written.

A clip that grows is a fragmented MP4 whose first second is described by its `moov`
already and the rest by `moof` boxes; closed, one `moov` at the end describes all of
it (`hybrid_fragmented`). FFmpeg cuts fragments by time, not at keyframes, so that
they cannot be played from by themselves: what can is made of the samples, which are
the same in both forms, see `reel`. The file may come from anywhere and be cut
anywhere: reading is bounded, and whatever is wrong raises `BoxError`.
"""

from array import array
from dataclasses import dataclass, field
import os
import struct
from typing import BinaryIO

from .boxes import BoxError, children, find, look_up, top_boxes
from .sample_tables import sample_offsets, sample_sizes, sample_times, sync_samples

MAX_MOOV = 16 * 1024 * 1024
MAX_MOOF = 1024 * 1024
MAX_SAMPLES = 1_000_000

_NOT_SYNC = 0x0001_0000


@dataclass(slots=True)
class Track:
    """One track: its description, and its samples in the order of decoding.

    Times and durations count in ``1 / timescale`` s; ``shifts`` lead from the
    decoding to the composition time. ``edit`` is what the edit list adds to both.
    ``tkhd``, ``hdlr`` and ``stsd`` are the payloads of these boxes.
    """

    track_id: int
    timescale: int
    is_video: bool
    tkhd: bytes
    language: int
    hdlr: bytes
    stsd: bytes
    edit: int = 0
    defaults: tuple[int, int, int] = (0, 0, 0)
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    sizes: array[int] = field(default_factory=lambda: array("I"))
    times: array[int] = field(default_factory=lambda: array("q"))
    durations: array[int] = field(default_factory=lambda: array("I"))
    shifts: array[int] = field(default_factory=lambda: array("i"))
    keys: array[int] = field(default_factory=lambda: array("B"))

    @property
    def end(self) -> int:
        """When the last sample is over."""
        return self.times[-1] + self.durations[-1] if self.times else 0


@dataclass(slots=True)
class Film:
    """What is known of one file; `read_on` learns more of one that grows."""

    tracks: list[Track] = field(default_factory=list)
    position: int = 0

    def read_on(self, file: BinaryIO) -> None:
        """Read what came since the last call. Blocks.

        Raises BoxError for what is no clip, OSError from the disk.
        """
        try:
            self._read_on(file)
        except (struct.error, OverflowError, IndexError) as error:
            raise BoxError("a box is malformed") from error

    def _read_on(self, file: BinaryIO) -> None:
        end = file.seek(0, os.SEEK_END)
        for found in top_boxes(file, self.position, end):
            if found.end > end:
                return
            if found.begin == 0 and found.kind != b"ftyp":
                raise BoxError("no MP4")
            if found.kind == b"moov":
                tracks = _movie(found.load(file, MAX_MOOV))
                if not _fits(tracks, end):
                    return
                # The one at the end tells everything that those before it told.
                self.tracks = tracks
            elif found.kind == b"moof":
                if not self._add(found.load(file, MAX_MOOF), found.begin, end):
                    return
            self.position = found.end

    def _add(self, moof: memoryview, position: int, end: int) -> bool:
        """Add a fragment's samples; False while they are not all in the file."""
        added: list[tuple[Track, Track]] = []
        for kind, traf in children(moof):
            if kind == b"traf" and (fragment := self._fragment(traf, position)):
                added.append(fragment)
        if not _fits([new for _, new in added], end):
            return False
        for track, new in added:
            if len(track.sizes) + len(new.sizes) > MAX_SAMPLES:
                raise BoxError("too many samples")
            if track.times and new.times and new.times[0] < track.times[-1]:
                raise BoxError("time goes back")
            track.offsets.extend(new.offsets)
            track.sizes.extend(new.sizes)
            track.times.extend(new.times)
            track.durations.extend(new.durations)
            track.shifts.extend(new.shifts)
            track.keys.extend(new.keys)
        return True

    def _fragment(self, traf: memoryview, position: int) -> tuple[Track, Track] | None:
        header = find(traf, b"tfhd")
        flags, track_id = struct.unpack_from(">II", header)
        flags &= 0xFFFFFF
        track = next((t for t in self.tracks if t.track_id == track_id), None)
        if track is None:
            return None
        at, base = 8, position
        if flags & 0x1:
            (base,) = struct.unpack_from(">Q", header, at)
            at += 8
        at += 4 if flags & 0x2 else 0
        defaults = list(track.defaults)
        for index, flag in enumerate((0x8, 0x10, 0x20)):
            if flags & flag:
                (defaults[index],) = struct.unpack_from(">I", header, at)
                at += 4
        decode_time = find(traf, b"tfdt")
        (time,) = struct.unpack_from(
            ">Q" if decode_time[0] == 1 else ">I", decode_time, 4
        )
        new = Track(track_id, track.timescale, track.is_video, b"", 0, b"", b"")
        offset = base
        for kind, run in children(traf):
            if kind == b"trun":
                time, offset = _run(new, run, (time, base, offset), defaults)
        return track, new


def _run(
    new: Track, run: memoryview, start: tuple[int, int, int], defaults: list[int]
) -> tuple[int, int]:
    """Add the samples of a `trun` box; return time and offset behind them."""
    time, base, offset = start
    flags, count = struct.unpack_from(">II", run)
    version, flags = flags >> 24, flags & 0xFFFFFF
    at = 8
    if flags & 0x1:
        (distance,) = struct.unpack_from(">i", run, at)
        offset = base + distance
        at += 4
    first_flags = None
    if flags & 0x4:
        (first_flags,) = struct.unpack_from(">I", run, at)
        at += 4
    given = [bool(flags & flag) for flag in (0x100, 0x200, 0x400, 0x800)]
    stride = 4 * sum(given)
    # Without any field of its own a sample costs no byte: only this bounds the count.
    if (
        len(new.sizes) + count > MAX_SAMPLES
        or len(run) < at + count * stride
        or offset < 0
    ):
        raise BoxError("a run is too short")
    signed = ">i" if version else ">I"
    for index in range(count):
        duration, size, marks, shift = *defaults, 0
        if given[0]:
            (duration,) = struct.unpack_from(">I", run, at)
            at += 4
        if given[1]:
            (size,) = struct.unpack_from(">I", run, at)
            at += 4
        if given[2]:
            (marks,) = struct.unpack_from(">I", run, at)
            at += 4
        elif index == 0 and first_flags is not None:
            marks = first_flags
        if given[3]:
            (shift,) = struct.unpack_from(signed, run, at)
            at += 4
        new.offsets.append(offset)
        new.sizes.append(size)
        new.times.append(time)
        new.durations.append(duration)
        new.shifts.append(shift)
        new.keys.append(not marks & _NOT_SYNC)
        offset += size
        time += duration
    return time, offset


def _fits(tracks: list[Track], end: int) -> bool:
    return all(
        offset + size <= end
        for track in tracks
        for offset, size in zip(track.offsets, track.sizes, strict=True)
    )


def _movie(moov: memoryview) -> list[Track]:
    header = find(moov, b"mvhd")
    (timescale,) = struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)
    defaults: dict[int, tuple[int, int, int]] = {}
    tracks: list[Track] = []
    for kind, body in children(moov):
        if kind == b"trak" and (track := _track(body, timescale)) is not None:
            tracks.append(track)
        elif kind == b"mvex":
            for name, extends in children(body):
                if name == b"trex":
                    track_id, _, *values = struct.unpack_from(">IIIII", extends, 4)
                    defaults[track_id] = (values[0], values[1], values[2])
    for track in tracks:
        track.defaults = defaults.get(track.track_id, (0, 0, 0))
    return tracks


def _track(trak: memoryview, movie_timescale: int) -> Track | None:
    """Read a track of pictures or sound; None for any other."""
    handler = find(trak, b"mdia", b"hdlr")
    kind = bytes(handler[8:12])
    if kind not in (b"vide", b"soun"):
        return None
    header, media = find(trak, b"tkhd"), find(trak, b"mdia", b"mdhd")
    (track_id,) = struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)
    at = 20 if media[0] == 1 else 12
    (timescale,) = struct.unpack_from(">I", media, at)
    (language,) = struct.unpack_from(">H", media, at + (12 if media[0] == 1 else 8))
    if not timescale or not movie_timescale:
        raise BoxError("no timescale")
    table = {bytes(k): v for k, v in children(find(trak, b"mdia", b"minf", b"stbl"))}
    if b"stsd" not in table:
        raise BoxError("no description")
    track = Track(
        track_id,
        timescale,
        kind == b"vide",
        bytes(header),
        language,
        bytes(handler),
        bytes(table[b"stsd"]),
        edit=_edit(trak, timescale, movie_timescale),
    )
    track.sizes = sample_sizes(table, MAX_SAMPLES)
    count = len(track.sizes)
    track.offsets = sample_offsets(table, track.sizes)
    track.times, track.durations, track.shifts = sample_times(table, count)
    track.keys = sync_samples(table, count)
    return track


def _edit(trak: memoryview, timescale: int, movie_timescale: int) -> int:
    """Return what the edit list adds to the track's times: pauses and trims."""
    if (edits := look_up(trak, b"edts")) is None:
        return 0
    entries = find(edits, b"elst")
    wide = entries[0] == 1
    (count,) = struct.unpack_from(">I", entries, 4)
    pause = 0
    for index in range(min(count, 16)):
        duration, time = struct.unpack_from(
            ">Qq" if wide else ">Ii", entries, 8 + index * (20 if wide else 12)
        )
        if time >= 0:
            added: int = pause * timescale // movie_timescale - time
            return added
        pause += duration
    return 0
