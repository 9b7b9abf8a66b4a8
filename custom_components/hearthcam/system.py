"""What exists once per Home Assistant: the engine, the library, who uses them."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
import contextlib
from contextlib import asynccontextmanager
import logging
from pathlib import Path
import sqlite3
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .clip_index import ClipIndex
from .const import (
    CONF_CAMERA_ID,
    CONF_ENTRY_TYPE,
    DATA_SYSTEM,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
    LIBRARY_FOLDER,
)
from .detector_watch import DetectorWatch
from .engine.protocol import (
    ClipClosed,
    Covered,
    DetectorView,
    EngineStats,
    Exported,
    Probed,
    Ready,
    Recovered,
    Rejected,
    Rendered,
    Report,
    StorageState,
    StreamSource,
)
from .exceptions import EngineError, LibraryUnavailableError
from .explained_light import LightWatch
from .folders import make_folders, media_root
from .launch import engine_command
from .library.index import Library
from .library.models import Clip, LibraryError, Totals
from .privacy.redact import redact
from .supervision import Timing
from .supervisor import Supervisor

if TYPE_CHECKING:
    from .device import HearthcamCamera

_LOGGER = logging.getLogger(__package__)

TIMING: Final = Timing()
RECOVERY_WAIT: Final = 120.0
"""Seconds after which rows and files are compared, recovery finished or not."""


class HearthcamSystem:
    """The engine and the library, started by their first user, stopped by the last.

    Users are the loaded entries and the flows that try a stream.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; nothing is opened yet."""
        self.hass = hass
        self.supervisor = Supervisor(hass, self, command=engine_command, timing=TIMING)
        self.detector_watch = DetectorWatch(hass, self.supervisor)
        self.light_watch = LightWatch(hass, self.supervisor)
        self.library: Library | None = None
        self.root = media_root(hass)
        self.engine_stats: EngineStats | None = None
        self.totals: Totals | None = None
        self.entry_lock = asyncio.Lock()
        self._cameras: dict[str, HearthcamCamera] = {}
        self._listeners: set[CALLBACK_TYPE] = set()
        self._users = 0
        self._lock = asyncio.Lock()
        self._clips: ClipIndex | None = None
        self._recovered = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._remove_shutdown_job: CALLBACK_TYPE | None = None
        self._shut_down = False

    @property
    def cameras(self) -> dict[str, HearthcamCamera]:
        """The loaded cameras by their id."""
        return self._cameras

    async def async_acquire(self) -> None:
        """Become a user; raises EngineError or LibraryUnavailableError when it cannot start."""
        async with self._lock:
            if not self._users:
                await self._async_start()
            self._users += 1

    async def async_release(self) -> None:
        """Be a user no more."""
        async with self._lock:
            self._users -= 1
            if not self._users:
                await self._async_stop()

    @callback
    def add_camera(self, camera: HearthcamCamera) -> None:
        """Have the engine run a camera, and pass its reports on to it."""
        self._cameras[camera.camera_id] = camera
        self.supervisor.configure(camera.engine_config)
        self.supervisor.set_zones(camera.engine_zones)
        self.light_watch.add_camera(camera.camera_id, camera.device_id)
        self.detector_watch.renew()

    @callback
    def remove_camera(self, camera_id: str) -> None:
        """Have the engine drop a camera."""
        self._cameras.pop(camera_id, None)
        self.light_watch.remove_camera(camera_id)
        self.supervisor.remove(camera_id)

    @callback
    def subscribe(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have the listener called when the totals change."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def async_refresh_totals(self) -> None:
        """Count again and tell whoever shows it; call it after removing clips."""
        if self.library is not None:
            self.totals = await self.library.totals()
            for listener in list(self._listeners):
                listener()

    @callback
    def engine_report(self, report: Report) -> None:
        """Take a report of the engine to where it belongs."""
        match report:
            case EngineStats():
                self.engine_stats = report
            case Recovered():
                if report.repaired or report.discarded:
                    _LOGGER.info(
                        "Unfinished clips: %d repaired, %d without a picture discarded",
                        report.repaired,
                        report.discarded,
                    )
                self._recovered.set()
            case Rejected():
                _LOGGER.warning(
                    "The engine refused %s: %s", report.command, redact(report.reason)
                )
            case DetectorView():
                self.detector_watch.report(report)
            case Ready() | Probed() | Exported() | Rendered():
                pass
            case Covered() | StorageState():
                pass
            case _:
                if camera := self._cameras.get(report.camera_id):
                    camera.engine_report(report)
        if isinstance(report, ClipClosed) and self._clips is not None:
            self._clips.put(report)

    @callback
    def engine_changed(self) -> None:
        """Tell the cameras that the engine came or went."""
        for camera in list(self._cameras.values()):
            camera.engine_changed()
        self.detector_watch.renew()

    async def _async_start(self) -> None:
        if self._shut_down:
            raise EngineError("engine_not_started")
        self.root = media_root(self.hass)
        database = Path(self.hass.config.path(LIBRARY_FOLDER, "library.db"))
        try:
            await self.hass.async_add_executor_job(
                make_folders, database.parent, self.root
            )
            library = Library(database, self.root)
            await library.open()
        except (OSError, sqlite3.Error, LibraryError) as err:
            raise LibraryUnavailableError from err
        self.library = library
        self._recovered.clear()
        self._clips = ClipIndex(library, self._async_indexed)
        self._start_task(self._clips.run(), "hearthcam clips")
        try:
            await self.supervisor.async_start(str(self.root))
        except BaseException:
            await self._async_stop()
            raise
        self._start_task(
            self._async_reconcile(library, self._clips), "hearthcam reconcile"
        )
        # Not the stop event: by then all background tasks are cancelled, and the
        # engine would be killed with its clips open.
        self._remove_shutdown_job = self.hass.async_add_shutdown_job(
            HassJob(self._async_shut_down, "hearthcam shutdown")
        )

    async def _async_stop(self) -> None:
        """Stop everything; the engine's last clips still get their rows."""
        if self._remove_shutdown_job is not None:
            self._remove_shutdown_job()
            self._remove_shutdown_job = None
        await self.supervisor.async_stop()
        if self._clips is not None:
            await self._clips.finish()
            self._clips = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self.library is not None:
            library, self.library = self.library, None
            await library.close()
        self.engine_stats = None

    async def _async_shut_down(self) -> None:
        """Finish clips while there is time: entries are not unloaded at shutdown."""
        self._shut_down = True
        # Home Assistant walks through the list of these jobs right now.
        self._remove_shutdown_job = None
        async with self._lock:
            await self._async_stop()

    def _start_task(self, coroutine: Coroutine[None, None, None], name: str) -> None:
        self._tasks.add(self.hass.async_create_background_task(coroutine, name))

    async def _async_indexed(self, clip: Clip) -> None:
        """Tell of a clip that has its row now."""
        if camera := self._cameras.get(clip.camera_id):
            camera.clip_recorded(clip)
        await self.async_refresh_totals()

    async def _async_reconcile(self, library: Library, clips: ClipIndex) -> None:
        """Compare rows and files once, after what was unfinished is repaired."""
        await self.async_refresh_totals()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RECOVERY_WAIT):
                await self._recovered.wait()
        await clips.idle()
        try:
            changed = await library.reconcile(zone=dt_util.get_default_time_zone())
        except LibraryError as err:
            _LOGGER.error("The library could not be brought up to date: %s", err)
            return
        if changed.added or changed.dropped:
            _LOGGER.info(
                "The library was brought up to date: %d clips added, %d dropped",
                changed.added,
                changed.dropped,
            )
            await self.async_refresh_totals()


