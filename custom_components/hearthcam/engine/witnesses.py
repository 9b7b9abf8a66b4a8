"""Detector and camera, who see the same things, heard one after the other."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import Lock

from .clock import Clock
from .packet import TIME_BASE
from .protocol import CameraSaw, ConfigureCamera, Mode, Report, Zone
from .seen import Seen, begins_event
from .sight import Told
from .told import report_of


class Witnesses:
    """Takes what both say, from any thread, and tells of it in order.

    ``tell`` is called with each report, in the thread of whoever caused it.
    """

    def __init__(
        self, config: ConfigureCamera, clock: Clock, tell: Callable[[Report], None]
    ) -> None:
        """Start with nothing seen."""
        self._camera_id = config.camera_id
        self._clock = clock
        self._tell = tell
        self._seen = Seen(config.camera_id, enabled=config.mode is not Mode.OFF)
        self._lock = Lock()

    def found(self, told: Iterable[Told], rung: str) -> None:
        """Take what the detector found on a rung of its ladder."""
        with self._lock:
            for event in told:
                report = report_of(self._camera_id, "", event, rung)
                self._tell_all(self._seen.found(report))

    def said(self, command: CameraSaw, past: float, zones: tuple[Zone, ...]) -> None:
        """Take the camera's word, of the ``past`` s that there are pictures of."""
        with self._lock:
            now = self._now()
            time = min(max(command.time, now - past), now)
            holds = begins_event(command.kind, zones)
            self._tell_all(
                self._seen.said(replace(command, time=time), now, holds=holds)
            )

    def look_after(self) -> None:
        """End what the camera said, where that is over by now."""
        with self._lock:
            self._tell_all(self._seen.expire(self._now()))

    def enable(self, enabled: bool) -> None:
        """Believe the camera, or not."""
        with self._lock:
            self._tell_all(self._seen.enable(enabled, self._now()))

    def _now(self) -> float:
        return self._clock.now() / TIME_BASE

    def _tell_all(self, reports: list[Report]) -> None:
        for report in reports:
            self._tell(report)
