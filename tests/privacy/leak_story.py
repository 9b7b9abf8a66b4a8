"""What happens to the cameras of the leak tests, one scenario after the other."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
import os
from pathlib import Path
import signal
import time
from typing import Final

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    MotionEnded,
    StreamState,
    StreamStatus,
)
from custom_components.hearthcam.library.models import Clip
from tests.ha.conftest import wait_for
from tests.ha.house import House

from .leak_film import BED, CORNER, FPS, NUMBERS, WALK, WINDOW
from .leak_house import Viewer, Watched, at_once
from .leak_judge import CONTROL, Span, is_after, last_number, looks

PANEL: Final = {"entity_id": "alarm_control_panel.hearthcam"}
_ENDED_WITHIN: Final = 10.0
"""Seconds; the machine may have other things to do."""


@dataclass
class Story:
    """The cameras of a house; each scenario happens to all of them at a time."""

    house: House
    cameras: list[Watched]
    everything: bool
    """Whether each scenario looks at each output, or only at those that it concerns."""

    async def each(self, scenario: str) -> None:
        """Have a scenario happen to every camera."""
        play = getattr(self, scenario)
        await at_once(*(play(camera) for camera in self.cameras))

    # --- clips -------------------------------------------------------------------

    async def _opened(self, camera: Watched, since: float) -> ClipOpened:
        """Return the clip that grows, once one does, or did since a moment."""
        ended = {
            told.clip_id for moment, told in self.house.of(ClipClosed) if moment < since
        }
        _, opened = await self.house.report(
            ClipOpened,
            lambda told: (
                told.camera_id == camera.camera_id and told.clip_id not in ended
            ),
            seconds=30,
        )
        return opened

    async def _clips(self, camera: Watched, since: float) -> list[Clip]:
        """Return the rows of the clips that ended since a moment (monotonic)."""
        library = self.house.library
        rows = []
        for _, told in self.house.of(ClipClosed, since):
            if told.camera_id != camera.camera_id:
                continue
            async with asyncio.timeout(40):
                while (row := await library.get(told.clip_id)) is None:
                    await asyncio.sleep(0.05)
            rows.append(row)
        return rows

    async def _recorded(
        self, camera: Watched, since: float, opened: ClipOpened
    ) -> list[Clip]:
        """Wait until a clip has ended; return all that ended since a moment.

        Where there is no zone yet, what is in it is motion that never ends.
        """
        await self.house.report(
            ClipClosed,
            lambda told: told.clip_id == opened.clip_id,
            since=since,
            seconds=60,
        )
        if camera.hidden[1] and not camera.records_always:
            await wait_for(lambda: not camera.entry.runtime_data.state.recording, 60)
        return await self._clips(camera, since)

    async def _look_at_clips(
        self, camera: Watched, scenario: str, clips: list[Clip]
    ) -> None:
        assert clips
        for number, clip in enumerate(clips):
            everything = self.everything or (scenario == "zone set" and not number)
            await camera.look_at_clip(scenario, clip, everything=everything)

    # --- scenarios ---------------------------------------------------------------

    async def _have_somebody_walk(self, camera: Watched) -> None:
        await asyncio.to_thread(camera.remote.switch, "go_to", loop_time=WALK[0] - 1)

    async def without(self, camera: Watched) -> None:
        """There is no zone: everything is to be seen, in every output."""
        camera.watch_detector()
        since = time.monotonic()
        await camera.record(4.0, pre_roll=2)
        opened = await self._opened(camera, since)
        await at_once(
            camera.look_live(CONTROL, viewers=2),
            camera.look_at_player(CONTROL),
            camera.look_at_growing(CONTROL, opened.clip_id),
        )
        clips = await self._recorded(camera, since, opened)
        await camera.look_at_clip(CONTROL, clips[0])
        await camera.look_at_proxies(CONTROL)

    async def added(self, camera: Watched) -> None:
        """A zone comes while the camera is watched, and while a clip grows."""
        scenario = "zone added"
        since = time.monotonic()
        viewers = [camera.watch(), camera.watch()]
        await self._have_somebody_walk(camera)
        await camera.record(5.0, pre_roll=2)
        opened = await self._opened(camera, since)
        url = await camera.look_at_player(CONTROL)
        await at_once(*(camera.seen_by(viewer) for viewer in viewers))
        await wait_for(lambda: any(map(camera.shows_zone, camera.views)), 20)

        changed, before = time.monotonic(), time.time()
        camera.add_zone("Window", WINDOW)
        camera.add_zone("Corner", CORNER)
        # Home Assistant drops what it holds before the engine has said anything.
        async with camera.client.get(url) as answer:
            assert answer.status == HTTPStatus.NOT_FOUND
        hidden = await camera.hides(WINDOW, CORNER, since=changed)
        camera.hidden = before, hidden
        number = await camera.number()
        for viewer in viewers:
            await viewer.end(_ENDED_WITHIN)
            seen = await camera.judge(CONTROL, "live until cut", await viewer.leave())
            # What came before was to be seen, and nothing came after.
            last = last_number(seen)
            assert not is_after(last, number), (last, number)
        await camera.look_live(scenario)
        await camera.look_at_player(scenario)
        # What has begun before is not shown by anybody until it is black.
        async with camera.client.get(
            f"/api/hearthcam/clip/{opened.clip_id}.mp4"
        ) as answer:
            if answer.status == HTTPStatus.OK:
                await camera.judge(scenario, "clip of before", await answer.read())
            else:
                assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        clips = await self._recorded(camera, since, opened)
        for told in clips:
            assert told.mask or told.start < hidden
        await self.blacked_out(camera, scenario)

    async def blacked_out(self, camera: Watched, scenario: str) -> None:
        """Wait until all that was recorded before is black; look at it."""
        marks = camera.entry.runtime_data.past_marks
        async with asyncio.timeout(90):
            while await self.house.library.lacking(camera.camera_id, marks):
                await asyncio.sleep(0.1)
        clips = await self.house.clips(camera.camera_id)
        for clip in clips[: None if self.everything else 2]:
            await camera.look_at_clip(
                f"{scenario}: before", clip, everything=self.everything
            )

    async def zone_set(self, camera: Watched) -> None:
        """Somebody walks by outside of the zones."""
        scenario = "zone set"
        since = time.monotonic()
        await self._have_somebody_walk(camera)
        opened = await self._opened(camera, since)
        await at_once(
            camera.look_live(scenario, viewers=2),
            camera.look_at_player(scenario),
            camera.look_at_growing(scenario, opened.clip_id),
        )
        await self.house.report(
            MotionEnded,
            lambda told: told.camera_id == camera.camera_id,
            since=since,
            seconds=40,
        )
        clips = await self._recorded(camera, since, opened)
        await self._look_at_clips(camera, scenario, clips)
        for film in await camera.played_span(clips[0].start, clips[-1].end):
            await camera.judge(scenario, "span", film)
        await camera.look_at_proxies(scenario)

    async def reconnected(self, camera: Watched) -> None:
        """The connection to the camera breaks, while it is watched and recorded."""
        scenario = "reconnect"

        async def drop() -> None:
            await asyncio.to_thread(camera.remote.switch, "drop_connections")

        await self._disturbed(camera, scenario, drop)

    async def resized(self, camera: Watched) -> None:
        """The camera sends pictures of another size from now on."""
        scenario = "resolution change"

        async def resize() -> None:
            await asyncio.to_thread(
                camera.remote.switch, "set_resolution", width=256, height=144
            )

        await self._disturbed(camera, scenario, resize)

    async def _disturbed(self, camera: Watched, scenario: str, disturb: object) -> None:
        assert callable(disturb)
        since = time.monotonic()
        viewer = camera.watch()
        await camera.record(5.0, pre_roll=2)
        opened = await self._opened(camera, since)
        await camera.seen_by(viewer)
        disturbed = time.monotonic()
        await disturb()
        await self.house.report(
            StreamState,
            lambda told: (
                told.camera_id == camera.camera_id
                and told.status is StreamStatus.ONLINE
            ),
            since=disturbed,
            seconds=40,
        )
        await camera.look_live(scenario)
        await camera.judge(scenario, "live through it", await viewer.leave())
        clips = await self._recorded(camera, since, opened)
        await self._look_at_clips(camera, scenario, clips)

    async def reloaded(self, camera: Watched) -> None:
        """The camera is set up anew; what was seen until then is written down."""
        hass, entry = camera.hass, camera.entry
        assert await hass.config_entries.async_reload(entry.entry_id)
        await camera.judge("reload", "still fresh", await camera.still())
        await wait_for(lambda: entry.runtime_data.online, 40)
        await camera.judge("reload", "still", await camera.still(fresh=False))

    async def killed(self) -> None:
        """The engine is killed while all are watched and recorded."""
        scenario = "engine killed"
        status = self.house.system.supervisor.status
        since = time.monotonic()
        viewers = [camera.watch() for camera in self.cameras]
        await at_once(*(camera.record(30.0, pre_roll=2) for camera in self.cameras))
        for camera, viewer in zip(self.cameras, viewers, strict=True):
            await self._opened(camera, since)
            await camera.seen_by(viewer)
        await asyncio.sleep(1.0)
        restarts, before = status.restarts, time.monotonic()
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)
        await wait_for(lambda: status.restarts > restarts, 30)
        await at_once(
            *(
                self._after_kill(camera, scenario, viewer, before)
                for camera, viewer in zip(self.cameras, viewers, strict=True)
            )
        )

    async def _after_kill(
        self, camera: Watched, scenario: str, viewer: Viewer, killed: float
    ) -> None:
        # Whoever asks first gets the very first picture.
        await camera.look_live(scenario)
        await camera.judge(scenario, "live until kill", await viewer.leave())
        # There is none where the clip had just ended, or begun.
        with suppress(TimeoutError):
            await self.house.report(
                ClipClosed,
                lambda told: told.camera_id == camera.camera_id and told.recovered,
                since=killed,
                seconds=30,
            )
        clips = await self._clips(camera, killed)
        await at_once(
            self._look_at_clips(camera, scenario, clips),
            camera.look_at_player(scenario),
        )

    async def by_mode(self, camera: Watched) -> None:
        """A zone that is black in one mode of the house comes and goes."""
        camera.add_zone("Bed", BED, modes=["armed_away"], past=False)
        await camera.house.hass.async_block_till_done()

    async def mode_on(self) -> None:
        """Go away: one zone more is black, and then it is not any more."""
        since = time.monotonic()
        await self.house.call("alarm_control_panel", "alarm_arm_away", **PANEL)
        await at_once(
            *(c.hides(WINDOW, CORNER, BED, since=since) for c in self.cameras)
        )
        begun = [(time.time(), await camera.number()) for camera in self.cameras]
        viewers = [camera.watch() for camera in self.cameras]
        await at_once(*(camera.record(3.0, pre_roll=0) for camera in self.cameras))
        for camera, viewer in zip(self.cameras, viewers, strict=True):
            await self._opened(camera, since)
            await camera.seen_by(viewer)
        spans = []
        for camera, (begin, first) in zip(self.cameras, begun, strict=True):
            last = await camera.number(after=first + FPS)
            # The first one was captured before, maybe.
            spans.append(Span((first + 1) % NUMBERS, last, begin, time.time()))
        gone = time.monotonic()
        await self.house.call("alarm_control_panel", "alarm_arm_home", **PANEL)
        await at_once(*(c.hides(WINDOW, CORNER, since=gone) for c in self.cameras))
        for camera, viewer, span in zip(self.cameras, viewers, spans, strict=True):
            await viewer.end(_ENDED_WITHIN)
            data = await viewer.leave()
            assert await self._of_then(camera, "live until cut", data, span, span.begin)
            now, again = time.time(), camera.watch()
            await camera.seen_by(again)
            await self._of_then(camera, "live after", await again.leave(), span, now)
            now, still = time.time(), await camera.still()
            await self._of_then(camera, "still after", still, span, now)
        # What is recorded now reaches back to where the zone was black.
        back = time.monotonic()
        await at_once(*(camera.record(2.0, pre_roll=5) for camera in self.cameras))
        for camera, span in zip(self.cameras, spans, strict=True):
            opened = await self._opened(camera, back)
            of_then = 0
            for clip in await self._recorded(camera, since, opened):
                data = await camera.fetch(f"/api/hearthcam/clip/{clip.clip_id}.mp4")
                of_then += await self._of_then(
                    camera, "clip after", data, span, clip.start
                )
            assert of_then

    async def _of_then(
        self, camera: Watched, output: str, data: bytes, span: Span, start: float
    ) -> int:
        """Look at pictures; those that were captured within a span hide one zone more.

        ``start`` is about when (s) the first of them was captured. Returns how many
        were captured within the span.
        """
        fewer, more = await asyncio.to_thread(
            lambda: (looks(data, camera.zones), looks(data, (*camera.zones, BED)))
        )
        first = min((one.time for one in more), default=0.0)
        of_then = [span.holds(one, start + one.time - first) for one in more]
        seen = [
            all_three if then else two
            for then, two, all_three in zip(of_then, fewer, more, strict=True)
        ]
        camera.tally.add("zone by mode", f"{output} {camera.camera_id}", seen)
        return sum(of_then)


def files_of(house: House) -> list[Path]:
    """Return the folders in which anything may be left."""
    return [house.media, Path(house.hass.config.config_dir)]
