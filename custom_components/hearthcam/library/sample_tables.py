"""The tables in which a regular MP4 describes its samples (ISO/IEC 14496-12, 8.6, 8.7)."""

from array import array
from collections.abc import Mapping
from itertools import accumulate
import struct
import sys

from .boxes import BoxError

type Table = Mapping[bytes, memoryview]


def sample_sizes(table: Table, limit: int) -> array[int]:
    """Return every sample's bytes; raises BoxError for more than ``limit`` samples."""
    data = _get(table, b"stsz")
    size, count = struct.unpack_from(">II", data, 4)
    if count > limit:
        raise BoxError("too many samples")
    return array("I", [size]) * count if size else _numbers(data, 12, count)


def sample_offsets(table: Table, sizes: array[int]) -> array[int]:
    """Return where in the file every sample begins."""
    offsets = array("Q")
    if not sizes:
        return offsets
    data, wide = table.get(b"stco"), False
    if data is None:
        data, wide = _get(table, b"co64"), True
    (chunk_count,) = struct.unpack_from(">I", data, 4)
    chunks = _numbers(data, 8, chunk_count, "Q" if wide else "I")
    runs_data = _get(table, b"stsc")
    (run_count,) = struct.unpack_from(">I", runs_data, 4)
    runs = _numbers(runs_data, 8, 3 * run_count)
    sample = 0
    for run in range(run_count):
        first, per_chunk = runs[3 * run], runs[3 * run + 1]
        last = runs[3 * run + 3] if run + 1 < run_count else chunk_count + 1
        if not 1 <= first < last <= chunk_count + 1:
            raise BoxError("chunks are out of order")
        for chunk in range(first - 1, last - 1):
            inside = sizes[sample : sample + per_chunk]
            offsets.extend(accumulate(inside[:-1], initial=chunks[chunk]))
            sample += len(inside)
            if sample == len(sizes):
                return offsets
    raise BoxError("samples without a chunk")


def sample_times(table: Table, count: int) -> tuple[array[int], array[int], array[int]]:
    """Return when samples are decoded, how long they last, and composition shifts."""
    durations = _runs(_get(table, b"stts"), count, "I")
    if len(durations) < count:
        raise BoxError("samples without a time")
    times = array("q", accumulate(durations[:-1], initial=0)) if count else array("q")
    shifts = array("i", bytes(4 * count))
    if (data := table.get(b"ctts")) is not None:
        # Version 0 is unsigned by the standard, and signed by many writers.
        shifts = _runs(data, count, "i")
        if len(shifts) < count:
            raise BoxError("samples without a shift")
    return times, durations, shifts


def sync_samples(table: Table, count: int) -> array[int]:
    """Return for every sample 1 where it is a keyframe, else 0."""
    data = table.get(b"stss")
    if data is None:
        return array("B", [1]) * count
    keys = array("B", bytes(count))
    (entries,) = struct.unpack_from(">I", data, 4)
    for number in _numbers(data, 8, entries):
        if 1 <= number <= count:
            keys[number - 1] = 1
    return keys


def _get(table: Table, kind: bytes) -> memoryview:
    if (data := table.get(kind)) is None:
        raise BoxError("a table is missing")
    return data


def _runs(data: memoryview, count: int, kind: str) -> array[int]:
    """Expand (number of samples, value) pairs, up to ``count`` samples."""
    (entries,) = struct.unpack_from(">I", data, 4)
    numbers = _numbers(data, 8, 2 * entries)
    values = array(kind)
    for index in range(entries):
        length = min(numbers[2 * index], count - len(values))
        value = numbers[2 * index + 1]
        if kind == "i" and value >= 1 << 31:
            value -= 1 << 32
        values.extend(array(kind, [value]) * length)
    return values


def _numbers(data: memoryview, at: int, count: int, kind: str = "I") -> array[int]:
    """Return big-endian numbers; raises BoxError where the box is too short."""
    values = array(kind)
    length = count * values.itemsize
    if len(data) < at + length:
        raise BoxError("a table is too short")
    values.frombytes(data[at : at + length])
    if sys.byteorder == "little":
        values.byteswap()
    return values
