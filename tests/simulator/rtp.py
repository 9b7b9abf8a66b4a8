"""RTP: packetising H.264, H.265, AAC and G.711, and RTCP sender reports.

Packets are made once, when a track is loaded, as they lie on an interleaved TCP
connection (RFC 2326, 10.12: `$`, channel, length). Sending an access unit then
only fills in what changes from loop to loop, whatever the number of clients.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import struct

import numpy as np
import numpy.typing as npt

from .bitstream import nal_type

MAX_PAYLOAD = 1400
"""Bytes of one RTP payload: what fits an Ethernet frame, as cameras do."""
_NTP_EPOCH = 2208988800
_FRAME = struct.Struct(">BBHBB")
# Where the parts that vary lie within a framed packet.
_VARYING = np.arange(6, 16)


@dataclass(frozen=True, slots=True)
class Batch:
    """The RTP packets of one access unit, framed for an interleaved connection."""

    data: bytes
    offsets: npt.NDArray[np.intp]
    """Where each packet's frame (its `$`) begins in `data`."""
    octets: int
    """Sum of the payloads, for sender reports."""

    def __len__(self) -> int:
        """Return the number of packets."""
        return len(self.offsets)


@dataclass(slots=True)
class Numbering:
    """Where a track is in its sequence numbers; shared by all its clients."""

    ssrc: int
    sequence: int
    timestamp_base: int
    packets: int = 0
    octets: int = 0


def make_batch(payloads: Iterable[bytes], payload_type: int, *, marker: bool) -> Batch:
    """Frame the payloads of one access unit; `marker` is set on the last."""
    parts: list[bytes] = []
    offsets: list[int] = []
    position = octets = 0
    payloads = list(payloads)
    for index, payload in enumerate(payloads):
        last = marker and index == len(payloads) - 1
        head = _FRAME.pack(
            0x24, 0, 12 + len(payload), 0x80, payload_type | (0x80 if last else 0)
        )
        parts += (head, bytes(10), payload)
        offsets.append(position)
        position += 16 + len(payload)
        octets += len(payload)
    return Batch(b"".join(parts), np.array(offsets, dtype=np.intp), octets)


def stamp(batch: Batch, numbering: Numbering, timestamp: int) -> bytearray:
    """Return the batch's bytes with sequence numbers, timestamp and SSRC filled in.

    `timestamp` is the media time in clock units; the numbering's base is added.
    """
    count = len(batch)
    data = bytearray(batch.data)
    head = np.empty((count, 10), dtype=np.uint8)
    sequence = (numbering.sequence + np.arange(count)).astype(">u2")
    head[:, :2] = sequence.view(np.uint8).reshape(count, 2)
    stamp_value = (numbering.timestamp_base + timestamp) & 0xFFFFFFFF
    head[:, 2:] = np.frombuffer(
        struct.pack(">II", stamp_value, numbering.ssrc), dtype=np.uint8
    )
    view = np.frombuffer(data, dtype=np.uint8)
    view[batch.offsets[:, None] + _VARYING] = head
    numbering.sequence = (numbering.sequence + count) & 0xFFFF
    numbering.packets += count
    numbering.octets += batch.octets
    return data


def set_channel(data: bytearray, batch: Batch, channel: int) -> bytearray:
    """Return the batch framed for an interleaved channel, `data` untouched."""
    if channel:
        data = bytearray(data)
        np.frombuffer(data, dtype=np.uint8)[batch.offsets + 1] = channel
    return data


def datagrams(data: bytes | bytearray, batch: Batch) -> list[memoryview]:
    """Return the bare RTP packets, for UDP."""
    view = memoryview(data)
    ends = [*batch.offsets[1:].tolist(), len(data)]
    return [
        view[begin + 4 : end]
        for begin, end in zip(batch.offsets.tolist(), ends, strict=True)
    ]


def without(
    data: bytes | bytearray, batch: Batch, lost: Sequence[bool]
) -> tuple[bytearray, Batch]:
    """Return data and batch with the packets left out that are `lost`."""
    ends = [*batch.offsets[1:].tolist(), len(data)]
    kept = bytearray()
    offsets: list[int] = []
    spans = zip(batch.offsets.tolist(), ends, lost, strict=True)
    for begin, end, gone in spans:
        if not gone:
            offsets.append(len(kept))
            kept += data[begin:end]
    return kept, Batch(b"", np.array(offsets, dtype=np.intp), 0)


def video_payloads(
    codec: str, nals: Iterable[bytes], limit: int = MAX_PAYLOAD
) -> list[bytes]:
    """Packetise NAL units: single NAL unit or fragments (RFC 6184, RFC 7798)."""
    payloads: list[bytes] = []
    for nal in nals:
        if len(nal) <= limit:
            payloads.append(nal)
            continue
        if codec == "h264":
            # FU indicator (type 28), FU header; RFC 6184, 5.8.
            lead, skip = bytes([(nal[0] & 0xE0) | 28]), 1
        else:
            # Payload header (type 49), FU header; RFC 7798, 4.4.3.
            lead, skip = bytes([(nal[0] & 0x81) | (49 << 1), nal[1]]), 2
        kind = nal_type(codec, nal)
        room = limit - len(lead) - 1
        for begin in range(skip, len(nal), room):
            start = 0x80 if begin == skip else 0
            end = 0x40 if begin + room >= len(nal) else 0
            payloads.append(
                lead + bytes([start | end | kind]) + nal[begin : begin + room]
            )
    return payloads


def aac_payload(frame: bytes) -> bytes:
    """Put one AAC frame into an AAC-hbr payload (RFC 3640, 3.3.6)."""
    return struct.pack(">HH", 16, len(frame) << 3) + frame


def sender_report(
    numbering: Numbering, *, wall: float, timestamp: int, name: str
) -> bytes:
    """Return a compound RTCP packet: sender report and CNAME (RFC 3550, 6.4.1).

    `timestamp` is the media time in clock units at the wall time `wall`.
    """
    seconds = int(wall)
    report = struct.pack(
        ">BBHIIIIII",
        0x80,
        200,
        6,
        numbering.ssrc,
        (seconds + _NTP_EPOCH) & 0xFFFFFFFF,
        int((wall - seconds) * (1 << 32)) & 0xFFFFFFFF,
        (numbering.timestamp_base + timestamp) & 0xFFFFFFFF,
        numbering.packets & 0xFFFFFFFF,
        numbering.octets & 0xFFFFFFFF,
    )
    cname = name.encode()[:255]
    item = struct.pack(">IBB", numbering.ssrc, 1, len(cname)) + cname
    item += bytes(4 - len(item) % 4)
    description = struct.pack(">BBH", 0x81, 202, len(item) // 4) + item
    return report + description


def goodbye(numbering: Numbering) -> bytes:
    """Return an RTCP BYE (RFC 3550, 6.6)."""
    return struct.pack(">BBHI", 0x81, 203, 1, numbering.ssrc)


def interleave(channel: int, packet: bytes) -> bytes:
    """Frame one packet for an interleaved connection (RFC 2326, 10.12)."""
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet
