"""A house whose cameras have privacy zones, and everybody who looks at them.

Simulated cameras, the true engine, a true Home Assistant; what clients get is fetched
as they do, and looked at by `leak_judge`.
"""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from pathlib import Path
import re
import time
from types import MappingProxyType
from typing import Any, Final

from aiohttp import ClientError, ClientTimeout, hdrs
from aiohttp.test_utils import TestClient
import numpy as np
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.hearthcam.const import CONF_MAIN_URL, CONF_SUB_URL, SUBENTRY_ZONE
from custom_components.hearthcam.engine.features import FOLDER, read
from custom_components.hearthcam.engine.motion.observation import Observation
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import DetectorView, PrivacyState
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.playback_views import MEDIA_URL, playlist_url, span_url
from custom_components.hearthcam.views import clip_url, thumbnail_url
from homeassistant.components.camera import async_request_stream
from homeassistant.components.image import async_get_image as async_get_last_image
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from tests.ha.conftest import make_camera_entry, wait_for
from tests.ha.house import House
from tests.simulator.process import RemoteCamera

from .leak_film import Polygon, within
from .leak_judge import CONTROL, Look, Tally, is_after, looks

type Client = TestClient[Any, Any]

_STILLS: Final = ((None, False), (None, True), (160, False), (200, True))


class Viewer:
    """Somebody who watches the engine's live stream, once there is one, to its end."""

    def __init__(self, hass: Any, url: str) -> None:
        """Begin to watch."""
        self.data = bytearray()
        self.status: int | None = None
        self._task = asyncio.create_task(self._watch(hass, url))

    async def _watch(self, hass: Any, url: str) -> None:
        session = async_get_clientsession(hass)
        while self.status != HTTPStatus.OK:
            with suppress(ClientError):
                async with session.get(url, timeout=ClientTimeout(total=120)) as answer:
                    self.status = answer.status
                    if answer.status == HTTPStatus.OK:
                        async for chunk in answer.content.iter_any():
                            self.data += chunk
            await asyncio.sleep(0.05)

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more."""
        return self._task.done()

    async def end(self, within: float) -> None:
        """Wait until it was ended by the other side, so many seconds."""
        await wait_for(lambda: self.ended, within)

    async def leave(self) -> bytes:
        """Watch no more; return what was sent."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return bytes(self.data)


