"""One camera's live video through the mask: encoded once, whoever many watch."""

from collections import deque
from collections.abc import Callable
from contextlib import closing
import logging
from threading import Thread
import time
from typing import Final, override

from ..packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from ..ring import Ring
from .broadcast import BURST, Broadcast, FromKeyframe, Viewer
from .effort import Effort
from .mask import Mask, MaskError
from .shown import ShownPacket
from .veil import Veil, open_veil

_LOGGER = logging.getLogger(__name__)

MASKED_BURST: Final = 2.0
"""Seconds of the past that are masked for a first viewer: they have to be encoded, and
are only for what needs some pictures to begin."""
LINGER: Final = 10.0
"""Seconds that masking goes on for nobody: who comes back then gets the past at once."""
MOST_LAG: Final = 10.0
"""Seconds that masking may fall behind before pictures are left out."""
STUCK: Final = 8.0
"""Seconds without coming back after which an encoder is taken for hung."""
_MOST_BYTES: Final = 32 * 1024 * 1024
_LOOK_EVERY: Final = 1.0


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
        self._may = FromKeyframe(start)
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
        # When the step of the veil began that is being taken; 0 between steps.
        self._began = 0.0
        self._kept = Ring[ShownPacket](BURST, _MOST_BYTES)
        self._thread = Thread(target=self._run, name="masked live", daemon=True)
        self._thread.start()

    @property
    @override
    def stuck(self) -> bool:
        """Whether the veil does not come back: an encoder may hang in its driver."""
        began = self._began
        return bool(began) and self._monotonic() - began > STUCK

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
            self._began = self._monotonic()
            try:
                shown = veil.show(packet)
            finally:
                # One that failed does not hang.
                self._began = 0.0
            if shown:
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
