"""The closed shutter, sent to whoever watches a camera whose connection is closed."""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import override

from ..packet import Packet
from .broadcast import BURST, Broadcast, Viewer
from .shutter import Shutter, ShutterError


def prepare_shutter() -> None:
    """Make the film, which takes a moment once; blocks."""
    with suppress(ShutterError):
        Shutter.film()


class ShutterBroadcast(Broadcast):
    """Sends the shutter's film, from a thread that lives while somebody watches.

    ``now`` tells the time in µs. Raises ShutterError where there is no film.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        """Make the film."""
        super().__init__()
        self._now = now
        self._shutter = Shutter.film()
        self._sent = 0

    @override
    def offer(self, packet: Packet) -> None:
        """Leave out what a camera still sends."""

    @override
    def _welcome(self, viewer: Viewer) -> None:
        now = self._now()
        if self._thread is None:
            self._sent = now
            self._thread = Thread(target=self._run, name="shutter", daemon=True)
            self._thread.start()
        viewer.begin(self._shutter.video, None)
        for packet in self._shutter.backlog(self._sent, BURST):
            viewer.offer(packet)

    def _run(self) -> None:
        with self._changed:
            while True:
                self._changed.wait(self._shutter.wait(self._now()))
                if self._closed or not self._viewers:
                    self._thread = None
                    return
                now = self._now()
                for packet in self._shutter.since(self._sent, now):
                    for viewer in self._viewers:
                        viewer.offer(packet)
                self._sent = now
