"""What System information shows."""

from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.hearthcam.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .conftest import CameraHarness, FakeEngineControl, wait_for
from .session_fixtures import onvif_harness
from .storage_fixtures import put_clips


async def test_system_health_tells_of_clips_and_their_place(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    assert await async_setup_component(hass, "system_health", {})
    storage = camera.entry.runtime_data.system.storage
    await put_clips(storage.library, 2)
    await storage.async_changed()
    await wait_for(lambda: storage.figures.count == 2)
    info = await get_system_health_info(hass, DOMAIN)
    assert info["engine"] == "PyAV fake"
    assert info["cameras"] == 1
    assert info["clips"] == 2
    assert info["clips_size"] == "0.0 GB"
    assert info["spooled_clips"] == 0
    assert info["place"] == "media"
    assert info["free_space"].endswith(" GB")
    assert len(info["oldest_clip"]) == len("2026-01-01")


async def test_system_health_tells_how_many_cameras_answer(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    assert await async_setup_component(home, "system_health", {})
    async with onvif_harness(home, fake_engine_used) as kept:
        await wait_for(lambda: kept.session.has_events)
        info = await get_system_health_info(home, DOMAIN)
        assert info["onvif"] == info["events"] == "1 / 1"
        await kept.device.stop(reserve=True)
        await kept.reachable(False)
        info = await get_system_health_info(home, DOMAIN)
        assert info["onvif"] == "0 / 1"
