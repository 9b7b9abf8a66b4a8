"""Opens whatever a camera offers: RTSP, old encodings of it, or pictures over HTTP."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
import socket
from typing import Protocol, Self, override
from urllib.parse import urlsplit

from ..privacy.local_only import Resolver
from .clock import Clock, TimestampMapper
from .connection import Connection
from .packet import AudioParameters, Packet, VideoParameters
from .pictures import SCHEMES, PictureConnection
from .protocol import StreamInfo, StreamSource
from .transcode import CODEC, Transcoder


class OpenStream(Protocol):
    """An open stream, used from one thread, but for `abort`, and closed by ``with``."""

    @property
    def video(self) -> VideoParameters:
        """What the packets are."""

    @property
    def audio(self) -> AudioParameters | None:
        """What the audio packets are."""

    @property
    def info(self) -> StreamInfo:
        """What the stream is, in the protocol's words."""

    def packets(self, mapper: TimestampMapper, clock: Clock) -> Iterator[Packet]:
        """Yield packets until the stream ends. Raises StreamFailure."""

    def abort(self) -> None:
        """End a read that blocks, from any thread."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(self, *_: object) -> None:
        """Close the connection."""


def open_stream(
    source: StreamSource,
    *,
    open_timeout: float = 15.0,
    resolver: Resolver = socket.getaddrinfo,
) -> OpenStream:
    """Open a stream; blocks up to the timeout (s). Raises StreamFailure."""
    if urlsplit(source.url).scheme in SCHEMES:
        return PictureConnection(source, open_timeout=open_timeout, resolver=resolver)
    connection = Connection(source, open_timeout=open_timeout, resolver=resolver)
    if connection.video.codec != CODEC:
        return connection
    try:
        return _Transcoded(connection)
    except BaseException:
        connection.close()
        raise


class _Transcoded(AbstractContextManager["_Transcoded"]):
    """Motion JPEG over RTSP, as H.264; the audio stays as it is."""

    def __init__(self, connection: Connection) -> None:
        """Open the encoder; raises StreamFailure."""
        self._connection = connection
        given = connection.video
        self._transcoder = Transcoder(given.width, given.height)
        self.audio = connection.audio
        self.video = self._transcoder.video
        audio_codec = self.audio.codec if self.audio else None
        self.info = StreamInfo(
            self.video.codec, self.video.width, self.video.height, 0.0, audio_codec
        )

    def packets(self, mapper: TimestampMapper, clock: Clock) -> Iterator[Packet]:
        """Yield packets until the stream ends. Raises StreamFailure."""
        for packet in self._connection.packets(mapper, clock):
            if packet.is_audio:
                yield packet
            elif (encoded := self._transcoder.convert(packet.data, packet.pts)) is not (
                None
            ):
                yield encoded

    def abort(self) -> None:
        """End a read that blocks, from any thread."""
        self._connection.abort()

    @override
    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()
