"""Opens a stream once, to tell what it is before it is relied on."""

from collections.abc import Callable
import itertools
import socket
from threading import Event, Thread
import time
from typing import Final

from ..privacy.local_only import Resolver
from .clock import Clock, TimestampMapper
from .errors import StreamFailure
from .opening import OpenStream, open_stream
from .packet import TIME_BASE, Packet
from .protocol import Measured, Probe, Probed, StreamError, StreamSource

_ENOUGH: Final = 3
_SECOND_TIMEOUT: Final = 6.0
_IRREGULAR: Final = 1.6
"""A longest GOP of so many times the shortest comes from a "smart" codec."""
_SETTLED: Final = 0.5
"""Seconds at the start that do not count: cameras send what they had gathered."""


def probe(
    command: Probe,
    resolver: Resolver = socket.getaddrinfo,
    monotonic: Callable[[], float] = time.monotonic,
) -> Probed:
    """Open the stream and wait for pictures; blocks up to the command's time-out.

    Where it is measured, twice ``measure`` comes on top.
    """
    second: _Second | None = None
    try:
        with open_stream(
            command.source, open_timeout=command.timeout, resolver=resolver
        ) as stream:
            watched = _Watched(command.measure)
            # Before FFmpeg's own time-out, which it calls invalid data.
            guard = _Guard(stream, 0.6 * command.timeout + 2 * command.measure)
            try:
                if command.second:
                    second = _Second(command.source, resolver)
                began = monotonic()
                for packet in stream.packets(TimestampMapper(), Clock()):
                    if watched.take(packet, monotonic() - began):
                        break
            except StreamFailure:
                if not guard.fired:
                    raise
            finally:
                guard.done()
            if watched.frames < _ENOUGH:
                silent = StreamError.TIMEOUT if guard.fired else StreamError.NO_VIDEO
                return Probed(command.request_id, error=silent)
            measured = None
            if command.measure:
                allowed = second.wait() if second is not None else None
                measured = watched.measured(allowed)
            return Probed(command.request_id, info=stream.info, measured=measured)
    except StreamFailure as failure:
        return Probed(command.request_id, error=failure.reason)


class _Watched:
    """What came of a stream."""

    def __init__(self, seconds: float) -> None:
        """Watch for that long; 0 is for the first pictures only."""
        self._seconds = seconds
        self.frames = 0
        self._first: int | None = None
        self._counted = 0
        self._bytes = 0
        self._newest = 0
        self._keyframes: list[int] = []

    def take(self, packet: Packet, elapsed: float) -> bool:
        """Take a packet that came ``elapsed`` s after the start; True at the end."""
        if not packet.is_audio:
            self.frames += 1
            if packet.is_keyframe:
                self._keyframes.append(packet.pts)
        if not self._seconds:
            return self.frames >= _ENOUGH
        if elapsed >= _SETTLED:
            if self._first is None:
                self._first = packet.pts
            else:
                self._bytes += len(packet.data)
                self._counted += not packet.is_audio
            self._newest = max(self._newest, packet.pts)
        if elapsed < self._seconds:
            return False
        return len(self._keyframes) > 1 or elapsed >= 2 * self._seconds

    def measured(self, second_connection: bool | None) -> Measured:
        """Return what was seen."""
        span = (self._newest - (self._first or self._newest)) / TIME_BASE
        gops = [
            (after - before) / TIME_BASE
            for before, after in itertools.pairwise(self._keyframes)
        ]
        gop = max(gops, default=0.0)
        if not gops and self._keyframes:
            gop = (self._newest - self._keyframes[0]) / TIME_BASE
        return Measured(
            seconds=round(span, 2),
            fps=round(self._counted / span, 2) if span else 0.0,
            bitrate=round(self._bytes * 8 / 1000 / span, 1) if span else 0.0,
            gop=round(max(gop, 0.0), 2),
            gop_complete=bool(gops),
            irregular_gop=len(gops) > 1 and gop > _IRREGULAR * min(gops),
            second_connection=second_connection,
        )


class _Second:
    """A second connection, opened while the first one is read."""

    def __init__(self, source: StreamSource, resolver: Resolver) -> None:
        """Open it in a thread."""
        self._allowed = False
        self._thread = Thread(
            target=self._run, args=(source, resolver), name="probe second", daemon=True
        )
        self._thread.start()

    def _run(self, source: StreamSource, resolver: Resolver) -> None:
        try:
            with open_stream(
                source, open_timeout=_SECOND_TIMEOUT, resolver=resolver
            ) as stream:
                guard = _Guard(stream, _SECOND_TIMEOUT)
                try:
                    for packet in stream.packets(TimestampMapper(), Clock()):
                        if not packet.is_audio:
                            self._allowed = True
                            break
                finally:
                    guard.done()
        except StreamFailure:
            self._allowed = False

    def wait(self) -> bool:
        """Return whether a picture came."""
        self._thread.join(2 * _SECOND_TIMEOUT)
        return self._allowed


class _Guard:
    """Ends a stream that falls silent; a read has no time-out of its own."""

    def __init__(self, stream: OpenStream, seconds: float) -> None:
        """Start to count."""
        self.fired = False
        self._done = Event()
        self._thread = Thread(
            target=self._run, args=(stream, seconds), name="probe guard", daemon=True
        )
        self._thread.start()

    def _run(self, stream: OpenStream, seconds: float) -> None:
        if not self._done.wait(seconds):
            self.fired = True
            stream.abort()

    def done(self) -> None:
        """The stream was read to the end."""
        self._done.set()
        self._thread.join()
