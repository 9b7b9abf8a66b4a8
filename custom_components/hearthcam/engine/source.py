"""A profile's stream, kept alive: connects, reads, reconnects, in its own thread."""

from collections.abc import Callable
from dataclasses import replace
import logging
import socket
from threading import Event, Thread
import time
from typing import Final, Protocol

from ..privacy.local_only import Resolver
from .bitstream import has_sequence_parameters, parameter_sets
from .clock import Clock, TimestampMapper
from .decoder import DecodeError, VideoDecoder
from .errors import StreamFailure
from .opening import OpenStream, open_stream
from .packet import AudioParameters, Packet, VideoParameters
from .protocol import StreamError, StreamInfo, StreamSource, StreamStatus

_LOGGER = logging.getLogger(__name__)

BACK_OFF: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts; the last repeats: a camera that has started anew is to
be back within ten, connecting included. A login is not hammered."""

AUTH_BACK_OFF: Final = 30.0
"""Cameras lock an account after a few wrong logins."""

SILENCE: Final = 5.0
"""Seconds without a packet after which a stream is taken for dead."""

_STABLE_AFTER: Final = 10.0


class SourceSink(Protocol):
    """Who receives a stream. Called in the source's thread, never concurrently."""

    def opened(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Packets with these parameters follow; called again when they change."""

    def packet(self, packet: Packet) -> None:
        """A packet came."""

    def state(
        self, status: StreamStatus, error: StreamError | None, info: StreamInfo | None
    ) -> None:
        """The stream came or went."""


class Source:
    """Owns the connection of one profile from start to stop."""

    def __init__(
        self,
        name: str,
        source: StreamSource,
        sink: SourceSink,
        clock: Clock,
        *,
        resolver: Resolver = socket.getaddrinfo,
        wait: Callable[[Event, float], bool] = Event.wait,
    ) -> None:
        """Prepare; ``name`` is for the log and the thread."""
        self._name = name
        self._source = source
        self._sink = sink
        self._clock = clock
        self._resolver = resolver
        self._wait = wait
        self._stopping = Event()
        self._connection: OpenStream | None = None
        # When (monotonic) the stream opened or the last packet came.
        self._heard = 0.0
        self._silent = False
        self._thread = Thread(target=self._run, name=f"source {name}", daemon=True)
        self._last_pts = 0
        # The parameter sets that packets are being delivered under.
        self._sets = b""

    def start(self) -> None:
        """Start connecting."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so at once, but for streams over UDP."""
        self._stopping.set()
        if (connection := self._connection) is not None:
            connection.abort()

    def check(self) -> None:
        """End a connection on which no packet has come for `SILENCE` seconds.

        To be called every few seconds. A hung camera may go on answering keep-alives,
        so that no timeout of a socket would ever end it.
        """
        connection = self._connection
        if connection is not None and time.monotonic() - self._heard > SILENCE:
            self._silent = True
            connection.abort()

    def join(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for the thread; True when it ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        attempt = 0
        last_error: StreamError | None = None
        self._sink.state(StreamStatus.CONNECTING, None, None)
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._read_until_failure()
                error = StreamError.ENDED
            except StreamFailure as failure:
                error = StreamError.TIMEOUT if self._silent else failure.reason
            except Exception:
                _LOGGER.exception("Stream %s failed unexpectedly", self._name)
                error = StreamError.UNKNOWN
            if self._stopping.is_set():
                break
            if error is not last_error:
                # For a log of the engine alone; Home Assistant tells its user.
                _LOGGER.debug("Stream %s: %s", self._name, error.value)
                last_error = error
            self._sink.state(StreamStatus.OFFLINE, error, None)
            if time.monotonic() - began > _STABLE_AFTER:
                attempt, last_error = 0, None
            delay = BACK_OFF[min(attempt, len(BACK_OFF) - 1)]
            if error is StreamError.INVALID_AUTH:
                delay = AUTH_BACK_OFF
            attempt += 1
            self._wait(self._stopping, delay)

    def _read_until_failure(self) -> None:
        self._silent = False
        with open_stream(self._source, resolver=self._resolver) as connection:
            self._heard = time.monotonic()
            self._connection = connection
            try:
                self._deliver(connection)
            finally:
                self._connection = None

    def _deliver(self, connection: OpenStream) -> None:
        self._sets = b""
        video = connection.video
        self._sink.opened(video, connection.audio)
        self._sink.state(StreamStatus.ONLINE, None, connection.info)
        mapper = TimestampMapper(self._last_pts)
        for packet in connection.packets(mapper, self._clock):
            if self._stopping.is_set():
                return
            self._heard = time.monotonic()
            if packet.is_keyframe and not packet.is_audio:
                changed = self._changed(packet, video)
                if changed is not None:
                    video = changed
                    self._sink.opened(video, connection.audio)
                    info = replace(
                        connection.info, width=video.width, height=video.height
                    )
                    self._sink.state(StreamStatus.ONLINE, None, info)
            self._last_pts = max(self._last_pts, packet.pts)
            self._sink.packet(packet)

    def _changed(
        self, packet: Packet, video: VideoParameters
    ) -> VideoParameters | None:
        """Return the new parameters where a keyframe came with other ones."""
        sets = parameter_sets(video.codec, packet.data)
        if not has_sequence_parameters(video.codec, sets) or sets == self._sets:
            return None
        first, self._sets = not self._sets, sets
        if first:
            return None
        changed = replace(video, extradata=sets)
        try:
            decoder = VideoDecoder(changed, keyframes_only=True)
            frames = decoder.decode(packet)
            decoder.close()
        except DecodeError:
            frames = []
        if not frames:
            return changed
        size = frames[0].width, frames[0].height
        if size == (video.width, video.height):
            # Encoders renumber their parameter sets; the picture stayed the same.
            return None
        return replace(changed, width=size[0], height=size[1])
