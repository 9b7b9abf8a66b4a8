"""One camera's live video on its way to all who watch: as it is, or through the mask.

A broadcast knows one mask only. When what is hidden changes, it is closed with all its
viewers, and whoever comes back gets another one: no viewer is ever sent a packet that
another mask let pass.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Condition, Thread
from typing import Final, Protocol, override

from ..packet import AudioParameters, Packet, VideoParameters
from .shown import ShownPacket

BURST: Final = 8.0
"""Seconds of the past that a viewer gets at once."""


class Viewer(Protocol):
    """Whoever watches: all calls come from any thread, and never block."""

    def begin(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Learn what the packets are that come now; called once, before the first."""

    def offer(self, packet: ShownPacket) -> None:
        """Take a packet; what comes before the first keyframe cannot be shown."""

    def close(self) -> None:
        """End: nothing more comes, and what waits is not to be shown any more."""


class Broadcast(ABC):
    """Sends one stream to its viewers. Thread-safe; once closed it stays closed."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._changed = Condition()
        self._viewers: set[Viewer] = set()
        self._closed = False
        self._thread: Thread | None = None

    def __len__(self) -> int:
        """Return how many watch."""
        return len(self._viewers)

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._closed

    @property
    def stuck(self) -> bool:
        """Whether it does not come forward any more, and should be closed."""
        return False

    def join(self, timeout: float) -> None:
        """Wait for its thread to end, up to ``timeout`` s."""
        if (thread := self._thread) is not None:
            thread.join(timeout)

    def add(self, viewer: Viewer) -> bool:
        """Send a viewer the past seconds and all that follows; False once closed."""
        with self._changed:
            if self._closed:
                return False
            self._welcome(viewer)
            self._viewers.add(viewer)
            return True

    def remove(self, viewer: Viewer) -> None:
        """Stop sending to a viewer."""
        with self._changed:
            self._viewers.discard(viewer)

    def close(self) -> None:
        """End it for everybody: when this returns, nobody gets anything any more."""
        with self._changed:
            self._closed = True
            for viewer in self._viewers:
                viewer.close()
            self._changed.notify_all()

    @abstractmethod
    def offer(self, packet: Packet) -> None:
        """Take the camera's newest packet; never blocks."""

    @abstractmethod
    def _welcome(self, viewer: Viewer) -> None:
        """Begin with a viewer (under the lock)."""


class FromKeyframe:
    """Tells which packets follow the first keyframe of a time (µs) or later."""

    def __init__(self, start: int) -> None:
        """Wait for a keyframe of that time."""
        self._start: int | None = start

    def passes(self, packet: Packet) -> bool:
        """Tell of the next packet whether it belongs to what may be shown."""
        if self._start is None:
            return True
        if packet.is_audio or not packet.is_keyframe or packet.pts < self._start:
            return False
        self._start = None
        return True

    def begin(self) -> None:
        """Wait no longer: what comes next follows such a keyframe."""
        self._start = None

    def skip(self) -> None:
        """Wait for the next keyframe again."""
        self._start = self._start or 0


class ClearBroadcast(Broadcast):
    """The stream of a camera of which nothing is hidden, untouched.

    ``past`` returns what a new viewer gets at once, from a keyframe on; nothing is
    sent before a keyframe of the time ``start`` (µs).
    """

    def __init__(
        self,
        video: VideoParameters,
        audio: AudioParameters | None,
        past: Callable[[], list[Packet]],
        start: int,
    ) -> None:
        """Begin with nobody."""
        super().__init__()
        self._parameters = video, audio
        self._past = past
        self._may = FromKeyframe(start)

    @override
    def _welcome(self, viewer: Viewer) -> None:
        viewer.begin(*self._parameters)
        if past := self._past():
            self._may.begin()
        for packet in past:
            viewer.offer(ShownPacket.of(packet))

    @override
    def offer(self, packet: Packet) -> None:
        """Send a packet to everybody."""
        if not self._may.passes(packet) or not self._viewers:
            return
        shown = ShownPacket.of(packet)
        with self._changed:
            if not self._closed:
                for viewer in self._viewers:
                    viewer.offer(shown)
