"""Feeds the ledger with what happens, and tells what is to be told of it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
import logging
import time
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from .engine.protocol import ClipClosed, Covered, Lost, LostCause, Mode
from .ledger_issues import LedgerIssues
from .library.account import Account, Entry, Open
from .library.gaps import Gap
from .library.index import Library
from .library.models import LibraryError
from .library.spans import CoverageTotals, Span, told, totals

if TYPE_CHECKING:
    from .device import HearthcamCamera

_LOGGER = logging.getLogger(__package__)

TICK: Final = timedelta(seconds=5)
WRITE_TICKS: Final = 2
"""Between two writings: so much may be unknown after a kill."""
SUM_TICKS: Final = 12
"""Between two sums of the last day."""
TIDY_SECONDS: Final = 86_400.0
WINDOW: Final = 86_400.0
"""Seconds that the sensors sum up."""
_STEP: Final = 2.0
"""Seconds by which clocks may differ that were not set."""

type GapListener = Callable[[Gap], None]


class LedgerKeeper:
    """The accounts of all cameras, from the start of the library to its end.

    Times are the engine's: it reads the wall clock once, when it starts, and so does
    this. An account outlives the unloading of its camera, whose last reports are
    still to come.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        engine_running: Callable[[], bool],
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is accounted for before `async_start`."""
        self._hass = hass
        self._engine_running = engine_running
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()
        self._library: Library | None = None
        self._accounts: dict[str, Account] = {}
        self._opened: dict[str, Open] = {}
        self._cameras: dict[str, HearthcamCamera] = {}
        self._unsubscribe: dict[str, CALLBACK_TYPE] = {}
        self._totals: dict[str, CoverageTotals] = {}
        self._listeners = defaultdict[str, set[CALLBACK_TYPE]](set)
        self._gap_listeners = defaultdict[str, set[GapListener]](set)
        self._issues = LedgerIssues(hass)
        self._shut: set[str] = set()
        self._lock = asyncio.Lock()
        self._ticks = 0
        self._tidied = 0.0
        self._stop_ticking: CALLBACK_TYPE | None = None

    @property
    def now(self) -> float:
        """The time by the engine's clock."""
        return self._monotonic() + self._offset

    async def async_start(self, library: Library) -> None:
        """Take up the accounts of before; raises LibraryError."""
        self._offset = self._wall() - self._monotonic()
        self._opened = await library.ledger_opened()
        self._library = library
        self._stop_ticking = async_track_time_interval(
            self._hass, self._async_tick, TICK, name="hearthcam ledger"
        )

    async def async_stop(self) -> None:
        """Write the last word of all accounts, those of armed cameras left open."""
        if self._stop_ticking is not None:
            self._stop_ticking()
            self._stop_ticking = None
        await self.async_write(orderly=True)
        self._library = None
        self._accounts.clear()
        self._totals.clear()

    @callback
    def add_camera(self, camera: HearthcamCamera) -> None:
        """Account for a camera from now on."""
        camera_id, now = camera.camera_id, self.now
        if (account := self._accounts.get(camera_id)) is None:
            account = Account(now, self._opened.pop(camera_id, None))
            self._accounts[camera_id] = account
        account.renew()
        self._cameras[camera_id] = camera
        self._unsubscribe[camera_id] = camera.subscribe(lambda: self._follow(camera))
        self._follow(camera)

    @callback
    def remove_camera(self, camera_id: str) -> None:
        """Account for a camera no more; nothing of what was is forgotten."""
        if unsubscribe := self._unsubscribe.pop(camera_id, None):
            unsubscribe()
        self._shut.discard(camera_id)
        camera = self._cameras.pop(camera_id, None)
        if camera is not None and (account := self._accounts.get(camera_id)):
            account.close(self.now, online=camera.online)
            self._tell(camera_id, account)

    async def async_forget(self, camera_id: str) -> None:
        """Drop all that is known of a camera that was removed for good."""
        async with self._lock:
            self._accounts.pop(camera_id, None)
            self._opened.pop(camera_id, None)
            self._totals.pop(camera_id, None)
            self._issues.clear(camera_id)
            if self._library is not None:
                await self._library.ledger_forget(camera_id)

    @callback
    def report(self, report: Covered | Lost | ClipClosed) -> None:
        """Take a report of the engine."""
        if (account := self._accounts.get(report.camera_id)) is None:
            return
        match report:
            case Covered():
                account.covered(report.start, report.end, recorded=report.recorded)
            # That the engine was away is known here, by one clock.
            case Lost() if report.cause is not LostCause.ENGINE_STOPPED:
                account.lost(report.start, report.end, report.cause.value)
            case ClipClosed():
                account.clip(report.start, report.end, recovered=report.recovered)
        self._tell(report.camera_id, account)

    @callback
    def engine_changed(self) -> None:
        """Note that the engine serves, or is gone; a new one reads the clock anew."""
        running = self._engine_running()
        step = self._wall() - self._monotonic() - self._offset
        for account in self._accounts.values():
            if running and abs(step) > _STEP:
                account.shift(step)
            account.engine(self.now + (step if running else 0.0), running=running)
        if running:
            self._offset += step

    async def async_reconciled(self) -> None:
        """Note which clips were found that nobody told of, in cameras that went on."""
        if (library := self._library) is None:
            return
        now = self.now
        for camera_id, account in list(self._accounts.items()):
            for clip in await library.span(camera_id, now - WINDOW, now):
                account.clip(clip.start, clip.end, recovered=True)

    async def async_write(self, *, orderly: bool = False) -> None:
        """Write what happened since the last time; what fails comes with the next."""
        async with self._lock:
            if (library := self._library) is None or not self._accounts:
                return
            entries: dict[str, Entry] = {
                camera_id: account.take(orderly=orderly)
                for camera_id, account in self._accounts.items()
            }
            try:
                await library.ledger_write(entries)
            except LibraryError:
                for camera_id, entry in entries.items():
                    if account := self._accounts.get(camera_id):
                        account.put_back(entry)

    async def async_spans(self, camera_id: str, start: float, end: float) -> list[Span]:
        """Return what became of a camera's armed time, up to now; may raise LibraryError."""
        if (library := self._library) is None:
            return []
        await self.async_write()
        return told(await library.ledger_spans(camera_id, start, end))

    def totals(self, camera_id: str) -> CoverageTotals | None:
        """Return the sums of the last day, None before they are known."""
        return self._totals.get(camera_id)

    @callback
    def subscribe(self, camera_id: str, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have the listener called when a camera's sums are new."""
        self._listeners[camera_id].add(listener)
        return lambda: self._listeners[camera_id].discard(listener)

    @callback
    def subscribe_gaps(self, camera_id: str, listener: GapListener) -> CALLBACK_TYPE:
        """Have the listener called when a gap of a camera is known, and at its end."""
        self._gap_listeners[camera_id].add(listener)
        return lambda: self._gap_listeners[camera_id].discard(listener)

    @callback
    def _follow(self, camera: HearthcamCamera) -> None:
        account = self._accounts.get(camera.camera_id)
        if account is None:
            return
        self._follow_privacy(camera, account)
        account.arm(self.now, armed=camera.mode is Mode.RECORD)

    @callback
    def _follow_privacy(self, camera: HearthcamCamera, account: Account) -> None:
        """Lose nothing by closing a camera, nor by the seconds until it is open."""
        if camera.shut is (camera.camera_id in self._shut):
            return
        if camera.shut:
            self._shut.add(camera.camera_id)
            account.close(self.now, online=camera.streaming)
            self._tell(camera.camera_id, account)
        else:
            self._shut.discard(camera.camera_id)
            account.renew()

    async def _async_tick(self, _: datetime) -> None:
        now = self.now
        for camera_id, account in self._accounts.items():
            if camera := self._cameras.get(camera_id):
                account.tick(now, online=camera.online)
            self._tell(camera_id, account)
        self._ticks += 1
        if self._ticks % WRITE_TICKS == 0 and not self._lock.locked():
            await self.async_write()
        if self._ticks % SUM_TICKS == 1:
            await self._async_sum()

    async def _async_sum(self) -> None:
        if (library := self._library) is None:
            return
        try:
            await self.async_write()
            now = self.now
            for camera_id in list(self._cameras):
                spans = await library.ledger_spans(camera_id, now - WINDOW, now)
                self._totals[camera_id] = totals(spans)
                for listener in list(self._listeners[camera_id]):
                    listener()
            if abs(now - self._tidied) > TIDY_SECONDS:
                self._tidied = now
                await library.ledger_tidy(now)
        except LibraryError as err:
            _LOGGER.debug("The ledger could not be read: %s", err)
        self._issues.clear_old(self.now)

    @callback
    def _tell(self, camera_id: str, account: Account) -> None:
        for gap in account.take_gaps():
            for listener in list(self._gap_listeners[camera_id]):
                listener(gap)
            if camera := self._cameras.get(camera_id):
                self._issues.gap(camera_id, camera.config.name, gap)
