"""What may leave the engine: packets and pictures that a mask has passed.

Whatever is written, sent or shown takes these types, never the raw ones, and only this
package makes them (a test reads the source for that): an output that forgets the
privacy zones does not pass the type check, and raises at run time.
"""

from dataclasses import dataclass, field
from typing import Self, final

from av.video.frame import VideoFrame

from ..packet import TIME_BASE, Packet


@final
@dataclass(frozen=True, slots=True)
class ShownPacket:
    """A packet that may be written or sent; its fields are those of a `Packet`."""

    data: bytes = field(repr=False)
    pts: int
    dts: int
    duration: int
    is_keyframe: bool
    is_audio: bool = False

    @classmethod
    def of(cls, packet: Packet) -> Self:
        """Let a packet pass: one of a camera without a mask, or one made masked."""
        return cls(
            packet.data,
            packet.pts,
            packet.dts,
            packet.duration,
            packet.is_keyframe,
            packet.is_audio,
        )

    @property
    def time(self) -> float:
        """The presentation time in seconds of the Unix epoch."""
        return self.pts / TIME_BASE


@final
@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A picture that may be written or sent."""

    picture: VideoFrame
