"""Video files as packets of a camera, and what the ladder makes of them."""

from collections.abc import Iterator
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext

from custom_components.hearthcam.engine.ladder import Ladder
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet, VideoParameters
from custom_components.hearthcam.engine.sight import Told

EPOCH = 1_800_000_000.0
"""The time of every file's first frame."""


def load(path: Path) -> tuple[VideoParameters, list[Packet]]:
    """Return an H.264 file's video as access units in Annex B, starting at EPOCH."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        annexb = BitStreamFilterContext("h264_mp4toannexb", stream)
        packets: list[Packet] = []
        for source in container.demux(stream):
            if source.dts is None:
                continue
            for unit in annexb.filter(source):
                assert unit.pts is not None
                assert unit.dts is not None
                assert unit.time_base is not None
                scale = float(unit.time_base * TIME_BASE)
                packets.append(
                    Packet(
                        bytes(unit),
                        int(EPOCH * TIME_BASE + unit.pts * scale),
                        int(EPOCH * TIME_BASE + unit.dts * scale),
                        int((unit.duration or 0) * scale),
                        unit.is_keyframe,
                    )
                )
        parameters = VideoParameters(
            context.name,
            context.width,
            context.height,
            float(stream.average_rate or 10),
            b"",
        )
    return parameters, packets


def looped(packets: list[Packet], times: int) -> Iterator[Packet]:
    """Repeat a file, as the simulator does."""
    length = packets[-1].pts - packets[0].pts + (packets[1].pts - packets[0].pts)
    for turn in range(times):
        for packet in packets:
            shift = turn * length
            yield Packet(
                packet.data,
                packet.pts + shift,
                packet.dts + shift,
                packet.duration,
                packet.is_keyframe,
            )


def run(
    parameters: VideoParameters, packets: list[Packet], ladder: Ladder | None = None
) -> list[tuple[float, Told]]:
    """Return every event with the time of the packet that brought it, from EPOCH."""
    ladder = ladder or Ladder(NOTHING)
    told: list[tuple[float, Told]] = [
        (0.0, event) for event in ladder.set_parameters(parameters)
    ]
    for packet in packets:
        told += [(packet.time - EPOCH, event) for event in ladder.feed(packet)]
    told += [(packets[-1].time - EPOCH, event) for event in ladder.finish()]
    return told
