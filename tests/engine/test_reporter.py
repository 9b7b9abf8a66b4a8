"""How reports reach Home Assistant."""

import io
from threading import Event
from typing import override

from custom_components.hearthcam.engine.protocol import Ready
from custom_components.hearthcam.engine.reporter import Reporter
from custom_components.hearthcam.engine.wire import decode_report


class Pipe(io.BytesIO):
    """Takes a first write only when it may; what was not flushed does not arrive."""

    def __init__(self) -> None:
        """Hold the first write."""
        super().__init__()
        self.may = Event()
        self.arrived = b""

    @override
    def write(self, data: object, /) -> int:
        """Take data."""
        assert self.may.wait(10)
        return super().write(data)  # type: ignore[arg-type]  # what the stub takes

    @override
    def flush(self) -> None:
        """Have all arrive that was written."""
        self.arrived = self.getvalue()


def test_last_report_arrives_though_the_engine_leaves_right_behind_it() -> None:
    """It tells of the clip that was open, which its successor would have to find."""
    pipe = Pipe()
    reporter = Reporter(pipe)
    reports = [Ready(pid, "19", ()) for pid in range(3)]
    for report in reports:
        reporter(report)
    reporter._queue.put(None)
    pipe.may.set()
    reporter.close()
    assert list(map(decode_report, pipe.arrived.splitlines(keepends=True))) == reports
