"""All events of one camera: the one object that the rest deals with."""

import asyncio
from collections.abc import Callable
from dataclasses import fields
import time

from ..device import OnvifCamera
from ..errors import OnvifResponseError
from ..services import EVENTS
from .hub import EventDiagnostics, EventHub, OnEvent, OnState
from .ladder import Rung
from .models import CameraEvent, DeclaredTopic, EventKind
from .properties import declared_kinds, topics_of
from .pull import PullPoint
from .puller import Puller, Sleep
from .push import PushSubscription
from .pusher import Pusher
from .receiver import PushReceiver
from .tracker import EventTracker
from .watchdog import StickyWatchdog, WatchdogSettings

PROPERTIES_TIMEOUT = 20.0
"""Seconds: recorders make the list of their topics when they are asked for it."""
_TICK = 1.0


class CameraEvents:
    """Gets a camera's events, by whatever way works, and tells what is news.

    Every event with ``active`` True or None is followed by one with False, if need be
    by the watchdog. Callbacks run in the event loop and must not block.
    """

    def __init__(
        self,
        camera: OnvifCamera,
        on_event: OnEvent,
        on_state: OnState,
        *,
        receiver: PushReceiver | None = None,
        watchdog: WatchdogSettings | None = None,
        ignored_sources: frozenset[str] = frozenset(),
        declared: tuple[DeclaredTopic, ...] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Set up; nothing is contacted before `run` or `declare`.

        Args:
            camera: only its event service is asked, and its clock.
            on_event: called with what is news, never with kind `UNKNOWN`.
            on_state: called with the rung and whether events are had, when that
                changes.
            receiver: a started one, to try push; None: events are pulled.
            watchdog: when states are ended that the camera does not end.
            ignored_sources: tokens of a recorder's other channels.
            declared: what `declare` returned before, so that it is not asked again.
            monotonic: seconds, for leases and the watchdog.
            clock: seconds of the epoch.
            sleep: waits for seconds.
        """
        self._camera = camera
        self._hub = EventHub(
            on_event,
            on_state,
            EventTracker(StickyWatchdog(watchdog)),
            monotonic,
            ignored_sources,
        )
        self._monotonic = monotonic
        self._sleep = sleep
        self._declared = declared
        self._point = PullPoint(camera, monotonic, clock)
        self._puller = Puller(camera, self._hub, self._point, monotonic, sleep)
        self._push = PushSubscription(camera, monotonic, clock)
        self._pusher: Pusher | None = None
        if receiver is not None:
            self._pusher = Pusher(
                camera, self._hub, receiver, self._push, monotonic, sleep
            )
        self._running: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def rung(self) -> Rung:
        """How events are had at present."""
        return self._hub.rung

    @property
    def healthy(self) -> bool:
        """Whether there is a subscription."""
        return self._hub.is_healthy

    @property
    def active(self) -> tuple[CameraEvent, ...]:
        """What goes on, by the camera."""
        return self._hub.tracker.active

    @property
    def active_kinds(self) -> frozenset[EventKind]:
        """The classes of what goes on."""
        return self._hub.tracker.active_kinds

    @property
    def declared(self) -> tuple[DeclaredTopic, ...] | None:
        """What the camera declares; None before it was asked, or without an answer."""
        return self._declared

    @property
    def declared_kinds(self) -> frozenset[EventKind]:
        """The classes that the camera declares."""
        return declared_kinds(self._declared or ())

    @property
    def seen_kinds(self) -> frozenset[EventKind]:
        """The classes that came, declared or not."""
        return frozenset(self._hub.seen)

    @property
    def error(self) -> Exception | None:
        """Why there are no events, None when there are."""
        return self._puller.error

    async def declare(self) -> tuple[DeclaredTopic, ...]:
        """Ask once what the camera may report.

        Empty when it does not tell.

        Raises:
            OnvifConnectionError, OnvifAuthError: it was not asked after all.
            NotLocalError: the camera's host is not on the local network.
        """
        if self._declared is None:
            try:
                self._declared = topics_of(
                    await self._camera.call(
                        EVENTS, "GetEventProperties", timeout=PROPERTIES_TIMEOUT
                    )
                )
            except OnvifResponseError:
                self._declared = ()
        return self._declared

    async def run(self) -> None:
        """Get events until this is cancelled or `close` is called.

        Raises:
            RuntimeError: it runs already.
        """
        if self._running is not None:
            raise RuntimeError("It runs already")
        if self._is_closed:
            return
        self._running = asyncio.ensure_future(self._run())
        try:
            await asyncio.wait((self._running,))
            if not self._running.cancelled():
                self._running.result()
        finally:
            running, self._running = self._running, None
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self._hub.is_well(False)

    async def close(self) -> None:
        """End `run` and wait until the camera was told, a few seconds at most.

        For good: `run` does nothing any more.
        """
        self._is_closed = True
        if (running := self._running) is not None:
            running.cancel()
            await asyncio.wait((running,))

    def nudge(self) -> None:
        """Look at once whether the camera still knows us: it was away, or moved."""
        self._puller.nudge()

    def diagnostics(self) -> EventDiagnostics:
        """Return what a maintainer needs to know."""
        hub = self._hub
        counters = {
            item.name: value
            for item in fields(hub.counters)
            if isinstance(value := getattr(hub.counters, item.name), int)
        }
        counters["duplicates"] = hub.tracker.duplicates
        counters["ended_by_watchdog"] = hub.tracker.ended_by_watchdog
        counters["never_pushed"] = hub.ladder.missed
        declared = self._declared
        return EventDiagnostics(
            rung=hub.rung,
            healthy=hub.is_healthy,
            declared=None if declared is None else tuple(t.path for t in declared),
            active=tuple(sorted(hub.tracker.active_kinds)),
            last=tuple(hub.last),
            unknown=hub.unknown.all,
            counters=counters,
            kinds={kind.value: count for kind, count in hub.counters.kinds.items()},
            error=type(self.error).__name__ if self.error else None,
        )

    async def _run(self) -> None:
        """Run all that is to run; unsubscribe in the end."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._puller.run())
                group.create_task(self._watch())
                if self._pusher is not None:
                    group.create_task(self._pusher.run())
        finally:
            await self._push.close()
            await self._point.close()

    async def _watch(self) -> None:
        """End what sticks."""
        watchdog = self._hub.tracker.watchdog
        while True:
            deadline = watchdog.next_deadline
            now = self._monotonic()
            if deadline is not None and deadline <= now:
                self._hub.tell(self._hub.tracker.due(now))
                continue
            left = _TICK if deadline is None else deadline - now
            await self._sleep(min(left, _TICK))
