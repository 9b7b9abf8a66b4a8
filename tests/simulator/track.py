"""The looped tracks of a stream, packetised once and shared by cameras."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av

from .bitstream import coded_nals, read_configuration
from .rtp import Batch, make_batch, video_payloads

VIDEO_PAYLOAD_TYPE = 96
VIDEO_CLOCK = 90000
CODECS = {"h264", "hevc"}
SAME_TIME = 1e-4
"""Seconds: times of a loop that are closer are the same."""


class UnfitFileError(Exception):
    """A file's packets cannot be sent as they are: it must be encoded anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One access unit of video, or one frame of audio."""

    time: float
    """Seconds from the start of the loop."""
    batch: Batch
    key: bool = True
    picture: bytes = b""
    """A keyframe with its parameter sets (Annex B); empty for others."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoTrack:
    """A loop of video."""

    codec: str
    width: int
    height: int
    fps: float
    gop: float
    """Longest distance of keyframes in seconds, that over the wrap included."""
    duration: float
    bitrate: int
    parameter_sets: tuple[bytes, ...]
    units: tuple[Unit, ...]
    packet_totals: tuple[int, ...]
    """Number of RTP packets before each unit, and at last of all."""

    def keyframe_at(self, when: float) -> Unit:
        """Return the keyframe at or before a time of the loop."""
        earlier = (u for u in self.units if u.key and u.time <= when + SAME_TIME)
        return max(earlier, key=lambda unit: unit.time, default=self.units[0])


def load_video(path: Path) -> VideoTrack:
    """Packetise the first video track of a file; blocks.

    Raises UnfitFileError for another codec than H.264 and H.265, for B-frames,
    and for a file that does not begin with a keyframe.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        codec = context.name
        if codec not in CODECS or not context.extradata:
            raise UnfitFileError(f"{codec} is not what cameras send")
        configuration = read_configuration(codec, context.extradata)
        units = list(_units(container, codec))
        rate = float(stream.average_rate or stream.guessed_rate or 25)
        width, height = context.width, context.height
    if not units or not units[0].key:
        raise UnfitFileError("no keyframe at the start")
    # The last picture stands as long as one does on average.
    mean = units[-1].time / (len(units) - 1) if len(units) > 1 else 1 / rate
    duration = round((units[-1].time + mean) * VIDEO_CLOCK) / VIDEO_CLOCK
    keys = [unit.time for unit in units if unit.key]
    totals = [0]
    for unit in units:
        totals.append(totals[-1] + len(unit.batch))
    return VideoTrack(
        codec,
        width,
        height,
        rate,
        max(b - a for a, b in zip(keys, [*keys[1:], duration], strict=True)),
        duration,
        round(sum(unit.batch.octets for unit in units) * 8 / duration),
        configuration.parameter_sets,
        tuple(units),
        tuple(totals),
    )


def _units(container: av.container.InputContainer, codec: str) -> Iterator[Unit]:
    stream = container.streams.video[0]
    extradata = stream.codec_context.extradata
    if extradata is None or stream.time_base is None:
        raise UnfitFileError("no configuration")
    configuration = read_configuration(codec, extradata)
    origin: int | None = None
    latest = -1
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        origin = packet.pts if origin is None else origin
        if packet.pts - origin <= latest:
            raise UnfitFileError("pictures are not in the order of their times")
        latest = packet.pts - origin
        nals = coded_nals(codec, bytes(packet), configuration)
        picture = b""
        if packet.is_keyframe:
            nals = (*configuration.parameter_sets, *nals)
            picture = b"".join(b"\x00\x00\x00\x01" + nal for nal in nals)
        yield Unit(
            float((packet.pts - origin) * stream.time_base),
            make_batch(video_payloads(codec, nals), VIDEO_PAYLOAD_TYPE, marker=True),
            packet.is_keyframe,
            picture,
        )
