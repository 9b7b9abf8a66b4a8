"""How coarsely an H.264 picture is quantised, read from its first bytes alone.

A rate-controlled encoder spends the same bits whether something moves or not; what
changes is its quantiser. Bits and quantiser together say how much there was to
encode. Sections are those of ITU-T H.264.
"""

from dataclasses import dataclass
from typing import Final

from .bitstream import nal_units

_SLICE: Final = 1
_IDR: Final = 5
_HEADER: Final = 96
"""Bytes that are read of a slice; a header has about ten."""
_HIGH_PROFILES: Final = frozenset(
    {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
)
_MOST_REFERENCES: Final = 32


class _Unreadable(Exception):
    """The bits are not what they should be, or of a kind not handled here."""


class _Bits:
    """Reads bits of a NAL unit, emulation prevention removed (7.3.1)."""

    def __init__(self, unit: bytes) -> None:
        data = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        """Return the next bits as an unsigned number."""
        self._left -= count
        if self._left < 0:
            raise _Unreadable
        return (self._value >> self._left) & ((1 << count) - 1)

    def unsigned(self) -> int:
        """Return the next ue(v), 9.1."""
        rest = self._value & ((1 << self._left) - 1)
        zeros = self._left - rest.bit_length()
        if zeros > 31:
            raise _Unreadable
        self._left -= zeros
        return self.bits(zeros + 1) - 1

    def signed(self) -> int:
        """Return the next se(v), 9.1.1."""
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a slice header depends on of the SPS, 7.3.2.1.1."""

    colour_planes: bool
    chroma: bool
    frame_num_bits: int
    order_type: int
    order_bits: int
    order_always_zero: bool
    frames_only: bool


@dataclass(frozen=True, slots=True)
class _Picture:
    """What a slice header depends on of the PPS, 7.3.2.2."""

    sequence: int
    cabac: bool
    bottom_order: bool
    references: int
    weighted: bool
    qp: int
    redundant: bool


class SliceQp:
    """Follows the parameter sets of one H.264 stream, and reads slices' QP."""

    def __init__(self) -> None:
        """Start without parameter sets."""
        self._sequences: dict[int, _Sequence] = {}
        self._pictures: dict[int, _Picture] = {}

    def feed(self, data: bytes) -> int | None:
        """Take an access unit in Annex B; return its first slice's QP (0..51).

        None where there is no slice, or one of a kind that cameras hardly send.
        """
        for start, end in nal_units(data):
            header = data[start] if start < len(data) else 0
            kind = header & 31
            try:
                match kind:
                    case 1 | 5:
                        unit = data[start + 1 : min(end, start + _HEADER)]
                        return self._read(_Bits(unit), kind == _IDR, header >> 5)
                    case 7:
                        self._learn_sequence(_Bits(data[start + 1 : end]))
                    case 8:
                        self._learn_picture(_Bits(data[start + 1 : end]))
            except _Unreadable, KeyError:
                if kind in (_SLICE, _IDR):
                    return None
        return None

    def _learn_sequence(self, read: _Bits) -> None:
        profile = read.bits(8)
        read.bits(16)
        number = read.unsigned()
        chroma, planes = 1, 0
        if profile in _HIGH_PROFILES:
            chroma = read.unsigned()
            planes = read.bits(1) if chroma == 3 else 0
            read.unsigned()
            read.unsigned()
            read.bits(1)
            if read.bits(1):
                # Scaling lists: no camera was seen to send any.
                raise _Unreadable
        frame_num_bits = read.unsigned() + 4
        order_type, order_bits, always_zero = read.unsigned(), 0, False
        if order_type == 0:
            order_bits = read.unsigned() + 4
        elif order_type == 1:
            always_zero = bool(read.bits(1))
            read.signed()
            read.signed()
            for _ in range(read.unsigned()):
                read.signed()
        read.unsigned()
        read.bits(1)
        read.unsigned()
        read.unsigned()
        frames_only = bool(read.bits(1))
        self._sequences[number] = _Sequence(
            bool(planes),
            bool(chroma),
            frame_num_bits,
            order_type,
            order_bits,
            always_zero,
            frames_only,
        )

    def _learn_picture(self, read: _Bits) -> None:
        number, sequence = read.unsigned(), read.unsigned()
        cabac, bottom_order = bool(read.bits(1)), bool(read.bits(1))
        if read.unsigned():
            # Slice groups: baseline's, and nobody's.
            raise _Unreadable
        references = read.unsigned() + 1
        read.unsigned()
        weighted = bool(read.bits(1))
        read.bits(2)
        qp = 26 + read.signed()
        read.signed()
        read.signed()
        read.bits(2)
        redundant = bool(read.bits(1))
        self._pictures[number] = _Picture(
            sequence, cabac, bottom_order, references, weighted, qp, redundant
        )

    def _read(self, read: _Bits, is_idr: bool, importance: int) -> int:
        """Walk through a slice header (7.3.3) up to its QP."""
        read.unsigned()
        kind = read.unsigned() % 5
        picture = self._pictures[read.unsigned()]
        sequence = self._sequences[picture.sequence]
        if kind not in (0, 2):
            # B slices and the switching kinds.
            raise _Unreadable
        if sequence.colour_planes:
            read.bits(2)
        read.bits(sequence.frame_num_bits)
        is_field = not sequence.frames_only and bool(read.bits(1))
        if is_field:
            read.bits(1)
        if is_idr:
            read.unsigned()
        pairs = picture.bottom_order and not is_field
        if sequence.order_type == 0:
            read.bits(sequence.order_bits)
            if pairs:
                read.signed()
        elif sequence.order_type == 1 and not sequence.order_always_zero:
            read.signed()
            if pairs:
                read.signed()
        if picture.redundant:
            read.unsigned()
        if kind == 0:
            self._skip_references(read, picture, sequence)
        if importance & 3:
            self._skip_marking(read, is_idr)
        if picture.cabac and kind == 0:
            read.unsigned()
        qp = picture.qp + read.signed()
        if not 0 <= qp <= 51:
            raise _Unreadable
        return qp

    def _skip_references(
        self, read: _Bits, picture: _Picture, sequence: _Sequence
    ) -> None:
        """Skip which pictures are referred to, and their weights (7.3.3.1, 7.3.3.2)."""
        count = read.unsigned() + 1 if read.bits(1) else picture.references
        if count > _MOST_REFERENCES:
            raise _Unreadable
        if read.bits(1):
            while read.unsigned() != 3:
                read.unsigned()
        if not picture.weighted:
            return
        read.unsigned()
        if sequence.chroma:
            read.unsigned()
        for _ in range(count):
            if read.bits(1):
                read.signed()
                read.signed()
            if sequence.chroma and read.bits(1):
                for _ in range(4):
                    read.signed()

    def _skip_marking(self, read: _Bits, is_idr: bool) -> None:
        """Skip what becomes of decoded pictures (7.3.3.3)."""
        if is_idr:
            read.bits(2)
        elif read.bits(1):
            while (operation := read.unsigned()) != 0:
                read.unsigned()
                if operation == 3:
                    read.unsigned()
