"""Cameras to arm, and what they are told."""

from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .conftest import CameraHarness, FakeEngineControl, make_zone, wait_for

PANEL = "alarm_control_panel.hearthcam"
ARMED = "switch.front_door_armed"
RECORD = "button.front_door_record"
STORED = "hearthcam.arming"
CHOSEN = {"mode_armed_home": "record_chosen"}


async def call(hass: HomeAssistant, service: str, entity_id: str, **data: Any) -> None:
    """Call an action of an entity, as an automation does."""
    await hass.services.async_call(
        entity_id.partition(".")[0],
        service,
        {"entity_id": entity_id} | data,
        blocking=True,
    )


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return a state that must be there."""
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return found.state


async def told(camera: CameraHarness, *modes: str) -> None:
    """Wait until these modes were sent since the start, and no configuration more."""

    def sent() -> list[Any]:
        return [data["mode"] for data in camera.engine.commands("SetMode")]

    await wait_for(lambda: len(sent()) >= len(modes))
    assert sent() == list(modes)
    assert len(camera.engine.commands("ConfigureCamera")) == 1
    assert camera.engine.commands("RemoveCamera") == []


async def set_up(home: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Set cameras up, the first one together with the system."""
    for entry in entries:
        entry.add_to_hass(home)
    assert await async_setup_component(home, DOMAIN, {})
    await home.async_block_till_done()


@pytest.fixture(name="started")
async def started_fixture(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> AsyncGenerator[HomeAssistant]:
    """Return a Home Assistant to set cameras up in; they are unloaded at the end."""
    yield home
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(entry.entry_id)


async def last_told(camera: CameraHarness, count: int) -> dict[str, Any]:
    """Wait until the camera was configured so often; return the last configuration."""
    configured = camera.engine.commands
    await wait_for(lambda: len(configured("ConfigureCamera")) >= count)
    commands = configured("ConfigureCamera")
    assert len(commands) == count
    assert configured("RemoveCamera") == []
    assert all(data["main"] == commands[0]["main"] for data in commands)
    return commands[-1]


def add_zone(camera: CameraHarness, zone_id: str, **data: Any) -> ConfigSubentry:
    """Add a zone to a camera that runs."""
    zone = make_zone(zone_id.title(), zone_id, **data)
    subentry = ConfigSubentry(
        data=MappingProxyType(dict(zone["data"])),
        subentry_type=zone["subentry_type"],
        title=zone["title"],
        unique_id=None,
        subentry_id=zone_id,
    )
    camera.hass.config_entries.async_add_subentry(camera.entry, subentry)
    return subentry
