"""The engine's main loop: commands in, reports out, cameras in between."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
import logging
import os
from pathlib import Path
import resource
import socket
import threading
from typing import Final

import av

from ..privacy.local_only import Resolver
from .camera import Camera
from .checks import fault_of, meant_for
from .clock import Clock
from .closed_network import NETWORK
from .governor import Governor
from .guard import all_blocked
from .jobs import Jobs
from .masking.encoders import available
from .policy import Step
from .protocol import (
    BlackOut,
    BlockCause,
    CameraSaw,
    Command,
    ConfigureCamera,
    EngineStats,
    ExplainLight,
    Export,
    Expose,
    Inspect,
    LetIn,
    Probe,
    Ready,
    RecordNow,
    Recover,
    Rejected,
    RemoveCamera,
    Render,
    Report,
    SetMode,
    SetZones,
    Start,
    Stop,
    StopRecording,
    WatchDetector,
)
from .recording import Common
from .repairs import Repairs
from .server import LoopbackServer
from .wire import MAX_LINE, ProtocolError, decode_command

_LOGGER = logging.getLogger(__name__)

STATS_INTERVAL: Final = 5.0
STEPPED: Final = 2.0
"""Seconds by which the system's clock may be set before the engine starts anew."""
GOVERN_INTERVAL: Final = 1.0
FLUSH_INTERVAL: Final = 60.0
_PAGE_SIZE: Final = os.sysconf("SC_PAGE_SIZE")


