"""What the detector saw, kept so that detection can be run again with other settings.

A picture becomes a handful of numbers: for each cell that differs from the background,
by how much. No picture can be made of them. A day of a camera is one file,
``<clips' folder>/.features/<YYYY-MM-DD>.bin`` (local date), to which a block of
about a minute is appended at a time::

    "HCF1"  length of the rest  CRC-32 of the rest    (little endian, 4 bytes each)
    start   rows  columns  cell width  cell height  scale         (`_GEOMETRY`)
    records, compressed by zlib                                   (`_packed`)

Whatever happens in a scene, a file stays below `MOST_BYTES`: the less is left of the
day's share, the less is written down of each picture and the fewer pictures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import logging
from pathlib import Path
import struct
from threading import Lock
from typing import Final
from zlib import compress, crc32, decompressobj, error as ZlibError

import numpy as np
import numpy.typing as npt

from .motion.observation import Observation, quiet, region_of
from .motion.zones import Geometry

_LOGGER = logging.getLogger(__name__)

FOLDER: Final = ".features"
SUFFIX: Final = ".bin"
MOST_BYTES: Final = 2_000_000
"""Of one day's file."""
MAGIC: Final = b"HCF1"
FRAME: Final = struct.Struct("<4sII")
_GEOMETRY: Final = struct.Struct("<dHHfff")
_RECORD: Final = struct.Struct("<IHB")
_COUNTS: Final = struct.Struct("<II")
_REGION: Final = struct.Struct("<HHB")
_AGE_STEP: Final = 0.01
_LEAST: Final = 0.5
"""The least energy written down: the threshold at sensitivity 100."""
_STEPS: Final = 16.0
"""Quantisation steps to twice the energy: 4 %."""
_MOST_OTHERS: Final = 150
_MOST_IN_REGIONS: Final = 800
_MOST_WAITING: Final = 120_000
"""Cells that may wait for the next flush, at 6 bytes each."""
_MOST_BLOCK: Final = 4_000_000
"""Bytes that a block may be inflated to: the file may be anybody's."""

_NONE: Final = np.empty(0, np.intp)

type Indices = npt.NDArray[np.intp]
type Energies = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One picture as it was written down.

    ``others`` are cells that belong to no region of ``observation``, flat, and
    ``energies`` by how much they differ, in multiples of the threshold at
    sensitivity 50; those that exceed ``scale`` are left out, for the detector had
    its reasons not to follow them.
    """

    observation: Observation
    geometry: Geometry
    scale: float
    others: Indices
    energies: Energies


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """One picture until it is written: its head, and its cells with their energies."""

    head: bytes
    cells: npt.NDArray[np.uint16]
    energies: Energies


def _sparse(seen: Observation, scale: float, since: float, *, others: bool) -> _Waiting:
    """Return of a picture what is kept; ``since`` (s) is the start of its block.

    The head tells the time in ms, how many cells and regions there are; per region
    its cells, age and whether it is confirmed.
    """
    columns, flat = seen.cells.shape[1], seen.cells.ravel()
    places: list[Indices] = []
    heads: list[bytes] = []
    room = _MOST_IN_REGIONS
    for region in seen.regions[:255]:
        where = region.rows * columns + region.columns
        if where.size > room:
            # Every n-th cell of what fills the picture tells enough of it.
            where = where[:: -(-where.size // room)] if room else where[:1]
        room = max(room - where.size, 0)
        age = min(max(seen.time - region.since, 0.0) / _AGE_STEP, 65535.0)
        heads.append(_REGION.pack(where.size, round(age), region.confirmed))
        places.append(where)
    if others:
        rest = np.flatnonzero((flat > _LEAST) & (flat <= scale))
        if rest.size > _MOST_OTHERS:
            rest = rest[
                np.sort(np.argpartition(flat[rest], -_MOST_OTHERS)[-_MOST_OTHERS:])
            ]
        places.append(rest)
    cells = np.concatenate(places) if places else _NONE
    milliseconds = max(round((seen.time - since) * 1000), 0)
    head = _RECORD.pack(milliseconds, cells.size, len(heads)) + b"".join(heads)
    return _Waiting(head, cells.astype(np.uint16), flat[cells])


def _packed(records: list[_Waiting], scale: float) -> bytes:
    """Return records as bytes: counts and heads, then cells, column by column.

    Places are differences to the one before, in their picture, high bytes first and
    all low bytes after them: so they compress best.
    """
    sizes = [record.cells.size for record in records]
    cells = np.concatenate([record.cells for record in records])
    energies = np.concatenate([record.energies for record in records])
    steps = np.diff(cells, prepend=np.uint16(0))
    firsts = np.cumsum([0, *sizes[:-1]])[np.array(sizes) > 0]
    steps[firsts] = cells[firsts]
    exact = np.log2(np.maximum(energies, _LEAST) / _LEAST) * _STEPS
    # Upwards what is above the threshold, so that it stays there.
    rounded = np.where(energies > scale, np.ceil(exact), np.floor(exact))
    return b"".join(
        (
            _COUNTS.pack(len(records), cells.size),
            *(record.head for record in records),
            (steps >> 8).astype(np.uint8).tobytes(),
            (steps & 255).astype(np.uint8).tobytes(),
            np.minimum(rounded, 255).astype(np.uint8).tobytes(),
        )
    )


class FeatureLog:
    """Collects what one camera's detector sees, until it is written.

    `add` is called in the detector's thread and only packs numbers; `flush` writes,
    in any thread that may wait for a disk.
    """

    def __init__(self) -> None:
        """Start with nothing collected, at full fidelity."""
        self._lock = Lock()
        self._records: list[_Waiting] = []
        self._waiting = 0
        self._start = 0.0
        self._key: tuple[Geometry, float] | None = None
        self._blocks: list[tuple[float, bytes, list[_Waiting]]] = []
        self._last = 0.0
        self.others = True
        """Whether cells below the threshold are written down, too."""
        self.interval = 0.0
        """The least time between pictures, in s; infinite: none is written down."""

    def add(self, seen: Observation, geometry: Geometry, scale: float) -> None:
        """Take what was seen in one picture; ``scale`` is that of the detector."""
        time = seen.time
        if 0.0 <= time - self._last < self.interval:
            return
        self._last = time
        if self._key != (geometry, scale) or not 0.0 <= time - self._start < 600.0:
            self._close_block()
            self._key, self._start = (geometry, scale), time
        if self._waiting > _MOST_WAITING:
            return
        record = _sparse(seen, scale, self._start, others=self.others)
        with self._lock:
            self._records.append(record)
            self._waiting += record.cells.size + 4

    def _close_block(self) -> None:
        with self._lock:
            if self._key is not None and self._records:
                geometry, scale = self._key
                head = _GEOMETRY.pack(
                    self._start,
                    geometry.rows,
                    geometry.columns,
                    geometry.cell_width,
                    geometry.cell_height,
                    scale,
                )
                self._blocks.append((self._start, head, self._records))
            self._records = []

    def take(self) -> list[tuple[float, bytes]]:
        """Return what was collected, as blocks with the times of their starts."""
        self._close_block()
        with self._lock:
            blocks, self._blocks = self._blocks, []
            self._waiting = 0
        return [
            (start, framed(head + compress(_packed(records, _scale_of(head)))))
            for start, head, records in blocks
        ]


def _scale_of(head: bytes) -> float:
    scale: float = _GEOMETRY.unpack(head)[-1]
    return scale


def framed(rest: bytes) -> bytes:
    """Return a block with its length and check sum in front."""
    return FRAME.pack(MAGIC, len(rest), crc32(rest)) + rest


def blocks_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (offset of its end, content) of every whole block, up to the first torn."""
    at = 0
    while at + FRAME.size <= len(data):
        magic, length, check = FRAME.unpack_from(data, at)
        rest = data[at + FRAME.size : at + FRAME.size + length]
        if magic != MAGIC or len(rest) < length or crc32(rest) != check:
            return
        at += FRAME.size + length
        yield at, rest


