"""Storage as a whole: full, away, read-only, back again; what is told of it."""

from pathlib import Path
from unittest.mock import patch

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import (
    LostCause,
    StoragePlace,
    StorageState,
)
from custom_components.hearthcam.library.models import SPOOL
from custom_components.hearthcam.storage import Storage
from homeassistant.core import HomeAssistant

from .conftest import (
    CameraHarness,
    FakeEngineControl,
    make_camera_entry,
    settled,
    wait_for,
)
from .storage_fixtures import MEGABYTE, Disk, left, put_clips
from .storage_system import (
    FULL,
    WELL,
    camera_fixture,  # noqa: F401 - pytest finds it by name
    disk_fixture,  # noqa: F401 - pytest finds it by name
    issue,
    library_of,
    set_options,
    storage_fixture,  # noqa: F401 - pytest finds it by name
    until,
)


async def test_refused_clip_deletes_the_oldest_unprotected_at_once(
    camera: CameraHarness, storage: Storage
) -> None:
    library = library_of(storage)
    clips = await put_clips(library, 6)
    await library.protect(clips[0].clip_id, True)
    await camera.emit(FULL)
    expected = [clips[0].clip_id, *(clip.clip_id for clip in clips[4:])]
    await until(lambda: left(library), lambda ids: ids == expected)
    await camera.state("sensor.hearthcam_clips", "3")
    await camera.state("sensor.hearthcam_clips_are_written_to", "spool")
    await camera.emit(WELL)
    await camera.state("sensor.hearthcam_clips_are_written_to", "media")


async def test_full_disk_with_nothing_to_delete_is_a_repair_until_there_is_room(
    camera: CameraHarness, storage: Storage, disk: Disk
) -> None:
    library = library_of(storage)
    (clip,) = await put_clips(library, 1)
    await library.protect(clip.clip_id, True)
    disk.others = 97_000 * MEGABYTE
    await camera.emit(FULL)
    await wait_for(lambda: issue(camera.hass, "storage_full"))
    told = issue(camera.hass, "storage_full")
    assert told is not None
    assert told.is_fixable
    assert told.translation_placeholders is not None
    assert told.translation_placeholders["wanted"] == "5.0 GB"
    assert await left(library) == [clip.clip_id]
    disk.others = 0
    await storage.async_tidy()
    assert issue(camera.hass, "storage_full") is None


async def test_folder_that_goes_away_and_comes_back(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    hass, library = camera.hass, library_of(storage)
    await put_clips(library, 1)
    media, elsewhere = tmp_path / "media/hearthcam", tmp_path / "elsewhere"
    media.rename(elsewhere)
    await camera.emit(
        StorageState("front_door", StoragePlace.SPOOL, LostCause.STORAGE_AWAY)
    )
    await wait_for(lambda: issue(hass, "media_away"))
    (spooled,) = await put_clips(library, 1, store=SPOOL)
    await storage.async_tidy()
    assert issue(hass, "media_away")
    assert not media.exists()
    await camera.state("sensor.hearthcam_clips_on_the_local_disk", "1")
    recoveries = len(camera.engine.commands("Recover"))

    elsewhere.rename(media)
    await camera.emit(WELL)
    await wait_for(lambda: issue(hass, "media_away") is None)
    await camera.state("sensor.hearthcam_clips_on_the_local_disk", "0")
    assert (media / spooled.path).exists()
    assert (await library.totals()).count == 2
    await wait_for(lambda: len(camera.engine.commands("Recover")) == recoveries + 2)


async def test_start_while_the_share_is_away_records_to_the_local_disk(
    home: HomeAssistant, fake_engine_used: FakeEngineControl, tmp_path: Path, disk: Disk
) -> None:
    entry = make_camera_entry()
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    await settled(home)
    await put_clips(library_of(entry.runtime_data.system.storage), 2)
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)
    (tmp_path / "media/hearthcam").rename(tmp_path / "elsewhere")

    assert await home.config_entries.async_setup(entry.entry_id)
    storage: Storage = entry.runtime_data.system.storage
    await wait_for(lambda: issue(home, "media_away"))
    assert not (tmp_path / "media/hearthcam").exists()
    assert (await library_of(storage).totals()).count == 2
    configured = fake_engine_used.commands("ConfigureCamera")[-1]
    assert configured["spool"] == str(tmp_path / "config/hearthcam/spool/front_door")
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)
    assert issue(home, "media_away") is None


async def test_read_only_folder_is_a_repair(
    camera: CameraHarness, storage: Storage
) -> None:
    with patch("os.open", side_effect=OSError(30, "read-only")):
        await storage.async_tidy()
    assert issue(camera.hass, "media_read_only")
    await storage.async_tidy()
    assert issue(camera.hass, "media_read_only") is None


async def test_slow_folder_is_a_repair_until_clips_go_there_again(
    camera: CameraHarness, storage: Storage
) -> None:
    slow = StorageState("front_door", StoragePlace.SPOOL, LostCause.SLOW_STORAGE)
    await camera.emit(slow)
    await wait_for(lambda: issue(camera.hass, "media_failing"))
    await camera.emit(WELL)
    await wait_for(lambda: issue(camera.hass, "media_failing") is None)


async def test_full_spool_while_the_folder_is_away_is_a_repair_of_its_own(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    await put_clips(library_of(storage), 1)
    (tmp_path / "media/hearthcam").rename(tmp_path / "elsewhere")
    nowhere = StorageState("front_door", StoragePlace.NONE, LostCause.STORAGE_AWAY)
    await camera.emit(nowhere)
    await wait_for(lambda: issue(camera.hass, "spool_full"))
    await camera.state("sensor.hearthcam_clips_are_written_to", "none")
    await camera.emit(
        StorageState("front_door", StoragePlace.SPOOL, LostCause.STORAGE_AWAY)
    )
    await wait_for(lambda: issue(camera.hass, "spool_full") is None)


async def test_limit_that_protected_clips_exceed_is_a_repair(
    camera: CameraHarness, storage: Storage
) -> None:
    library = library_of(storage)
    for clip in await put_clips(library, 3, size=100 * MEGABYTE):
        await library.protect(clip.clip_id, True)
    await storage.async_changed()
    set_options(camera.hass, max_size_gb=0.2)
    await wait_for(lambda: issue(camera.hass, "limit_not_held"))
    set_options(camera.hass, max_size_gb=1)
    await wait_for(lambda: issue(camera.hass, "limit_not_held") is None)
    assert (await library.totals()).count == 3


async def test_rebuilt_library_is_told_until_somebody_took_note(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    damaged = tmp_path / "config/hearthcam/library.db.damaged"
    damaged.write_bytes(b"damaged")
    await storage.async_tidy()
    assert issue(camera.hass, "library_rebuilt")
    await storage.async_forget_rebuild()
    assert issue(camera.hass, "library_rebuilt") is None
    assert not damaged.exists()
