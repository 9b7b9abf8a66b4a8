"""What the supervisor needs to be told, what it tells, and its patience."""

from dataclasses import dataclass, field
from typing import Protocol

from .engine.protocol import Report


@dataclass(frozen=True, slots=True)
class Timing:
    """The supervisor's patience, in seconds."""

    ready: float = 30.0
    """From the start of the process to its first report."""
    silence: float = 20.0
    """Between two reports; the engine sends its figures every 5 s."""
    stop: float = 11.0
    """For finishing open clips; the engine promises 9 s where a disk is slow."""
    back_off: tuple[float, ...] = (0.2, 1.0, 2.0, 5.0, 10.0)
    """Before the first, second, … restart in a row."""
    good: float = 60.0
    """A life that long starts the back-off anew."""


class SupervisorListener(Protocol):
    """Who is told what the engine says and how it fares."""

    def engine_report(self, report: Report) -> None:
        """Take a report that is not the supervisor's own."""

    def engine_changed(self) -> None:
        """Note that the engine serves and knows all cameras, or that it is gone."""


@dataclass(slots=True)
class SupervisorStatus:
    """What diagnostics tell of the engine."""

    pid: int | None = None
    av_version: str | None = None
    encoders: tuple[str, ...] = ()
    restarts: int = 0
    bad_lines: int = 0
    ends: list[str] = field(default_factory=list)
