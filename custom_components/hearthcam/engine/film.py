"""Finished clips read back as the engine's own packets."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.packet import Packet as AVPacket
from av.video.stream import VideoStream

from .bitstream import adts_header
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters

_TO_ANNEX_B: Final = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


class Film:
    """The packets of an MP4 file, self-contained as they come from a camera.

    Their times count from the file's zero.
    """

    def __init__(self, container: InputContainer) -> None:
        """Read what it holds; raises ValueError without a picture that we know."""
        self._container = container
        if not container.streams.video:
            raise ValueError("no video")
        self._video: VideoStream = container.streams.video[0]
        context = self._video.codec_context
        if context.name not in _TO_ANNEX_B:
            raise ValueError("not a codec of a clip")
        self._filter = BitStreamFilterContext(_TO_ANNEX_B[context.name], self._video)
        rate = self._video.average_rate
        self.video = VideoParameters(
            context.name,
            context.width,
            context.height,
            float(rate) if rate else 0.0,
            # Keyframes carry their own once they are in this form.
            b"",
        )
        self.audio: AudioParameters | None = None
        if container.streams.audio:
            sound = container.streams.audio[0].codec_context
            if sound.name == "aac":
                self.audio = AudioParameters(
                    "aac", sound.sample_rate, sound.channels, b""
                )

    def packets(self) -> Iterator[Packet]:
        """Yield pictures and sound in the file's order. Raises av.FFmpegError."""
        streams: list[Any] = [self._video]
        if self.audio is not None:
            streams.append(self._container.streams.audio[0])
        for packet in self._container.demux(streams):
            if not packet.size or packet.dts is None:
                continue
            if packet.stream_index != self._video.index:
                yield self._sound(packet)
                continue
            for picture in self._filter.filter(packet):
                yield _packet(picture, bytes(picture))

    def _sound(self, packet: AVPacket[Any]) -> Packet:
        assert self.audio is not None
        data = bytes(packet)
        header = adts_header(len(data), self.audio.sample_rate, self.audio.channels)
        return _packet(packet, header + data, is_audio=True)


@contextmanager
def open_film(path: Path) -> Iterator[Film]:
    """Open a clip's file. Raises OSError, av.FFmpegError, ValueError."""
    with av.open(str(path), format="mp4") as container:
        yield Film(container)


def _packet(packet: AVPacket[Any], data: bytes, *, is_audio: bool = False) -> Packet:
    base = Fraction(packet.time_base.numerator, packet.time_base.denominator)
    pts = packet.dts if packet.pts is None else packet.pts

    def ticks(value: int | None) -> int:
        return round((value or 0) * base * TIME_BASE)

    return Packet(
        data,
        ticks(pts),
        ticks(packet.dts),
        ticks(packet.duration),
        packet.is_keyframe,
        is_audio,
    )
