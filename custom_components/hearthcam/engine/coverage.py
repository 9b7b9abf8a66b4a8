"""What of the main stream came: the account that the ledger is made from."""

from collections.abc import Callable
from typing import Final

from .packet import TIME_BASE, Packet
from .protocol import Covered, Report

SILENCE: Final = 3 * TIME_BASE
"""Pictures further apart than this are a gap, not a low frame rate."""
_LONGEST_FRAME: Final = TIME_BASE
"""What a last picture can count for, whatever duration a camera gives it."""


class Coverage:
    """Joins packets to spans without a gap, and reports those.

    Nothing here is locked: one lock of the camera's serves all calls. A packet costs
    a few comparisons.
    """

    def __init__(self, camera_id: str, report: Callable[[Report], None]) -> None:
        """Prepare; nothing came yet."""
        self._camera_id = camera_id
        self._report = report
        # µs of the engine's clock: a span's first picture, the newest and its length.
        self._start: int | None = None
        self._last = 0
        self._duration = 0
        self._recorded = False

    def packet(self, packet: Packet, recorded: bool) -> None:
        """Take a packet, which goes into a clip or not."""
        if packet.is_audio:
            return
        if self._start is None:
            self._start = self._last = packet.pts
            self._recorded = recorded
        elif packet.pts - self._last > SILENCE:
            self.interrupted()
            self._start = self._last = packet.pts
            self._recorded = recorded
        elif recorded is not self._recorded:
            self.flush(max(packet.pts, self._last))
            self._recorded = recorded
        # Pictures do not come in the order in which they are shown.
        self._last = max(self._last, packet.pts)
        self._duration = packet.duration

    def flush(self, until: int | None = None) -> None:
        """Report what came since the last report; the next span goes on from there."""
        until = self._last if until is None else until
        if self._start is not None and until > self._start:
            self._report(
                Covered(
                    self._camera_id,
                    self._start / TIME_BASE,
                    until / TIME_BASE,
                    self._recorded,
                )
            )
            self._start = until

    def interrupted(self) -> None:
        """Report up to the end of the last picture: none follows it."""
        self.flush(self._last + min(max(self._duration, 0), _LONGEST_FRAME))
        self._start = None
