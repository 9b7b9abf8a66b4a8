"""What exists once per Home Assistant: the engine, the library, who uses them."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import HomeAssistant, callback

from .arming import Arming
from .const import (
    CHECK_KIND,
    CONF_CAMERA_ID,
    CONF_ENTRY_TYPE,
    DATA_SYSTEM,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
)
from .detector_watch import DetectorWatch
from .engine.protocol import (
    BlackedOut,
    ClipClosed,
    Covered,
    DetectorView,
    EngineStats,
    Exported,
    Exposed,
    Inspected,
    Lost,
    Probed,
    Ready,
    Recovered,
    Rejected,
    Rendered,
    Report,
    StorageState,
)
from .exceptions import LibraryUnavailableError
from .explained_light import LightWatch
from .growing import Growing
from .launch import engine_command
from .ledger_keeper import LedgerKeeper
from .library.index import Library
from .library.models import Clip, LibraryError
from .limits import Load
from .past_gate import async_leaks
from .past_keeper import PastKeeper
from .privacy.redact import redact
from .privacy_result import CheckStore
from .privacy_trial import async_is_tried, async_key_of_request
from .shared_life import SharedLife
from .storage import Storage
from .supervision import Timing
from .supervisor import Supervisor

if TYPE_CHECKING:
    from .device import HearthcamCamera

_LOGGER = logging.getLogger(__package__)

TIMING: Final = Timing()


class HearthcamSystem(SharedLife):
    """The engine and the library.

    Users are the loaded entries and the flows that try a stream.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__(hass)
        self.supervisor = Supervisor(hass, self, command=engine_command, timing=TIMING)
        self.detector_watch = DetectorWatch(hass, self.supervisor)
        self.light_watch = LightWatch(hass, self.supervisor)
        self.arming = Arming(hass)
        self.growing = Growing()
        self.ledger = LedgerKeeper(hass, lambda: self.supervisor.running)
        self.storage = Storage(hass, self)
        self.checks = CheckStore(hass)
        self.past = PastKeeper(hass, self.supervisor, self.storage.async_changed)
        self.engine_stats: EngineStats | None = None
        self.entry_lock = asyncio.Lock()
        self._cameras: dict[str, HearthcamCamera] = {}

    @property
    def library(self) -> Library | None:
        """The library while it is open."""
        return self.storage.library

    @property
    def cameras(self) -> dict[str, HearthcamCamera]:
        """The loaded cameras by their id."""
        return self._cameras

    @callback
    def add_camera(self, camera: HearthcamCamera) -> None:
        """Have the engine run a camera, and pass its reports on to it."""
        self._cameras[camera.camera_id] = camera
        for other in self._cameras.values():
            # This one; and any that has it record along from now on.
            other.async_configure()
        self.supervisor.set_zones(camera.engine_zones)
        self.ledger.add_camera(camera)
        self.past.wake()
        self.light_watch.add_camera(camera.camera_id, camera.device_id)
        self.detector_watch.renew()

    @callback
    def remove_camera(self, camera_id: str) -> None:
        """Have the engine drop a camera."""
        self._cameras.pop(camera_id, None)
        self.ledger.remove_camera(camera_id)
        self.light_watch.remove_camera(camera_id)
        self.supervisor.remove(camera_id)

    def loads(self) -> Iterator[Load]:
        """Tell what the cameras may write."""
        for camera in self._cameras.values():
            stats = camera.state.stats
            yield Load(camera.engine_config, stats.bitrate if stats else None)

    @callback
    def clip_indexed(self, clip: Clip) -> None:
        """Tell of a clip that has its row now."""
        self.growing.indexed(clip.clip_id)
        self.past.take(clip)
        if camera := self._cameras.get(clip.camera_id):
            camera.clip_recorded(clip)

    def leaks(self, camera_id: str) -> bool:
        """Tell whether a zone of a camera was seen, and no test has passed since."""
        if async_key_of_request(self.hass, camera_id) is not None:
            # It is the test who asks.
            return False
        return async_leaks(self.hass, camera_id)

    def judge(self, clip: Clip) -> Clip:
        """Return a clip that is to have a row, with the marks that are believed."""
        if clip.kind == CHECK_KIND and async_is_tried(self.hass, clip.camera_id):
            # It is looked at just now, and deleted then.
            return clip
        return self.checks.judge(clip)

    async def async_reconciled(self) -> None:
        """Have the ledger look at the clips that there are, and hidden ones done."""
        await self.ledger.async_reconciled()
        self.past.wake()

    @callback
    def clip_moved(self, clip: Clip) -> None:
        """Have a clip blacked out that could not be while it was spooled."""
        self.past.take(clip)

    @callback
    def media_returned(self) -> None:
        """Have what was unfinished in the media folder repaired."""
        self.supervisor.recover(*self.storage.folders)

    @callback
    def storage_changed(self) -> None:
        """Tell the engine where and how clips are written from now on."""
        for camera in self._cameras.values():
            camera.async_configure()

    async def async_options_changed(self) -> None:
        """Apply the options of the system's entry while everything goes on."""
        async with self.lock:
            if self.library is not None:
                await self.storage.async_options_changed()
                self.storage_changed()

    @callback
    def engine_report(self, report: Report) -> None:
        """Take a report of the engine to where it belongs."""
        self.growing.report(report)
        if isinstance(report, Covered | Lost | ClipClosed):
            self.ledger.report(report)
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
                self.storage.recovered()
            case Rejected():
                _LOGGER.warning(
                    "The engine refused %s: %s", report.command, redact(report.reason)
                )
            case DetectorView():
                self.detector_watch.report(report)
            case Ready() | Probed() | Exported() | Rendered():
                pass
            case BlackedOut() | Inspected() | Exposed():
                pass
            case Covered() | StorageState():
                pass
            case _:
                if camera := self._cameras.get(report.camera_id):
                    camera.engine_report(report)
        self.storage.report(report)

    @callback
    def engine_changed(self) -> None:
        """Tell the cameras that the engine came or went."""
        if not self.supervisor.running:
            self.growing.engine_ended()
            self.storage.engine_gone()
        for camera in list(self._cameras.values()):
            camera.engine_changed()
        self.ledger.engine_changed()
        self.detector_watch.renew()
        self.past.wake()

    @override
    async def _async_start(self) -> None:
        await self.arming.async_load()
        await self.checks.async_load()
        await self.storage.async_open()
        assert self.library is not None
        try:
            await self.ledger.async_start(self.library)
            # Before the engine, whose first reports are of clips that it repaired.
            self.storage.start()
            await self.supervisor.async_start(*self.storage.folders)
            self.past.start(self.library)
        except LibraryError as err:
            await self._async_stop()
            raise LibraryUnavailableError from err
        except BaseException:
            await self._async_stop()
            raise

    @override
    async def _async_stop(self) -> None:
        """Stop everything; the engine's last clips still get their rows."""
        await self.past.async_stop()
        await self.supervisor.async_stop()
        await self.storage.async_finish()
        await self.ledger.async_stop()
        await self.storage.async_close()
        self.engine_stats = None


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
