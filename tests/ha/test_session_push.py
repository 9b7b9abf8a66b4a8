"""The port that cameras post their events to."""

import asyncio
from unittest.mock import patch

import aiohttp
import pytest

from custom_components.hearthcam.onvif.events import CameraEvent, PushReceiver
from custom_components.hearthcam.session_push import DATA_PLACES, async_push_receiver
from homeassistant.core import HomeAssistant

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def posted(url: str) -> int:
    """Post nonsense to a place and return the answer's status."""
    async with aiohttp.ClientSession() as session, session.post(url) as answer:
        return answer.status


async def test_neighbours_share_a_port_that_closes_with_the_last(
    hass: HomeAssistant,
) -> None:
    def take(_: tuple[CameraEvent, ...]) -> None:
        """Take nothing."""

    async with async_push_receiver(hass, "127.0.0.1") as one:
        async with async_push_receiver(hass, "127.0.0.1") as other:
            assert one is not None
            assert other is one
            consumer = one.register("127.0.0.1", take)
            assert "127.0.0.1" in consumer.url
            assert await posted(consumer.url) == 400
        assert await posted(consumer.url) == 400
    with pytest.raises(aiohttp.ClientConnectionError):
        await posted(consumer.url)
    assert not hass.data[DATA_PLACES].by_address


async def test_many_that_come_and_go_at_once_leave_nothing_open(
    hass: HomeAssistant,
) -> None:
    async def use(number: int) -> None:
        for _ in range(5):
            async with async_push_receiver(hass, "127.0.0.1") as receiver:
                assert receiver is not None
                await asyncio.sleep(0.001 * number)
                receiver.register("127.0.0.1", lambda _: None)

    await asyncio.gather(*(use(number) for number in range(4)))
    assert not hass.data[DATA_PLACES].by_address


async def test_events_are_pulled_where_no_port_can_be_had(hass: HomeAssistant) -> None:
    async with async_push_receiver(hass, "192.0.2.1") as receiver:
        assert receiver is None
    with patch.object(PushReceiver, "start", side_effect=OSError(98, "in use")):
        async with async_push_receiver(hass, "127.0.0.1") as receiver:
            assert receiver is None
    assert not hass.data[DATA_PLACES].by_address
