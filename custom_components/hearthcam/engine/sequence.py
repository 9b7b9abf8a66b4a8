"""A connection's packets, made self-contained and put in order of time."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from av.packet import Packet as AVPacket
from av.stream import Stream

from .bitstream import adts_header, has_sequence_parameters, is_adts, parameter_sets
from .clock import Clock, TimestampMapper
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters

_WAITED: Final = 10_000
"""Microseconds; a packet that took longer was not there yet."""
_DRAINED_AFTER: Final = 250_000
"""Microseconds in which everything that was there has been taken."""
_LEAST_STEP: Final = 12
"""Microseconds between two packets: more than one tick of MPEG-TS and of our MP4s,
which count 90 kHz."""
_MOST_LATE: Final = 15 * TIME_BASE


def arrivals(
    packets: Iterable[AVPacket[Stream]], chosen: Collection[int], clock: Clock
) -> Iterator[tuple[AVPacket[Stream], int]]:
    """Yield the packets of the chosen streams, and when they came (µs).

    FFmpeg gathers packets while it opens a stream, and hands them over at once.
    They came before, at the distances of their timestamps, from the first packet
    that had to be waited for.
    """
    gathered: list[AVPacket[Stream]] | None = []
    began = arrival = clock.now()
    for packet in packets:
        before, arrival = arrival, clock.now()
        if not packet.size or packet.stream_index not in chosen:
            continue
        if gathered is None:
            yield packet, arrival
            continue
        gathered.append(packet)
        if arrival - before < _WAITED and arrival - began < _DRAINED_AFTER:
            continue
        yield from _spread(gathered, arrival)
        gathered = None
    if gathered:
        yield from _spread(gathered, arrival)


def _stamp(packet: AVPacket[Stream]) -> int | None:
    """Return a packet's timestamp in microseconds, where it has one."""
    stamp = packet.dts if packet.dts is not None else packet.pts
    if stamp is None:
        return None
    return (
        stamp * packet.time_base.numerator * TIME_BASE // packet.time_base.denominator
    )


def _spread(
    packets: list[AVPacket[Stream]], arrival: int
) -> Iterator[tuple[AVPacket[Stream], int]]:
    """Yield packets with their arrivals, of which the last one's is known."""
    newest = _stamp(packets[-1])
    for index, packet in enumerate(packets):
        stamp = _stamp(packet)
        if stamp is None:
            # FFmpeg leaves the first picture without a time: it came a step before
            # the next.
            following = [
                other
                for each in packets[index + 1 :]
                if each.stream_index == packet.stream_index
                and (other := _stamp(each)) is not None
            ]
            if len(following) > 1:
                stamp = 2 * following[0] - following[1]
        late = 0 if stamp is None or newest is None else newest - stamp
        yield packet, arrival - min(max(late, 0), _MOST_LATE)


class Sequencer:
    """Makes one stream's packets self-contained and their time ordered."""

    def __init__(
        self,
        mapper: TimestampMapper,
        parameters: VideoParameters | AudioParameters | None,
    ) -> None:
        """Share the mapper with the connection's other stream."""
        self._mapper = mapper
        self._parameters = parameters
        self._last_dts: int | None = None
        self._step = TIME_BASE // 25

    def convert(self, packet: AVPacket[Stream], arrival: int) -> Packet:
        """Return the engine's packet for one that came at ``arrival`` (µs)."""
        pts, dts = self._times(packet, arrival)
        data = bytes(packet)
        is_video = isinstance(self._parameters, VideoParameters)
        match self._parameters:
            case VideoParameters() as video if packet.is_keyframe:
                data = _with_parameter_sets(data, video)
            case AudioParameters(codec="aac") as audio if not is_adts(data):
                data = _with_adts(data, audio)
        return Packet(
            data=data,
            pts=pts,
            dts=dts,
            duration=self._step,
            is_keyframe=packet.is_keyframe or not is_video,
            is_audio=not is_video,
        )

    def _times(self, packet: AVPacket[Stream], arrival: int) -> tuple[int, int]:
        # The first packet may have no dts and is the keyframe: it counts all the same.
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            dts = pts = max(arrival, (self._last_dts or 0) + self._step)
        else:
            scale, divisor = packet.time_base.numerator, packet.time_base.denominator
            dts = self._mapper.map(stamp * scale * TIME_BASE // divisor, arrival)
            delay = 0 if packet.pts is None else packet.pts - stamp
            pts = dts + max(delay * scale * TIME_BASE // divisor, 0)
        if self._last_dts is not None:
            if dts < self._last_dts + _LEAST_STEP:
                # UDP reorders, and some cameras give two pictures one time; a muxer
                # refuses time that does not go on.
                dts = self._last_dts + _LEAST_STEP
                pts = max(pts, dts)
            elif dts - self._last_dts < TIME_BASE:
                self._step = dts - self._last_dts
        self._last_dts = dts
        return pts, dts


def _with_parameter_sets(data: bytes, video: VideoParameters) -> bytes:
    sets = parameter_sets(video.codec, data)
    if has_sequence_parameters(video.codec, sets):
        return data
    return video.extradata + data


def _with_adts(data: bytes, audio: AudioParameters) -> bytes:
    try:
        return adts_header(len(data), audio.sample_rate, audio.channels) + data
    except ValueError:
        return data
