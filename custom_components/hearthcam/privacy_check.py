"""The self-test: every output of a camera is fetched, decoded and looked at.

It runs each night, and when somebody asks. A camera of which a zone shows anywhere is
blocked until another test has passed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from datetime import datetime
import logging
from pathlib import Path
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.ulid import ulid_now

from .const import CHECK_KIND, DOMAIN
from .device import HearthcamCamera
from .engine.parts import Point
from .engine.protocol import ClipPart, Output
from .exceptions import EngineError
from .library.models import Clip, ClipQuery, LibraryError
from .picture_views import picture_url, preview_url
from .playback_views import MEDIA_URL
from .privacy_fetch import Fetcher, FetchError, fetcher
from .privacy_mode import camera_shut
from .privacy_result import CheckResult, Outcome, OutputCheck
from .privacy_zones import marks_of
from .views import clip_url, thumbnail_url

_LOGGER = logging.getLogger(__package__)

DATA_CHECKS: HassKey[PrivacyChecks] = HassKey(f"{DOMAIN}_privacy_checks")
NIGHTLY: Final = {"hour": 3, "minute": 23, "second": 17}
_RECORDED: Final = 3.0
_RECORDED_WITHIN: Final = 60.0
_SHOWN_WITHIN: Final = 20.0
_POLL: Final = 0.5
_RECENT: Final = 3600.0
"""Seconds for which a clip is taken for what is recorded now."""
_MOST_LOOKED_AT: Final = 50

type Polygons = tuple[tuple[Point, ...], ...]
type Fetch = Callable[[], Awaitable[Path]]


class PrivacyChecks:
    """Tests cameras, one after the other."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare."""
        self._hass = hass
        self._lock = asyncio.Lock()

    async def async_check(self, camera: HearthcamCamera) -> CheckResult:
        """Test a camera now. Raises HomeAssistantError where there is nothing to test."""
        _check_possible(camera)
        async with self._lock:
            # Others were tested meanwhile.
            _check_possible(camera)
            return await self._async_check(camera)

    async def _async_check(self, camera: HearthcamCamera) -> CheckResult:
        try:
            is_blocked = camera.blocked is not None
            # Blocked, nothing could be seen: for the test it is shown again.
            camera.set_blocked(None)
            result = await self._async_test(camera, fresh=is_blocked)
            if is_blocked:
                _check_freeing(camera, result)
        except BaseException:
            camera.set_blocked(camera.known_block)
            raise
        self._conclude(camera, result)
        return result

    async def _async_test(self, camera: HearthcamCamera, *, fresh: bool) -> CheckResult:
        async with fetcher(self._hass) as fetching:
            run = _Run(camera, fetching, fresh=fresh)
            checks = [check async for check in run.checks()]
        run.check_undisturbed()
        marks = tuple(sorted(marks_of(run.zones)))
        return CheckResult(dt_util.utcnow().timestamp(), tuple(checks), marks)

    @callback
    def _conclude(self, camera: HearthcamCamera, result: CheckResult) -> None:
        camera.privacy_checked(result)
        if result.outcome is Outcome.LEAKED:
            shown = [check.output for check in result.outputs if check.leaked]
            _LOGGER.error(
                "A privacy zone of %s is not black in: %s; the camera is blocked",
                camera.config.name,
                ", ".join(shown),
            )

    @callback
    def start(self, camera: HearthcamCamera) -> CALLBACK_TYPE:
        """Test a camera each night; returns what ends that."""

        async def tonight(_now: datetime) -> None:
            try:
                async with self._lock:
                    # What is blocked is shown again only for somebody who asks.
                    if camera.online and not camera.blocked and camera.privacy_now:
                        _check_possible(camera)
                        await self._async_check(camera)
            except HomeAssistantError as err:
                _LOGGER.warning("A privacy check was not possible: %s", err)

        return async_track_time_change(self._hass, tonight, **NIGHTLY)


def _check_possible(camera: HearthcamCamera) -> None:
    """Raise HomeAssistantError where there is nothing to look at."""
    if camera.shut:
        raise camera_shut(camera.config.name)
    if camera.unloaded or not camera.privacy_now:
        raise _error("privacy_nothing_to_check")


def _check_freeing(camera: HearthcamCamera, result: CheckResult) -> None:
    """Raise HomeAssistantError where a blocked camera cannot be freed by so little."""
    if result.outcome is Outcome.INCOMPLETE:
        raise _error("privacy_check_incomplete")
    before = camera.privacy_check
    seen = before.marks if before is not None else ()
    left = marks_of(camera.privacy_rules.now(None)).intersection(seen)
    if result.outcome is Outcome.PASSED and not left.issubset(result.marks):
        raise _error("privacy_check_other_zones")


def _error(key: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)


@callback
def async_privacy_checks(hass: HomeAssistant) -> PrivacyChecks:
    """Return the one that tests all cameras."""
    if DATA_CHECKS not in hass.data:
        hass.data[DATA_CHECKS] = PrivacyChecks(hass)
    return hass.data[DATA_CHECKS]


