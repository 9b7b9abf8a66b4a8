"""The engine's loopback HTTP server: live video and stills, behind a token.

Paths are ``/live/{camera_id}.ts`` and ``/still/{camera_id}.jpg``; the token is the
query parameter ``auth``, which is what Home Assistant masks in its logs of streams.
The listening socket is inherited, so that port and token outlive a crash.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress
import socket
from typing import Final

from aiohttp import web

from ..privacy.secret import is_secret
from .camera import Camera
from .live import LiveViewer, serve_live
from .masking.shutter_broadcast import prepare_shutter
from .parts import KEY_HEADER

_MAX_WIDTH: Final = 8192
_FIRST_STILL: Final = 4.0
_FIRST_PICTURE: Final = 10.0
"""Seconds that are waited for a camera that is being connected; Home Assistant waits
10 for a still, and 30 for a stream."""
_POLL: Final = 0.05


async def _first_picture(camera: Camera, seconds: float) -> None:
    """Wait a little for a stream that is being opened to bring its first keyframe.

    Home Assistant's stream worker retries a refusal only after 10 s and more.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while camera.is_starting:
                await asyncio.sleep(_POLL)


class LoopbackServer:
    """Serves the cameras in a mapping that others keep up to date."""

    def __init__(
        self, token: str, cameras: Mapping[str, Camera], executor: Executor
    ) -> None:
        """Prepare; ``executor`` decodes stills."""
        self._token = token
        self._cameras = cameras
        self._executor = executor
        application = web.Application()
        application.router.add_get("/live/{camera_id}.ts", self._live)
        application.router.add_get("/still/{camera_id}.jpg", self._still)
        # With aiohttp's defaults a handler that waits for packets never sees its
        # client go, and clean-up blocks for a minute.
        self._runner = web.AppRunner(
            application,
            handler_cancellation=True,
            shutdown_timeout=1.0,
            access_log=None,
        )

    async def start(self, listening: socket.socket) -> None:
        """Serve on a socket that listens already."""
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """End every response and close the socket."""
        await self._runner.cleanup()

    def _camera(self, request: web.Request) -> Camera:
        if not is_secret(request.query.get("auth"), self._token):
            raise web.HTTPForbidden
        camera = self._cameras.get(request.match_info["camera_id"])
        if camera is None:
            raise web.HTTPNotFound
        return camera

    async def _live(self, request: web.Request) -> web.StreamResponse:
        camera = self._camera(request)
        viewer = LiveViewer(asyncio.get_running_loop())
        await _first_picture(camera, _FIRST_PICTURE)
        if camera.config.shut:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, prepare_shutter)
        if not camera.showing.add(viewer, request.headers.get(KEY_HEADER)):
            raise web.HTTPServiceUnavailable
        try:
            return await serve_live(request, viewer)
        finally:
            camera.showing.remove(viewer)

    async def _still(self, request: web.Request) -> web.Response:
        camera = self._camera(request)
        width = request.query.get("width", "")
        if width and not (width.isascii() and width.isdecimal() and len(width) < 6):
            raise web.HTTPBadRequest
        await _first_picture(camera, _FIRST_STILL)
        picture = await asyncio.get_running_loop().run_in_executor(
            self._executor,
            camera.showing.still,
            min(int(width), _MAX_WIDTH) if width and int(width) else None,
            request.query.get("fresh") == "1",
            request.headers.get(KEY_HEADER),
        )
        if picture is None:
            raise web.HTTPServiceUnavailable
        return web.Response(
            body=picture,
            content_type="image/jpeg",
            headers={"Cache-Control": "no-store"},
        )
