"""Home Assistant's own stream ends when it is cut, whatever happened to it before."""

import asyncio
from collections.abc import Callable
from threading import Event
from typing import Any
from unittest.mock import patch

from custom_components.hearthcam.stream_cut import async_cut_stream
from homeassistant.components.camera.prefs import DynamicStreamSettings
from homeassistant.components.stream import create_stream
from homeassistant.components.stream.exceptions import StreamWorkerError
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.ha.conftest import wait_for

SOURCE = "http://127.0.0.1:1/live"


async def test_stream_that_was_told_of_its_source_while_it_waited_ends(
    hass: HomeAssistant,
) -> None:
    """Its next stop would have begun it anew, and waited for its end."""
    assert await async_setup_component(hass, "stream", {})
    opened: list[str] = []
    serves = Event()

    def worker(source: str, *more: Any) -> None:
        opened.append(source)
        if not source or not serves.is_set():
            raise StreamWorkerError("nothing there")
        more[-1].wait()

    async def opens(condition: Callable[[], bool]) -> None:
        await wait_for(condition, 10)

    with patch("homeassistant.components.stream.worker.stream_worker", worker):
        stream = create_stream(hass, SOURCE, {}, DynamicStreamSettings())
        stream.add_provider("hls")
        await stream.start()
        await opens(lambda: not stream.available)
        # The camera is back: so says the camera's entity.
        serves.set()
        stream.update_source(SOURCE)
        await wait_for(lambda: stream._thread is None or not stream._thread.is_alive())
        await hass.async_block_till_done()
        stream.add_provider("hls")
        await stream.start()
        await opens(lambda: len(opened) == 2)

        async with asyncio.timeout(10):
            await async_cut_stream(stream)

    assert stream._thread is None
    assert not stream.outputs()
