"""What a camera records all the time, watched by the hour."""

import asyncio
from pathlib import Path
import time
from urllib.parse import urlsplit

import pytest

from tests.simulator import SimulatedCamera

from .conftest import CAMERA_LOGIN
from .flows import add_onvif_camera, change_options
from .home_assistant import HomeAssistant
from .pages import UserInterface
from .test_clips import PLAYER, duration_of, eventually, reach, seek

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOUR = 3600.0
MODES = ("disarmed", "armed_home", "armed_away", "armed_night")
SECONDS = {"pre_roll": 5, "post_roll": 10, "max_clip": 300}


async def record_all_the_time(home: HomeAssistant, entry_id: str, sound: bool) -> None:
    """Have it so; with the choice of sound changed, another file begins at once."""
    await change_options(
        home,
        entry_id,
        arming={f"mode_{mode}": "continuous" for mode in MODES},
        recording={**SECONDS, "record_audio": sound},
        # Its proposals.
        privacy={},
    )


async def files(media: Path, count: int) -> list[Path]:
    """Wait for so many finished files; return them, oldest first."""
    return (
        await eventually(
            lambda: found if len(found := sorted(media.rglob("*.mp4"))) >= count else []
        )
        if count
        else []
    )


async def test_an_hour_plays_across_the_files_it_is_recorded_in(
    camera: SimulatedCamera, ui: UserInterface, home: HomeAssistant
) -> None:
    if (left := HOUR - time.time() % HOUR) < 90:
        await asyncio.sleep(left + 5)
    address = urlsplit(camera.onvif_url)
    entry_id = await add_onvif_camera(
        home, "Door", address.hostname or "", address.port or 0, CAMERA_LOGIN
    )
    media = home.folder / "media" / "hearthcam"
    for number, sound in enumerate((True, False, True)):
        await record_all_the_time(home, entry_id, sound)
        await files(media, number)
        await eventually(lambda: list(media.rglob("*.mp4.part")))
        await asyncio.sleep(3)
    first, second = await files(media, 2)
    cut = await asyncio.to_thread(duration_of, first)
    after = cut + await asyncio.to_thread(duration_of, second)

    await ui.log_in()
    await ui.open("/media-browser/browser")
    await ui.choose_media("Hearthcam", "Door", "Today")
    await ui.photograph("day")
    await ui.choose_media(" – ")
    video = ui.page.locator(f"{PLAYER} ha-hls-player video")
    await ui.watch(video, seconds=1)
    # The third file still grows.
    await reach(ui, video, after + 3)
    await ui.photograph("hour")
    for border in (cut, after):
        await seek(ui, video, border - 1.5)
        await ui.page.wait_for_function(
            "([video, time]) => video.currentTime > time",
            arg=[await video.element_handle(), border + 1.5],
        )
        look = await ui.look(video)
        assert (look.width, look.height) == (1280, 720)
        assert look.contrast > 50
    await ui.photograph("across")
    await seek(ui, video, 1)

    # Nothing waits for a disk where everything else has to wait with it.
    log = await asyncio.to_thread(home.log.read_text)
    assert "blocking call" not in log
