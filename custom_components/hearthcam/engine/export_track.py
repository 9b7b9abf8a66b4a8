"""What an export takes from one clip after the other: packets with new times."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from .bitstream import has_sequence_parameters


class MixedError(Exception):
    """Clips of different codecs or picture sizes do not make one film."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What clips must have in common; ``sound`` is None for a silent one.

    Of pictures it is what a player sets itself up for once. ``parameters`` may
    differ, for keyframes carry their own.
    """

    codec: str
    width: int
    height: int
    sound: tuple[str, int, int] | None
    parameters: bytes


@dataclass(frozen=True, slots=True)
class Moment:
    """A picture that was copied; in seconds from its clip's first frame."""

    start: float
    end: float


def shape_of(path: Path) -> Shape | None:
    """Return a clip's shape, None where there is no picture. Raises av.FFmpegError."""
    with av.open(str(path), format="mp4") as source:
        if not source.streams.video:
            return None
        video = source.streams.video[0].codec_context
        sound = None
        if source.streams.audio:
            audio = source.streams.audio[0].codec_context
            sound = (audio.name, audio.sample_rate, audio.channels)
        return Shape(
            video.name, video.width, video.height, sound, bytes(video.extradata or b"")
        )


class Joined:
    """The tracks of the file that is written."""

    def __init__(
        self,
        target: OutputContainer,
        source: InputContainer,
        shape: Shape,
        *,
        sound: bool,
    ) -> None:
        """Add the tracks, after the first clip's model."""
        self.shape = shape
        self.target = target
        self.video: Stream = target.add_stream_from_template(source.streams.video[0])
        if shape.codec == "hevc":
            # Safari and QuickTime play hvc1 only, not hev1.
            self.video.codec_context.codec_tag = "hvc1"
        self.audio: Stream | None = None
        if sound and shape.sound is not None:
            self.audio = target.add_stream_from_template(source.streams.audio[0])
        # Where the next clip's first picture goes, in s from the film's start.
        self.end = Fraction(0)
        self.heard = Fraction(-1)

    def begin(self, source: InputContainer, shape: Shape) -> Begun:
        """Go on with another clip. Raises MixedError."""
        ours = (self.shape.codec, self.shape.width, self.shape.height)
        if (shape.codec, shape.width, shape.height) != ours:
            raise MixedError
        return Begun(self, source, check=shape.parameters != self.shape.parameters)


class Begun:
    """One clip being copied."""

    def __init__(self, joined: Joined, source: InputContainer, *, check: bool) -> None:
        """Prepare; ``check``: its keyframes must carry their own parameters."""
        self._joined = joined
        self._source = source
        self._check = check
        self._begin: Fraction | None = None

    def copy(self, after: float, until: float) -> Iterator[Moment]:
        """Copy from the keyframe at or before ``after`` to the frame before ``until``.

        Both in seconds from the clip's start. Raises MixedError.
        """
        video = self._source.streams.video[0]
        streams: list[Any] = [video]
        if self._joined.audio is not None:
            streams.append(self._source.streams.audio[0])
        self._source.seek(int(max(after, 0.0) * av.time_base))
        offset = self._joined.end
        # Sound comes in front of the pictures it belongs to as well as behind them.
        early: list[Packet[Any]] = []
        for packet in self._source.demux(streams):
            if packet.dts is None or not packet.size:
                continue
            begin, end = _time(packet.dts, packet), _end(packet)
            if packet.stream_index != video.index:
                if begin < until:
                    early.append(packet)
            elif self._begin is None and not packet.is_keyframe:
                continue
            elif begin >= until:
                break
            else:
                if self._begin is None:
                    self._start(packet)
                assert self._begin is not None
                shift = offset - self._begin
                start = float(_time(packet.pts or packet.dts, packet))
                self._joined.end = max(self._joined.end, end + shift)
                self._mux(packet, self._joined.video, shift)
                yield Moment(start, float(end))
            if self._begin is not None:
                self._sound(early, offset - self._begin)
        if self._begin is not None:
            self._sound(early, offset - self._begin)

    def _start(self, keyframe: Packet[Any]) -> None:
        self._begin = _time(keyframe.dts or 0, keyframe)
        codec = self._joined.shape.codec
        if self._check and not has_sequence_parameters(codec, _annex_b(keyframe)):
            raise MixedError

    def _sound(self, early: list[Packet[Any]], shift: Fraction) -> None:
        for packet in early:
            begin = _time(packet.dts or 0, packet) + shift
            # What sounded before the cut, or where the clip before still sounds.
            slack = Fraction(packet.duration or 0, 2) * _base(packet)
            if begin >= 0 and begin >= self._joined.heard - slack:
                assert self._joined.audio is not None
                late = max(begin, self._joined.heard) - begin
                self._joined.heard = _end(packet) + shift + late
                self._mux(packet, self._joined.audio, shift + late)
        early.clear()

    def _mux(self, packet: Packet[Any], stream: Stream, shift: Fraction) -> None:
        ticks = round(shift / _base(packet))
        packet.dts = (packet.dts or 0) + ticks
        if packet.pts is not None:
            packet.pts += ticks
        packet.stream = stream
        self._joined.target.mux_one(packet)


def _base(packet: Packet[Any]) -> Fraction:
    return Fraction(packet.time_base.numerator, packet.time_base.denominator)


def _time(ticks: int, packet: Packet[Any]) -> Fraction:
    return ticks * _base(packet)


def _end(packet: Packet[Any]) -> Fraction:
    return _time((packet.dts or 0) + (packet.duration or 0), packet)


def _annex_b(packet: Packet[Any]) -> bytes:
    """Return what stands in a frame of an MP4, with start codes instead of lengths."""
    data, at, units = bytes(packet), 0, []
    while at + 4 < len(data):
        length = int.from_bytes(data[at : at + 4])
        units.append(b"\x00\x00\x00\x01" + data[at + 4 : at + 4 + length])
        at += 4 + length
    return b"".join(units)