class Service:
    """One run of the engine, from the first command to the last report."""

    def __init__(
        self,
        listening: socket.socket,
        report: Callable[[Report], None],
        resolver: Resolver = socket.getaddrinfo,
    ) -> None:
        """Prepare to serve on a socket that listens already."""
        self._listening = listening
        self._report = report
        self._resolver = resolver
        self._clock = Clock()
        self._cameras: dict[str, Camera] = {}
        # Their last clips are still being written.
        self._closing: list[Camera] = []
        self._repairs = Repairs(report)
        self._common = Common(repair=self._repairs.add, accompany=self._accompany)
        self._governor = Governor()
        # Other blocking work may take seconds, so stills have workers of their own.
        self._stills = ThreadPoolExecutor(2, "still")
        self._jobs = Jobs(report, resolver, self._common, self._repairs, self._in_use)
        self._server: LoopbackServer | None = None

    async def run(self, lines: asyncio.StreamReader) -> None:
        """Carry out commands until Stop, or until the parent is gone."""
        background = [
            asyncio.create_task(self._measure()),
            asyncio.create_task(self._watch_clock(lines)),
            asyncio.create_task(self._govern()),
            asyncio.create_task(self._flush()),
        ]
        try:
            while line := await self._next_line(lines):
                try:
                    command = decode_command(line)
                except ProtocolError as error:
                    self._report(Rejected("?", str(error)))
                    await self._refuse(meant_for(line))
                    continue
                if isinstance(command, Stop):
                    break
                try:
                    if fault := fault_of(command):
                        self._report(Rejected(type(command).__name__, fault))
                    else:
                        await self._carry_out(command)
                except Exception as error:
                    # A command that fails must not stop the other cameras.
                    fault = type(error).__name__
                    _LOGGER.exception("%s failed", type(command).__name__)
                    self._report(Rejected(type(command).__name__, fault))
                if fault and isinstance(command, ConfigureCamera):
                    if command.privacy or command.blocked or command.shut:
                        await self._refuse(command.camera_id)
        finally:
            for task in background:
                task.cancel()
            await self._close()

    async def _next_line(self, lines: asyncio.StreamReader) -> bytes:
        while True:
            try:
                return await lines.readline()
            except ValueError:
                self._report(Rejected("?", f"a line over {MAX_LINE} bytes"))

    async def _carry_out(self, command: Command) -> None:
        match command:
            case Start():
                await self._start(command)
            case ConfigureCamera():
                await self._configure(command)
            case RemoveCamera():
                await self._remove(command.camera_id)
            case SetMode():
                if (camera := self._cameras.get(command.camera_id)) is not None:
                    camera.set_mode(command.mode)
            case RecordNow():
                if (camera := self._cameras.get(command.camera_id)) is not None:
                    camera.record_now(command)
            case LetIn():
                if (camera := self._cameras.get(command.camera_id)) is not None:
                    camera.showing.let_in(command.key)
            case StopRecording():
                if (camera := self._cameras.get(command.camera_id)) is not None:
                    camera.stop_now()
            case CameraSaw():
                if (camera := self._cameras.get(command.camera_id)) is not None:
                    camera.saw(command)
            case SetZones() | ExplainLight() | WatchDetector():
                if (camera := self._cameras.get(command.camera_id)) is not None:
                    camera.analyst.order(command)
            case Expose():
                camera = self._cameras.get(command.camera_id)
                self._jobs.expose(command, camera.showing if camera else None)
            case Probe() | Recover() | Export() | Render() | BlackOut() | Inspect():
                self._jobs.begin(command)

    async def _start(self, command: Start) -> None:
        logging.getLogger().setLevel(command.log_level.upper())
        if self._server is not None:
            return
        self._server = LoopbackServer(command.token, self._cameras, self._stills)
        await self._server.start(self._listening)
        self._report(Ready(os.getpid(), av.__version__, available().names))

    async def _configure(self, command: ConfigureCamera) -> None:
        camera = self._cameras.get(command.camera_id)
        if camera is not None:
            await asyncio.to_thread(camera.configure, command)
            return
        self._cameras[command.camera_id] = Camera(
            command, self._report, self._clock, self._resolver, self._common
        )

    def _accompany(self, camera_id: str, step: Step) -> None:
        if (camera := self._cameras.get(camera_id)) is not None:
            camera.accompany(step)

    async def _refuse(self, camera_id: str | None) -> None:
        """Show nothing of a camera whose configuration could not be used.

        What is hidden in it may be more than what is hidden now.
        """
        if camera_id is None:
            return
        cause = BlockCause.MASK_FAILED
        if (camera := self._cameras.get(camera_id)) is None:
            self._report(all_blocked(camera_id, cause))
            return
        try:
            await asyncio.to_thread(camera.refuse, cause)
        except Exception:
            _LOGGER.exception("A camera is closed")
            await self._remove(camera_id)
            self._report(all_blocked(camera_id, cause))

    async def _remove(self, camera_id: str) -> None:
        if (camera := self._cameras.pop(camera_id, None)) is not None:
            self._closing.append(camera)
            try:
                await asyncio.to_thread(camera.close)
            finally:
                self._closing.remove(camera)

    def _in_use(self) -> set[Path]:
        cameras = (*self._cameras.values(), *self._closing)
        return {path for camera in cameras for path in camera.recorder.open_paths()}

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(STATS_INTERVAL)
            for camera in tuple(self._cameras.values()):
                self._report(camera.tick())
            used = resource.getrusage(resource.RUSAGE_SELF)
            self._report(
                EngineStats(
                    cpu_seconds=used.ru_utime + used.ru_stime,
                    rss=_resident_bytes(),
                    threads=threading.active_count(),
                    analysis_used=round(self._governor.used, 4),
                    analysis_budget=self._governor.budget,
                    governor=self._governor.pace.label,
                    refused_contacts=NETWORK.refused,
                )
            )

    async def _watch_clock(self, lines: asyncio.StreamReader) -> None:
        """Leave when the system's clock was set: all times are of the one before.

        The next engine, a moment later, has the right ones from its first picture on.
        Within one run time neither jumps nor goes back.
        """
        while True:
            await asyncio.sleep(STATS_INTERVAL)
            if abs(self._clock.step()) > STEPPED:
                _LOGGER.warning("The system's clock was set; the engine starts anew")
                lines.feed_eof()
                return

    async def _govern(self) -> None:
        while True:
            await asyncio.sleep(GOVERN_INTERVAL)
            loads = {
                name: camera.analyst.load for name, camera in self._cameras.items()
            }
            for camera in tuple(self._cameras.values()):
                camera.look_after()
            now = asyncio.get_running_loop().time()
            for name, pace in self._governor.update(now, loads).items():
                self._cameras[name].analyst.pace = pace

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(FLUSH_INTERVAL)
            for camera in tuple(self._cameras.values()):
                # One after the other: they share a disk.
                await loop.run_in_executor(self._jobs.work, camera.features.flush)

    async def _close(self) -> None:
        self._jobs.leave()
        if self._server is not None:
            await self._server.stop()
        self._closing += self._cameras.values()
        self._cameras.clear()
        # A thread each: with a disk that hangs, each takes all the time it may.
        closers = ThreadPoolExecutor(max(len(self._closing), 1), "close")
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(closers, camera.close) for camera in self._closing)
        )
        self._common.stores.close()
        self._repairs.close(0.0)
        self._stills.shutdown(wait=False, cancel_futures=True)
        self._jobs.close()
        closers.shutdown()


def _resident_bytes() -> int:
    try:
        fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
        return int(fields[1]) * _PAGE_SIZE
    except OSError:
        # macOS has no /proc and counts the peak in bytes.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
