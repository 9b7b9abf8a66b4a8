"""The simulated camera's posts, and its event service's flaws, by hand."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web
import pytest

from .onvif_asker import Asker, running
from .onvif_device import SERVICES
from .onvif_event_habits import EventHabits
from .onvif_options import OnvifOptions
from .onvif_xml import TEV

pytestmark = pytest.mark.usefixtures("socket_enabled")

EVENTS = SERVICES[TEV][0]
CREATE = (
    "<tev:CreatePullPointSubscription><tev:InitialTerminationTime>{}"
    "</tev:InitialTerminationTime></tev:CreatePullPointSubscription>"
)


@pytest.fixture
async def consumer() -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    """Return the URL of a server and what is posted to it."""
    posts: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        posts.put_nowait(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/here", receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/here", posts
    await runner.cleanup()


async def subscribe(asker: Asker, url: str) -> int:
    """Subscribe for posts and return HTTP's status."""
    reply = await asker.ask_as_admin(
        "<wsnt:Subscribe><wsnt:ConsumerReference><wsa5:Address>"
        f"{url}</wsa5:Address></wsnt:ConsumerReference></wsnt:Subscribe>",
        path=EVENTS,
    )
    return reply.status


async def test_events_are_posted_until_the_camera_falls_silent(
    consumer: tuple[str, asyncio.Queue[bytes]],
) -> None:
    url, posts = consumer
    async with running(OnvifOptions(initial_states=False)) as asker:
        assert await subscribe(asker, url) == 200
        asker.state.fire_event()
        async with asyncio.timeout(10):
            post = await posts.get()
        assert b"<wsnt:Notify>" in post
        assert b"CellMotionDetector/Motion" in post
        asker.device.events.notifier.is_silent = True
        asker.state.fire_event()
        await asyncio.sleep(0.05)
        assert posts.empty()


async def test_firmware_without_push_says_so(
    consumer: tuple[str, asyncio.Queue[bytes]],
) -> None:
    async with running(OnvifOptions(event_habits=EventHabits(push=False))) as asker:
        assert await subscribe(asker, consumer[0]) == 500


async def test_leases_are_granted_as_the_firmware_likes() -> None:
    habits = EventHabits(max_lease=5, lease_forms=frozenset({"duration"}))
    async with running(OnvifOptions(event_habits=habits)) as asker:
        reply = await asker.ask_as_admin(CREATE.format("PT10M"), path=EVENTS)
        assert reply.status == 200
        (subscription,) = asker.device.events._subscriptions.values()
        assert subscription.lease == 5
        reply = await asker.ask_as_admin(
            CREATE.format("2101-01-01T00:00:00Z"), path=EVENTS
        )
        assert reply.status == 400


async def test_subscriptions_may_live_at_a_port_of_their_own() -> None:
    options = OnvifOptions(event_habits=EventHabits(other_port=True))
    async with running(options) as asker:
        reply = await asker.ask_as_admin(CREATE.format("PT1M"), path=EVENTS)
        address = reply.text("wsa5:Address") or ""
        assert f":{asker.device.events.port}/" in address
        assert asker.device.events.port != asker.state.onvif_port
