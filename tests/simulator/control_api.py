"""The switches over HTTP: `POST /{switch}` with a JSON object of its arguments.

`GET /` says what the camera is, `GET /sightings` who was sent when.
"""

import asyncio
from collections.abc import Callable, Mapping
import dataclasses
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from .camera import SimulatedCamera

SWITCHES = frozenset(
    {
        "drop_connections",
        "stall",
        "reboot",
        "refuse_logins",
        "hide",
        "allow_transports",
        "set_session_timeout",
        "set_resolution",
        "long_gop",
        "paint_masks",
        "jump_timestamps",
        "lose_packets",
        "motion_now",
        "go_to",
        "wrong_xaddrs",
        "skew_clock",
        "fire_event",
        "lose_leases",
        "silence_push",
    }
)


class ControlApi:
    """Serves the switches of one camera on 127.0.0.1, which nobody else reaches."""

    def __init__(self, camera: SimulatedCamera) -> None:
        """Serve the switches of `camera`."""
        self._camera = camera
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int) -> None:
        """Listen; port 0 is any free one."""
        app = web.Application()
        app.router.add_get("/", self._describe)
        app.router.add_get("/sightings", self._sightings)
        app.router.add_post("/{switch}", self._switch)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner:
            await self._runner.cleanup()

    async def _describe(self, request: web.Request) -> web.Response:
        return web.json_response(describe(self._camera))

    async def _sightings(self, request: web.Request) -> web.Response:
        return web.json_response(
            [
                {**dataclasses.asdict(interval), "sent": [start, end]}
                for interval, start, end in self._camera.sightings()
            ]
        )

    async def _switch(self, request: web.Request) -> web.Response:
        name = request.match_info["switch"]
        if name not in SWITCHES:
            raise web.HTTPNotFound(text=f"switches: {', '.join(sorted(SWITCHES))}")
        switch: Callable[..., asyncio.Task[None] | None] = getattr(
            self._camera.control, name
        )
        try:
            arguments: Any = await request.json() if request.can_read_body else {}
            if isinstance(arguments, list):
                task = switch(*arguments)
            else:
                task = switch(**arguments)
        except (TypeError, ValueError, RuntimeError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        # A reboot is under way when this answers; new encodings are ready.
        if task is not None and name != "reboot":
            await task
        return web.json_response({"done": name})


def describe(camera: SimulatedCamera) -> Mapping[str, Any]:
    """Return a camera's URLs and what is in its picture, as JSON has it."""
    state = camera.state
    scene = camera.scene
    return {
        "name": state.name,
        "mac": state.mac,
        "serial": state.serial,
        "urls": {token: camera.rtsp_url(token) for token in camera.streams},
        "onvif": camera.onvif.url if camera.onvif else None,
        "control": camera.control_url if camera.has_control else None,
        "profiles": [dataclasses.asdict(profile) for profile in state.profiles],
        "clients": {t: stream.clients for t, stream in camera.streams.items()},
        "duration": camera.duration,
        "intervals": [dataclasses.asdict(i) for i in scene.intervals] if scene else [],
        "passes": [dataclasses.asdict(p) for p in camera.passes()[-10:]],
    }
