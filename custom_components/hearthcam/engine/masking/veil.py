"""A stream through the mask: raw packets in, packets that may be shown out."""

from typing import Protocol

from ..packet import Packet, VideoParameters
from .shown import ShownPacket


class Veil(Protocol):
    """One stream on its way to one output. Used from one thread; always closed."""

    @property
    def video(self) -> VideoParameters:
        """What the pictures are that come out; certain once a packet has come out."""

    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return what may be shown by now. Raises MaskError: nothing may be then.

        The first packet is a keyframe.
        """

    def finish(self) -> list[ShownPacket]:
        """Return what was held back, at the end. Raises MaskError."""

    def close(self) -> None:
        """Free decoder and encoder."""


class ClearVeil:
    """Lets the stream of a camera without privacy zones pass, untouched."""

    def __init__(self, video: VideoParameters) -> None:
        """Take the stream's parameters."""
        self.video = video

    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return the packet."""
        return [ShownPacket.of(packet)]

    def finish(self) -> list[ShownPacket]:
        """Return nothing: nothing is held back."""
        return []

    def close(self) -> None:
        """Free nothing."""
