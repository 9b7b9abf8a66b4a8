"""Self-contained packets into a container, from any keyframe on."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
import io
import logging
from typing import Final, Protocol

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet as AVPacket
from av.stream import Stream

from .audio import AudioTrack
from .bitstream import adts_header, without_adts
from .errors import MEDIA_ERRORS
from .masking.shown import ShownPacket
from .packet import TIME_BASE, AudioParameters, Compressed, VideoParameters

_LOGGER = logging.getLogger(__name__)

_TICK: Final = Fraction(1, TIME_BASE)


class MuxError(Exception):
    """The container cannot hold these packets, or its file cannot be written."""


FILM_ERRORS: Final = (*MEDIA_ERRORS, MuxError)
"""What writing a film anew raises, where its pictures are not masked on the way."""


class Writable(Protocol):
    """A file as far as a muxer needs one; seekable if it has `seek` and `tell`."""

    def write(self, data: bytes, /) -> int:
        """Take bytes; return how many."""


class Muxer:
    """Writes what may be shown of a camera to one output; timestamps start at zero.

    The first packet given must be a keyframe of video. Not thread-safe. A packet that
    no veil has passed raises TypeError.
    """

    def __init__(
        self,
        output: str | Writable,
        container_format: str,
        first: ShownPacket,
        video: VideoParameters,
        audio: AudioParameters | None,
        *,
        options: Mapping[str, str],
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Open the output. Raises MuxError (also for a file that cannot be made)."""
        _check(first)
        self._is_mp4 = container_format == "mp4"
        # A file's time zero is when its first picture is shown, a stream's is its
        # first packet's (it must not go below zero).
        self._base = first.pts if self._is_mp4 else first.dts
        self._audio = _track(audio)
        try:
            self._container: OutputContainer = av.open(
                output, "w", format=container_format, options=dict(options)
            )
        except MEDIA_ERRORS as error:
            raise MuxError(type(error).__name__) from error
        try:
            self._container.metadata.update(metadata or {})
            self._video_stream: Stream = self._add_video(first, video)
            self._audio_stream: Stream | None = None
            if self._audio is not None:
                self._audio_stream = self._add_audio(self._audio)
        except MEDIA_ERRORS as error:
            self._container.close()
            raise MuxError(type(error).__name__) from error

    def _add_video(self, first: ShownPacket, video: VideoParameters) -> Stream:
        """Add the video stream, described by the bit stream itself.

        What RTSP said of size and profile may be wrong or old; the keyframe is what
        will be played. FFmpeg reads it from a transport stream in memory (2 ms).
        """
        with _described(first, video) as template:
            stream = self._container.add_stream_from_template(template.streams.video[0])
            if self._is_mp4 and video.codec == "hevc":
                # Safari and QuickTime play hvc1 only, not hev1.
                stream.codec_context.codec_tag = "hvc1"
        return stream

    def _add_audio(self, audio: AudioTrack) -> Stream:
        """Add the sound's stream; an MP4 describes it in its head, before any came."""
        if not self._is_mp4:
            return self._container.add_mux_stream("aac", rate=audio.sample_rate)
        described = io.BytesIO(_described_audio(audio.sample_rate, audio.channels))
        with av.open(described, "r", format="mp4") as template:
            return self._container.add_stream_from_template(template.streams.audio[0])

    def write(self, packet: ShownPacket) -> None:
        """Write one packet. Raises MuxError."""
        _check(packet)
        if not packet.is_audio:
            self._mux(packet, packet.data, self._video_stream)
        elif self._audio is not None and self._audio_stream is not None:
            for converted in self._audio.convert(packet):
                # Sound from before the first picture would shift both.
                if converted.dts >= self._base:
                    data = converted.data
                    if self._is_mp4:
                        data = without_adts(data)
                    self._mux(converted, data, self._audio_stream)

    def _mux(self, packet: Compressed, data: bytes, stream: Stream) -> None:
        compressed: AVPacket[Stream] = AVPacket(data)
        compressed.stream = stream
        compressed.time_base = _TICK
        compressed.pts = packet.pts - self._base
        compressed.dts = packet.dts - self._base
        compressed.duration = packet.duration
        compressed.is_keyframe = packet.is_keyframe
        try:
            self._container.mux_one(compressed)
        except MEDIA_ERRORS as error:
            raise MuxError(type(error).__name__) from error

    def close(self) -> None:
        """Write the container's end, and free it. Raises MuxError.

        After a failed write the file must take nothing any more: the end of a file
        that lacks its index would make fragments that can be repaired unreadable.
        """
        try:
            self._container.close()
        except MEDIA_ERRORS as error:
            raise MuxError(type(error).__name__) from error


def _check(packet: ShownPacket) -> None:
    # Whoever runs without the type check must not get around the privacy zones.
    if type(packet) is not ShownPacket:
        raise TypeError("only what may be shown is written")


def _track(audio: AudioParameters | None) -> AudioTrack | None:
    """Return how to convert the sound; None without one, or one nobody can."""
    if audio is None:
        return None
    try:
        adts_header(0, audio.sample_rate, audio.channels)
        return AudioTrack(audio)
    except (av.FFmpegError, ValueError) as error:
        _LOGGER.warning("A camera's sound is left out: %s", type(error).__name__)
        return None


def _described(first: ShownPacket, video: VideoParameters) -> InputContainer:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mpegts") as output:
        stream = output.add_mux_stream(
            video.codec,
            rate=round(video.fps) or 25,
            width=video.width,
            height=video.height,
        )
        packet: AVPacket[Stream] = AVPacket(first.data)
        packet.stream = stream
        packet.time_base = _TICK
        packet.pts = packet.dts = 0
        packet.is_keyframe = True
        output.mux_one(packet)
    buffer.seek(0)
    return av.open(buffer, "r", format="mpegts")


@cache
def _described_audio(sample_rate: int, channels: int) -> bytes:
    """Return an MP4 of one AAC frame, whose track describes such sound."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_mux_stream("aac", rate=sample_rate)
        silence = b"\x01\x40\x20\x06\x4f\xde"
        packet: AVPacket[Stream] = AVPacket(
            adts_header(len(silence), sample_rate, channels) + silence
        )
        packet.stream = stream
        packet.time_base = _TICK
        packet.pts = packet.dts = 0
        packet.is_keyframe = True
        output.mux_one(packet)
    return buffer.getvalue()
