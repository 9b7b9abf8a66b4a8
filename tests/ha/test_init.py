"""Setting up, unloading and removing entries."""

import os
from pathlib import Path
import signal
from unittest.mock import patch

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam import async_remove_config_entry_device
from custom_components.hearthcam.const import (
    CONF_ENTRY_TYPE,
    CONF_MAIN_URL,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
)
from custom_components.hearthcam.engine.protocol import StreamSource
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.system import (
    async_camera_names,
    async_engine,
    async_get_library,
    async_get_system,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .conftest import (
    CameraHarness,
    FakeEngineControl,
    make_camera_entry,
    open_files,
    system_entry,
    wait_for,
)
from .test_entities import write_clip


async def test_first_camera_makes_the_system_entry_and_hangs_below_its_device(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    assert camera.entry.state is ConfigEntryState.LOADED
    assert system_entry(hass).state is ConfigEntryState.LOADED
    devices = dr.async_get(hass)
    system = devices.async_get_device_by_identifier(
        (DOMAIN, "system"), system_entry(hass).entry_id
    )
    device = devices.async_get_device_by_identifier(
        (DOMAIN, "front_door"), camera.entry.entry_id
    )
    assert system
    assert device
    assert system.entry_type is dr.DeviceEntryType.SERVICE
    assert device.via_device_id == system.id
    assert device.manufacturer == "Acme"
    assert device.serial_number == "SN123456"
    assert (dr.CONNECTION_NETWORK_MAC, "00:11:22:33:44:55") in device.connections
    assert camera.engine.spawned == 1


async def test_start_with_known_entries_sets_all_up_on_one_engine(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    system = MockConfigEntry(
        domain=DOMAIN, unique_id="system", data={CONF_ENTRY_TYPE: ENTRY_TYPE_SYSTEM}
    )
    entries = [make_camera_entry("one"), system, make_camera_entry("two")]
    for entry in entries:
        entry.add_to_hass(home)
    assert await async_setup_component(home, DOMAIN, {})
    await home.async_block_till_done()
    assert [entry.state for entry in entries] == [ConfigEntryState.LOADED] * 3
    assert fake_engine_used.spawned == 1
    await wait_for(lambda: len(fake_engine_used.commands("ConfigureCamera")) == 2)
    for entry in entries:
        await home.config_entries.async_unload(entry.entry_id)


async def test_cameras_set_up_at_once_make_one_system_entry(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    entries = [make_camera_entry("one"), make_camera_entry("two")]
    for entry in entries:
        entry.add_to_hass(home)
    assert await async_setup_component(home, DOMAIN, {})
    await home.async_block_till_done()
    assert system_entry(home).state is ConfigEntryState.LOADED
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(entry.entry_id)


async def test_engine_is_given_encoded_credentials_and_the_folder(
    camera: CameraHarness, tmp_path: Path
) -> None:
    await wait_for(lambda: camera.engine.commands("ConfigureCamera"))
    (data,) = camera.engine.commands("ConfigureCamera")
    assert data["main"] == {
        "url": "rtsp://admin:pa%3Ass%40w%2Frd@127.0.0.1:554/main",
        "transport": "tcp",
    }
    assert data["directory"] == str(tmp_path / "media/hearthcam/front_door")
    assert data["mode"] == "record"
    assert data["time_zone"] == camera.hass.config.time_zone
    assert data["spool"] == str(tmp_path / "config/hearthcam/spool/front_door")
    assert data["marker"] == str(tmp_path / "media/hearthcam/.hearthcam")
    assert Path(data["marker"]).exists()
    await wait_for(lambda: len(camera.engine.commands("Recover")) == 2)
    assert [data["directory"] for data in camera.engine.commands("Recover")] == [
        str(tmp_path / "media/hearthcam"),
        str(tmp_path / "config/hearthcam/spool"),
    ]


async def test_setup_does_not_wait_for_an_unreachable_camera(
    camera: CameraHarness,
) -> None:
    assert camera.entry.state is ConfigEntryState.LOADED
    assert camera.hass.states.get("camera.front_door").state == "unavailable"  # type: ignore[union-attr]  # fails the test as well


async def test_unload_of_all_leaves_no_process_file_or_task(
    home: HomeAssistant,
    camera_entry: MockConfigEntry,
    fake_engine_used: FakeEngineControl,
) -> None:
    before = open_files()
    camera_entry.add_to_hass(home)
    assert await home.config_entries.async_setup(camera_entry.entry_id)
    await home.async_block_till_done()
    process = async_get_system(home).supervisor._process
    assert process
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        assert await home.config_entries.async_unload(entry.entry_id)
    await home.async_block_till_done()
    assert not Path(f"/proc/{process.pid}").exists()
    assert async_get_library(home) is None
    assert open_files() <= before


async def test_reload_of_a_camera_keeps_the_engine_and_the_live_address(
    camera: CameraHarness,
) -> None:
    url = camera.url()
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    assert camera.url() == url
    assert camera.engine.spawned == 1
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    assert camera.engine.commands("RemoveCamera") == [{"camera_id": "front_door"}]


async def test_engine_that_cannot_start_is_tried_again_later(
    home: HomeAssistant,
    camera_entry: MockConfigEntry,
    fake_engine_used: FakeEngineControl,
) -> None:
    before = open_files()
    fake_engine_used.options.append("--exit")
    camera_entry.add_to_hass(home)
    await home.config_entries.async_setup(camera_entry.entry_id)
    assert camera_entry.state is ConfigEntryState.SETUP_RETRY
    assert camera_entry.error_reason_translation_key == "engine_not_started"
    assert open_files() <= before


async def test_library_that_cannot_be_opened_is_tried_again_later(
    home: HomeAssistant,
    camera_entry: MockConfigEntry,
    fake_engine_used: FakeEngineControl,
    tmp_path: Path,
) -> None:
    (tmp_path / "config/hearthcam").write_text("in the way")
    camera_entry.add_to_hass(home)
    await home.config_entries.async_setup(camera_entry.entry_id)
    assert camera_entry.state is ConfigEntryState.SETUP_RETRY
    assert camera_entry.error_reason_translation_key == "library_not_opened"
    assert fake_engine_used.spawned == 0


async def test_entry_that_is_not_ours_is_an_error(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={})
    entry.add_to_hass(home)
    await home.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert async_get_library(home) is None


async def test_entry_of_a_newer_version_is_refused(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={}, version=2)
    entry.add_to_hass(home)
    await home.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR


async def test_removing_the_last_camera_removes_the_system_and_its_index(
    camera: CameraHarness, tmp_path: Path
) -> None:
    hass = camera.hass
    clip = tmp_path / "media/hearthcam/front_door/kept.mp4"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"clip")
    other = make_camera_entry("garden", {CONF_MAIN_URL: "rtsp://127.0.0.1/2"})
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    index = tmp_path / "config/hearthcam"
    await hass.config_entries.async_remove(camera.entry.entry_id)
    assert system_entry(hass).state is ConfigEntryState.LOADED
    assert index.is_dir()
    await hass.config_entries.async_remove(other.entry_id)
    assert not hass.config_entries.async_entries(DOMAIN)
    assert not index.exists()
    assert clip.exists()
    assert not async_get_system(hass).supervisor.running


async def test_clip_that_waits_on_the_local_disk_outlives_the_last_camera(
    camera: CameraHarness, tmp_path: Path
) -> None:
    index = tmp_path / "config/hearthcam"
    spooled = Path(write_clip(index / "spool").path)
    await camera.hass.config_entries.async_remove(camera.entry.entry_id)
    assert spooled.exists()
    assert not (index / "library.db").exists()


async def test_home_assistant_stopping_lets_the_engine_finish(
    camera: CameraHarness, tmp_path: Path
) -> None:
    process = camera.entry.runtime_data.system.supervisor._process
    await camera.emit(write_clip(tmp_path / "media/hearthcam"))
    await camera.hass.async_stop(force=True)
    assert process.returncode == 0
    assert camera.engine.commands()[-1]["type"] == "Stop"
    assert camera.engine.spawned == 1
    library = Library(tmp_path / "config/hearthcam/library.db", tmp_path / "media")
    await library.open()
    assert (await library.totals()).count == 1
    await library.close()


async def test_changed_password_is_applied_without_a_reload(
    camera: CameraHarness,
) -> None:
    hass, runtime = camera.hass, camera.entry.runtime_data
    hass.config_entries.async_update_entry(
        camera.entry, data={**camera.entry.data, CONF_PASSWORD: "new"}, title="Porch"
    )
    await hass.async_block_till_done()
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    data = camera.engine.commands("ConfigureCamera")[1]
    assert data["main"]["url"] == "rtsp://admin:new@127.0.0.1:554/main"
    assert data["name"] == "Porch"
    assert camera.entry.runtime_data is runtime
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "front_door"), camera.entry.entry_id
    )
    assert device
    assert device.name == "Porch"


async def test_killed_engine_leaves_home_assistant_up_and_comes_back(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    await camera.state("camera.front_door", "idle")
    system = camera.entry.runtime_data.system
    os.kill(system.supervisor._process.pid, signal.SIGKILL)
    await camera.state("camera.front_door", "unavailable")
    await wait_for(lambda: system.supervisor.running)
    await camera.stream()
    await camera.state("camera.front_door", "idle")
    assert len(camera.engine.commands("ConfigureCamera")) == 2


async def test_probe_without_a_camera_starts_and_ends_the_engine(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    before = open_files()
    async with async_engine(home) as system:
        probed = await system.supervisor.async_probe(StreamSource("rtsp://127.0.0.1/x"))
    assert probed.info
    assert not async_get_system(home).supervisor.running
    assert open_files() <= before


async def test_camera_names_are_known_without_loading(home: HomeAssistant) -> None:
    make_camera_entry().add_to_hass(home)
    MockConfigEntry(
        domain=DOMAIN, data={CONF_ENTRY_TYPE: ENTRY_TYPE_SYSTEM}
    ).add_to_hass(home)
    assert async_camera_names(home) == {"front_door": "Front door"}


async def test_only_devices_of_the_past_can_be_removed(camera: CameraHarness) -> None:
    hass = camera.hass
    devices = dr.async_get(hass)
    current = devices.async_get_device_by_identifier(
        (DOMAIN, "front_door"), camera.entry.entry_id
    )
    past = devices.async_get_or_create(
        config_entry_id=camera.entry.entry_id, identifiers={(DOMAIN, "zone")}
    )
    assert current
    assert not await async_remove_config_entry_device(hass, camera.entry, current)
    assert await async_remove_config_entry_device(hass, camera.entry, past)


async def test_platform_that_fails_leaves_no_user_of_the_engine(
    home: HomeAssistant,
    camera_entry: MockConfigEntry,
    fake_engine_used: FakeEngineControl,
) -> None:
    camera_entry.add_to_hass(home)
    with patch.object(
        home.config_entries, "async_forward_entry_setups", side_effect=RuntimeError
    ):
        await home.config_entries.async_setup(camera_entry.entry_id)
    assert camera_entry.state is ConfigEntryState.SETUP_ERROR
    assert not async_get_system(home).supervisor.running
