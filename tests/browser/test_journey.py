"""What a new user does: add a camera, watch it, see motion, play the clip."""

import asyncio

from playwright.async_api import expect
import pytest

from homeassistant.util import slugify
from tests.simulator import SimulatedCamera

from .conftest import CAMERA_LOGIN
from .home_assistant import HomeAssistant
from .pages import UserInterface

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_from_a_found_camera_to_a_clip_that_plays(
    camera: SimulatedCamera, ui: UserInterface, home: HomeAssistant
) -> None:
    name = camera.options.name
    await ui.log_in()
    await add_the_found_camera(ui, name)
    await open_its_page(ui, name)
    await watch_live(ui, f"camera.{slugify(name)}")
    await see_motion(ui)
    await wait_for_a_clip(home)
    await play_the_clip(ui, name)
    await add_a_zone(ui)
    await see_motion_in_the_zone(ui, f"{name} Driveway")


async def add_the_found_camera(ui: UserInterface, name: str) -> None:
    """Pick the camera that the search found, and give its login."""
    await ui.add_integration("Hearthcam")
    await ui.page.get_by_text(name).first.click()
    await ui.photograph("found")
    await ui.submit()
    username, password = CAMERA_LOGIN
    await ui.fill("username", username)
    await ui.fill("password", password)
    await ui.photograph("login")
    await ui.submit()
    await expect(ui.page.get_by_text("Each stream of")).to_be_visible()
    await ui.photograph("measuring")
    measured = ui.page.get_by_role("cell", name="H.264 1280×720")
    await expect(measured).to_be_visible(timeout=60_000)
    await ui.photograph("streams")
    await ui.submit()
    done = ui.button("Skip and finish").or_(ui.button("Finish")).first
    await done.wait_for()
    await ui.photograph("added")
    await done.click()


async def open_its_page(ui: UserInterface, name: str) -> None:
    """Open the device's page and see that its stream arrives."""
    await ui.open_device(name)
    await expect(ui.page.get_by_text("Connected", exact=True).first).to_be_visible()
    await ui.photograph("device")


async def watch_live(ui: UserInterface, entity_id: str) -> None:
    """See the camera's picture move."""
    await ui.show_entity(entity_id)
    video = ui.page.locator("ha-hls-player video")
    before, after = await ui.watch(video, seconds=2)
    await ui.photograph("live")
    assert (before.width, before.height) == (1280, 720)
    assert before.contrast > 50
    # The first picture of a stream that has hardly begun stands still for a while.
    async with asyncio.timeout(20):
        while after.pixels == before.pixels:
            await asyncio.sleep(0.2)
            after = await ui.look(video)
    await ui.page.keyboard.press("Escape")
    await expect(video).to_have_count(0)


async def see_motion(ui: UserInterface) -> None:
    """See the sensor on the device's page change when somebody walks by."""
    sensors = ui.page.locator("ha-device-entities-card").filter(has_text="Sensors")
    await expect(sensors.get_by_text("Clear")).to_be_visible(timeout=40_000)
    await expect(sensors.get_by_text("Detected")).to_be_visible(timeout=40_000)
    await ui.photograph("motion")


async def wait_for_a_clip(home: HomeAssistant) -> None:
    """Wait for the first clip: it ends after its post-roll."""
    async with asyncio.timeout(60):
        while (await home.states("sensor"))["sensor.hearthcam_clips"]["state"] == "0":
            await asyncio.sleep(0.5)


async def play_the_clip(ui: UserInterface, name: str) -> None:
    """Find the clip by camera and day, and play it."""
    await ui.open("/media-browser/browser")
    await ui.choose_media("Hearthcam")
    await ui.photograph("cameras")
    await ui.choose_media(name)
    await ui.photograph("days")
    await ui.choose_media("Today")
    await ui.photograph("clips")
    # Its title is the time and the length, as in "14:03:22 · 18 s".
    await ui.choose_media(" · ")
    video = ui.page.locator("hui-dialog-web-browser-play-media video")
    before, after = await ui.watch(video, seconds=3)
    await ui.photograph("clip")
    assert (before.width, before.height) == (1280, 720)
    assert before.contrast > 50
    assert after.time >= before.time + 3
    assert before.pixels != after.pixels


async def add_a_zone(ui: UserInterface) -> None:
    """Tick areas of the picture, and take the proposals."""
    await ui.open("/config/integrations/integration/hearthcam")
    await ui.button("Add zone").first.click()
    await ui.fill("name", "Driveway")
    for area in ("Bottom left", "Bottom center", "Bottom right"):
        await ui.page.get_by_text(area, exact=True).first.click()
    await ui.photograph("zone-areas")
    await ui.submit()
    await expect(ui.page.get_by_text("What counts in this zone")).to_be_visible()
    await ui.photograph("zone-tuning")
    await ui.submit()
    done = ui.button("Skip and finish").or_(ui.button("Finish")).first
    await done.wait_for()
    await done.click()


async def see_motion_in_the_zone(ui: UserInterface, name: str) -> None:
    """See the zone's own device and sensor, live without a reload."""
    await ui.open_device(name)
    sensors = ui.page.locator("ha-device-entities-card").filter(has_text="Sensors")
    await expect(sensors.get_by_text("Detected")).to_be_visible(timeout=60_000)
    await ui.photograph("zone-motion")
