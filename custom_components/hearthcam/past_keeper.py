"""Has privacy zones made black in what was recorded before they were drawn."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
import logging
from pathlib import Path
import time
from typing import Final

from homeassistant.core import HomeAssistant, callback

from .engine.parts import PrivacyZone
from .engine.protocol import BlackedOut
from .engine_requests import EngineRequests
from .exceptions import EngineError
from .library.doubts import doubted
from .library.index import Library
from .library.layout import thumbnail_path
from .library.models import MEDIA, Clip, LibraryError
from .past_gate import (
    after_painting,
    async_can_paint,
    async_doubts,
    async_hides,
    async_leaks,
    async_past_of,
    async_rules_of,
)
from .privacy_result import async_check_store

_LOGGER = logging.getLogger(__package__)

LOOK_AROUND: Final = 900.0
"""Seconds after which is looked anew, whoever forgot to say so."""
RETRY_AFTER: Final = 3600.0
"""Seconds until a clip is tried again that could not be blacked out."""
WANTED_AFTER: Final = 300.0
"""Likewise, of a clip that somebody wants to see."""
FIRST_PAUSE: Final = 5.0
"""Seconds of rest after a failure, twice as many after each that follows.

One clip that cannot be done keeps no other one waiting; a disk that is full, or an
engine that does not survive this, is not asked for clip after clip.
"""
_MOST_WANTED: Final = 50
_sleep: Final = asyncio.sleep


class PastKeeper:
    """Works through the clips that must not be shown: the newest first.

    What somebody wants to see comes before all others. Between two clips it rests for
    as long as the last one took, for the cameras come first.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        engine: EngineRequests,
        changed: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; ``changed`` is told when a clip can be shown again."""
        self._hass = hass
        self._engine = engine
        self._changed = changed
        self._clock = clock
        self._wake = asyncio.Event()
        self._wanted: OrderedDict[str, None] = OrderedDict()
        # Clips that could not be blacked out, and when that was.
        self._failed: dict[str, float] = {}
        # How many of them in a row.
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    @callback
    def start(self, library: Library) -> None:
        """Begin to work."""
        self._task = self._hass.async_create_background_task(
            self._run(library), "hearthcam past"
        )
        self._wake.set()

    async def async_stop(self) -> None:
        """End; what the engine has begun with stays as it was."""
        if (task := self._task) is not None:
            self._task = None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @callback
    def wake(self) -> None:
        """Look anew: zones, clips or the engine are other ones than before."""
        self._wake.set()

    @callback
    def take(self, clip: Clip) -> None:
        """Look anew where a clip that came, or was moved, must not be shown."""
        if async_hides(self._hass, clip.camera_id, clip.mask):
            self._wake.set()

    @callback
    def want(self, clip: Clip) -> None:
        """Have a clip blacked out next, if it must be: somebody wants to see it."""
        if not async_hides(self._hass, clip.camera_id, clip.mask):
            return
        failed = self._failed.get(clip.clip_id)
        if failed is not None and self._clock() - failed < WANTED_AFTER:
            return
        self._failed.pop(clip.clip_id, None)
        self._wanted[clip.clip_id] = None
        if len(self._wanted) > _MOST_WANTED:
            self._wanted.popitem(last=False)
        self._wake.set()

    async def async_distrust(self, library: Library) -> None:
        """Have the rows tell of clips that are not believed. Raises LibraryError."""
        checks = async_check_store(self._hass)
        found = 0
        for camera_id in checks.unnoted:
            trust = checks.trust(camera_id)
            for doubt in trust.doubts:
                if not doubt.noted:
                    found += await library.distrust(
                        camera_id, (doubt.mark,), doubt.since, doubt.until
                    )
            if checks.trust(camera_id) is trust:
                checks.put_trust(camera_id, trust.noted())
        if found:
            await self._changed()

    async def _run(self, library: Library) -> None:
        while True:
            self._wake.clear()
            try:
                took = await self._do_next(library)
            except LibraryError, EngineError:
                # The media folder or the engine is away: it will be told of.
                took = None
            except Exception:
                _LOGGER.exception("What was recorded before cannot be blacked out")
                took = None
            if self._failures:
                doubled = 2 ** min(self._failures - 1, 10)
                await _sleep(min(FIRST_PAUSE * doubled, LOOK_AROUND))
                continue
            pause = LOOK_AROUND if took is None else took
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _do_next(self, library: Library) -> float | None:
        """Black out a clip; return the seconds that took, None if there is none."""
        await self.async_distrust(library)
        if not self._engine.running or (clip := await self._next(library)) is None:
            self._failures = 0
            return None
        zones = async_past_of(self._hass, clip.camera_id, clip.mask)
        began = self._clock()
        file = await library.hidden_file_of(clip)
        if file is None or not file.is_relative_to(library.root):
            # Retention was quicker; or the media folder is away, and what a move left
            # on the local disk was found, which is not what the row speaks of.
            self._note_failure(clip)
            return 0.0
        # Before its file, for that alone says what is black where the rows are lost.
        await library.forget_preview(clip)
        if async_leaks(self._hass, clip.camera_id):
            # Since its row was read, which may be another one by now.
            return 0.0
        checks = async_check_store(self._hass)
        # Should a test find that the masking leaks, this clip is one of those.
        checks.put_trust(clip.camera_id, checks.trust(clip.camera_id).painting(clip))
        doubts = checks.trust(clip.camera_id).doubts
        try:
            answer = await self._black_out(clip, file, zones)
        except EngineError:
            # Perhaps it was this clip that ended the engine.
            self._note_failure(clip)
            raise
        if answer.error is None:
            self._failures = 0
            # The file tells of no doubts; those of which nobody knows where they are stay.
            mask = after_painting(clip.mask, answer.mask)
            if checks.trust(clip.camera_id).doubts != doubts:
                mask = checks.judge(replace(clip, mask=mask)).mask
            await library.blacked_out(
                clip.clip_id,
                mask,
                answer.size,
                answer.codec,
                (answer.width, answer.height),
            )
            await self._changed()
        elif answer.error != "stopped":
            _LOGGER.warning(
                "Clip %s could not be blacked out (%s) and is not shown",
                clip.clip_id,
                answer.error,
            )
            self._note_failure(clip)
        return self._clock() - began

    @callback
    def _note_failure(self, clip: Clip) -> None:
        self._failed[clip.clip_id] = self._clock()
        self._failures += 1

    async def _black_out(
        self, clip: Clip, file: Path, zones: tuple[PrivacyZone, ...]
    ) -> BlackedOut:
        return await self._engine.async_black_out(
            str(file),
            zones,
            doubted=sorted(doubted(clip.mask)),
            thumbnail=str(thumbnail_path(file)) if clip.thumbnail else None,
            at=max(0.0, clip.event_start - clip.start),
        )

    async def _next(self, library: Library) -> Clip | None:
        """Return the clip to be done next."""
        while self._wanted:
            clip_id, _ = self._wanted.popitem(last=False)
            clip = await library.get(clip_id)
            if clip is not None and clip.store == MEDIA and self._is_due(clip):
                return clip
        self._forget_old_failures()
        for camera in await library.cameras():
            rules = async_rules_of(self._hass, camera.camera_id)
            doubts = async_doubts(self._hass, camera.camera_id)
            if not (rules.past or doubts) or rules.unreadable:
                continue
            if async_leaks(self._hass, camera.camera_id):
                continue
            for offset in range(0, len(self._failed) + 1, 20):
                for clip in await library.lacking(
                    camera.camera_id, rules.past_marks, doubts, offset=offset
                ):
                    if self._is_due(clip):
                        return clip
        return None

    def _is_due(self, clip: Clip) -> bool:
        """Tell whether blacking a clip out makes it one that can be shown."""
        camera_id, mask = clip.camera_id, clip.mask
        return (
            clip.clip_id not in self._failed
            and async_hides(self._hass, camera_id, mask)
            and async_can_paint(self._hass, camera_id, mask)
        )

    def _forget_old_failures(self) -> None:
        now = self._clock()
        self._failed = {
            clip_id: failed
            for clip_id, failed in self._failed.items()
            if now - failed < RETRY_AFTER
        }
