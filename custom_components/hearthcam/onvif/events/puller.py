"""The life of a pull point: created, pulled, renewed, lost, created again."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import logging

from ...privacy.local_only import NotLocalError
from ..device import OnvifCamera
from ..errors import (
    OnvifAuthError,
    OnvifConnectionError,
    OnvifError,
    OnvifFaultError,
    OnvifHttpError,
    OnvifResponseError,
    OnvifTimeoutError,
)
from .hub import EventHub
from .ladder import LONG_WAIT, POLL_INTERVAL, SHORT_WAIT, Plan
from .pull import PullPoint

RECONNECT_LIMIT = 5.0
"""Most seconds between attempts to reach a camera: it is to be back within ten."""
REFUSED_LIMIT = 60.0
"""Most seconds between attempts to subscribe at a camera that refuses (it is full)."""
AUTH_LIMIT = 300.0
UNSUPPORTED_RETRY = 600.0
"""Seconds between attempts at a camera without events: its flags may lie."""
BOOT_TIME = 60.0
"""Seconds after an outage in which a refused login may only be a half-booted one."""
MAX_RUBBISH = 3

_UNSUPPORTED = frozenset({"ActionNotSupported", "OptionalActionNotImplemented"})
_NO_SERVICE = frozenset({404, 405, 410, 501})

_LOGGER = logging.getLogger(__name__)

type Sleep = Callable[[float], Awaitable[None]]


class _NudgedError(Exception):
    """Somebody knows that the camera was away."""


class Puller:
    """Runs one pull point until it is cancelled."""

    def __init__(
        self,
        camera: OnvifCamera,
        hub: EventHub,
        point: PullPoint,
        monotonic: Callable[[], float],
        sleep: Sleep,
    ) -> None:
        """Set up; nothing is contacted yet."""
        self._camera = camera
        self._hub = hub
        self._point = point
        self._monotonic = monotonic
        self._sleep = sleep
        self._nudge = asyncio.Event()
        self._attempts = 0
        self._outage_at = float("-inf")
        self._rubbish = 0
        # A short pull at first shows whether the subscription's address is right.
        self._plan = Plan(0.0, SHORT_WAIT)
        self.error: OnvifError | NotLocalError | None = None

    def nudge(self) -> None:
        """The camera was away, says somebody: what we wait for will not come."""
        self._nudge.set()

    async def run(self) -> None:
        """Pull for ever."""
        while True:
            try:
                await self._unless_nudged(self._subscribe())
                await self._unless_nudged(self._pull())
            except _NudgedError:
                self._attempts = 0
            except (OnvifError, NotLocalError) as error:
                await self._failed(error)
            except Exception:
                # Our own fault: it must not silence the camera until a restart.
                _LOGGER.exception("Getting the events of a camera failed")
                self._hub.is_well(False)
                await self._sleep(REFUSED_LIMIT)

    async def _subscribe(self) -> None:
        """Make a pull point; an old one that may still be there is ended before."""
        if self._point.exists:
            # Once it answers at all: goodbyes that nobody hears leave leases behind.
            await self._camera.client().measure_clock()
            await self._point.close()
        await self._point.create()
        self._hub.counters.created += 1
        self._hub.ladder.begin()
        self._hub.tracker.subscribed(self._monotonic())
        self._plan = Plan(0.0, SHORT_WAIT)
        if await self._point.synchronise():
            self._plan = Plan(0.0, LONG_WAIT)
            self._is_well()

    async def _pull(self) -> None:
        """Pull until the subscription is lost, which the exception tells."""
        plan = self._plan
        self._rubbish = 0
        while True:
            if plan.pause:
                await self._sleep(plan.pause)
            await self._point.keep()
            plan = await self._pull_once(plan)

    async def _pull_once(self, plan: Plan) -> Plan:
        """Pull once and return how to go on."""
        ladder = self._hub.ladder
        started = self._monotonic()
        self._hub.counters.pulls += 1
        try:
            events = await self._point.pull(plan.wait, plan.timeout)
        except OnvifFaultError, OnvifHttpError, OnvifAuthError:
            raise
        except OnvifTimeoutError:
            # Hung, or holding the answer for longer than it was asked to?
            await self._camera.client().measure_clock()
            if (next_plan := ladder.timed_out(self._monotonic())) is None:
                raise
            return next_plan
        except OnvifConnectionError:
            # Gone, or ending the connection because there is nothing to tell?
            await self._camera.client().measure_clock()
            if self._monotonic() - started < POLL_INTERVAL:
                return self._after_rubbish(plan)
            events = ()
        except OnvifResponseError:
            # Empty or broken answers now and then do not end a subscription.
            return self._after_rubbish(plan)
        now = self._monotonic()
        self._rubbish = self._attempts = 0
        self._is_well()
        self._hub.take(events, pushed=False)
        next_plan = ladder.pulled(len(events), now - started, plan.wait, now)
        self._hub.report()
        return next_plan

    def _is_well(self) -> None:
        self.error = None
        self._hub.pull_is_missing = False
        self._hub.is_well(True)

    def _after_rubbish(self, plan: Plan) -> Plan:
        """Return how to go on after no answer that makes sense, or raise again."""
        self._rubbish += 1
        if self._rubbish > MAX_RUBBISH:
            raise OnvifResponseError("The camera's answers make no sense")
        return Plan(POLL_INTERVAL, plan.wait, plan.timeout)

    async def _failed(self, error: OnvifError | NotLocalError) -> None:
        """Note a failure and wait, for longer each time."""
        had_subscription = self._point.exists
        counters = self._hub.counters
        counters.failures += 1
        counters.lost += had_subscription and self._attempts == 0
        is_lost = had_subscription and isinstance(error, OnvifResponseError)
        if isinstance(error, OnvifConnectionError):
            self._outage_at = self._monotonic()
        if self.error is None:
            _LOGGER.debug("Events of a camera are interrupted: %s", error)
        self.error = error
        delay = self._delay(error, is_lost)
        self._attempts += 1
        if delay:
            self._hub.pull_is_missing = delay == UNSUPPORTED_RETRY
            self._hub.is_well(False)
            try:
                await self._unless_nudged(self._slept(delay))
            except _NudgedError:
                self._attempts = 0

    def _delay(self, error: OnvifError | NotLocalError, is_lost: bool) -> float:
        """Return the seconds until the next attempt."""
        if is_lost and self._attempts == 0:
            return 0.0
        growing = float(2 ** min(self._attempts, 10))
        if isinstance(error, OnvifAuthError):
            if self._monotonic() - self._outage_at < BOOT_TIME:
                return RECONNECT_LIMIT
            self._hub.counters.refused += 1
            return min(30 * growing, AUTH_LIMIT)
        if isinstance(error, OnvifConnectionError):
            return min(growing, RECONNECT_LIMIT)
        if self._is_unsupported(error):
            return UNSUPPORTED_RETRY
        return min(growing, REFUSED_LIMIT)

    def _is_unsupported(self, error: OnvifError | NotLocalError) -> bool:
        """Tell whether the camera has no events, as opposed to none right now.

        Not while it boots: then services come up one after the other.
        """
        if self._monotonic() - self._outage_at < BOOT_TIME:
            return False
        if isinstance(error, OnvifFaultError):
            return not _UNSUPPORTED.isdisjoint(error.codes)
        return isinstance(error, OnvifHttpError) and error.status in _NO_SERVICE

    async def _slept(self, seconds: float) -> None:
        await self._sleep(seconds)

    async def _unless_nudged(self, work: Coroutine[None, None, None]) -> None:
        """Do something that a nudge ends.

        Raises:
            _NudgedError: it did; what was under way is cancelled.
        """
        nudged = asyncio.ensure_future(self._nudge.wait())
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait((nudged, working), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise _NudgedError
            working.result()
        finally:
            self._nudge.clear()
            for task in (nudged, working):
                task.cancel()
            await asyncio.gather(nudged, working, return_exceptions=True)
