"""Motion detection of one camera, in a thread of its own.

Decoding never delays reading: a stream that is analysed too slowly loses analysis,
never packets of a recording.
"""

from collections import deque
from collections.abc import Callable
import logging
from threading import Condition, Thread
from typing import Final

from .governor import Load
from .ladder import Ladder
from .masking.mask import Mask
from .pace import Pace
from .packet import Packet, VideoParameters
from .protocol import CameraSaw, ExplainLight, SetZones, WatchDetector, Zone
from .rungs import Rung
from .sight import Journal, Told

_LOGGER = logging.getLogger(__name__)

MAX_WAITING: Final = 900
"""Packets that may wait: half a minute of 30 fps."""

type Order = CameraSaw | SetZones | ExplainLight | WatchDetector
type _Item = Packet | VideoParameters | Order | Mask | Callable[[], None] | bool | None


class Analyst:
    """Feeds a `Ladder` with what other threads hand over.

    ``on_events`` is called in the analyst's thread with what began or ended.
    """

    def __init__(
        self,
        camera_id: str,
        on_events: Callable[[list[Told]], None],
        mask: Mask,
        journal: Journal | None = None,
    ) -> None:
        """Start the thread; nothing is seen of what ``mask`` hides."""
        self._camera_id = camera_id
        self._on_events = on_events
        self._journal = journal
        self._ladder = Ladder(mask, journal=journal)
        # What a new ladder must be told, should this one fail.
        self._video: VideoParameters | None = None
        self._enabled = True
        self._zones: SetZones | None = None
        self._mask = mask
        self._items: deque[_Item] = deque()
        self._changed = Condition()
        self._closed = False
        self._skipping = False
        self._thread = Thread(
            target=self._run, name=f"analyst {camera_id}", daemon=True
        )
        self._thread.start()

    @property
    def rung(self) -> str:
        """The ladder's state."""
        return self._ladder.rung.value

    @property
    def load(self) -> Load:
        """What analysis has cost, for the governor."""
        ladder = self._ladder
        is_busy = ladder.rung in (Rung.WATCH, Rung.FULL)
        return Load(ladder.cpu_seconds, is_busy, ladder.is_open)

    @property
    def cpu_seconds(self) -> float:
        """CPU time spent since the start."""
        return self._ladder.cpu_seconds

    @property
    def pace(self) -> Pace:
        """How fast the governor lets this camera be analysed."""
        return self._ladder.pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self._ladder.pace = pace

    @property
    def analysed_frames(self) -> int:
        """Frames looked at since the start."""
        return self._ladder.analysed_frames

    @property
    def zones(self) -> tuple[Zone, ...]:
        """Where motion is looked for, as it was last ordered."""
        return self._zones.zones if self._zones is not None else ()

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

    def order(self, order: Order) -> None:
        """Change zones, explain a change of light or watch, in turn with packets."""
        self._put(order)

    def hide(self, mask: Mask) -> None:
        """See nothing of privacy zones, in the packets that follow."""
        self._put(mask)

    def do(self, work: Callable[[], None]) -> None:
        """Do something else that decodes, in this thread and in turn."""
        self._put(work)

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
        if told := self._ladder.close():
            self._on_events(told)

    def _handle(self, item: _Item) -> None:
        try:
            told = self._carry_out(item)
        except Exception:
            # Detection must survive a picture that nobody thought of.
            _LOGGER.exception("Motion detection of %s failed", self._camera_id)
            told = self._start_over()
        if told:
            self._on_events(told)

    def _carry_out(self, item: _Item) -> list[Told]:
        ladder = self._ladder
        match item:
            case Packet():
                return ladder.feed(item)
            case VideoParameters():
                self._video = item
                return ladder.set_parameters(item)
            case bool():
                self._enabled = item
                return ladder.set_enabled(item)
            case SetZones():
                self._zones = item
                ladder.set_zones(item.zones, item.sensitivity)
            case CameraSaw():
                ladder.sight.rouse()
            case ExplainLight():
                ladder.sight.explain_light(item.time)
            case WatchDetector():
                ladder.sight.watch(item.enabled)
            case Mask():
                self._mask = item
                return ladder.hide(item)
            case None:
                return ladder.finish()
            case _:
                item()
        return []

    def _start_over(self) -> list[Told]:
        """Begin anew with another ladder; a motion that goes on ends."""
        old, self._ladder = self._ladder, Ladder(self._mask, journal=self._journal)
        self._ladder.pace = old.pace
        self._ladder.analysed_frames = old.analysed_frames
        self._ladder.cpu_seconds = old.cpu_seconds
        if self._zones is not None:
            self._ladder.set_zones(self._zones.zones, self._zones.sensitivity)
        if self._video is not None:
            self._ladder.set_parameters(self._video)
        self._ladder.set_enabled(self._enabled)
        return old.close()
