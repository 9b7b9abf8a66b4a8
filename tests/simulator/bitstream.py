"""NAL units and parameter sets of H.264 and H.265, read from PyAV's packets."""

from collections.abc import Iterator
from dataclasses import dataclass
import re

_START_CODE = re.compile(b"\x00\x00\x01")
# What the packetiser leaves out of an access unit: parameter sets, which it puts
# before every keyframe itself, delimiters, and filler.
_H264_OMITTED = frozenset({7, 8, 9, 12})
_HEVC_OMITTED = frozenset({32, 33, 34, 35, 38})


@dataclass(frozen=True, slots=True)
class Configuration:
    """A stream's parameter sets and how its NAL units are delimited."""

    parameter_sets: tuple[bytes, ...]
    """SPS, PPS (H.264) or VPS, SPS, PPS (H.265), without start codes."""
    length_size: int
    """Bytes of the length before each NAL unit; 0 for start codes (Annex B)."""


def nal_type(codec: str, nal: bytes) -> int:
    """Return the type of a NAL unit of `codec` ("h264" or "hevc")."""
    return nal[0] & 0x1F if codec == "h264" else (nal[0] >> 1) & 0x3F


def split_annex_b(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units between start codes (H.264 Annex B)."""
    starts = [match.end() for match in _START_CODE.finditer(data)]
    for begin, following in zip(starts, [*starts[1:], len(data) + 3], strict=True):
        if nal := data[begin : following - 3].rstrip(b"\x00"):
            yield nal


def split_lengths(data: bytes, size: int) -> Iterator[bytes]:
    """Yield the NAL units that follow a length of `size` bytes each."""
    position = 0
    while position + size < len(data):
        begin = position + size
        position = begin + int.from_bytes(data[position:begin])
        yield data[begin:position]


def read_configuration(codec: str, extradata: bytes) -> Configuration:
    """Read avcC (ISO 14496-15, 5.3), hvcC (8.3) or Annex B extradata."""
    if extradata[:3] == b"\x00\x00\x01" or extradata[:4] == b"\x00\x00\x00\x01":
        omitted = _H264_OMITTED if codec == "h264" else _HEVC_OMITTED
        nals = split_annex_b(extradata)
        return Configuration(
            tuple(nal for nal in nals if nal_type(codec, nal) in omitted), 0
        )
    sets = list(_avcc_sets(extradata) if codec == "h264" else _hvcc_sets(extradata))
    length = extradata[4] if codec == "h264" else extradata[21]
    return Configuration(tuple(sets), (length & 3) + 1)


def coded_nals(
    codec: str, data: bytes, configuration: Configuration
) -> tuple[bytes, ...]:
    """Return the NAL units of one packet that belong on the wire."""
    nals = (
        split_lengths(data, configuration.length_size)
        if configuration.length_size
        else split_annex_b(data)
    )
    omitted = _H264_OMITTED if codec == "h264" else _HEVC_OMITTED
    return tuple(nal for nal in nals if nal and nal_type(codec, nal) not in omitted)


def _avcc_sets(extradata: bytes) -> Iterator[bytes]:
    position = 5
    for mask in (0x1F, 0xFF):
        count = extradata[position] & mask
        position += 1
        for _ in range(count):
            length = int.from_bytes(extradata[position : position + 2])
            yield extradata[position + 2 : position + 2 + length]
            position += 2 + length


def _hvcc_sets(extradata: bytes) -> Iterator[bytes]:
    position = 23
    for _ in range(extradata[22]):
        kind = extradata[position] & 0x3F
        count = int.from_bytes(extradata[position + 1 : position + 3])
        position += 3
        for _ in range(count):
            length = int.from_bytes(extradata[position : position + 2])
            if kind in {32, 33, 34}:
                yield extradata[position + 2 : position + 2 + length]
            position += 2 + length