def read(path: Path) -> Iterator[Record]:
    """Yield what a day's file holds, oldest first; a torn end is ignored.

    Raises OSError where there is no such file.
    """
    for _, block in blocks_of(path.read_bytes()):
        try:
            yield from _decode(block)
        except (struct.error, ValueError, IndexError, ZlibError) as error:
            _LOGGER.warning("A block of %s is broken: %s", path.name, error)


def _decode(block: bytes) -> Iterator[Record]:
    start, rows, columns, width, height, scale = _GEOMETRY.unpack_from(block)
    geometry = Geometry(rows, columns, width, height)
    raw = decompressobj().decompress(block[_GEOMETRY.size :], _MOST_BLOCK)
    records, total = _COUNTS.unpack_from(raw)
    high, low, level = np.frombuffer(raw, np.uint8)[len(raw) - 3 * total :].reshape(
        3, total
    )
    steps = (high.astype(np.uint16) << 8) | low
    energies = (_LEAST * np.exp2(level / _STEPS)).astype(np.float32)
    at, first = _COUNTS.size, 0
    for _ in range(records):
        milliseconds, size, count = _RECORD.unpack_from(raw, at)
        at += _RECORD.size
        heads = [_REGION.unpack_from(raw, at + n * _REGION.size) for n in range(count)]
        at += count * _REGION.size
        flat = np.cumsum(steps[first : first + size], dtype=np.uint16).astype(np.intp)
        energy = energies[first : first + size]
        first += size
        cells = np.zeros(rows * columns, np.float32)
        cells[flat] = energy
        grid, time = cells.reshape(rows, columns), start + milliseconds / 1000
        regions, begin = [], 0
        for cells_in, age, confirmed in heads:
            where = flat[begin : begin + cells_in]
            begin += cells_in
            regions.append(
                region_of(
                    grid,
                    where // columns,
                    where % columns,
                    width,
                    height,
                    since=time - age * _AGE_STEP,
                    confirmed=bool(confirmed),
                )
            )
        seen = quiet(time, grid).of(regions)
        yield Record(seen, geometry, scale, flat[begin:], energy[begin:])
