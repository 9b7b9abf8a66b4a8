"""What changes the light in a camera's area is told to the engine, and nothing else."""

import logging
import time
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.engine.protocol import LightExplained, WatchDetector
from custom_components.hearthcam.explained_light import LightWatch
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)

from .conftest import CameraHarness, make_camera_entry, wait_for


class House:
    """The registries around a camera whose device is in the area "Yard"."""

    def __init__(self, camera: CameraHarness) -> None:
        """Put the camera into its area."""
        self.camera = camera
        self.hass = camera.hass
        self.devices = dr.async_get(self.hass)
        self.entities = er.async_get(self.hass)
        areas = ar.async_get(self.hass)
        self.yard = areas.async_create("Yard").id
        self.attic = areas.async_create("Attic").id
        self.owner = MockConfigEntry(domain="lamps")
        self.owner.add_to_hass(self.hass)
        self.device_id: str = camera.entry.runtime_data.device_id
        self.devices.async_update_device(self.device_id, area_id=self.yard)
        self.watch: LightWatch = camera.entry.runtime_data.system.light_watch

    def add(
        self, entity_id: str, area_id: str | None, device_area: str | None = None
    ) -> str:
        """Add an entity with an area of its own, or that of a device."""
        domain, name = entity_id.split(".")
        device = self.devices.async_get_or_create(
            config_entry_id=self.owner.entry_id, identifiers={("lamps", name)}
        )
        self.devices.async_update_device(device.id, area_id=device_area)
        entry = self.entities.async_get_or_create(
            *(domain, "lamps", name),
            config_entry=self.owner,
            device_id=device.id,
            original_name=name,
            suggested_object_id=name,
        )
        self.entities.async_update_entity(entry.entity_id, area_id=area_id)
        return entry.entity_id

    async def set(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Change a state."""
        self.hass.states.async_set(entity_id, state, attributes)
        await self.hass.async_block_till_done()

    def told(self) -> list[dict[str, Any]]:
        """Return what the engine was told."""
        return self.camera.engine.commands("ExplainLight")

    async def told_times(self, count: int) -> None:
        """Check how often the engine was told, in all."""
        # The pipe keeps the order: when this has come, nothing is under way.
        engine = self.camera.engine
        marks = len(engine.commands("WatchDetector"))
        supervisor = self.camera.entry.runtime_data.system.supervisor
        supervisor.tell(WatchDetector(self.camera.camera_id, False))
        await wait_for(lambda: len(engine.commands("WatchDetector")) > marks)
        assert len(self.told()) == count


@pytest.fixture
def house(camera: CameraHarness) -> House:
    """Return the house of a camera that is set up."""
    return House(camera)


async def test_lamp_in_the_camera_s_area_explains_the_light(house: House) -> None:
    lamp = house.add("light.yard", None, house.yard)
    await house.set(lamp, "off")
    before = time.time()
    await house.set(lamp, "on", brightness=200)
    await house.told_times(1)
    (told,) = house.told()
    assert told["camera_id"] == "front_door"
    assert before - 1 <= told["time"] <= time.time() + 1
    await house.set(lamp, "off")
    await house.told_times(2)


async def test_own_area_of_an_entity_comes_before_that_of_its_device(
    house: House,
) -> None:
    moved_here = house.add("light.moved_here", house.yard, house.attic)
    moved_away = house.add("light.moved_away", house.attic, house.yard)
    elsewhere = house.add("light.elsewhere", None, house.attic)
    nowhere = house.add("light.nowhere", None)
    for lamp in (moved_here, moved_away, elsewhere, nowhere):
        await house.set(lamp, "off")
        await house.set(lamp, "on")
    await house.told_times(1)
    # The lamp, and the sun.
    assert house.watch.count("front_door") == 2


@pytest.mark.parametrize(
    ("entity_id", "before", "after", "count"),
    [
        ("light.x", ("on", {"brightness": 100}), ("on", {"brightness": 152}), 1),
        ("light.x", ("on", {"brightness": 152}), ("on", {"brightness": 100}), 1),
        ("light.x", ("on", {"brightness": 100}), ("on", {"brightness": 151}), 0),
        ("light.x", ("on", {"brightness": None}), ("on", {"brightness": 255}), 0),
        ("light.x", ("on", {"color_temp_kelvin": 2000}), ("on", {}), 0),
        ("light.x", ("unavailable", {}), ("on", {}), 0),
        ("light.x", ("unknown", {}), ("off", {}), 0),
        ("light.x", ("on", {}), ("unavailable", {}), 0),
        ("cover.x", ("closed", {}), ("opening", {}), 1),
        (
            "cover.x",
            ("opening", {"current_position": 10}),
            ("opening", {"current_position": 20}),
            1,
        ),
        (
            "cover.x",
            ("open", {"current_tilt_position": 0}),
            ("open", {"current_tilt_position": 50}),
            1,
        ),
        ("cover.x", ("open", {"battery": 90}), ("open", {"battery": 89}), 0),
        ("cover.x", ("unavailable", {}), ("open", {}), 0),
        ("switch.x", ("off", {}), ("on", {}), 0),
        ("fan.x", ("off", {}), ("on", {}), 0),
    ],
)
async def test_only_what_changes_the_light_is_told(
    house: House,
    entity_id: str,
    before: tuple[str, dict[str, Any]],
    after: tuple[str, dict[str, Any]],
    count: int,
) -> None:
    house.add(entity_id, house.yard)
    for state, attributes in (before, after):
        await house.set(entity_id, state, **attributes)
    await house.told_times(count)


async def test_sunrise_and_sunset_explain_the_light_everywhere(
    house: House, camera: CameraHarness
) -> None:
    house.devices.async_update_device(house.device_id, area_id=None)
    await house.set("sun.sun", "below_horizon", elevation=-1)
    await house.set("sun.sun", "below_horizon", elevation=-0.9)
    await house.told_times(0)
    await house.set("sun.sun", "above_horizon", elevation=-0.8)
    await house.told_times(1)
    await house.set("sun.sun", "unknown")
    await house.set("sun.sun", "above_horizon")
    await house.told_times(1)


async def test_lamps_are_found_anew_when_the_registries_change(house: House) -> None:
    count = house.watch.count
    assert count("front_door") == 1
    lamp = house.add("light.lamp", None, house.attic)
    device_id = house.entities.async_get(lamp).device_id  # type: ignore[union-attr]  # fails the test as well
    assert device_id is not None
    assert count("front_door") == 1
    house.devices.async_update_device(device_id, area_id=house.yard)
    assert count("front_door") == 2
    house.entities.async_update_entity(
        lamp, disabled_by=er.RegistryEntryDisabler.INTEGRATION
    )
    assert count("front_door") == 1
    house.entities.async_update_entity(lamp, disabled_by=None)
    house.entities.async_update_entity(lamp, new_entity_id="light.renamed")
    await house.set("light.renamed", "off")
    await house.set("light.renamed", "on")
    await house.told_times(1)
    house.devices.async_update_device(house.device_id, area_id=house.attic)
    assert count("front_door") == 1
    house.devices.async_update_device(house.device_id, area_id=house.yard)
    assert count("front_door") == 2
    house.entities.async_remove("light.renamed")
    assert count("front_door") == 1


async def test_registry_changes_that_do_not_matter_cost_nothing(house: House) -> None:
    lamp = house.add("light.lamp", house.yard)
    with patch.object(LightWatch, "_find", autospec=True) as find:
        house.entities.async_update_entity(lamp, name="Lamp")
        house.add("sensor.power", house.yard)
        house.devices.async_update_device(house.device_id, name_by_user="Eye")
        assert not find.called
        house.entities.async_update_entity(lamp, area_id=house.attic)
        assert find.called


async def test_each_camera_hears_of_its_own_area(house: House) -> None:
    hass = house.hass
    other = make_camera_entry("garden")
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    house.devices.async_update_device(other.runtime_data.device_id, area_id=house.attic)
    for name, area in (("yard", house.yard), ("attic", house.attic)):
        lamp = house.add(f"light.{name}", area)
        await house.set(lamp, "off")
        await house.set(lamp, "on")
    await house.told_times(2)
    assert [told["camera_id"] for told in house.told()] == ["front_door", "garden"]
    await house.set("sun.sun", "below_horizon")
    await house.set("sun.sun", "above_horizon")
    await house.told_times(4)
    await hass.config_entries.async_unload(other.entry_id)
    await house.set("light.attic", "off")
    await house.told_times(4)


async def test_nothing_is_followed_when_no_camera_is_loaded(
    house: House, camera: CameraHarness
) -> None:
    house.add("light.lamp", house.yard)
    listeners = camera.hass.bus.async_listeners
    followed = listeners().get(er.EVENT_ENTITY_REGISTRY_UPDATED, 0)
    await camera.hass.config_entries.async_unload(camera.entry.entry_id)
    assert house.watch.count("front_door") == 0
    assert listeners().get(er.EVENT_ENTITY_REGISTRY_UPDATED, 0) < followed
    assert await camera.hass.config_entries.async_setup(camera.entry.entry_id)
    assert house.watch.count("front_door") == 2


async def test_explained_light_is_counted_and_is_no_motion(
    camera: CameraHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.hearthcam")
    await camera.stream()
    report = LightExplained("front_door", 1_700_000_000.0, "infrared")
    await camera.emit(report)
    state = camera.entry.runtime_data.state
    await wait_for(lambda: state.last_light == report)
    assert state.lights == {"infrared": 1}
    assert "no motion: infrared" in caplog.text
    motion = camera.hass.states.get("binary_sensor.front_door_motion")
    assert motion is not None
    assert motion.state == "off"
