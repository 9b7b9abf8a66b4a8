"""Time that passes when the test says so."""

import asyncio

DEADLINE = 60.0
"""Seconds of real time for what should take milliseconds."""


class ManualTime:
    """A clock and a sleep that belong together."""

    def __init__(self) -> None:
        """Begin at some time."""
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        """Return the present time in seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Return when so much time has passed."""
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, sleeper))
        await sleeper

    async def advance(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass, waking sleepers in their order."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + step, end)
            for deadline, sleeper in list(self._sleepers):
                if sleeper.done():
                    self._sleepers.remove((deadline, sleeper))
                elif deadline <= self.now:
                    sleeper.set_result(None)
                    self._sleepers.remove((deadline, sleeper))
            for _ in range(5):
                await asyncio.sleep(0)
