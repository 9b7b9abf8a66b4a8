"""The self-test: every output of a camera is fetched, decoded and looked at.

It runs each night, and when somebody asks. A camera of which a zone shows anywhere is
blocked until another test has passed.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .clip_answers import library_failed
from .const import DOMAIN
from .device import HearthcamCamera
from .engine.parts import PrivacyZone
from .library.models import LibraryClosedError, LibraryError
from .privacy_fetch import fetcher
from .privacy_mode import camera_shut
from .privacy_result import CheckResult, Outcome, OutputCheck
from .privacy_run import CheckRun, check_error
from .privacy_trial import trial
from .privacy_zones import marks_of

_LOGGER = logging.getLogger(__package__)

DATA_CHECKS: HassKey[PrivacyChecks] = HassKey(f"{DOMAIN}_privacy_checks")
NIGHTLY: Final = {"hour": 3, "minute": 23, "second": 17}
BY_DAY: Final = NIGHTLY | {"hour": 13}
"""For cameras that saw nothing at night."""

type Told = Callable[[OutputCheck], None]


class PrivacyChecks:
    """Tests cameras, one after the other."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare."""
        self._hass = hass
        self._lock = asyncio.Lock()

    async def async_check(
        self, camera: HearthcamCamera, told: Told | None = None
    ) -> CheckResult:
        """Test a camera now, and tell of each output once it was looked at.

        Raises HomeAssistantError where there is nothing to test.
        """
        _check_possible(camera)
        async with self._lock:
            # Others were tested meanwhile.
            _check_possible(camera)
            return await self._async_check(camera, told)

    async def _async_check(
        self, camera: HearthcamCamera, told: Told | None = None
    ) -> CheckResult:
        began, zones = dt_util.utcnow().timestamp(), camera.privacy_now
        if camera.blocked is None:
            result = await self._async_test(camera, zones, told)
        else:
            # It stays blocked for everybody else.
            with trial(self._hass, camera.system.supervisor, camera.camera_id) as key:
                result = await self._async_test(camera, zones, told, key)
            _check_freeing(camera, result)
        await self._async_conclude(camera, result, began, zones)
        return result

    async def _async_test(
        self,
        camera: HearthcamCamera,
        zones: tuple[PrivacyZone, ...],
        told: Told | None,
        key: str | None = None,
    ) -> CheckResult:
        checks: list[OutputCheck] = []
        async with fetcher(self._hass, key) as fetching:
            run = CheckRun(camera, fetching, zones)
            try:
                async for check in run.checks():
                    checks.append(check)
                    if told is not None:
                        told(check)
                run.check_undisturbed()
            except HomeAssistantError:
                # What was seen before something changed was seen all the same.
                if not any(check.leaked for check in checks):
                    raise
        marks = tuple(sorted(marks_of(run.zones)))
        return CheckResult(dt_util.utcnow().timestamp(), tuple(checks), marks)

    async def _async_conclude(
        self,
        camera: HearthcamCamera,
        result: CheckResult,
        began: float,
        zones: tuple[PrivacyZone, ...],
    ) -> None:
        """Block or free a camera, and note which of its clips are believed.

        ``zones`` are those that it looked at, which may be other ones by now.
        """
        checks, past = camera.system.checks, camera.system.past
        trust = checks.trust(camera.camera_id)
        match result.outcome:
            case Outcome.LEAKED:
                shown = [check.output for check in result.outputs if check.leaked]
                _LOGGER.error(
                    "A privacy zone of %s is not black in: %s; the camera is blocked",
                    camera.config.name,
                    ", ".join(shown),
                )
                now = dt_util.utcnow().timestamp()
                checks.put_trust(camera.camera_id, trust.leaked(zones, now))
                # Both are written at once.
                if (loaded := camera.system.cameras.get(camera.camera_id)) is not None:
                    # Another one than was tested, where it was loaded anew meanwhile.
                    loaded.privacy_checked(result)
                else:
                    checks.put(camera.camera_id, result)
                with suppress(LibraryError):
                    await self._async_distrust(camera)
            case Outcome.PASSED:
                # Before it is free: or clips would be shown that are not black.
                checks.put_trust(camera.camera_id, trust.extended(result.marks, began))
                try:
                    await self._async_distrust(camera)
                except LibraryError as err:
                    raise library_failed(err) from err
                trust = checks.trust(camera.camera_id)
                passed = trust.passed(result.marks, began)
                checks.put_trust(camera.camera_id, passed)
                camera.privacy_checked(result)
            case Outcome.INCOMPLETE:
                camera.privacy_checked(result)
        past.wake()

    async def _async_distrust(self, camera: HearthcamCamera) -> None:
        """Have the library know of clips that are not believed. Raises LibraryError."""
        if (library := camera.system.library) is None:
            raise LibraryClosedError("the library is not open")
        await camera.system.past.async_distrust(library)

    @callback
    def start(self, camera: HearthcamCamera) -> CALLBACK_TYPE:
        """Test a camera each night, and by day where it was too dark.

        Returns what ends that.
        """

        async def test(_now: datetime) -> None:
            try:
                async with self._lock:
                    # What is blocked is free again only when somebody asks for it.
                    if camera.online and not camera.blocked and camera.privacy_now:
                        _check_possible(camera)
                        await self._async_check(camera)
            except HomeAssistantError as err:
                _LOGGER.warning("A privacy check was not possible: %s", err)

        async def test_by_day(now: datetime) -> None:
            if camera.privacy_check is not None and camera.privacy_check.dark:
                await test(now)

        by_night = async_track_time_change(self._hass, test, **NIGHTLY)
        by_day = async_track_time_change(self._hass, test_by_day, **BY_DAY)

        @callback
        def stop() -> None:
            by_night()
            by_day()

        return stop


def _check_possible(camera: HearthcamCamera) -> None:
    """Raise HomeAssistantError where there is nothing to look at."""
    if camera.shut:
        raise camera_shut(camera.config.name)
    if camera.unloaded or not camera.privacy_now:
        raise check_error("privacy_nothing_to_check")


def _check_freeing(camera: HearthcamCamera, result: CheckResult) -> None:
    """Raise HomeAssistantError where a blocked camera cannot be freed by so little."""
    if result.outcome is Outcome.INCOMPLETE:
        raise check_error("privacy_check_incomplete")
    before = camera.privacy_check
    seen = before.marks if before is not None else ()
    left = marks_of(camera.privacy_rules.now(None)).intersection(seen)
    if result.outcome is Outcome.PASSED and not left.issubset(result.marks):
        raise check_error("privacy_check_other_zones")


@callback
def async_privacy_checks(hass: HomeAssistant) -> PrivacyChecks:
    """Return the one that tests all cameras."""
    if DATA_CHECKS not in hass.data:
        hass.data[DATA_CHECKS] = PrivacyChecks(hass)
    return hass.data[DATA_CHECKS]
