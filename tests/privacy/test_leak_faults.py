"""Nothing of a zone is shown where it cannot be made black, or is said to be."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
import time
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.engine.masking import verify
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    ClipClosed,
    ConfigureCamera,
    Lost,
    Means,
    Mode,
    Output,
    PrivacyState,
    PrivacyZone,
    RecordNow,
    StreamSource,
)
from custom_components.hearthcam.launch import engine_command
from homeassistant.components.camera import async_get_image, async_request_stream
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
from tests.engine.process import EngineProcess
from tests.ha.conftest import home, no_discovery, wait_for
from tests.ha.house import House, a_house, simulated
from tests.simulator import CameraOptions, SimulatedCamera
from tests.simulator.source import VideoFile
from tests.simulator.state import PaintedMask
from tests.unhidden import UNHIDDEN

from .leak_film import CACHE, CORNER, FPS, WINDOW, film
from .leak_house import Watched, add_camera
from .leak_judge import Look, Tally, judge_files, looks
from .leak_story import PANEL

__all__ = ["home", "no_discovery"]

CAMERA = "front_door"
ENTITY = f"camera.{CAMERA}"
STAND_IN = Path(__file__).with_name("leak_engine_without_encoder.py")


# --- a machine without an encoder ---


@pytest.fixture
async def house(
    home: HomeAssistant, tmp_path: Path, socket_enabled: None
) -> AsyncIterator[House]:
    """Return a house without a camera, whose engine has no encoder."""

    def without_encoder(listen_fd: int) -> list[str]:
        python, isolated, *rest = engine_command(listen_fd)
        return [python, isolated, str(STAND_IN), *rest]

    assert await async_setup_component(home, "websocket_api", {})
    with patch(
        "custom_components.hearthcam.system.engine_command", side_effect=without_encoder
    ):
        async with a_house(home, tmp_path / "media") as house:
            yield house


async def status_of(hass: HomeAssistant, url: str) -> int:
    """Return how the engine answers."""
    async with async_get_clientsession(hass).get(url) as answer:
        return answer.status


async def test_without_an_encoder_there_is_no_video_but_none_that_shows_a_zone(
    house: House, hass_client: ClientSessionGenerator, tmp_path: Path
) -> None:
    """Stills need none. What was recorded before stays hidden: it cannot be changed."""
    tally = Tally()
    described = {"name": CAMERA, "video": str(film()), "cache": str(CACHE)}
    async with simulated(described) as (remote,):
        entry = await add_camera(house, CAMERA, remote, pre_roll=1.0, post_roll=1.0)
        client = await hass_client()
        watched = Watched(
            *(house, CAMERA, remote, client, client, tally, tmp_path),
            *((WINDOW, CORNER), entry),
        )
        await house.call("alarm_control_panel", "alarm_disarm", **PANEL)
        await watched.record(1.0, pre_roll=1)
        _, before = await house.report(ClipClosed, seconds=40)
        assert any(
            one.leaked for one in looks(Path(before.path).read_bytes(), watched.zones)
        )

        changed = time.monotonic()
        for name, polygon in (("Window", WINDOW), ("Corner", CORNER)):
            watched.add_zone(name, polygon)
        await watched.hides(WINDOW, CORNER, since=changed)

        def told() -> dict[Output, tuple[Means, BlockCause | None]]:
            _, last = house.of(PrivacyState)[-1]
            return {one.output: (one.means, one.cause) for one in last.outputs}

        blocked = Means.BLOCKED, BlockCause.NO_ENCODER
        await wait_for(lambda: told()[Output.LIVE] == told()[Output.CLIPS] == blocked)
        assert told()[Output.STILL] == (Means.ENGINE, None)
        assert house.issue(f"privacy_blocked_{entry.entry_id}")
        state = house.hass.states.get(f"sensor.{CAMERA}_privacy_zones")
        assert state is not None
        assert state.state == "blocked"
        assert state.attributes["live_cause"] == "no_encoder"

        live = watched.url(f"live/{CAMERA}.ts")
        assert await status_of(house.hass, live) == HTTPStatus.SERVICE_UNAVAILABLE
        with pytest.raises(HomeAssistantError):
            await async_request_stream(house.hass, ENTITY, "hls")
        image = await async_get_image(house.hass, ENTITY)
        await watched.judge("no encoder", "camera image", image.content)
        await watched.judge("no encoder", "still", await watched.still())

        house.system.supervisor.record_now(CAMERA, "REASON0001", 1.0, kind="manual")
        await house.report(Lost, seconds=40)
        async with client.get(f"/api/hearthcam/clip/{before.clip_id}.mp4") as answer:
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert len(house.of(ClipClosed)) == 1
        assert await status_of(house.hass, live) == HTTPStatus.SERVICE_UNAVAILABLE
        await house.close()

    for folder in (tmp_path / "media", tmp_path / "config"):
        for path, seen in judge_files(folder, (WINDOW, CORNER), ".bin"):
            # Of before is what was recorded without a zone.
            if before.clip_id not in path.name:
                tally.add("no encoder", f"files {path.suffix}", seen)
    assert not tally.faults(), tally.table()
    assert tally.counts[("no encoder", f"still {CAMERA}")].pictures == 1


# --- a camera that forgets ---


ZONE = PrivacyZone("window", WINDOW, at_source=True)
PAINTED = PaintedMask("m1", ((0.08, 0.1), (0.54, 0.1), (0.54, 0.76), (0.08, 0.76)))


class Live:
    """Somebody who watches live video of an engine, and comes back when it ends."""

    def __init__(self, session: ClientSession, engine: EngineProcess) -> None:
        """Begin."""
        self.films: list[bytearray] = []
        self._session, self._url = session, engine.url("live/test.ts")
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            async with self._session.get(self._url) as answer:
                if answer.status == HTTPStatus.OK:
                    self.films.append(bytearray())
                    async for chunk in answer.content.iter_any():
                        self.films[-1] += chunk
            await asyncio.sleep(0.05)

    async def leave(self) -> list[Look]:
        """Watch no more; return all that was seen."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return [one for data in self.films for one in looks(bytes(data), (WINDOW,))]