class _Run:
    """One test of one camera."""

    def __init__(
        self, camera: HearthcamCamera, fetching: Fetcher, *, fresh: bool
    ) -> None:
        self._camera = camera
        self._fetching = fetching
        self._fresh = fresh
        self.zones = camera.privacy_now
        self._polygons: Polygons = tuple(zone.polygon for zone in self.zones)

    async def checks(self) -> AsyncGenerator[OutputCheck]:
        """Test one output after the other."""
        await self._wait_for_pictures()
        camera_id, fetching = self._camera.camera_id, self._fetching
        clip: Clip | None = None
        try:
            if not self._fresh:
                clip = await self._recorded()
            clip = clip or await self._record()
        except EngineError, LibraryError, TimeoutError:
            _LOGGER.debug("Nothing could be recorded for a privacy check")
        try:
            yield await self._look("still", lambda: fetching.async_still(camera_id))
            yield await self._look("live", lambda: fetching.async_live(camera_id))
            if self._camera.state.picture_time is not None:
                yield await self._look(
                    "last_motion", lambda: fetching.async_last_motion(camera_id)
                )
            if clip is None:
                yield OutputCheck("clip", error="not_recorded")
                return
            for output, fetch in self._outputs_of(clip):
                yield await self._look(output, fetch)
        finally:
            if clip is not None:
                await self._delete(clip)

    async def _wait_for_pictures(self) -> None:
        """Wait until the camera is shown, as it is not right after it was blocked."""
        try:
            async with asyncio.timeout(_SHOWN_WITHIN):
                while not self._camera.shows(Output.LIVE):
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            _LOGGER.debug("A camera has nothing to show for its privacy check")

    def _outputs_of(self, clip: Clip) -> Iterator[tuple[str, Fetch]]:
        fetching, clip_id = self._fetching, clip.clip_id
        views = {
            "clip": clip_url(clip_id),
            "playback": MEDIA_URL.format(clip_id=clip_id),
            "thumbnail": thumbnail_url(clip_id),
            "preview": preview_url(clip_id),
            "picture": picture_url(clip_id),
        }
        for output, url in views.items():
            yield output, lambda url=url: fetching.async_view(url)  # type: ignore[misc]  # mypy cannot tell of defaults
        yield "export", lambda: self._export(clip)

    async def _look(self, output: str, fetch: Fetch) -> OutputCheck:
        try:
            path = await fetch()
            self.check_undisturbed()
            engine = self._camera.system.supervisor
            seen = await engine.async_inspect(str(path), self._polygons)
        except FetchError as err:
            return OutputCheck(output, error=str(err))
        except EngineError as err:
            return OutputCheck(output, error=err.translation_key)
        return OutputCheck(output, seen.frames, seen.leaked, seen.brightest, seen.error)

    def check_undisturbed(self) -> None:
        """Raise HomeAssistantError where something else is to be hidden by now.

        A zone that does not count any more is no leak, nor is a closed shutter.
        """
        camera = self._camera
        marks = marks_of(camera.privacy_now)
        if camera.unloaded or camera.shut or marks != marks_of(self.zones):
            raise _error("privacy_check_disturbed")

    async def _recorded(self, after: float = 0.0) -> Clip | None:
        """Return a clip of the last hour with these zones that ended after a time (s).

        The shortest, which takes least to look at. Raises EngineError, LibraryError.
        """
        if (library := self._camera.system.library) is None:
            raise EngineError("engine_not_running")
        query = ClipQuery(
            (self._camera.camera_id,),
            start=dt_util.utcnow().timestamp() - _RECENT,
            limit=_MOST_LOOKED_AT,
        )
        wanted = marks_of(self.zones)
        found = [
            clip
            for clip in await library.search(query)
            if wanted.issubset(clip.mask) and clip.end > after
        ]
        return min(found, key=lambda clip: clip.end - clip.start, default=None)

    async def _record(self) -> Clip:
        """Record some seconds, alone or along with what is being recorded.

        Raises EngineError, LibraryError, TimeoutError.
        """
        camera = self._camera
        # By the clock that the clips have.
        begun = camera.system.ledger.now
        camera.system.supervisor.record_now(
            camera.camera_id, ulid_now(), _RECORDED, kind=CHECK_KIND
        )
        async with asyncio.timeout(_RECORDED_WITHIN):
            while (clip := await self._recorded(begun)) is None:
                await asyncio.sleep(_POLL)
        return clip

    async def _export(self, clip: Clip) -> Path:
        target = self._fetching.new_path()
        library = self._camera.system.library
        file = None if library is None else await library.file_of(clip)
        if file is None:
            raise FetchError("no_file")
        exported = await self._camera.system.supervisor.async_export(
            [ClipPart(str(file), clip.start, clip.end, clip.mask)],
            clip.start,
            clip.end,
            str(target),
            privacy=self._camera.privacy_now,
        )
        if exported.error is not None:
            raise FetchError(exported.error)
        return target

    async def _delete(self, clip: Clip) -> None:
        if clip.kind != CHECK_KIND or (library := self._camera.system.library) is None:
            return
        try:
            await library.remove(clip.clip_id, force=True)
        except LibraryError as err:
            _LOGGER.warning("The clip of a privacy check stays: %s", err)
