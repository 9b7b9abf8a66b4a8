"""Compressed media as the engine passes it around: bytes, free of any container.

A PyAV packet keeps buffers of the container that made it; these copies may outlive
it, be shared between threads and be muxed into any number of outputs.
"""

from dataclasses import dataclass, field
from typing import Final, Protocol, Self

TIME_BASE: Final = 1_000_000
"""Ticks a second of every timestamp in the engine."""


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """What a decoder or muxer must know of a video stream.

    ``codec`` is FFmpeg's name (``h264``, ``hevc``); ``extradata`` holds the parameter
    sets in Annex B form (start codes), as RTSP's SDP gave them.
    """

    codec: str
    width: int
    height: int
    fps: float
    extradata: bytes = field(repr=False)

    def same_picture(self, other: Self) -> bool:
        """Tell whether one decoder, clip or viewer can go on with the other's packets."""
        return (self.codec, self.width, self.height) == (
            other.codec,
            other.width,
            other.height,
        )


@dataclass(frozen=True, slots=True)
class AudioParameters:
    """What a decoder or muxer must know of an audio stream.

    ``codec`` is FFmpeg's name (``aac``, ``pcm_alaw``, ``pcm_mulaw``, ...).
    """

    codec: str
    sample_rate: int
    channels: int
    extradata: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Packet:
    """One access unit of video, or some audio.

    ``pts``, ``dts`` and ``duration`` count microseconds; ``pts`` is the wall clock's
    time (Unix epoch) that the source mapped the camera's timestamps to, monotonic
    over reconnections. ``dts`` never decreases within one stream.
    """

    data: bytes = field(repr=False)
    pts: int
    dts: int
    duration: int
    is_keyframe: bool
    is_audio: bool = False

    @property
    def time(self) -> float:
        """The presentation time in seconds of the Unix epoch."""
        return self.pts / TIME_BASE


class Compressed(Protocol):
    """The fields of a packet, raw or shown; see `Packet`."""

    @property
    def data(self) -> bytes:
        """The compressed bytes."""

    @property
    def pts(self) -> int:
        """When it is shown."""

    @property
    def dts(self) -> int:
        """When it is decoded."""

    @property
    def duration(self) -> int:
        """How long it lasts."""

    @property
    def is_keyframe(self) -> bool:
        """Whether it needs no other."""

    @property
    def is_audio(self) -> bool:
        """Whether it is sound."""
