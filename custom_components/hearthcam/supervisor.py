"""Starts, feeds, watches and restarts the engine: Home Assistant's side of the seam."""

import asyncio
from collections.abc import Callable, Sequence
import contextlib
from dataclasses import replace
import logging
import secrets
import socket
import time
from typing import override

from homeassistant.core import HomeAssistant
from homeassistant.util.ulid import ulid_now

from .engine.protocol import (
    BlackedOut,
    CameraSaw,
    Command,
    ConfigureCamera,
    ExplainLight,
    Exported,
    Exposed,
    Inspected,
    Lost,
    LostCause,
    Mode,
    Probed,
    Ready,
    Recover,
    RemoveCamera,
    Rendered,
    Report,
    SetMode,
    SetZones,
    Start,
    WatchDetector,
)
from .engine_process import End, EngineProcess
from .engine_requests import EngineRequests
from .exceptions import EngineError
from .launch import engine_command
from .supervision import SupervisorListener, SupervisorStatus, Timing

_LOGGER = logging.getLogger(__package__)


class Supervisor(EngineRequests):
    """The engine as the rest of the integration sees it.

    Configurations and zones are kept here and given again to every new process, and
    so are the folders to recover, the listening socket and the token: who holds a live
    URL need not know that the engine was restarted.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        listener: SupervisorListener,
        *,
        command: Callable[[int], Sequence[str]] = engine_command,
        timing: Timing | None = None,
    ) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__()
        self._hass = hass
        self._listener = listener
        self._command = command
        self._timing = timing or Timing()
        self._cameras: dict[str, ConfigureCamera] = {}
        self._zones: dict[str, SetZones] = {}
        self._recover_folders: tuple[str, ...] = ()
        self._socket: socket.socket | None = None
        self._token = ""
        self._process: EngineProcess | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._down_at: float | None = None
        self.status = SupervisorStatus()

    @property
    @override
    def running(self) -> bool:
        """Whether the engine serves right now."""
        return self._ready.is_set()

    def url(self, path: str) -> str | None:
        """Return an address of the loopback server; None while nothing listens.

        It holds the token, as the one query parameter that Home Assistant masks
        when it logs a stream's address.
        """
        if self._socket is None:
            return None
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}/{path}?auth={self._token}"

    async def async_start(self, *recover_folders: str) -> None:
        """Start the engine and wait until it serves; raises EngineError.

        ``recover_folders`` are searched for unfinished clips at every start, each
        answered by a `Recovered`.
        """
        self._stopping.clear()
        self._recover_folders = recover_folders
        self._token = secrets.token_urlsafe(24)
        self.status = SupervisorStatus()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            self._socket.bind(("127.0.0.1", 0))
            # From now on, so that who connects while the engine is being restarted
            # waits for it instead of being refused.
            self._socket.listen(64)
        except OSError as err:
            self._close_socket()
            raise EngineError("engine_not_started") from err
        self._task = self._hass.async_create_background_task(
            self._supervise(), "hearthcam engine"
        )
        ready = asyncio.ensure_future(self._ready.wait())
        try:
            # The task ends early only when the very first process never served.
            await asyncio.wait((self._task, ready), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            if not self.running:
                await self.async_stop()
        if not self.running:
            raise EngineError("engine_not_started")

    async def async_stop(self) -> None:
        """Let the engine finish its clips, end it, and close the socket."""
        self._stopping.set()
        if self._process is not None:
            await self._process.stop(self._timing.stop)
        if self._task is not None:
            await asyncio.wait((self._task,))
            self._task = None
        self._close_socket()

    def configure(self, camera: ConfigureCamera) -> None:
        """Add or change a camera, now and at every start of the engine.

        What the engine knows already is not told again.
        """
        known = self._cameras.get(camera.camera_id)
        self._cameras[camera.camera_id] = camera
        if known is None or replace(known, mode=camera.mode) != camera:
            self._send(camera)
        elif known.mode is not camera.mode:
            self._send(SetMode(camera.camera_id, camera.mode))

    def remove(self, camera_id: str) -> None:
        """Forget a camera."""
        self._zones.pop(camera_id, None)
        if self._cameras.pop(camera_id, None):
            self._send(RemoveCamera(camera_id))

    def set_zones(self, zones: SetZones) -> None:
        """Change a known camera's zones, now and at every start of the engine."""
        self._zones[zones.camera_id] = zones
        self._send(zones)

    def tell(self, command: CameraSaw | ExplainLight | WatchDetector) -> None:
        """Pass on what means something to the engine of this moment only."""
        self._send(command)

    def recover(self, *folders: str) -> None:
        """Search folders for unfinished clips now and at every start from now on.

        Replaces those that were given before.
        """
        self._recover_folders = folders
        self._recover()

    @override
    def _send(self, command: Command) -> None:
        """Pass a command on; what concerns cameras is repeated at the next start."""
        if self._process is not None and self.running:
            self._process.send(command)

    async def _supervise(self) -> None:
        """Run one process after the other until stopped."""
        failures = 0
        loop = self._hass.loop
        while not self._stopping.is_set():
            started = loop.time()
            end = await self._live()
            served = self.running
            self._went_down(served)
            if self._stopping.is_set():
                return
            self.status.ends = [*self.status.ends, end][-10:]
            if not served and self.status.pid is None:
                return
            if served and loop.time() - started >= self._timing.good:
                failures = 0
            delay = self._timing.back_off[min(failures, len(self._timing.back_off) - 1)]
            failures += 1
            self.status.restarts += 1
            _LOGGER.warning("The engine ended (%s); restart in %s s", end, delay)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopping.wait()

    async def _live(self) -> str:
        """Run one process to its end; return why it ended."""
        assert self._socket is not None
        listen_fd = self._socket.fileno()
        try:
            command = await self._hass.async_add_executor_job(self._command, listen_fd)
            process = await EngineProcess.spawn(command, listen_fd, self._report)
        except OSError as err:
            _LOGGER.error("The engine cannot be started: %s", err.strerror)
            return "not started"
        self._process = process
        process.send(
            Start(
                self._token, "debug" if _LOGGER.isEnabledFor(logging.DEBUG) else "info"
            )
        )
        if self._stopping.is_set():
            process.kill(End.STOPPED)
        watch = self._hass.loop.call_later(self._timing.ready, self._not_ready, process)
        try:
            end = await process.run(self._timing.silence)
        finally:
            watch.cancel()
            self._process = None
            self.status.bad_lines += process.bad_lines
        return f"{end}, status {process.returncode}"

    def _not_ready(self, process: EngineProcess) -> None:
        if not self.running:
            process.kill(End.SILENT)

    def _report(self, report: Report) -> None:
        match report:
            case Ready():
                self._came_up(report)
            case Probed() | Exported() | Rendered() | BlackedOut():
                self._answer(report)
            case Inspected() | Exposed():
                self._answer(report)
            case _:
                self._listener.engine_report(report)

    def _came_up(self, report: Ready) -> None:
        self.status.pid = report.pid
        self.status.av_version = report.av_version
        self.status.encoders = report.encoders
        self._ready.set()
        for camera_id, camera in self._cameras.items():
            self._send(camera)
            if zones := self._zones.get(camera_id):
                self._send(zones)
        self._recover()
        self._listener.engine_changed()
        if self._down_at is not None:
            now = time.time()
            for camera in self._cameras.values():
                if camera.mode is Mode.RECORD:
                    self._listener.engine_report(
                        Lost(
                            camera.camera_id,
                            min(self._down_at, now),
                            now,
                            LostCause.ENGINE_STOPPED,
                        )
                    )
            self._down_at = None
            _LOGGER.info("The engine is back")

    def _recover(self) -> None:
        for folder in self._recover_folders:
            self._send(Recover(ulid_now(), folder))

    def _went_down(self, served: bool) -> None:
        if served:
            self._ready.clear()
            self._down_at = None if self._stopping.is_set() else time.time()
        self._give_up()
        if served:
            self._listener.engine_changed()

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
