"""Motion detection of one camera, in a thread of its own.

Decoding never delays reading: a stream that is analysed too slowly loses analysis,
never packets of a recording.
"""

from collections import deque
from collections.abc import Callable
import logging
from threading import Condition, Thread
from typing import Final

from .ladder import Ladder
from .motion import MotionEvent, MotionSettings
from .packet import Packet, VideoParameters

_LOGGER = logging.getLogger(__name__)

MAX_WAITING: Final = 900
"""Packets that may wait: half a minute of 30 fps."""

type _Item = Packet | VideoParameters | bool | None


class Analyst:
    """Feeds a `Ladder` with what other threads hand over.

    ``on_events`` is called in the analyst's thread with what began or ended.
    """

    def __init__(
        self, camera_id: str, on_events: Callable[[list[MotionEvent]], None]
    ) -> None:
        """Start the thread."""
        self._camera_id = camera_id
        self._on_events = on_events
        self._ladder = Ladder(MotionSettings())
        self._items: deque[_Item] = deque()
        self._changed = Condition()
        self._closed = False
        self._skipping = False
        self.skipped = 0
        self._thread = Thread(
            target=self._run, name=f"analyst {camera_id}", daemon=True
        )
        self._thread.start()

    @property
    def rung(self) -> str:
        """The ladder's state."""
        return self._ladder.rung.value

    @property
    def analysed_frames(self) -> int:
        """Frames looked at since the start."""
        return self._ladder.analysed_frames

    @property
    def latency(self) -> float:
        """Seconds that a motion may be told of late, at most."""
        return self._ladder.worst_case_latency

    def packet(self, packet: Packet) -> None:
        """Hand over a packet; never blocks."""
        with self._changed:
            if len(self._items) >= MAX_WAITING:
                self._skipping = True
            if self._skipping:
                if not packet.is_keyframe or len(self._items) >= MAX_WAITING // 2:
                    self.skipped += 1
                    return
                self._skipping = False
            self._items.append(packet)
            self._changed.notify()

    def parameters(self, video: VideoParameters) -> None:
        """Say what the following packets are."""
        self._put(video)

    def set_enabled(self, enabled: bool) -> None:
        """Switch detection on or off; off ends a motion that is going on."""
        self._put(enabled)

    def interrupted(self) -> None:
        """End a motion that is going on: the stream broke off."""
        self._put(None)

    def _put(self, item: _Item) -> None:
        with self._changed:
            self._items.append(item)
            self._changed.notify()

    def close(self, timeout: float = 2.0) -> None:
        """End the motion that is going on, and the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._items and not self._closed:
                    self._changed.wait()
                if self._closed:
                    break
                items, self._items = self._items, deque()
            for item in items:
                self._handle(item)
        self._tell(self._ladder.close())

    def _handle(self, item: _Item) -> None:
        try:
            match item:
                case Packet():
                    events = self._ladder.feed(item)
                case VideoParameters():
                    events = self._ladder.set_parameters(item)
                case bool():
                    events = self._ladder.set_enabled(item)
                case None:
                    events = self._ladder.finish()
        except Exception:
            # Detection must survive a picture that nobody thought of.
            _LOGGER.exception("Motion detection of %s failed", self._camera_id)
            self._ladder = Ladder(MotionSettings())
            return
        self._tell(events)

    def _tell(self, events: list[MotionEvent]) -> None:
        if events:
            self._on_events(events)
