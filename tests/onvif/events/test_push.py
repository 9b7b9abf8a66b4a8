"""Events that the camera posts, and the check that it really does."""

import asyncio

import aiohttp
import pytest

from custom_components.hearthcam.onvif.events import (
    CameraEvent,
    EventKind,
    PushReceiver,
    Rung,
    local_address,
)
from custom_components.hearthcam.onvif.events.receiver import MAX_BODY
from custom_components.hearthcam.privacy.local_only import NotLocalError
from tests.simulator.onvif_event_habits import EventHabits
from tests.simulator.onvif_options import OnvifOptions

from .payloads import notification, pulled
from .running import HOST, Watched, sees_a_person, watching

pytestmark = pytest.mark.usefixtures("socket_enabled")

K = EventKind
QUIET = OnvifOptions(initial_states=False, topics=())
MESSAGE = pulled(notification("tns1:VideoSource/MotionAlarm"))


async def subscribed(watched: Watched) -> None:
    """Wait until there are both subscriptions, and both sides know of them."""
    camera = watched.asker.device.events
    await watched.until(
        lambda: camera.subscriptions == 2 and watched.events._push.exists
    )


async def pushed(watched: Watched) -> None:
    """Wait until push has proven itself."""
    await subscribed(watched)
    assert watched.calls("Subscribe") == 1
    while watched.events.rung is not Rung.PUSH:
        await sees_a_person(watched)
        await watched.until(lambda: watched.asker.device.events.notifier.posts)


async def test_push_is_relied_on_when_it_has_proven_itself() -> None:
    async with watching(QUIET, push=True) as watched:
        await pushed(watched)
        assert watched.states[-1] == (Rung.PUSH, True)
        pulls = watched.calls("PullMessages")
        for _ in range(3):
            await sees_a_person(watched)
        # Looked at now and then only.
        assert watched.calls("PullMessages") <= pulls + 3
        assert set(watched.asker.device.events.notifier.statuses) == {200}


async def test_events_that_come_both_ways_are_told_once() -> None:
    async with watching(QUIET, push=True) as watched:
        await pushed(watched)
        count = len(watched.told)
        await sees_a_person(watched)
        await watched.time.advance(70)
        await asyncio.sleep(0.05)
        assert len(watched.told) == count + 2


async def test_push_that_falls_silent_is_given_up() -> None:
    async with watching(QUIET, push=True) as watched:
        await pushed(watched)
        watched.asker.device.events.notifier.is_silent = True
        # The pull point shows what was not pushed, late but not lost.
        await sees_a_person(watched)
        await watched.until(lambda: watched.events.rung is Rung.LONG_POLL)
        await sees_a_person(watched)
        counters = watched.events.diagnostics().counters
        assert counters["never_pushed"] >= 1
        assert watched.events.healthy


async def test_push_that_never_comes_delays_nothing() -> None:
    async with watching(QUIET, push=True) as watched:
        watched.asker.device.events.notifier.is_silent = True
        await watched.until(lambda: watched.calls("Subscribe") == 1)
        for _ in range(3):
            began = watched.time.now
            await sees_a_person(watched)
            assert watched.time.now - began < 5
        assert watched.events.rung is Rung.LONG_POLL


async def test_camera_without_push_is_pulled() -> None:
    options = OnvifOptions(topics=(), event_habits=EventHabits(push=False))
    async with watching(options, push=True) as watched:
        await sees_a_person(watched)
        await watched.until(lambda: watched.calls("Subscribe") == 1)
        assert watched.events.rung is Rung.LONG_POLL


async def test_camera_without_pull_points_is_pushed() -> None:
    options = OnvifOptions(topics=(), event_habits=EventHabits(pull_points=False))
    async with watching(options, push=True) as watched:
        assert watched.events.rung is Rung.PUSH
        await sees_a_person(watched)


async def test_push_is_renewed_and_subscribed_to_again_after_a_reboot() -> None:
    async with watching(QUIET, push=True) as watched:
        await pushed(watched)
        await watched.time.advance(500)
        await watched.until(lambda: watched.calls("Renew") >= 1)
        await watched.asker.device.stop()
        await watched.healthy(False)
        await watched.asker.device.start()
        await watched.healthy()
        await sees_a_person(watched)
        await watched.time.advance(70)
        await watched.until(lambda: watched.calls("Subscribe") == 2)
        await sees_a_person(watched)


async def test_firmware_that_ends_all_subscriptions_gets_new_ones() -> None:
    habits = EventHabits(unsubscribe_ends_all=True)
    options = OnvifOptions(topics=(), event_habits=habits)
    async with watching(options, push=True) as watched:
        await subscribed(watched)
        watched.events.nudge()
        await watched.until(lambda: watched.calls("CreatePullPointSubscription") >= 2)
        await watched.waiting()
        await sees_a_person(watched)
        await watched.time.advance(70)
        await watched.until(lambda: watched.calls("Subscribe") >= 2)
        await watched.waiting()
        await sees_a_person(watched)


async def test_closing_ends_both_subscriptions() -> None:
    async with watching(QUIET, push=True) as watched:
        await subscribed(watched)
        await watched.waiting()
        await watched.events.close()
        assert watched.asker.device.events.subscriptions == 0


async def test_receiver_takes_posts_of_the_camera_only() -> None:
    got: list[CameraEvent] = []
    receiver = PushReceiver(HOST)
    await receiver.start()
    try:
        camera = receiver.register(HOST, got.extend)
        other = receiver.register("127.0.0.9", got.extend)
        mapped = receiver.register("::ffff:127.0.0.1", got.extend)
        base = camera.url.rpartition("/")[0]
        assert len(camera.url.rpartition("/")[2]) >= 32
        assert camera.url not in repr(camera)
        async with aiohttp.ClientSession() as session:

            async def post(url: str, data: bytes = MESSAGE) -> int:
                async with session.post(url, data=data) as response:
                    return response.status

            assert await post(camera.url) == 200
            assert await post(mapped.url) == 200
            assert [event.kind for event in got] == [K.MOTION] * 2
            assert await post(other.url) == 403
            assert await post(f"{base}/guessed") == 404
            assert await post(f"{base}/") == 404
            assert await post(camera.url, b"rubbish") == 400
            assert await post(camera.url, b"x" * (MAX_BODY + 1)) == 413
            async with session.get(camera.url) as response:
                assert response.status == 405
            receiver.unregister(camera)
            assert await post(camera.url) == 404
            assert len(got) == 2
            assert (camera.received, camera.refused) == (1, 2)
            assert (other.received, other.refused) == (0, 1)
    finally:
        await receiver.stop()
    await receiver.stop()


async def test_receiver_is_not_open_to_the_world() -> None:
    for address in ("0.0.0.0", "192.0.2.1", "::", "8.8.8.8"):
        with pytest.raises(NotLocalError):
            PushReceiver(address)
    assert local_address(HOST) == HOST
    assert local_address("8.8.8.8") is None


async def test_receiver_without_a_port_says_so() -> None:
    first = PushReceiver(HOST)
    await first.start()
    try:
        port = int(first.register(HOST, print).url.split(":")[2].split("/")[0])
        with pytest.raises(OSError):
            await PushReceiver(HOST, port).start()
    finally:
        await first.stop()
