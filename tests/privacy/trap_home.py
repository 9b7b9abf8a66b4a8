"""Run in a namespace: a real Home Assistant with the integration and its engine.

Commanded by lines of JSON; argument: its folder. Each command is a method of `Home`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import json
import logging
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import Report
from custom_components.hearthcam.supervision import Timing
from custom_components.hearthcam.system import HearthcamSystem, async_get_system
from homeassistant.components.camera import async_request_stream
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import (
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_USER,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.benchmarks.home import start_home_assistant

_LOGGER = logging.getLogger(__name__)

PACKAGE = "custom_components.hearthcam"
INTERFACE = "eth0"
"""On which it looks for cameras."""


async def until(condition: Callable[[], object], what: str, seconds: float = 40) -> Any:
    """Wait until something is so, and return it."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := condition()):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
    return found


class Home:
    """What is done in it."""

    def __init__(self, hass: HomeAssistant, folder: Path) -> None:
        """Take it as it runs, and note what its engine reports."""
        self._hass = hass
        self._folder = folder
        self._session = ClientSession()
        self._told: list[Report] = []
        take = HearthcamSystem.engine_report

        def note(system: HearthcamSystem, report: Report) -> None:
            self._told.append(report)
            take(system, report)

        patch.object(HearthcamSystem, "engine_report", note).start()

    async def close(self) -> None:
        """Stop it."""
        await self._session.close()
        await self._hass.async_stop()

    @property
    def _system(self) -> HearthcamSystem:
        return async_get_system(self._hass)

    def _count(self, kind: str) -> int:
        return sum(type(report).__name__ == kind for report in self._told)

    # --- set-up ----------------------------------------------------------------

    async def discovered(self, login: dict[str, str]) -> str:
        """Add the camera that announced itself; return its entry's title."""
        card = await until(
            lambda: [
                flow
                for flow in self._hass.config_entries.flow.async_progress_by_handler(
                    DOMAIN
                )
                if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
            ],
            "a card",
        )
        result = await self._go_on(card[0]["flow_id"], login)
        return await self._finished(result, login)

    async def by_url(self, answer: dict[str, Any]) -> str:
        """Add a camera by its URL; return its title, or the errors of the form."""
        result: ConfigFlowResult = await self._hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        result = await self._go_on(result["flow_id"])
        result = await self._go_on(result["flow_id"], {"camera": "enter_rtsp"})
        result = await self._go_on(result["flow_id"], answer)
        if errors := result.get("errors"):
            self._hass.config_entries.flow.async_abort(result["flow_id"])
            return json.dumps(errors)
        return await self._finished(result, {})

    async def _finished(self, result: ConfigFlowResult, login: dict[str, str]) -> str:
        """Take every further page as it is proposed."""
        while result["type"] is FlowResultType.FORM:
            assert not result["errors"], result["errors"]
            schema = result["data_schema"]
            assert schema is not None
            result = await self._go_on(result["flow_id"], schema({}))
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        entry = result["result"]
        self._hass.config_entries.async_update_entry(
            entry, options={**entry.options, "pre_roll": 2.0, "post_roll": 1.0}
        )
        await self._hass.async_block_till_done(wait_background_tasks=False)
        return str(entry.title)

    async def _go_on(
        self, flow_id: str, values: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        flows = self._hass.config_entries.flow
        result: ConfigFlowResult = await flows.async_configure(flow_id, values)
        while result["type"] in (
            FlowResultType.SHOW_PROGRESS,
            FlowResultType.SHOW_PROGRESS_DONE,
        ):
            task = flows._progress[flow_id].async_get_progress_task()
            if task is not None:
                await asyncio.wait([task])
            result = await flows.async_configure(flow_id)
        return result

    # --- what goes on ------------------------------------------------------------

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

    async def watched(self, entity: str) -> int:
        """Play a camera by HLS and by the engine's own stream; return bytes."""
        server = f"http://127.0.0.1:{self._hass.http.server_port}"
        url = await async_request_stream(self._hass, entity, "hls")
        base = f"{server}{url.rpartition('/')[0]}"
        seen = 0
        async with self._session.get(f"{server}{url}") as answer:
            assert answer.status == 200
            playlist = (await answer.text()).split()[-1]
        async with self._session.get(f"{base}/{playlist}") as answer:
            text = await answer.text()
        for line in text.splitlines():
            if line.startswith("#EXT-X-MAP"):
                init = line.split('"')[1]
                async with self._session.get(f"{base}/{init}") as answer:
                    seen += len(await answer.read())
        camera = self._system.cameras[entity.partition(".")[2]]
        assert camera.live_url is not None
        async with self._session.get(camera.live_url) as answer:
            seen += len(await answer.content.readexactly(188 * 50))
        still = await camera.async_still()
        assert still is not None
        return seen + len(still)

    async def clip(self, entity: str) -> list[int]:
        """Record a clip; return the sizes of all that can be fetched of it."""
        actions = self._hass.services
        target = {"entity_id": entity}
        await actions.async_call(
            DOMAIN, "record", {**target, "duration": 2}, blocking=True
        )
        library = self._system.library
        assert library is not None
        async with asyncio.timeout(40):
            while (clip := await library.latest(entity.partition(".")[2])) is None:
                await asyncio.sleep(0.1)
        sizes = [
            await self._fetched(f"/api/hearthcam/{kind}")
            for kind in (
                f"clip/{clip.clip_id}.mp4",
                f"clip/{clip.clip_id}/index.m3u8",
                f"thumbnail/{clip.clip_id}",
                f"preview/{clip.clip_id}",
                f"picture/{clip.clip_id}",
            )
        ]
        self._hass.config.allowlist_external_dirs = {str(self._folder)}
        files = [self._folder / name for name in ("export.mp4", "snapshot.jpg")]
        await actions.async_call(
            DOMAIN,
            "export",
            {
                **target,
                "start": datetime.fromtimestamp(clip.start, UTC).isoformat(),
                "end": datetime.fromtimestamp(clip.end, UTC).isoformat(),
                "filename": str(files[0]),
            },
            blocking=True,
            return_response=actions.supports_response(DOMAIN, "export") != "none",
        )
        await actions.async_call(
            "camera", "snapshot", {**target, "filename": str(files[1])}, blocking=True
        )
        return [*sizes, *(file.stat().st_size for file in files)]

    async def _fetched(self, path: str) -> int:
        signed = async_sign_path(
            self._hass, path, timedelta(minutes=1), use_content_user=True
        )
        url = f"http://127.0.0.1:{self._hass.http.server_port}{signed}"
        async with self._session.get(url) as answer:
            assert answer.status == 200, f"{path}: {answer.status}"
            return len(await answer.read())

    async def killed(self) -> None:
        """Kill the engine, and wait for the next one."""
        status = self._system.supervisor.status
        restarts = status.restarts
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)
        await until(lambda: status.restarts > restarts, "the next engine")

    async def reloaded(self) -> None:
        """Set every camera up anew."""
        for entry in self._hass.config_entries.async_entries(DOMAIN):
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

    async def refused(self) -> int:
        """Return how often the engine's lock had to hold."""
        await self.reported("EngineStats")
        stats = self._system.engine_stats
        assert stats is not None
        return stats.refused_contacts

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
        with suppress(OSError):
            await asyncio.get_running_loop().getaddrinfo("control.example", 80)


async def serve(folder: Path) -> None:
    """Carry out commands until the input ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer
    )
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    with (
        patch("tests.browser.seed.loopback_adapter", return_value=INTERFACE),
        patch(f"{PACKAGE}.flow_measure.MEASURE_SECONDS", 1.5),
        patch(f"{PACKAGE}.system.TIMING", Timing(back_off=(0.1, 0.2))),
    ):
        home = Home(await start_home_assistant(folder), folder)
        try:
            print(json.dumps({"value": "ready"}), file=answers, flush=True)
            while line := await lines.readline():
                command: dict[str, Any] = json.loads(line)
                do = getattr(home, command.pop("do"))
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
