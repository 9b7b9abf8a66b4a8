"""The life of a push subscription, beside the pull point that checks it."""

from collections.abc import Callable
import logging

from ...privacy.local_only import NotLocalError, async_checked_host
from ..device import OnvifCamera
from ..errors import OnvifError
from .hub import EventHub
from .models import CameraEvent
from .puller import Sleep
from .push import PushSubscription
from .receiver import Consumer, PushReceiver

FIRST_RETRY = 30.0
RETRY_LIMIT = 900.0
"""Most seconds between attempts: many cameras have no push at all."""


_LOGGER = logging.getLogger(__name__)


class Pusher:
    """Keeps one push subscription until it is cancelled."""

    def __init__(
        self,
        camera: OnvifCamera,
        hub: EventHub,
        receiver: PushReceiver,
        subscription: PushSubscription,
        monotonic: Callable[[], float],
        sleep: Sleep,
    ) -> None:
        """Set up; nothing is contacted yet."""
        self._camera = camera
        self._hub = hub
        self._receiver = receiver
        self._subscription = subscription
        self._monotonic = monotonic
        self._sleep = sleep

    async def run(self) -> None:
        """Subscribe and renew, for ever."""
        delay = FIRST_RETRY
        while True:
            if not (self._hub.is_healthy or self._hub.pull_is_missing):
                # The pull point goes first: a camera that boots is not asked twice.
                await self._sleep(1.0)
                continue
            consumer: Consumer | None = None
            try:
                host = self._camera.client().endpoint.host
                consumer = self._receiver.register(
                    await async_checked_host(host), self._posted
                )
                # Before it is asked: it may start anew meanwhile.
                created = self._hub.counters.created
                await self._subscription.create(consumer.url)
                self._hub.push_is_well(True)
                delay = FIRST_RETRY
                await self._keep(created)
            except OnvifError, NotLocalError, OSError, ValueError:
                self._subscription.forget()
            except Exception:
                # Our own fault: pulling goes on.
                _LOGGER.exception("Push of a camera's events failed")
                self._subscription.forget()
            finally:
                self._hub.push_is_well(False)
                if consumer is not None:
                    self._receiver.unregister(consumer)
            await self._sleep(delay)
            delay = min(delay * 2, RETRY_LIMIT)

    async def _keep(self, created: int) -> None:
        """Renew while the pull point of that count lives; a reboot ends both."""
        while self._hub.counters.created == created:
            await self._sleep(min(max(self._subscription.renew_in, 1.0), FIRST_RETRY))
            if self._subscription.renew_in <= 0:
                await self._subscription.renew_or_fail()
                self._hub.counters.renewed_push += 1
        await self._subscription.close()

    def _posted(self, events: tuple[CameraEvent, ...]) -> None:
        self._hub.take(events, pushed=True)
