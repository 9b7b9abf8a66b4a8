"""Run in a namespace: a real Home Assistant with the integration and its engine.

Commanded by lines of JSON; argument: its folder. Each command is a method of `Home`,
`SetUp` or `Watcher`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
import json
import logging
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Any
from unittest.mock import patch

from aiodns import DNSResolver
from pycares import Channel

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import Report
from custom_components.hearthcam.supervision import Timing
from custom_components.hearthcam.system import HearthcamSystem, async_get_system
from homeassistant.core import HomeAssistant
from tests.benchmarks.home import start_home_assistant

from .trap_set_up import SetUp, until
from .trap_watcher import Watcher

_LOGGER = logging.getLogger(__name__)

PACKAGE = "custom_components.hearthcam"
INTERFACE = "eth0"
"""On which it looks for cameras."""


class Home:
    """What goes on in it."""

    def __init__(self, hass: HomeAssistant, folder: Path) -> None:
        """Take it as it runs, and note what its engine reports."""
        self._hass = hass
        self._watcher = Watcher(hass, folder)
        self._parts = (self, SetUp(hass), self._watcher)
        self._told: list[Report] = []
        self._looked_up: list[str] = []
        take = HearthcamSystem.engine_report

        def note(system: HearthcamSystem, report: Report) -> None:
            self._told.append(report)
            take(system, report)

        patch.object(HearthcamSystem, "engine_report", note).start()
        for name in ("getaddrinfo", "query", "search", "gethostbyaddr"):
            patch.object(Channel, name, self._noting(getattr(Channel, name))).start()

    def _noting(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        def noting(channel: Channel, what: str, *others: Any, **options: Any) -> Any:
            self._looked_up.append(what)
            return ask(channel, what, *others, **options)

        return noting

    def command(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        """Return what carries a command out."""
        found: Callable[..., Coroutine[Any, Any, Any]] = next(
            getattr(part, name) for part in self._parts if hasattr(part, name)
        )
        return found

    async def close(self) -> None:
        """Stop it."""
        await self._watcher.close()
        await self._hass.async_stop()

    @property
    def _system(self) -> HearthcamSystem:
        return async_get_system(self._hass)

    def _count(self, kind: str) -> int:
        return sum(type(report).__name__ == kind for report in self._told)

    async def online(self, count: int) -> None:
        """Wait until so many cameras have their pictures."""
        await until(
            lambda: (
                sum(camera.online for camera in self._system.cameras.values()) >= count
            ),
            f"{count} cameras with pictures",
        )

    async def reported(self, kind: str, more: int = 1) -> None:
        """Wait until the engine has reported that often, from now on."""
        least = self._count(kind) + more
        await until(lambda: self._count(kind) >= least, f"{more} {kind}")

    async def killed(self) -> None:
        """Kill the engine, and wait for the next one."""
        status = self._system.supervisor.status
        restarts = status.restarts
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)
        await until(lambda: status.restarts > restarts, "the next engine")

    async def reloaded(self, only: str | None = None) -> None:
        """Set every camera up anew, or the one of this title."""
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            if only in {None, entry.title}:
                await self._hass.config_entries.async_reload(entry.entry_id)

    async def offline(self, camera_id: str, why: str) -> None:
        """Wait until a camera has no pictures, for a reason that it tells."""
        camera = self._system.cameras[camera_id]
        await until(
            lambda: (
                not camera.online
                and why in {stream.error for stream in camera.state.streams.values()}
            ),
            f"{camera_id} that is {why}",
        )

    async def looked_up(self) -> list[str]:
        """Return what c-ares was asked for, which Home Assistant looks names up with.

        Of a camera that is known by its address nothing is looked up, and of the other
        only what the user typed, by the system.
        """
        return self._looked_up

    async def leave(self) -> None:
        """Send something out, as nothing of ours may: the trap must notice."""
        for family, host in (
            (socket.AF_INET, "203.0.113.9"),
            (socket.AF_INET6, "2001:db8:dead::9"),
        ):
            with socket.socket(family, socket.SOCK_DGRAM) as datagram:
                datagram.sendto(b"hello", (host, 9))
            with socket.socket(family, socket.SOCK_STREAM) as stream:
                stream.setblocking(False)
                with suppress(BlockingIOError):
                    stream.connect((host, 9))
                await asyncio.sleep(0.2)
        ask = (
            asyncio.get_running_loop().getaddrinfo("control.example", 80),
            DNSResolver(tries=1, timeout=1).query_dns("cares.example", "A"),
        )
        await asyncio.gather(*ask, return_exceptions=True)


async def serve(folder: Path) -> None:
    """Carry out commands until the input ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer
    )
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    with (
        patch("tests.browser.seed.loopback_adapter", return_value=INTERFACE),
        patch(f"{PACKAGE}.discovery.SEARCH_SECONDS", 1.5),
        patch(f"{PACKAGE}.flow_search.GATHER_SECONDS", 0.1),
        patch(f"{PACKAGE}.flow_measure.MEASURE_SECONDS", 0.5),
        patch(f"{PACKAGE}.system.TIMING", Timing(back_off=(0.1, 0.2))),
    ):
        home = Home(await start_home_assistant(folder), folder)
        try:
            print(json.dumps({"value": "ready"}), file=answers, flush=True)
            while line := await lines.readline():
                command: dict[str, Any] = json.loads(line)
                do = home.command(command.pop("do"))
                try:
                    answer: dict[str, Any] = {"value": await do(**command)}
                except Exception as error:
                    _LOGGER.exception("%s failed", do.__name__)
                    answer = {"error": f"{do.__name__}: {error!r}"}
                print(json.dumps(answer), file=answers, flush=True)
        finally:
            await home.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    for loud in ("homeassistant", "aiohttp.access"):
        logging.getLogger(loud).setLevel(logging.WARNING)
    asyncio.run(serve(Path(sys.argv[1])))
