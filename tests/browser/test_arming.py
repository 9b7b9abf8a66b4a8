"""Arming in Home Assistant's UI: the panel, and a camera's part in it."""

from urllib.parse import urlsplit

from playwright.async_api import expect
import pytest

from homeassistant.util import slugify
from tests.simulator import SimulatedCamera

from .conftest import CAMERA_LOGIN
from .flows import add_onvif_camera
from .home_assistant import HomeAssistant
from .pages import UserInterface

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PANEL = "alarm_control_panel.hearthcam"


async def test_house_is_armed_and_a_cameras_part_in_it_changed(
    camera: SimulatedCamera, ui: UserInterface, home: HomeAssistant
) -> None:
    name = camera.options.name
    address = urlsplit(camera.onvif_url)
    await add_onvif_camera(
        home, name, address.hostname or "", address.port or 0, CAMERA_LOGIN
    )
    await ui.log_in()
    await change_the_options(ui, name)
    selects = await home.states("select")
    does = {
        arming: selects[f"select.{slugify(name)}_when_{arming}"]["state"]
        for arming in ("disarmed", "armed_home", "armed_away")
    }
    assert does == {
        "disarmed": "detect",
        "armed_home": "continuous",
        "armed_away": "record",
    }
    await arm_away(ui)
    assert (await home.states("alarm_control_panel"))[PANEL]["state"] == "armed_away"


async def change_the_options(ui: UserInterface, name: str) -> None:
    """Have the camera record all the time when the house is armed at home."""
    await ui.open("/config/integrations/integration/hearthcam")
    row = ui.page.locator("ha-config-entry-row").filter(has_text=name)
    await row.get_by_role("button", name="Configure").click()
    before = ui.page.get_by_text("Seconds before the motion")
    await expect(before).to_be_visible()
    choice = ui.page.locator("ha-selector-select").filter(has_text="When armed home")
    await choice.locator("ha-select").click()
    await ui.page.get_by_role("menuitem", name="Record all the time").click()
    await ui.photograph("options")
    await ui.submit()
    await expect(before).to_have_count(0)


async def arm_away(ui: UserInterface) -> None:
    """Use the panel as its card does."""
    await ui.open("/config/integrations/integration/hearthcam")
    await ui.show_entity(PANEL)
    await expect(ui.page.get_by_text("Armed home").first).to_be_visible()
    await ui.page.get_by_role("radio", name="Away").click()
    await expect(ui.page.get_by_text("Armed away").first).to_be_visible()
    await ui.photograph("armed-away")
