"""Clips in a browser: while they grow, finished, and across a kill of the engine."""

import asyncio
from collections.abc import Callable
import contextlib
import os
from pathlib import Path
import signal
import time
from urllib.parse import urlsplit

import av
from playwright.async_api import Locator
import pytest

from tests.simulator import SimulatedCamera

from .conftest import CAMERA_LOGIN
from .flows import add_onvif_camera
from .home_assistant import HomeAssistant
from .pages import UserInterface
from .processes import children

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# Home Assistant's own player for what a camera recorded from a time on.
PLAY_SPAN = """async ([camera, start]) => {
  const home = document.querySelector("home-assistant");
  const path = `/api/hearthcam/play/${camera}/index.m3u8`;
  const signed = await home.hass.callWS({
    type: "auth/sign_path", path: `${path}?start=${start}&end=${start + 7200}`
  });
  const player = document.createElement("ha-hls-player");
  Object.assign(player, {
    hass: home.hass, url: signed.path, controls: true, autoPlay: true, muted: true
  });
  player.style = "position: fixed; inset: 5%; z-index: 100";
  home.shadowRoot.append(player);
}"""
PLAYER = "hui-dialog-web-browser-play-media"


@pytest.fixture
async def media(camera: SimulatedCamera, home: HomeAssistant) -> Path:
    """Return the folder with the clips of a camera that sees somebody."""
    address = urlsplit(camera.onvif_url)
    await add_onvif_camera(
        home, "Door", address.hostname or "", address.port or 0, CAMERA_LOGIN
    )
    return home.folder / "media" / "hearthcam"


async def eventually[T](find: Callable[[], T], seconds: float = 60) -> T:
    """Wait until something is found."""
    async with asyncio.timeout(seconds):
        while not (found := find()):
            await asyncio.sleep(0.2)
        return found


async def open_day(ui: UserInterface) -> None:
    """Open the camera's clips of today."""
    await ui.open("/media-browser/browser")
    await ui.choose_media("Hearthcam", "Door", "Today")


async def seek(ui: UserInterface, video: Locator, to: float) -> None:
    """Jump to a time, and see that it plays from there."""
    await video.evaluate("(video, time) => { video.currentTime = time; }", to)
    await ui.page.wait_for_function(
        "([video, time]) => !video.seeking && video.currentTime > time + 0.7"
        " && video.currentTime < time + 8",
        arg=[await video.element_handle(), to],
    )
    look = await ui.look(video)
    assert (look.width, look.height) == (1280, 720)
    assert look.contrast > 50


async def length(video: Locator) -> float:
    """Return how much there is to play, in s."""
    seconds: float = await video.evaluate(
        "video => video.seekable.length ? video.seekable.end(0) : 0"
    )
    return seconds


async def reach(ui: UserInterface, video: Locator, seconds: float) -> None:
    """Wait until a player that follows a clip knows all of it."""
    await ui.page.wait_for_function(
        "([video, time]) => video.seekable.length && video.seekable.end(0) > time",
        arg=[await video.element_handle(), seconds - 0.5],
    )


def duration_of(clip: Path) -> float:
    """Return how long a file is, in s."""
    with av.open(str(clip)) as container:
        return (container.duration or 0) / av.time_base


def title_of(clip: Path) -> str:
    """Return how the clip's title begins: with its time."""
    return clip.name[:8].replace("-", ":")


async def test_a_clip_plays_while_it_grows_and_when_it_is_finished(
    ui: UserInterface, home: HomeAssistant, media: Path
) -> None:
    await ui.log_in()
    part = (await eventually(lambda: list(media.rglob("*.mp4.part"))))[0]
    await ui.open("/media-browser/browser")
    await ui.choose_media("Hearthcam", "Door")
    await ui.photograph("now")
    await ui.choose_media("Now")
    video = ui.page.locator(f"{PLAYER} ha-hls-player video")
    before, after = await ui.watch(video, seconds=3)
    assert before.time < 3
    assert before.pixels != after.pixels
    await ui.photograph("growing")
    await seek(ui, video, 1.0)

    # Whoever watches sees it to its end.
    clip = part.with_name(part.name.removesuffix(".part"))
    await eventually(clip.is_file, 120)
    seconds = await asyncio.to_thread(duration_of, clip)
    await reach(ui, video, seconds)
    await seek(ui, video, seconds - 4)
    await ui.photograph("followed")
    await ui.page.keyboard.press("Escape")

    await open_day(ui)
    await ui.photograph("clips")
    await ui.choose_media(title_of(clip))
    video = ui.page.locator(f"{PLAYER} video")
    await ui.watch(video, seconds=1)
    assert await length(video) == pytest.approx(seconds, abs=0.5)
    await seek(ui, video, seconds - 4)
    await seek(ui, video, 2)
    await ui.photograph("finished")


async def test_a_clip_plays_across_a_kill_of_the_engine(
    ui: UserInterface, home: HomeAssistant, media: Path
) -> None:
    await ui.log_in()
    part = (await eventually(lambda: list(media.rglob("*.mp4.part"))))[0]
    await ui.open("/media-browser/browser")
    await ui.choose_media("Hearthcam", "Door", "Now")
    video = ui.page.locator(f"{PLAYER} ha-hls-player video")
    await ui.watch(video, seconds=2)
    written = await length(video)

    assert home.process is not None
    for engine in children(home.process.pid):
        if b"hearthcam/engine" in (engine / "cmdline").read_bytes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(engine.name), signal.SIGKILL)
    clip = part.with_name(part.name.removesuffix(".part"))
    await eventually(clip.is_file)
    await eventually(lambda: not part.exists())

    # The open player goes on to where the engine died, over the repaired file.
    seconds = await asyncio.to_thread(duration_of, clip)
    assert seconds >= written
    await reach(ui, video, seconds)
    await seek(ui, video, seconds - 3)
    await seek(ui, video, 1)
    await ui.photograph("after-the-kill")
    await ui.page.keyboard.press("Escape")

    await open_day(ui)
    await ui.choose_media(title_of(clip))
    video = ui.page.locator(f"{PLAYER} video")
    await ui.watch(video, seconds=1)
    assert await length(video) == pytest.approx(seconds, abs=0.5)
    await seek(ui, video, seconds - 3)
    await ui.photograph("repaired")
    await ui.page.keyboard.press("Escape")

    # What was recorded before and after the kill is one film, which still grows.
    await eventually(lambda: list(media.rglob("*.mp4.part")))
    await ui.page.evaluate(PLAY_SPAN, [clip.parents[1].name, time.time() - 600])
    video = ui.page.locator("ha-hls-player video")
    await ui.watch(video, seconds=1)
    await reach(ui, video, seconds + 3)
    await seek(ui, video, seconds - 1.5)
    await ui.page.wait_for_function(
        "([video, time]) => video.currentTime > time",
        arg=[await video.element_handle(), seconds + 1.5],
    )
    assert (await ui.look(video)).contrast > 50
    await ui.photograph("joined")
    await seek(ui, video, 1)
