"""What a viewer gets before a stream that has hardly begun: its first picture, still.

Players that begin with whole segments, as Home Assistant's HLS does, show nothing
before they have one of 6 s and the beginning of the next. Where the past is shorter
than that, because the camera was just connected or what is hidden has just changed,
the first picture is sent as though it had stood still for a while: it is the same
picture, and it is shown at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
import numpy as np

from ..bitstream import adts_header
from ..packet import TIME_BASE, AudioParameters, Packet
from .shown import ShownPacket

SECONDS: Final = 8
"""How long the picture stands still, a keyframe each second: for a segment and for the
first part of the next. Home Assistant gives the first of them a later time, right
before the second."""
_SEGMENT: Final = int(5.9 * TIME_BASE)
"""Where Home Assistant ends a segment: at the first keyframe behind this."""
_SILENCE: Final = {"pcm_alaw": b"\xd5", "pcm_mulaw": b"\xff"}
_LAYOUTS: Final = {1: "mono", 2: "stereo"}
_SAMPLES: Final = 1024
"""Of each channel in one packet of sound, as in a frame of AAC."""


def lead_in(
    burst: Sequence[ShownPacket], audio: AudioParameters | None
) -> list[ShownPacket]:
    """Return what to send before the packets that there are, in order.

    ``burst`` begins with a keyframe. Empty where it is long enough by itself; also
    beside sound of which no silence can be made, since a track that begins later than
    its file describes it is not played.
    """
    first = burst[0]
    if any(_is_key(packet) and packet.pts >= first.pts + _SEGMENT for packet in burst):
        return []
    begin = first.dts - SECONDS * TIME_BASE
    pictures = (
        replace(
            first,
            pts=first.pts - ago * TIME_BASE,
            dts=first.dts - ago * TIME_BASE,
            duration=TIME_BASE,
        )
        for ago in range(SECONDS, 0, -1)
    )
    if audio is None:
        return list(pictures)
    heard = next((packet.data for packet in burst if packet.is_audio), b"")
    silence = list(_silence(audio, heard, begin, first.dts))
    return sorted(chain(pictures, silence), key=_in_order) if silence else []


def _is_key(packet: ShownPacket) -> bool:
    return packet.is_keyframe and not packet.is_audio


def _in_order(packet: ShownPacket) -> tuple[int, bool]:
    return packet.dts, packet.is_audio


def _silence(
    audio: AudioParameters, heard: bytes, begin: int, end: int
) -> Iterator[ShownPacket]:
    """Yield silence in the camera's own codec; nothing for one that is not known.

    ``heard`` is sound of the camera, which may be of another kind than was told.
    """
    if audio.codec == "aac":
        data = _silent_aac(audio.sample_rate, audio.channels)
        if not data or (heard and _kind(heard) != _kind(data)):
            return
    elif audio.codec in _SILENCE:
        data = _SILENCE[audio.codec] * (_SAMPLES * audio.channels)
    else:
        return
    duration = _SAMPLES * TIME_BASE // audio.sample_rate
    for time in range(begin, end - duration, duration):
        yield ShownPacket.of(
            Packet(data, time, time, duration, is_keyframe=True, is_audio=True)
        )


def _kind(frame: bytes) -> tuple[int, int]:
    """Return profile, rate and channels of a frame of AAC: bits 16 to 25."""
    return frame[2] & 0xFD, frame[3] >> 6


@cache
def _silent_aac(sample_rate: int, channels: int) -> bytes:
    """Return one frame of silence, with its ADTS header; empty where it cannot be made."""
    if channels not in _LAYOUTS:
        return b""
    layout = _LAYOUTS[channels]
    try:
        encoder = av.CodecContext.create("aac", "w")
        assert isinstance(encoder, AudioCodecContext)
        encoder.sample_rate, encoder.layout = sample_rate, layout
        encoder.format = "fltp"
        encoder.time_base = Fraction(1, sample_rate)
        encoder.open()
        zeros = np.zeros((channels, _SAMPLES), np.float32)
        frame = AudioFrame.from_ndarray(zeros, format="fltp", layout=layout)
        frame.sample_rate = sample_rate
        found = []
        for number in range(3):
            frame.pts = number * _SAMPLES
            found += encoder.encode(frame)
        data = bytes(found[-1])
        return adts_header(len(data), sample_rate, channels) + data
    except av.FFmpegError, ValueError, IndexError:
        return b""