@callback
def async_get_system(hass: HomeAssistant) -> HearthcamSystem:
    """Return the one system, made at the first call."""
    if DATA_SYSTEM not in hass.data:
        hass.data[DATA_SYSTEM] = HearthcamSystem(hass)
    return hass.data[DATA_SYSTEM]


@callback
def async_get_library(hass: HomeAssistant) -> Library | None:
    """Return the library while it is open."""
    return async_get_system(hass).library


@callback
def async_camera_names(hass: HomeAssistant) -> dict[str, str]:
    """Return the name of every configured camera by its id."""
    return {
        entry.data[CONF_CAMERA_ID]: entry.title
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if entry.data.get(CONF_ENTRY_TYPE) != ENTRY_TYPE_SYSTEM
        and CONF_CAMERA_ID in entry.data
    }


@asynccontextmanager
async def async_engine(hass: HomeAssistant) -> AsyncGenerator[HearthcamSystem]:
    """Use the engine for a while; it is started when nothing else runs it.

    Raises EngineError or LibraryUnavailableError.
    """
    system = async_get_system(hass)
    await system.async_acquire()
    try:
        yield system
    finally:
        await system.async_release()


async def async_probe(
    hass: HomeAssistant, source: StreamSource, timeout: float = 12.0
) -> Probed:
    """Open a stream once and tell what it is; raises as `async_engine` does."""
    async with async_engine(hass) as system:
        return await system.supervisor.async_probe(source, timeout)
