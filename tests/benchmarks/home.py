"""A Home Assistant core in a process of its own, with the integration in it.

Run as ``python -m tests.benchmarks.home --config DIR``. It is the real core with the
integration and what that depends on, without the rest of an installation (frontend,
recorder, other integrations), so that its lag is that of the integration.

It takes commands on stdin and answers on stdout, one JSON object a line; at the end
of stdin it stops as Home Assistant does.
"""

import argparse
import asyncio
import json
import logging
import os
from pathlib import Path
import sys
from types import MappingProxyType
from typing import Any

from custom_components.hearthcam import system as system_module
from custom_components.hearthcam.const import (
    CONF_CAMERA_ID,
    CONF_ENTRY_TYPE,
    CONF_MAIN_URL,
    CONF_SUB_URL,
    CONF_TRANSPORT,
    DOMAIN,
    ENTRY_TYPE_CAMERA,
)
from custom_components.hearthcam.engine.protocol import Profile, StreamStatus
from custom_components.hearthcam.supervision import Timing
from custom_components.hearthcam.system import HearthcamSystem, async_get_system
from homeassistant import bootstrap, loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.config_entries import SOURCE_USER, ConfigEntries, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.browser.seed import free_port, seed

TICK = 0.01
"""Seconds between the ticks whose lateness is the lag."""


class Ticker:
    """Ticks on a fixed grid, and notes how late each tick came, in seconds.

    A tick that was missed while the loop stood still counts with all its lateness.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start ticking."""
        self._loop = loop
        self._lags: list[float] = []
        self._due = loop.time() + TICK
        self._handle = loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        self._lags.append(max(self._loop.time() - self._due, 0.0))
        self._due += TICK
        self._handle = self._loop.call_at(self._due, self._tick)

    def take(self) -> list[float]:
        """Return the lags since the last call."""
        lags, self._lags = self._lags, []
        return lags

    def stop(self) -> None:
        """Tick no more."""
        self._handle.cancel()


async def start_home_assistant(folder: Path) -> HomeAssistant:
    """Start a core with nothing in it yet, whose files are in ``folder``."""
    seed(folder, free_port())
    hass = HomeAssistant(str(folder))
    hass.config.skip_pip = True
    hass.config.media_dirs = {"local": str(folder / "media")}
    loader.async_setup(hass)
    hass.config_entries = ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    await bootstrap.async_load_base_functionality(hass)
    hass.auth = await auth_manager_from_config(hass, [], [])
    if not await async_setup_component(hass, DOMAIN, {}):
        raise RuntimeError("the integration cannot be set up; see the log")
    await hass.async_start()
    return hass


async def add_camera(hass: HomeAssistant, camera: dict[str, str]) -> None:
    """Add a camera as the config flow does, without its forms."""
    await hass.config_entries.async_add(
        ConfigEntry(
            domain=DOMAIN,
            title=camera["id"],
            unique_id=camera["id"],
            data={
                CONF_ENTRY_TYPE: ENTRY_TYPE_CAMERA,
                CONF_CAMERA_ID: camera["id"],
                CONF_MAIN_URL: camera["main"],
                CONF_SUB_URL: camera["sub"],
                CONF_TRANSPORT: "tcp",
            },
            options={},
            version=1,
            minor_version=1,
            source=SOURCE_USER,
            discovery_keys=MappingProxyType({}),
            subentries_data=(),
        )
    )


def describe(system: HearthcamSystem) -> dict[str, Any]:
    """Return how the engine and its cameras fare."""
    status = system.supervisor.status
    cameras = [camera.state for camera in system.cameras.values()]
    online = [
        sum(
            state.streams[profile].status is StreamStatus.ONLINE
            for state in cameras
            if profile in state.streams
        )
        for profile in (Profile.MAIN, Profile.SUB)
    ]
    return {
        "pid": status.pid if system.supervisor.running else None,
        "live": [system.supervisor.url(f"live/{name}.ts") for name in system.cameras],
        "still": [
            system.supervisor.url(f"still/{name}.jpg") for name in system.cameras
        ],
        "online": min(online),
        "rungs": [state.stats.rung for state in cameras if state.stats],
        "fps": [state.stats.fps for state in cameras if state.stats],
        "ring_bytes": [state.stats.ring_bytes for state in cameras if state.stats],
        "recording": sum(bool(state.recording) for state in cameras),
        "restarts": status.restarts,
        "clips": system.storage.figures.count if system.storage.figures else 0,
        "threads": system.engine_stats.threads if system.engine_stats else 0,
    }


async def serve(folder: Path) -> None:
    """Carry out commands until stdin ends."""
    loop = asyncio.get_running_loop()
    hass = await start_home_assistant(folder)
    ticker = Ticker(loop)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer
    )
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    print("{}", file=answers, flush=True)
    try:
        while line := await lines.readline():
            command: dict[str, Any] = json.loads(line)
            answer: dict[str, Any] = {}
            match command["do"]:
                case "add":
                    for camera in command["cameras"]:
                        await add_camera(hass, camera)
                case "describe":
                    answer = describe(async_get_system(hass))
                case "record":
                    system = async_get_system(hass)
                    system.cameras[command["camera"]].record_now(command["seconds"])
                case "stop_recording":
                    system = async_get_system(hass)
                    system.supervisor.stop_recording(command["camera"])
                case "lags":
                    answer = {"lags": ticker.take()}
            print(json.dumps(answer), file=answers, flush=True)
    finally:
        ticker.stop()
        await hass.async_stop()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.home")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument(
        "--patient",
        action="store_true",
        help="let every restart of the engine count as the first one",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if options.patient:
        # Repeated kills would otherwise measure the back-off between restarts.
        system_module.TIMING = Timing(good=0.0)  # type: ignore[misc]  # final for the product
    asyncio.run(serve(options.config))


if __name__ == "__main__":
    main()
