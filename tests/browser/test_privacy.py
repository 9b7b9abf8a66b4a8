"""Privacy as a person sees it: a zone is drawn, looked for, checked; a shutter."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from playwright.async_api import Error, JSHandle, Locator, expect
import pytest

from homeassistant.util import slugify
from tests.simulator import DrawnScene, Scene, SimulatedCamera, crossing

from .conftest import CAMERA_LOGIN
from .flows import add_onvif_camera
from .home_assistant import HomeAssistant
from .pages import Part, UserInterface
from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CORNERS = ((0, 0.75), (1, 2 / 3), (1, 1), (0, 1))
"""Of what is drawn at first; the first one is too low by then."""
ZONE: Part = (0, 2 / 3, 1, 1)
BESIDE: Part = (0, 0, 1, 0.64)
"""What is as bright as before: a zone is black a little beyond its border."""
BLACK = 24
"""The brightest of 255 that black is after coding with losses."""
SHUTTER = (31, 156)
"""Its field and its line."""

LIVE = "ha-hls-player video"
STILLS = "ha-camera-stream img"
PLAYED = "hui-dialog-web-browser-play-media video"


@pytest.fixture
def source() -> DrawnScene:
    """Return a street on which a red car always moves: in what is to be hidden."""
    car = crossing("car", 0, 10, height=0.2, foot=0.93)
    return DrawnScene(Scene(10, (car,)), 640, 360, bitrate=1_000_000)


async def test_a_zone_that_is_drawn_is_black_wherever_a_person_looks(
    camera: SimulatedCamera, ui: UserInterface, home: HomeAssistant
) -> None:
    name = camera.options.name
    entity_id = f"camera.{slugify(name)}"
    address = urlsplit(camera.onvif_url)
    await add_onvif_camera(
        home, name, address.hostname or "", address.port or 0, CAMERA_LOGIN
    )
    await ui.log_in()
    panel = Panel(ui)
    await draw_a_privacy_zone(ui, panel)
    await home.post(
        "/api/services/hearthcam/record", {"entity_id": entity_id, "duration": 4}
    )
    await have_it_checked(ui, panel)
    await ui.open_device(name)
    for state in ("Black by Hearthcam", "Passed"):
        await expect(ui.page.get_by_text(state, exact=True)).to_be_visible()
    await see_the_zone_black_in_live_view(ui, entity_id)
    await close_and_open_the_camera(ui, entity_id)
    await see_the_zone_black_in_a_clip(ui, name)


async def draw_a_privacy_zone(ui: UserInterface, panel: Panel) -> None:
    """Click its corners, drag one that is wrong, and see the picture become black."""
    await panel.open()
    await panel.press("Draw a zone")
    await panel.click(*CORNERS)
    await ui.photograph("shape")
    await panel.click(CORNERS[0])
    await panel.be_hidden_for_long()
    await panel.drag(CORNERS[0], (0, 2 / 3))
    points = await panel.outline.get_attribute("points")
    assert points is not None
    assert len(points.split()) == len(CORNERS)
    await panel.save("Street", "Black (privacy)")
    await panel.wait_for_black(ZONE, BLACK)
    assert (await ui.levels(panel.picture, BESIDE)).brightest > 200
    await ui.photograph("black")


async def see_the_zone_black_in_live_view(ui: UserInterface, entity_id: str) -> None:
    """Open the camera, and look at each pixel of the zone."""
    video = await watch_live(ui, entity_id)
    await ui.photograph("live")
    await assert_black(ui, video)
    await close_live(ui)


async def have_it_checked(ui: UserInterface, panel: Panel) -> None:
    """Press the button, and wait for what the test finds."""
    await panel.check()
    await ui.photograph("checked")
    await panel.photograph_on_a_phone("phone")


async def close_and_open_the_camera(ui: UserInterface, entity_id: str) -> None:
    """See a shutter in privacy mode, and the street again after it, also if watched."""
    row = ui.page.locator("hui-toggle-entity-row").filter(has_text="Privacy mode")
    await row.locator("ha-switch").click()
    await expect(ui.page.get_by_text("Closed by the switch").first).to_be_visible()
    await ui.photograph("closed")
    video = await watch_live(ui, entity_id)
    levels = await ui.levels(video)
    assert (levels.darkest, levels.brightest) == pytest.approx(SHUTTER, abs=12)
    await ui.photograph("shutter")
    privacy = f"{entity_id.replace('camera', 'switch', 1)}_privacy_mode"
    await ui.home.post("/api/services/switch/turn_off", {"entity_id": privacy})
    # The player's stream has ended: Home Assistant shows stills instead of it.
    await assert_black(ui, ui.page.locator(STILLS))
    await ui.photograph("opened")
    await close_live(ui)
    await assert_black(ui, await watch_live(ui, entity_id))
    await close_live(ui)


async def see_the_zone_black_in_a_clip(ui: UserInterface, name: str) -> None:
    """Look at what was recorded meanwhile: its picture, and all of it."""
    await ui.open("/media-browser/browser")
    await ui.choose_media("Hearthcam", name, "Today")
    cards = ui.page.locator("ha-media-player-browse ha-card")
    clip = cards.filter(has_text=" · ").first
    await expect(clip).to_be_visible()
    await ui.photograph("clips")
    await assert_black(ui, await ui.thumbnail(clip))
    await clip.click()
    video = ui.page.locator(PLAYED)
    await ui.watch(video, seconds=1)
    await ui.photograph("clip")
    await assert_black(ui, video)


async def watch_live(ui: UserInterface, entity_id: str) -> Locator:
    """Open the camera's dialog; return the player when it plays."""
    await ui.show_entity(entity_id)
    video = ui.page.locator(LIVE)
    await ui.watch(video, seconds=1)
    return video


async def close_live(ui: UserInterface) -> None:
    """Close the camera's dialog."""
    await ui.page.keyboard.press("Escape")
    await expect(ui.page.locator(f"{LIVE}, {STILLS}")).to_have_count(0)


async def assert_black(ui: UserInterface, shown: Locator | JSHandle) -> None:
    """Look at all pixels of the zone, and beside it, once the street is shown.

    What was just opened may still show the shutter, or nothing, which has no pixels.
    """
    async with asyncio.timeout(30):
        while True:
            with suppress(Error):
                beside, zone = [await ui.levels(shown, part) for part in (BESIDE, ZONE)]
                if beside.brightest > 200:
                    break
            await asyncio.sleep(0.2)
    assert zone.brightest <= BLACK
