"""What Linux counts of processes and of the machine: CPU time, memory, load."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
import os
from pathlib import Path
import statistics
import time
from typing import Self

_PROC = Path("/proc")
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_CPU_CLOCK = 2
"""The clock of all threads of a process, those that ended included (CPUCLOCK_SCHED)."""
_MIB = 1024 * 1024

SATURATED = 0.9
"""Share of the machine's time from which on a figure says more of the queue for a
processor than of the work."""


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its ended children have used.

    The process's own clock counts nanoseconds: the ticks of /proc/<pid>/stat are too
    coarse for what uses some milliseconds a second. Raises ProcessLookupError.
    """
    try:
        own = time.clock_gettime((~pid << 3) | _CPU_CLOCK)
    except OSError as error:
        raise ProcessLookupError(pid) from error
    # Behind the name, which may hold anything; cutime and cstime are fields 16, 17.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[13]) + int(fields[14])) * _TICK


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of processes in MiB.

    ``rss`` counts what they share once for each of them, ``pss`` once altogether.
    """

    rss: float
    pss: float

    @classmethod
    def of(cls, pids: Iterable[int]) -> Self:
        """Add up what some processes hold now."""
        rss = pss = 0
        for pid in pids:
            for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                name, _, value = line.partition(":")
                if name == "Rss":
                    rss += int(value.split()[0])
                elif name == "Pss":
                    pss += int(value.split()[0])
        return cls(rss * 1024 / _MIB, pss * 1024 / _MIB)


@dataclass(frozen=True, slots=True)
class MachineTime:
    """CPU seconds of all processors since the boot."""

    total: float
    busy: float

    @classmethod
    def now(cls) -> Self:
        """Read the clocks; time that a hypervisor took away counts as busy."""
        fields = (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]
        ticks = [int(field) for field in fields]
        idle = ticks[3] + ticks[4]
        return cls(sum(ticks) * _TICK, (sum(ticks) - idle) * _TICK)


@dataclass(frozen=True, slots=True)
class Window:
    """What happened in some seconds; CPU in milliseconds a second."""

    seconds: float
    cpu: dict[str, float]
    machine: float
    """Share (0..1) of all processors that was in use, by anybody."""
    others: float
    """CPU of processes that do not belong to the benchmark, in ms a second."""

    @property
    def saturated(self) -> bool:
        """Whether the machine was too busy for its figures to mean anything."""
        return self.machine > SATURATED


def watch(groups: Mapping[str, Sequence[int]], seconds: float) -> Window:
    """Wait, and tell what each group of processes used meanwhile."""

    def read() -> tuple[float, MachineTime, dict[str, float]]:
        used = {
            name: sum(cpu_seconds(pid) for pid in pids) for name, pids in groups.items()
        }
        return time.monotonic(), MachineTime.now(), used

    began, machine, before = read()
    own = time.process_time()
    time.sleep(seconds)
    ended, machine_after, after = read()
    own = time.process_time() - own
    lasted = ended - began
    cpu = {name: (after[name] - before[name]) / lasted * 1000 for name in groups}
    busy = (machine_after.busy - machine.busy) / lasted * 1000
    return Window(
        lasted,
        cpu,
        (machine_after.busy - machine.busy) / (machine_after.total - machine.total),
        max(busy - sum(cpu.values()) - own / lasted * 1000, 0.0),
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """The medians of some windows; see `Window` for the units."""

    cpu: dict[str, float]
    machine: float
    others: float
    windows: int
    """How many windows count: those in which the machine was not saturated."""
    watched: int

    @property
    def saturated(self) -> bool:
        """Whether no window is left to trust."""
        return not self.windows


def watch_windows(
    groups: Mapping[str, Sequence[int]],
    seconds: float,
    windows: int,
    each: Callable[[Window], None] = lambda _: None,
) -> Usage:
    """Watch several times, and take the medians; ``each`` is told of every window.

    A window in which the machine was saturated gets another chance, as many as there
    are windows: somebody else's work may end.
    """
    every: list[Window] = []
    good: list[Window] = []
    while len(good) < windows and len(every) < 2 * windows:
        every.append(watch(groups, seconds))
        each(every[-1])
        good = [window for window in every if not window.saturated]
    used = good or every
    return Usage(
        {name: statistics.median(w.cpu[name] for w in used) for name in groups},
        statistics.median(window.machine for window in used),
        statistics.median(window.others for window in used),
        len(good),
        len(every),
    )


@dataclass(frozen=True, slots=True)
class Lag:
    """How late the ticks of an event loop came, in milliseconds."""

    p50: float
    p99: float
    p999: float
    max: float
    ticks: int

    @classmethod
    def of(cls, lags: Sequence[float]) -> Self:
        """Sum up lags in seconds."""
        ordered = sorted(lags)

        def share(part: float) -> float:
            if not ordered:
                return 0.0
            return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000

        return cls(share(0.5), share(0.99), share(0.999), share(1.0), len(ordered))