@dataclass
class Watched:
    """One camera of the house, and all that it gives out."""

    house: House
    camera_id: str
    remote: RemoteCamera
    client: Client
    player: Client
    tally: Tally
    out: Path
    zones: tuple[Polygon, ...]
    """What has to be black, or has to leak where there is no zone yet."""
    entry: MockConfigEntry
    hidden: tuple[float, float] = (0.0, 0.0)
    """When (s) zones were drawn, and when the engine had said that they are hidden."""
    views: list[DetectorView] = field(default_factory=list)
    leave_detector: Callable[[], None] = lambda: None
    _names: count[int] = field(default_factory=count)

    @property
    def hass(self) -> Any:
        """Home Assistant."""
        return self.house.hass

    @property
    def records_always(self) -> bool:
        """Whether it is recorded without motion, too."""
        return bool(self.entry.options.get("mode_armed_home") == "continuous")

    @property
    def entity(self) -> str:
        """The camera's entity."""
        return f"camera.{self.camera_id}"

    def url(self, path: str) -> str:
        """Return a URL of the engine's loopback server."""
        url = self.house.system.supervisor.url(path)
        assert url is not None
        return url

    def watch(self) -> Viewer:
        """Have somebody watch live video."""
        return Viewer(self.hass, self.url(f"live/{self.camera_id}.ts"))

    async def seen_by(self, viewer: Viewer, size: int = 60_000) -> None:
        """Wait until somebody has got some seconds of video."""
        await wait_for(lambda: len(viewer.data) > size or viewer.ended)

    async def judge(self, scenario: str, output: str, data: bytes) -> list[Look]:
        """Look at what somebody got."""
        name = f"{output} {self.camera_id}"
        return await asyncio.to_thread(
            self.tally.judge, scenario, name, data, *self.zones
        )

    # --- live --------------------------------------------------------------------

    async def still(self, width: int | None = None, *, fresh: bool = True) -> bytes:
        """Fetch a still from the engine as soon as it gives one."""
        query = {"fresh": "1"} if fresh else {}
        if width:
            query["width"] = str(width)
        url = URL(self.url(f"still/{self.camera_id}.jpg")).update_query(query)
        session = async_get_clientsession(self.hass)
        async with asyncio.timeout(40):
            while True:
                with suppress(ClientError):
                    async with session.get(url) as answer:
                        if answer.status == 200:
                            return await answer.read()
                await asyncio.sleep(0.05)

    async def number(self, after: int | None = None) -> int:
        """Return the number of the picture that the camera shows right now.

        Wait for one that comes after another one, where that is told.
        """
        async with asyncio.timeout(40):
            while True:
                (seen,) = looks(await self.still(), self.zones)
                if seen.number is not None and (
                    after is None or is_after(seen.number, after)
                ):
                    return seen.number

    async def look_live(self, scenario: str, *, viewers: int = 1) -> None:
        """Look at stills and at live video, some watching at a time."""
        watching = [self.watch() for _ in range(viewers)]
        for width, fresh in _STILLS:
            name = f"still{' fresh' if fresh else ''} {width or ''}".strip()
            await self.judge(scenario, name, await self.still(width, fresh=fresh))
        for number, viewer in enumerate(watching, 1):
            await self.seen_by(viewer)
            name = "live" if number == 1 else f"live {number}"
            await self.judge(scenario, name, await viewer.leave())

    async def look_at_player(self, scenario: str) -> str:
        """Look at what Home Assistant's own player shows; return its URL."""
        url = await async_request_stream(self.hass, self.entity, "hls")
        base = url.rpartition("/")[0]
        master = (await self.fetch(url)).decode()
        playlist = f"{base}/{master.split()[-1]}"
        async with asyncio.timeout(40):
            while True:
                text = (await self.fetch(playlist)).decode()
                segments = re.findall(r"^[^#\s].*$", text, re.MULTILINE)
                head = re.search(r'EXT-X-MAP:URI="([^"]+)"', text)
                if segments and head is not None:
                    break
                await asyncio.sleep(0.1)
        film = await self.fetch(f"{base}/{head[1]}")
        for segment in segments:
            film += await self.fetch(f"{base}/{segment}")
        await self.judge(scenario, "hls of home assistant", film)
        return url

    async def look_at_proxies(self, scenario: str, *, motion: bool = True) -> None:
        """Look at what dashboards show: the camera's picture, the last motion's."""
        data = await self.fetch(f"/api/camera_proxy/{self.entity}")
        await self.judge(scenario, "camera proxy", data)
        if motion:
            name = f"image.{self.camera_id}_last_motion"
            with suppress(HomeAssistantError):
                image = await async_get_last_image(self.hass, name)
                await self.judge(scenario, "last motion", image.content)

    async def fetch(self, url: str) -> bytes:
        """Fetch something from Home Assistant, which may be busy at first."""
        async with asyncio.timeout(30):
            while True:
                async with self.client.get(url) as answer:
                    if answer.status == HTTPStatus.OK:
                        return await answer.read()
                await asyncio.sleep(0.1)

    # --- clips -------------------------------------------------------------------

    async def record(self, seconds: float, **more: Any) -> None:
        """Record for a while, once there are pictures (again)."""
        async with asyncio.timeout(40):
            while not self.house.system.cameras[self.camera_id].online:
                await asyncio.sleep(0.05)
        await self.house.act("record", entity_id=self.entity, duration=seconds, **more)

    async def look_at_growing(self, scenario: str, clip_id: str) -> None:
        """Look at a clip that grows, as players that follow it do."""
        await self.judge(scenario, "growing playlist", await self.played(clip_id))
        reel = await self.fetch(clip_url(clip_id))
        await self.judge(scenario, "growing clip", reel)
        picture = await self.fetch(picture_url(clip_id))
        await self.judge(scenario, "growing picture", picture)

    async def look_at_clip(
        self, scenario: str, clip: Clip, *, everything: bool = True
    ) -> list[Look]:
        """Look at all that there is of a finished clip; return what its film shows."""
        clip_id = clip.clip_id
        seen = await self.judge(scenario, "clip", await self.fetch(clip_url(clip_id)))
        thumbnail = await self.fetch(thumbnail_url(clip_id))
        await self.judge(scenario, "thumbnail", thumbnail)
        if not everything:
            return seen
        for name, url in (
            ("media reel", MEDIA_URL.format(clip_id=clip_id)),
            ("preview", preview_url(clip_id)),
            ("picture", picture_url(clip_id)),
        ):
            await self.judge(scenario, name, await self.fetch(url))
        await self.judge(scenario, "playlist", await self.played(clip_id))
        await self.judge(scenario, "export", await self._export(clip.start, clip.end))
        target = self._target()
        await self.house.act(
            "save_video",
            entity_id=self.entity,
            clip_id=clip_id,
            filename=str(target),
        )
        await self.judge(scenario, "save_video", target.read_bytes())
        return seen

    async def _export(self, start: float, end: float) -> bytes:
        target = self._target()
        await self.house.act(
            "export",
            entity_id=self.entity,
            start=datetime.fromtimestamp(start, UTC).isoformat(),
            end=datetime.fromtimestamp(end, UTC).isoformat(),
            filename=str(target),
        )
        return target.read_bytes()

    def _target(self) -> Path:
        return self.out / f"{self.camera_id}{next(self._names)}.mp4"

    async def played(self, clip_id: str) -> bytes:
        """Fetch all that the playlist of a clip names, without a login."""
        return await self._play((await self.fetch(playlist_url(clip_id))).decode())

    async def played_span(self, start: float, end: float) -> list[bytes]:
        """Fetch all that was recorded in a span, clip by clip."""
        text = (await self.fetch(span_url(self.camera_id, start, end))).decode()
        head, *films = text.split("#EXT-X-MAP")
        return [await self._play(f"{head}#EXT-X-MAP{film}") for film in films]

    async def _play(self, text: str) -> bytes:
        film, pending = b"", ""
        for line in text.splitlines():
            if line.startswith("#EXT-X-MAP"):
                match = re.search(r'URI="([^"]+)",BYTERANGE="([0-9@]+)"', line)
                assert match is not None
                film += await self._part(match[1], match[2])
            elif line.startswith("#EXT-X-BYTERANGE:"):
                pending = line.partition(":")[2]
            elif line and not line.startswith("#"):
                film += await self._part(line, pending)
        return film

    async def _part(self, url: str, byte_range: str) -> bytes:
        length, _, offset = byte_range.partition("@")
        last = int(offset) + int(length) - 1
        headers = {hdrs.RANGE: f"bytes={offset}-{last}"}
        async with self.player.get(url, headers=headers) as answer:
            assert answer.status == 206
            return await answer.read()

    # --- zones -------------------------------------------------------------------

    def add_zone(self, name: str, polygon: Polygon, **more: Any) -> None:
        """Draw a privacy zone, as the flow does."""
        data = {
            "kind": "privacy",
            "polygon": [[point.x, point.y] for point in polygon],
            "modes": [],
            "past": True,
            "enabled": True,
        }
        zone = ConfigSubentry(
            data=MappingProxyType(data | more),
            subentry_type=SUBENTRY_ZONE,
            title=name,
            unique_id=None,
        )
        self.hass.config_entries.async_add_subentry(self.entry, zone)

    async def hides(self, *polygons: Polygon, since: float) -> float:
        """Wait until the engine says that it hides just these; return when (s).

        ``since`` is of the monotonic clock.
        """
        marks = {mark_of(polygon) for polygon in polygons}
        await self.house.report(
            PrivacyState,
            lambda told: told.camera_id == self.camera_id and set(told.mask) == marks,
            since=since,
            seconds=30,
        )
        return time.time()

    # --- what the detector saw -------------------------------------------------

    def watch_detector(self) -> None:
        """Note what the detector shows from now on."""
        watch = self.house.system.detector_watch
        self.leave_detector = watch.subscribe(self.camera_id, self.views.append)

    def shows_zone(self, view: DetectorView) -> bool:
        """Tell whether the detector shows something in a zone."""
        return cells_in(view, self.zones)[1] > 0

    def judge_detector(self) -> None:
        """Count what the detector showed of the zones, before there were any and since."""
        for scenario, views in self._parted(self.views):
            seen = [
                Look(*cells_in(view, self.zones), is_blank=False, number=None)
                for view in views
            ]
            self.tally.add(scenario, f"detector view {self.camera_id}", seen)

    def judge_features(self) -> None:
        """Count what was written down of motion in the zones, before and since."""
        folder = self.house.system.storage.root / self.camera_id / FOLDER
        found = [one.observation for path in folder.iterdir() for one in read(path)]
        for scenario, observations in self._parted(found):
            seen = []
            for one in observations:
                rows, columns = one.cells.shape
                hidden = int(cells_of(self.zones, rows, columns).sum())
                boxes = [region.box for region in one.regions]
                shown = count_in(boxes, self.zones)
                seen.append(Look(hidden, shown, is_blank=False, number=None))
            self.tally.add(scenario, f"feature log {self.camera_id}", seen)

    def _parted[T: DetectorView | Observation](
        self, seen: Iterable[T]
    ) -> list[tuple[str, list[T]]]:
        """Part what was seen by whether it is of before the zones were hidden."""
        before, since = self.hidden
        return [
            (CONTROL, [one for one in seen if one.time < before]),
            ("zone set", [one for one in seen if one.time > since]),
        ]


