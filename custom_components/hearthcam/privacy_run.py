"""One self-test of one camera: its outputs, one after the other."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import suppress
import logging
from pathlib import Path
from typing import Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from .const import CHECK_KIND, DOMAIN
from .device import HearthcamCamera
from .engine.parts import Point, PrivacyZone
from .engine.protocol import ClipPart, Output
from .exceptions import EngineError
from .library.models import Clip, ClipQuery, LibraryError
from .past_gate import async_hides
from .picture_views import picture_url, preview_url
from .playback_views import MEDIA_URL
from .privacy_fetch import Fetcher, FetchError
from .privacy_result import LIGHT, OutputCheck
from .privacy_zones import marks_of
from .views import clip_url, thumbnail_url

_LOGGER = logging.getLogger(__package__)

_RECORDED: Final = 3.0
_RECORDED_WITHIN: Final = 60.0
_SHOWN_WITHIN: Final = 20.0
_POLL: Final = 0.5
_RECENT: Final = 3600.0
"""Seconds for which a clip is taken for what is recorded now."""
_MOST_LOOKED_AT: Final = 50
_OUTPUTS: Final = {"still": Output.STILL, "live": Output.LIVE}

type Polygons = tuple[tuple[Point, ...], ...]
type Fetch = Callable[[], Awaitable[Path]]


def check_error(key: str) -> HomeAssistantError:
    """Return what to tell where a test is not possible, or broken off."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)


class CheckRun:
    """One test of one camera."""

    def __init__(
        self,
        camera: HearthcamCamera,
        fetching: Fetcher,
        zones: tuple[PrivacyZone, ...],
    ) -> None:
        """Prepare; a ``fetching`` with a key is let in to a camera that leaked."""
        self._camera = camera
        self._fetching = fetching
        self._trial = fetching.key is not None
        self.zones = zones
        self._polygons: Polygons = tuple(zone.polygon for zone in self.zones)

    async def checks(self) -> AsyncGenerator[OutputCheck]:
        """Test one output after the other."""
        await self._wait_for_pictures()
        camera_id, fetching = self._camera.camera_id, self._fetching
        clip: Clip | None = None
        failure = "not_recorded"
        try:
            if not self._trial:
                clip = await self._recorded()
            clip = clip or await self._record()
        except FetchError as err:
            failure = str(err)
        except EngineError, LibraryError, TimeoutError:
            _LOGGER.debug("Nothing could be recorded for a privacy check")
        unlit = await self._unlit()
        try:
            yield await self._look("still", lambda: fetching.async_still(camera_id))
            yield await self._look("live", lambda: fetching.async_live(camera_id))
            if (check := await self._look_at_last_motion()) is not None:
                yield check
            if clip is None:
                yield OutputCheck("clip", error=failure)
            else:
                for output, fetch in self._outputs_of(clip):
                    yield await self._look(output, fetch)
            if unlit := unlit or await self._unlit():
                # What is black by itself does not prove that anything makes it so.
                yield OutputCheck(LIGHT, error=unlit)
        finally:
            if clip is not None:
                await self._delete(clip)

    async def _wait_for_pictures(self) -> None:
        """Wait until the camera is shown, where that is to be expected."""
        camera = self._camera
        with suppress(TimeoutError):
            async with asyncio.timeout(_SHOWN_WITHIN):
                while not (camera.online if self._trial else camera.shows(Output.LIVE)):
                    if self._is_blocked(Output.LIVE):
                        return
                    await asyncio.sleep(_POLL)

    def _is_blocked(self, output: Output) -> bool:
        """Tell whether there is nothing of an output, not for want of a stream."""
        camera = self._camera
        cause = camera.demand.cause(camera.state.privacy, output)
        return cause is not None and not self._trial

    async def _unlit(self) -> str | None:
        """Tell why a zone might not be seen even if it were shown, None: it would.

        Not of what the camera itself makes black, which was looked at then.
        """
        camera = self._camera
        report = camera.state.privacy
        at_source = report.at_source if report is not None else ()
        polygons = [one.polygon for one in self.zones if one.zone_id not in at_source]
        engine = camera.system.supervisor
        try:
            found = await engine.async_expose(camera.camera_id, polygons)
        except EngineError as err:
            return err.translation_key
        return "dark" if found.dark else None

    async def _look_at_last_motion(self) -> OutputCheck | None:
        """Look at the picture of the last motion, None where it is not given out."""
        camera = self._camera
        if camera.state.picture_time is None:
            return None
        fetch = self._fetching.async_last_motion
        check = await self._look("last_motion", lambda: fetch(camera.camera_id))
        last, library = camera.state.last_clip, camera.system.library
        if check.error is None or last is None or library is None:
            return check
        try:
            clip = await library.get(last.clip_id)
        except LibraryError:
            return check
        # It waits for being blacked out, as its clip does.
        hides = clip is not None and async_hides(camera.hass, clip.camera_id, clip.mask)
        return None if hides else check

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
            kind = _OUTPUTS.get(output)
            is_blocked = kind is not None and self._is_blocked(kind)
            return OutputCheck(output, error="blocked" if is_blocked else str(err))
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
            raise check_error("privacy_check_disturbed")

    async def _recorded(self, after: float = 0.0) -> Clip | None:
        """Return a clip of the last hour with these zones that ended after a time (s).

        The shortest, which takes least to look at. Raises EngineError, LibraryError.
        """
        wanted = marks_of(self.zones)
        found = [
            clip
            for clip in await self._latest()
            if wanted.issubset(clip.mask) and clip.end > after
        ]
        return min(found, key=lambda clip: clip.end - clip.start, default=None)

    async def _latest(self) -> list[Clip]:
        if (library := self._camera.system.library) is None:
            raise EngineError("engine_not_running")
        query = ClipQuery(
            (self._camera.camera_id,),
            start=dt_util.utcnow().timestamp() - _RECENT,
            limit=_MOST_LOOKED_AT,
        )
        return await library.search(query)

    async def _record(self) -> Clip:
        """Record some seconds, alone or along with what is being recorded.

        Raises EngineError, LibraryError, TimeoutError; FetchError as soon as it is
        known that there is nothing to wait for.
        """
        camera, event_id = self._camera, ulid_now()
        # By the clock that the clips have.
        begun, failed = camera.system.ledger.now, camera.state.clips_failed
        camera.system.supervisor.record_now(
            camera.camera_id, event_id, _RECORDED, kind=CHECK_KIND, trial=self._trial
        )
        async with asyncio.timeout(_RECORDED_WITHIN):
            while True:
                if self._trial:
                    clips = await self._latest()
                    clip = next((c for c in clips if c.event_id == event_id), None)
                else:
                    clip = await self._recorded(begun)
                if clip is not None:
                    return clip
                if (
                    self._is_blocked(Output.CLIPS)
                    or camera.state.clips_failed != failed
                ):
                    raise FetchError("blocked")
                if not camera.online:
                    raise FetchError("no_stream")
                await asyncio.sleep(_POLL)

    async def _export(self, clip: Clip) -> Path:
        target = self._fetching.new_path()
        library = self._camera.system.library
        try:
            file = None if library is None else await library.hidden_file_of(clip)
        except LibraryError:
            file = None
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
