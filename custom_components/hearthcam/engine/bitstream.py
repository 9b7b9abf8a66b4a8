"""What must be known of H.264, H.265 and AAC bit streams without decoding them.

Every packet in the engine is self-contained: keyframes carry their parameter sets,
AAC frames their ADTS header. So any muxer can start at any keyframe with nothing
but packets, whatever a camera put into its SDP only.
"""

from collections.abc import Iterator
from typing import Final

_H264_SLICES: Final = frozenset(range(1, 6))
_H264_SPS: Final = 7
_H264_PARAMETER_SETS: Final = frozenset({7, 8})
_HEVC_SPS: Final = 33
_HEVC_PARAMETER_SETS: Final = frozenset({32, 33, 34})
_HEVC_FIRST_NON_SLICE: Final = 32

_ADTS_RATES: Final = (
    96000,
    88200,
    64000,
    48000,
    44100,
    32000,
    24000,
    22050,
    16000,
    12000,
    11025,
    8000,
    7350,
)


def nal_units(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every NAL unit of an Annex B byte stream.

    ``start`` is the offset of the unit's header, behind its start code
    (ITU-T H.264, annex B).
    """
    at = data.find(b"\x00\x00\x01")
    while at >= 0:
        start = at + 3
        at = data.find(b"\x00\x00\x01", start)
        yield start, len(data) if at < 0 else at


def _nal_type(codec: str, header: int) -> int:
    return header >> 1 & 0x3F if codec == "hevc" else header & 0x1F


def _is_slice(codec: str, kind: int) -> bool:
    return kind < _HEVC_FIRST_NON_SLICE if codec == "hevc" else kind in _H264_SLICES


def parameter_sets(codec: str, data: bytes) -> bytes:
    """Return the parameter sets that stand before the first slice, in Annex B form.

    Empty where there are none; the search ends at the first slice, so it costs the
    same for a frame of any size.
    """
    wanted = _HEVC_PARAMETER_SETS if codec == "hevc" else _H264_PARAMETER_SETS
    found = []
    for start, end in nal_units(data):
        if start >= len(data):
            break
        kind = _nal_type(codec, data[start])
        if _is_slice(codec, kind):
            break
        if kind in wanted:
            found.append(b"\x00\x00\x00\x01" + data[start:end].rstrip(b"\x00"))
    return b"".join(found)


def has_sequence_parameters(codec: str, sets: bytes) -> bool:
    """Tell whether parameter sets include one that describes the sequence (SPS)."""
    wanted = _HEVC_SPS if codec == "hevc" else _H264_SPS
    return any(
        _nal_type(codec, sets[start]) == wanted
        for start, _ in nal_units(sets)
        if start < len(sets)
    )


def adts_header(size: int, sample_rate: int, channels: int) -> bytes:
    """Return the 7-byte ADTS header of an AAC-LC frame of ``size`` bytes.

    Source: ISO/IEC 13818-7, 6.2. Raises ValueError for a sample rate, channel count
    or size that ADTS cannot express.
    """
    if sample_rate not in _ADTS_RATES or not 1 <= channels <= 7:
        raise ValueError("not an AAC format that ADTS can carry")
    total = size + 7
    if total >= 1 << 13:
        raise ValueError("AAC frame too long")
    rate = _ADTS_RATES.index(sample_rate)
    return bytes(
        (
            0xFF,
            0xF1,
            1 << 6 | rate << 2 | channels >> 2,
            (channels & 3) << 6 | total >> 11,
            total >> 3 & 0xFF,
            (total & 7) << 5 | 0x1F,
            0xFC,
        )
    )


def is_adts(data: bytes) -> bool:
    """Tell whether an AAC frame begins with an ADTS sync word."""
    return len(data) > 7 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0


def without_adts(data: bytes) -> bytes:
    """Return an AAC frame without the ADTS header it may begin with.

    The header has 9 bytes where it protects the frame by a checksum, else 7.
    """
    if not is_adts(data):
        return data
    return data[7 if data[1] & 1 else 9 :]
