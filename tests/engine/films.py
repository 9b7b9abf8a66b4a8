"""Clips written for tests as the engine writes them, from packets made in memory."""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from custom_components.hearthcam.engine.bitstream import adts_header
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.mux import Muxer
from custom_components.hearthcam.engine.packet import (
    TIME_BASE,
    AudioParameters,
    Packet,
    VideoParameters,
)

from .samples import START

HYBRID = {
    "movflags": "hybrid_fragmented",
    "frag_duration": str(TIME_BASE),
    "flush_packets": "1",
}
RATE = 16_000
SOUND = AudioParameters("aac", RATE, 1, b"")


@cache
def sound(seconds: float) -> tuple[Packet, ...]:
    """Return noise as AAC with ADTS headers, from ``START`` on."""
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "fltp"
    encoder.time_base = Fraction(1, RATE)
    encoder.open()
    noise = np.random.default_rng(1)
    packets: list[Packet] = []
    for number in range(int(seconds * RATE / 1024)):
        samples = noise.normal(0, 0.1, (1, 1024)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
        frame.sample_rate, frame.pts = RATE, number * 1024
        for packet in encoder.encode(frame):
            data = bytes(packet)
            at = START + len(packets) * 1024 * TIME_BASE // RATE
            packets.append(
                Packet(
                    adts_header(len(data), RATE, 1) + data,
                    at,
                    at,
                    1024 * TIME_BASE // RATE,
                    is_keyframe=True,
                    is_audio=True,
                )
            )
    return tuple(packets)


def write_film(
    path: Path,
    video: VideoParameters,
    packets: Iterable[Packet],
    *,
    audible: bool = False,
    comment: str = "",
    copy_before_close: Path | None = None,
) -> Path:
    """Write packets, the first a keyframe, and close the file.

    ``copy_before_close`` gets the file as a kill at that moment would leave it.
    """
    ordered = [
        ShownPacket.of(packet)
        for packet in sorted(packets, key=lambda packet: packet.dts)
    ]
    muxer = Muxer(
        str(path),
        "mp4",
        ordered[0],
        video,
        SOUND if audible else None,
        options=HYBRID,
        metadata={"comment": comment},
    )
    for packet in ordered:
        muxer.write(packet)
    if copy_before_close is not None:
        copy_before_close.write_bytes(path.read_bytes())
    muxer.close()
    return path


def between(packets: Iterable[Packet], start: float, end: float) -> tuple[Packet, ...]:
    """Return the packets of start <= t < end, in s after ``START``."""
    return tuple(
        packet
        for packet in packets
        if start * TIME_BASE <= packet.pts - START < end * TIME_BASE
    )


def repair(part: Path, target: Path) -> Path:
    """Copy whole packets into a regular MP4, as a recovery does."""
    with av.open(str(part), format="mp4") as source, av.open(str(target), "w") as out:
        copied = {s.index: out.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copied[packet.stream_index]
                out.mux_one(packet)
    return target
