"""A clip's container, opened by the first picture that may be shown."""

from dataclasses import replace
import logging
from typing import Final

from ..library.tag import ClipTag
from .clip_file import MP4_OPTIONS, ClipFile
from .clip_order import ClipOrder
from .masking.shown import ShownPacket
from .mux import Muxer, MuxError
from .packet import VideoParameters

_LOGGER = logging.getLogger(__name__)

_UNSURE: Final = 4
"""Packets that the muxer may hold back: a frame and a piece of sound, and to spare."""


class ClipFilm:
    """What may be shown, on its way to one file. Used by one thread."""

    def __init__(self, order: ClipOrder, file: ClipFile) -> None:
        """Prepare; nothing is written before the first picture."""
        self._order = order
        self._file = file
        self._muxer: Muxer | None = None
        self._count = 0
        # Keyframes that were written lately: which packet it was, and its time.
        self._keyframes: list[tuple[int, int]] = []
        # Sound that came while the first picture was being masked.
        self._early: list[ShownPacket] = []
        self.tag: ClipTag = order.tag
        self.video: VideoParameters = order.video
        # The first picture's time and the last one's end (µs).
        self.start: int | None = None
        self.end: int | None = None
        self.has_audio = False

    def write(self, packet: ShownPacket, video: VideoParameters) -> bool:
        """Write a packet; True where the file has grown by whole fragments.

        ``video`` is what the pictures are. Raises MuxError where the disk fails, or
        nothing at all can be written.
        """
        if self._muxer is None:
            if packet.is_audio:
                self._early.append(packet)
                return False
            self._open(packet, video)
        elif not self._mux(self._muxer, packet):
            return False
        if packet.is_audio:
            self.has_audio = self.has_audio or self._order.audio is not None
            return False
        end = packet.pts + packet.duration
        self.end = end if self.end is None else max(self.end, end)
        return self._file.grown()

    def _open(self, first: ShownPacket, video: VideoParameters) -> None:
        order = self._order
        self.video, self.start = video, first.pts
        self.tag = replace(order.tag, start=first.time)
        self._muxer = muxer = Muxer(
            self._file,
            "mp4",
            first,
            video,
            order.audio,
            options=MP4_OPTIONS,
            metadata={"comment": self.tag.to_json()},
        )
        muxer.write(first)
        self._note(first)
        self._file.begin()
        for packet in self._early:
            if self._mux(muxer, packet):
                self.has_audio = self.has_audio or order.audio is not None
        self._early.clear()

    def _mux(self, muxer: Muxer, packet: ShownPacket) -> bool:
        """Write a packet; False for one that FFmpeg refuses. Raises MuxError."""
        try:
            muxer.write(packet)
        except MuxError as error:
            if self._file.error is not None:
                raise
            _LOGGER.debug("A packet is left out of a clip: %s", error)
            return False
        self._note(packet)
        return True

    def _note(self, packet: ShownPacket) -> None:
        self._count += 1
        if packet.is_keyframe and not packet.is_audio:
            self._keyframes.append((self._count, packet.pts))

    def settled(self) -> int | None:
        """Return the time (µs) of a keyframe before which all is in the file.

        To be asked when the file has grown; None: there is no further one.
        """
        settled = None
        while self._keyframes and self._count - self._keyframes[0][0] >= _UNSURE:
            settled = self._keyframes.pop(0)[1]
        return settled

    def close(self) -> None:
        """Write the container's end. Raises MuxError, also where there is nothing."""
        if self._muxer is None:
            raise MuxError("nothing to write")
        self._muxer.close()
        self._muxer = None

    def discard(self) -> None:
        """Free what is open; the file must take nothing any more, or be closed."""
        muxer, self._muxer = self._muxer, None
        if muxer is not None:
            try:
                muxer.close()
            except MuxError:
                _LOGGER.debug("A muxer failed once more at its end")