async def told(engine: EngineProcess, means: Means, after: int = 0) -> int:
    """Wait until the engine says how it hides; return how often it has said it."""

    def last() -> bool:
        states = engine.of(PrivacyState)
        return len(states) > after and {one.means for one in states[-1].outputs} == {
            means
        }

    await wait_for(last, 60)
    return len(engine.of(PrivacyState))


async def clip(engine: EngineProcess, name: str) -> ClipClosed:
    """Record a second, and return the clip."""
    engine.send(RecordNow("test", name, 1.0))
    return await asyncio.to_thread(
        engine.wait_for, ClipClosed, lambda one: one.event_id == name
    )


async def test_camera_that_forgets_its_masks_is_masked_here(
    tmp_path: Path, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another connection from its first picture on, else once that was seen."""
    options = CameraOptions(main=VideoFile(film()), cache=CACHE)
    async with SimulatedCamera(options) as camera, ClientSession() as session:
        camera.state.masks = (PAINTED,)
        await camera.control.show_masks()
        with EngineProcess() as engine:
            config: dict[str, Any] = UNHIDDEN | {"mode": Mode.OFF, "privacy": (ZONE,)}
            engine.send(
                ConfigureCamera(
                    *("test", "Test", str(tmp_path / "test")),
                    StreamSource(camera.rtsp_url("main")),
                    pre_roll=1.0,
                    **config,
                )
            )
            often = await told(engine, Means.CAMERA)
            viewer = Live(session, engine)
            kept = await clip(engine, "EVENT0001")
            assert mark_of(WINDOW) in kept.mask
            seen = await viewer.leave()
            assert seen
            assert not any(one.leaked or one.is_blank for one in seen)

            # It was switched off and on, and has forgotten.
            viewer = Live(session, engine)
            await wait_for(lambda: viewer.films)
            camera.control.drop_connections()
            await camera.control.paint_masks(works=False)
            often = await told(engine, Means.ENGINE, often)
            forgotten = await clip(engine, "EVENT0002")
            rebooted = await viewer.leave()

            # It masks again, and forgets without a word.
            await camera.control.paint_masks()
            often = await told(engine, Means.CAMERA, often)
            viewer = Live(session, engine)
            await wait_for(lambda: viewer.films)
            await camera.control.paint_masks(works=False)
            await told(engine, Means.ENGINE, often)
            late = await clip(engine, "EVENT0003")
            silent = await viewer.leave()

    for one in (kept, forgotten, late):
        shown = looks(Path(one.path).read_bytes(), (WINDOW,))
        assert shown
        # Whoever shows clips knows of one that is not black, and has it made so.
        assert mark_of(WINDOW) not in one.mask or not any(x.leaked for x in shown)
    assert mark_of(WINDOW) in forgotten.mask
    # Between the change and the look that finds it out it is not known.
    most = (verify.MAIN_INTERVAL / 1_000_000 + 3) * FPS
    assert 0 < sum(bool(one.leaked) for one in silent) < most
    assert rebooted
    assert not any(one.leaked or one.is_blank for one in rebooted)
