"""A camera that hangs is nobody else's trouble."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import time
from unittest.mock import patch

from custom_components.hearthcam.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from tests.simulator.onvif_server import OnvifDevice

from .conftest import FakeEngineControl, wait_for
from .flow_parts import camera_state, onvif_entry
from .session_fixtures import QUICK_TIMING

SETUP_SECONDS = 8.0
"""For all entries, the engine's start included; one request to a camera that hangs
takes ten by itself, and setting it up took three of them."""
TURNS = 50
"""It took none at all."""


@asynccontextmanager
async def black_hole() -> AsyncGenerator[tuple[int, list[int]]]:
    """Yield the port of a camera that accepts connections and never answers."""
    accepted: list[int] = []
    writers: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(1)
        writers.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], accepted
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


class Turns:
    """Counts the event loop's turns."""

    def __init__(self) -> None:
        """Begin to count."""
        self.count = 0
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self.count += 1
        self._handle = self._loop.call_soon(self._turn)

    def stop(self) -> None:
        """End."""
        self._handle.cancel()


async def test_camera_that_hangs_delays_neither_the_others_nor_the_start(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    state = camera_state()
    device = OnvifDevice(state)
    await device.start()
    async with black_hole() as (port, accepted):
        hung = [
            onvif_entry(
                camera_id=f"hung_{number}",
                onvif_port=port,
                mac=f"02:00:00:00:01:0{number}",
                serial=f"HUNG{number}",
                epr=None,
                main_url=f"rtsp://127.0.0.1:{port}/main",
                host="127.0.0.1",
            )
            for number in range(3)
        ]
        good = onvif_entry(state)
        entries = [*hung, good]
        for number, entry in enumerate(entries):
            entry.add_to_hass(home)
            home.config_entries.async_update_entry(entry, unique_id=f"unique_{number}")
        home.set_state(CoreState.not_running)
        began = time.monotonic()
        # As Home Assistant does at its start: all entries of a domain at once.
        with patch("custom_components.hearthcam.session.TIMING", QUICK_TIMING):
            assert await home.config_entries.async_setup(hung[0].entry_id)
            await home.async_block_till_done()
            await home.async_start()
        took = time.monotonic() - began
        assert took < SETUP_SECONDS, f"started after {took:.1f} s"
        assert {entry.state for entry in entries} == {ConfigEntryState.LOADED}

        session = good.runtime_data.session
        await wait_for(lambda: session.reachable and session.has_events, 8)
        await wait_for(lambda: len(accepted) >= len(hung))
        assert not any(entry.runtime_data.session.reachable for entry in hung)

        # Nor does it keep Home Assistant from unloading, or from ending.
        began = time.monotonic()
        for entry in home.config_entries.async_loaded_entries(DOMAIN):
            await home.config_entries.async_unload(entry.entry_id)
        took = time.monotonic() - began
        assert took < SETUP_SECONDS, f"unloaded after {took:.1f} s"
    await device.stop()


async def test_setting_up_a_camera_that_hangs_takes_few_turns_of_the_loop(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    """Nothing in it waits for an answer of the camera, or polls for one."""
    state = camera_state()
    device = OnvifDevice(state)
    await device.start()
    first = onvif_entry(state)
    first.add_to_hass(home)
    assert await home.config_entries.async_setup(first.entry_id)
    await home.async_block_till_done()
    async with black_hole() as (port, accepted):
        entry = onvif_entry(camera_id="hung", onvif_port=port, host="127.0.0.1")
        entry.add_to_hass(home)
        home.config_entries.async_update_entry(entry, unique_id="hung")
        turns = Turns()
        assert await home.config_entries.async_setup(entry.entry_id)
        turns.stop()
        assert entry.state is ConfigEntryState.LOADED
        assert turns.count < TURNS
        await wait_for(lambda: accepted)
        for loaded in home.config_entries.async_loaded_entries(DOMAIN):
            await home.config_entries.async_unload(loaded.entry_id)
    await device.stop()
