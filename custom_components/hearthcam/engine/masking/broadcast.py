"""One camera's live video on its way to all who watch: as it is, or through the mask.

A broadcast knows one mask only. When what is hidden changes, it is closed with all its
viewers, and whoever comes back gets another one: no viewer is ever sent a packet that
another mask let pass.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import closing
import logging
from threading import Condition, Thread
import time
from typing import Final, Protocol, override

from ..packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from ..ring import Ring
from .effort import Effort
from .mask import Mask, MaskError
from .shown import ShownPacket
from .veil import Veil, open_veil

_LOGGER = logging.getLogger(__name__)

BURST: Final = 8.0
"""Seconds of the past that a viewer gets at once."""
MASKED_BURST: Final = 4.0
"""Seconds of the past that are masked for a first viewer: they have to be encoded."""
LINGER: Final = 10.0
"""Seconds that masking goes on for nobody: who comes back then gets the past at once."""
MOST_LAG: Final = 10.0
"""Seconds that masking may fall behind before pictures are left out."""
_MOST_BYTES: Final = 32 * 1024 * 1024
_LOOK_EVERY: Final = 1.0


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


class _FromKeyframe:
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
        self._may = _FromKeyframe(start)

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


class MaskedBroadcast(Broadcast):
    """A camera's stream through one mask, encoded once, whoever many watch.

    It begins with ``past``, else with the first keyframe of the time ``start`` (µs),
    and works in a thread of its own until nobody has watched for `LINGER`.
    ``on_shown`` is called there when the first packet came out, ``on_failed`` where
    masking failed: nothing more comes out then.
    """

    def __init__(
        self,
        video: VideoParameters,
        audio: AudioParameters | None,
        mask: Mask,
        past: list[Packet],
        start: int,
        effort: Effort,
        *,
        on_shown: Callable[[], None],
        on_failed: Callable[[MaskError], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the thread."""
        super().__init__()
        self._source = video
        self._audio = audio
        self._mask = mask
        self._effort = effort
        self._may = _FromKeyframe(start)
        self._on_shown = on_shown
        self._on_failed = on_failed
        self._monotonic = monotonic
        self._alone_since = monotonic()
        self._waiting: deque[Packet] = deque(past)
        self._size = sum(len(packet.data) for packet in past)
        if past:
            self._may.begin()
        # What came out; its first packets make the next viewer's start.
        self._video: VideoParameters | None = None
        self._kept = Ring[ShownPacket](BURST, _MOST_BYTES)
        self._thread = Thread(target=self._run, name="masked live", daemon=True)
        self._thread.start()

    @override
    def offer(self, packet: Packet) -> None:
        """Queue a packet; where too many wait, go on at the newest keyframe."""
        with self._changed:
            if self._closed or not self._may.passes(packet):
                return
            self._waiting.append(packet)
            self._size += len(packet.data)
            if self._size > _MOST_BYTES or self._lag() > MOST_LAG:
                self._leave_out()
            self._changed.notify()

    def _lag(self) -> float:
        """Return how many seconds wait."""
        waiting = self._waiting
        return (waiting[-1].dts - waiting[0].dts) / TIME_BASE if waiting else 0.0

    def _leave_out(self) -> None:
        _LOGGER.warning("Masking live video is too slow; pictures are left out")
        rest: list[Packet] = []
        while self._waiting:
            rest.append(packet := self._waiting.pop())
            if packet.is_keyframe and not packet.is_audio:
                break
        else:
            rest.clear()
        if not self._waiting:
            # The only keyframe there is was the start already.
            rest.clear()
            self._may.skip()
        self._waiting = deque(reversed(rest))
        self._size = sum(len(packet.data) for packet in rest)

    @override
    def _welcome(self, viewer: Viewer) -> None:
        if self._video is not None:
            viewer.begin(self._video, self._audio)
            newest = self._kept.state().newest
            for packet in self._kept.since(newest - int(BURST * TIME_BASE)):
                viewer.offer(packet)

    @override
    def remove(self, viewer: Viewer) -> None:
        """Stop sending to a viewer; after the last, the thread ends in a while."""
        with self._changed:
            if viewer in self._viewers:
                self._viewers.discard(viewer)
                self._alone_since = self._monotonic()

    def _run(self) -> None:
        failure: MaskError | None = None
        try:
            veil = open_veil(self._source, self._mask, effort=self._effort)
            with closing(veil):
                self._work(veil)
        except MaskError as error:
            failure = error
        except Exception as error:
            # Whatever happened: nothing that is not masked may be shown.
            _LOGGER.exception("Masking live video failed")
            failure = MaskError(type(error).__name__)
        with self._changed:
            unexpected = failure is not None and not self._closed
            self._waiting.clear()
        self.close()
        if failure is not None and unexpected:
            self._on_failed(failure)

    def _work(self, veil: Veil) -> None:
        told = self._monotonic()
        while (packet := self._next()) is not None:
            if (now := self._monotonic()) - told >= _LOOK_EVERY:
                told = now
                with self._changed:
                    lag, full = self._lag(), self._size / _MOST_BYTES
                veil.lag(lag, full)
            if shown := veil.show(packet):
                is_first = self._video is None
                self._send(shown, veil.video)
                if is_first:
                    self._on_shown()

    def _next(self) -> Packet | None:
        """Wait for a packet; None when there is nothing to do any more."""
        with self._changed:
            while not self._closed:
                alone = self._monotonic() - self._alone_since
                if not self._viewers and alone >= LINGER:
                    self._closed = True
                elif self._waiting:
                    packet = self._waiting.popleft()
                    self._size -= len(packet.data)
                    return packet
                else:
                    self._changed.wait(_LOOK_EVERY)
            return None

    def _send(self, packets: list[ShownPacket], video: VideoParameters) -> None:
        with self._changed:
            if self._closed:
                return
            if self._video is None:
                # It stays that while the veil lasts.
                self._video = video
                for viewer in self._viewers:
                    viewer.begin(video, self._audio)
            for packet in packets:
                self._kept.append(packet)
                for viewer in self._viewers:
                    viewer.offer(packet)
