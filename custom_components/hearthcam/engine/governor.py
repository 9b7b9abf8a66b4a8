"""Keeps the analysis of all cameras within a share of one core.

It lowers what is decoded for detection, step by step (`Pace`), never what is
recorded: recording, live view and the ring do not decode at all. No camera ever gets
less than its keyframes.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
import os
from typing import Final

from .pace import Pace

_SHARE_OF_MACHINE: Final = 0.15
_LEAST_BUDGET: Final = 0.3
_MOST_BUDGET: Final = 0.9
WINDOW: Final = 10.0
"""Seconds over which what was used is averaged: longer than a wake, shorter than
the patience of whoever waits for Home Assistant."""
_ENOUGH: Final = 0.75
"""Share of the budget below which a camera may go faster again, if it fits."""
_PAUSE: Final = 4.0
"""Seconds after a step in which its effect is awaited."""
_QUIET: Final = 0.01
"""Use of a core below which a camera has nothing that slowing it could save."""


def default_budget(cores: int | None = None) -> float:
    """Return the share of one core that analysis may use on this machine.

    0.15 of all cores: 0.6 of one on a Raspberry Pi's four, where a busy 360p camera
    takes about 0.04, so that a dozen may be busy at once while Home Assistant keeps
    the other three and a half cores. On one core 0.3, so that Home Assistant stays
    lively; never more than 0.9, for the interpreter's lock is one.
    """
    count = cores or os.process_cpu_count() or 1
    return min(max(_SHARE_OF_MACHINE * count, _LEAST_BUDGET), _MOST_BUDGET)


@dataclass(frozen=True, slots=True)
class Load:
    """What a camera's analysis has used since its start, in CPU-seconds.

    ``busy``: it decodes more than keyframes; ``moving``: a motion goes on.
    """

    cpu_seconds: float
    busy: bool = False
    moving: bool = False


@dataclass(slots=True)
class _Account:
    samples: deque[tuple[float, float]]
    pace: Pace = Pace.FULL
    load: Load = Load(0.0)
    used: float = 0.0


class Governor:
    """Chooses every camera's pace. Time is told, so that tests need not wait."""

    def __init__(self, budget: float | None = None) -> None:
        """``budget`` is in shares of one core."""
        self.budget = default_budget() if budget is None else budget
        self._accounts: dict[str, _Account] = {}
        self._stepped = float("-inf")

    @property
    def used(self) -> float:
        """The share of one core that analysis used within the last seconds."""
        return sum(account.used for account in self._accounts.values())

    @property
    def pace(self) -> Pace:
        """The slowest pace of any camera."""
        return max((a.pace for a in self._accounts.values()), default=Pace.FULL)

    def used_by(self, camera_id: str) -> float:
        """Return the share of one core that one camera's analysis used."""
        account = self._accounts.get(camera_id)
        return account.used if account else 0.0

    def update(self, now: float, loads: Mapping[str, Load]) -> dict[str, Pace]:
        """Take what was used up to now (s, any clock); return every camera's pace.

        Cameras that are missing are forgotten. Call it about once a second.
        """
        for camera_id in self._accounts.keys() - loads.keys():
            del self._accounts[camera_id]
        for camera_id, load in loads.items():
            self._measure(now, camera_id, load)
        if now - self._stepped >= _PAUSE:
            if self.used > self.budget:
                self._slow_down(now)
            elif self.used < _ENOUGH * self.budget:
                self._speed_up(now)
        return {camera_id: a.pace for camera_id, a in self._accounts.items()}

    def _measure(self, now: float, camera_id: str, load: Load) -> None:
        account = self._accounts.setdefault(camera_id, _Account(deque()))
        samples = account.samples
        if samples and load.cpu_seconds < samples[-1][1]:
            # A camera that was removed and added again counts from nothing.
            samples.clear()
        samples.append((now, load.cpu_seconds))
        while len(samples) > 2 and samples[1][0] <= now - WINDOW:
            samples.popleft()
        seconds = now - samples[0][0]
        account.used = (load.cpu_seconds - samples[0][1]) / seconds if seconds else 0.0
        account.load = load

    def _slow_down(self, now: float) -> None:
        """Slow cameras, step by step, until what that saves is enough.

        Each step is taken by one where nothing moves (rain, a tree) as long as there
        is such a one, else by the fastest, of those by the dearest.
        """
        excess = self.used - self.budget
        left = {
            camera_id: account.used
            for camera_id, account in self._accounts.items()
            if account.load.busy or account.used > _QUIET
        }
        stepped: dict[str, Pace] = {
            camera_id: self._accounts[camera_id].pace for camera_id in left
        }
        while excess > 0.0:
            able = [name for name in left if stepped[name] < Pace.KEYFRAMES]
            if not able:
                break
            name = min(
                able,
                key=lambda n: (self._accounts[n].load.moving, stepped[n], -left[n]),
            )
            slower = Pace(stepped[name] + 1)
            saved = left[name] * (1.0 - slower.cost / stepped[name].cost)
            left[name] -= saved
            excess -= saved
            stepped[name] = slower
        for name, pace in stepped.items():
            if pace is not self._accounts[name].pace:
                self._step(now, self._accounts[name], pace)

    def _speed_up(self, now: float) -> None:
        """Quicken the camera that needs it most, if that is sure to fit.

        What is at rest gets its pace back at once: it uses nothing of it, until
        something wakes it.
        """
        slowed = [a for a in self._accounts.values() if a.pace > Pace.FULL]
        for account in slowed:
            if not account.load.busy and account.pace < Pace.KEYFRAMES:
                account.pace = Pace(account.pace - 1)
        order = sorted(
            (a for a in slowed if a.pace > Pace.FULL),
            key=lambda a: (not a.load.moving, -a.pace, a.used),
        )
        for account in order:
            faster = Pace(account.pace - 1)
            more = max(account.used, _QUIET) * (faster.cost / account.pace.cost - 1.0)
            if self.used + more < 0.9 * self.budget:
                self._step(now, account, faster)
                return

    def _step(self, now: float, account: _Account, pace: Pace) -> None:
        account.pace = pace
        # What was used at the old pace says nothing of the new one.
        account.samples.clear()
        account.samples.append((now, account.load.cpu_seconds))
        self._stepped = now
