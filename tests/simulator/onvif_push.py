"""Posts notifications to the consumers that subscribed (WS-BaseNotification)."""

import asyncio
from contextlib import suppress

import aiohttp

from .onvif_subscription import Subscription
from .onvif_xml import envelope, tag

TIMEOUT = 5.0
CONTENT_TYPE = "application/soap+xml; charset=utf-8"


class Notifier:
    """Posts what is queued, one task a subscription, until it is stopped."""

    def __init__(self) -> None:
        """Begin without subscriptions."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.is_silent = False
        """True: nothing is posted, and what should have been is lost."""
        self.posts = 0
        self.statuses: list[int] = []

    def add(self, subscription: Subscription) -> None:
        """Post the messages of a subscription from now on."""
        self._tasks[subscription.number] = asyncio.get_running_loop().create_task(
            self._run(subscription)
        )

    def remove(self, number: str) -> None:
        """Post nothing more for a subscription, if it has a consumer."""
        if (task := self._tasks.pop(number, None)) is not None:
            task.cancel()

    async def _run(self, subscription: Subscription) -> None:
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT)
        ) as session:
            while True:
                await subscription.changed.wait()
                subscription.changed.clear()
                messages = [
                    subscription.queue.popleft() for _ in range(len(subscription.queue))
                ]
                if messages and not self.is_silent:
                    await self._post(session, subscription.consumer or "", messages)

    async def _post(
        self, session: aiohttp.ClientSession, consumer: str, messages: list[str]
    ) -> None:
        self.posts += 1
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(
                consumer,
                data=envelope(tag("wsnt:Notify", *messages)),
                headers={"Content-Type": CONTENT_TYPE},
            ) as response:
                self.statuses.append(response.status)
