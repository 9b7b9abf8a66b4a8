"""Reports on their way to Home Assistant: from any thread, in order, never blocking."""

import logging
from queue import Empty, Full, Queue
from threading import Thread
from typing import BinaryIO, Final

from .protocol import CameraStats, EngineStats, Report
from .wire import ProtocolError, encode

_LOGGER = logging.getLogger(__name__)

MAX_WAITING: Final = 4096


class Reporter:
    """Writes reports to the pipe in a thread of its own.

    A parent that does not read for long loses statistics first; what tells of clips
    is kept until the queue is full (and the library finds the files anyway).
    """

    def __init__(self, output: BinaryIO, limit: int = MAX_WAITING) -> None:
        """Start writing to a pipe."""
        self._output = output
        self._queue: Queue[bytes | None] = Queue(limit)
        self._thread = Thread(target=self._run, name="reports", daemon=True)
        self._thread.start()

    def __call__(self, report: Report) -> None:
        """Queue a report."""
        is_statistics = isinstance(report, CameraStats | EngineStats)
        if is_statistics and self._queue.qsize() > MAX_WAITING // 2:
            return
        try:
            self._queue.put_nowait(encode(report))
        except Full:
            _LOGGER.warning("Home Assistant does not read; a report is lost")
        except ProtocolError:
            _LOGGER.exception("A report cannot be sent")

    def _run(self) -> None:
        try:
            while (line := self._queue.get()) is not None:
                self._output.write(line)
                if self._queue.empty():
                    self._output.flush()
            # The end may have been queued right behind the last report.
            self._output.flush()
        except OSError, ValueError:
            # The parent has gone; stdin's end stops the engine.
            self._drain()

    def _drain(self) -> None:
        try:
            while self._queue.get_nowait() is not None:
                pass
        except Empty:
            return

    def close(self, timeout: float = 1.0) -> None:
        """Send what waits, up to ``timeout`` seconds."""
        try:
            self._queue.put(None, timeout=timeout)
        except Full:
            return
        self._thread.join(timeout)