def cells_of(zones: tuple[Polygon, ...], rows: int, columns: int) -> Any:
    """Return which cells of a grid have their middle in a zone."""
    return np.any([within(zone, columns, rows) for zone in zones], axis=0)


def cells_in(view: DetectorView, zones: tuple[Polygon, ...]) -> tuple[int, int]:
    """Return how many cells lie in zones, and how many things are seen there."""
    bits = np.unpackbits(np.frombuffer(b64decode(view.cells), np.uint8))
    cells = bits[: view.rows * view.columns].reshape(view.rows, view.columns)
    hidden = cells_of(zones, view.rows, view.columns)
    return int(hidden.sum()), int(cells[hidden].sum()) + count_in(view.boxes, zones)


def count_in(boxes: Any, zones: tuple[Polygon, ...]) -> int:
    """Return how many boxes have their middle in a zone."""
    size = 200
    found = 0
    for box in boxes:
        x, y = box.x + box.width / 2, box.y + box.height / 2
        row, column = min(int(y * size), size - 1), min(int(x * size), size - 1)
        found += any(bool(within(zone, size, size)[row, column]) for zone in zones)
    return found


async def add_camera(
    house: House, camera_id: str, camera: RemoteCamera, **options: Any
) -> MockConfigEntry:
    """Add a camera, with its sub stream where it has one, and wait for pictures."""
    entry = make_camera_entry(
        camera_id,
        data={
            CONF_MAIN_URL: camera.rtsp_url("main"),
            CONF_SUB_URL: camera.urls.get("sub"),
            CONF_USERNAME: None,
            CONF_PASSWORD: None,
        },
        options=options,
    )
    entry.add_to_hass(house.hass)
    house.hass.config_entries.async_update_entry(
        entry, title=camera_id.replace("_", " ").capitalize()
    )
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.hass.async_block_till_done()
    await wait_for(lambda: entry.runtime_data.online, 40)
    return entry


async def at_once(work: Awaitable[Any], *more: Awaitable[Any]) -> None:
    """Do things beside each other; the first that fails fails all."""
    async with asyncio.TaskGroup() as group:
        for one in (work, *more):
            group.create_task(_await(one))


async def _await(work: Awaitable[Any]) -> None:
    await work
