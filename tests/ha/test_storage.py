"""Storage as a whole: full, away, read-only, back again; what is told of it."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
import os
from pathlib import Path
import subprocess
import time
from unittest.mock import patch

import pytest

from custom_components.hearthcam.const import CONF_ENTRY_TYPE, DOMAIN, ENTRY_TYPE_SYSTEM
from custom_components.hearthcam.engine.protocol import (
    LostCause,
    MotionEnded,
    MotionStarted,
    StoragePlace,
    StorageState,
)
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import SPOOL
from custom_components.hearthcam.storage import Storage
from homeassistant import block_async_io
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .conftest import (
    CameraHarness,
    FakeEngineControl,
    make_camera_entry,
    open_files,
    wait_for,
)
from .storage_fixtures import MEGABYTE, Disk, left, put_clips
from .test_entities import write_clip

FULL = StorageState(
    "front_door", StoragePlace.SPOOL, LostCause.STORAGE_FULL, 25 * MEGABYTE
)
WELL = StorageState("front_door", StoragePlace.MEDIA)


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Disk]:
    """Return the disk of the media folder: 100 GB, of which 5 shall stay free."""
    disk = Disk(tmp_path / "media", total=100_000 * MEGABYTE)
    with patch("custom_components.hearthcam.storage.disk_space", disk.space):
        yield disk


@pytest.fixture
def camera(disk: Disk, camera: CameraHarness) -> CameraHarness:
    """Return a camera whose clips go to that disk."""
    return camera


@pytest.fixture
def storage(camera: CameraHarness) -> Storage:
    """Return the storage of a system with one camera, on that disk."""
    found: Storage = camera.entry.runtime_data.system.storage
    return found


def library_of(storage: Storage) -> Library:
    """Return the open library."""
    assert storage.library is not None
    return storage.library


def issue(hass: HomeAssistant, key: str) -> ir.IssueEntry | None:
    """Return a Repair."""
    return ir.async_get(hass).async_get_issue(DOMAIN, key)


async def until[T](ask: Callable[[], Awaitable[T]], right: Callable[[T], bool]) -> T:
    """Ask until the answer is right; return it."""
    async with asyncio.timeout(15):
        while not right(answer := await ask()):
            await asyncio.sleep(0.01)
    return answer


def set_options(hass: HomeAssistant, **options: object) -> None:
    """Change the options of the system's entry as its form does."""
    (entry,) = (
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_ENTRY_TYPE] == ENTRY_TYPE_SYSTEM
    )
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})


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


async def test_options_are_applied_while_everything_goes_on(
    camera: CameraHarness, storage: Storage
) -> None:
    library = library_of(storage)
    day = 86_400
    start = time.time() - 10 * day
    old = await put_clips(library, 1, event_start=start)
    set_options(camera.hass, spool_limit_gb=0, sync=False)
    await wait_for(
        lambda: camera.engine.commands("ConfigureCamera")[-1]["sync"] is False
    )
    assert camera.engine.commands("ConfigureCamera")[-1]["spool"] is None
    assert camera.engine.spawned == 1
    assert await left(library) == [clip.clip_id for clip in old]


async def test_other_media_folder_takes_the_clips_to_come_and_no_file_is_touched(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    hass, library = camera.hass, library_of(storage)
    clips = await put_clips(library, 2)
    await library.protect(clips[0].clip_id, True)
    files = sorted(path for path in (tmp_path / "media").rglob("*") if path.is_file())
    other = tmp_path / "nas"
    other.mkdir()
    hass.config.media_dirs = {**hass.config.media_dirs, "nas": str(other)}
    set_options(hass, media_folder="nas")
    directory = str(other / "hearthcam/front_door")
    await wait_for(
        lambda: camera.engine.commands("ConfigureCamera")[-1]["directory"] == directory
    )
    assert (other / "hearthcam/.hearthcam").exists()
    await camera.state("sensor.hearthcam_clips", "0")
    new = write_clip(other / "hearthcam")
    await camera.emit(new)
    await camera.state("sensor.hearthcam_clips", "1")
    left_there = sorted(
        path for path in (tmp_path / "media").rglob("*") if path.is_file()
    )
    assert left_there == files

    set_options(hass, media_folder="local")
    await camera.state("sensor.hearthcam_clips", "2")
    back = await library.get(clips[0].clip_id)
    assert back is not None
    assert back.protected
    assert Path(new.path).exists()


async def test_motions_are_events_of_the_library(
    camera: CameraHarness, storage: Storage
) -> None:
    library, now = library_of(storage), time.time()
    await camera.emit(
        MotionStarted("front_door", "EVENT00001", now - 60, 0.5, zones=("ROAD",)),
        MotionEnded(
            *("front_door", "EVENT00001", now - 60, now - 50, now - 55, 0.9),
            kind="person",
            zones=("ROAD",),
        ),
        MotionStarted("front_door", "EVENT00002", now - 5, 0.5),
    )
    await until(lambda: library.events(), lambda events: len(events) == 2)
    ended = await library.event("EVENT00001")
    assert ended is not None
    assert (ended.kind, ended.end, ended.score) == ("person", now - 50, 0.9)
    assert ended.zones == ("ROAD",)
    going_on = await library.event("EVENT00002")
    assert going_on is not None
    assert going_on.end is None


async def test_motion_that_the_engine_left_open_is_ended(
    camera: CameraHarness, storage: Storage
) -> None:
    library = library_of(storage)
    begun = MotionStarted("front_door", "EVENT00001", time.time() - 5, 0.5)
    await camera.emit(begun)
    await until(lambda: library.event("EVENT00001"), bool)
    storage.engine_gone()
    event = await until(
        lambda: library.event("EVENT00001"),
        lambda event: event is not None and event.end is not None,
    )
    assert event is not None
    assert event.end is not None
    assert event.end >= begun.time


async def test_clip_that_was_spooled_has_its_row_and_is_moved(
    camera: CameraHarness, storage: Storage
) -> None:
    library = library_of(storage)
    report = write_clip(storage.spool)
    await camera.emit(report)
    clip = await until(
        lambda: library.get(report.clip_id),
        lambda clip: clip is not None and clip.store == "spool",
    )
    assert clip is not None
    await camera.emit(WELL)
    clip = await until(
        lambda: library.get(report.clip_id),
        lambda clip: clip is not None and clip.store == "media",
    )
    assert clip is not None
    assert (storage.root / clip.path).read_bytes() == b"clip"
    await wait_for(lambda: not Path(report.path).exists())
    camera.entry.runtime_data._picture = None
    assert await camera.entry.runtime_data.async_last_picture() == b"thumbnail"


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


async def test_local_disk_is_not_filled_by_the_spool(
    camera: CameraHarness, storage: Storage
) -> None:
    assert storage.spool_limit == 2_000_000_000
    with patch("shutil.disk_usage") as usage:
        usage.return_value.free = 2 * 2**30 + 5
        await storage.async_changed()
    assert storage.spool_limit == 2**30
    await wait_for(
        lambda: camera.engine.commands("ConfigureCamera")[-1]["spool_limit"] == 2**30
    )


@pytest.mark.usefixtures("disable_block_async_io")
async def test_nothing_of_it_blocks_the_event_loop(
    camera: CameraHarness, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    library = library_of(storage)
    await put_clips(library, 4)
    with patch.object(block_async_io, "_IN_TESTS", False):
        block_async_io.enable()
        await camera.emit(FULL)
        await until(lambda: left(library), lambda ids: len(ids) == 1)
        set_options(camera.hass, max_size_gb=0.01)
        await camera.hass.async_block_till_done()
        await storage.async_tidy()
        await storage.async_adopt()
    assert "blocking call" not in caplog.text


async def test_unload_in_the_middle_of_it_leaves_nothing(
    home: HomeAssistant, fake_engine_used: FakeEngineControl, tmp_path: Path, disk: Disk
) -> None:
    before = open_files()
    entry = make_camera_entry()
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    storage: Storage = entry.runtime_data.system.storage
    camera = CameraHarness(home, entry, fake_engine_used)
    await put_clips(library_of(storage), 5)
    await put_clips(library_of(storage), 5, store=SPOOL)
    await camera.emit(FULL, WELL, write_clip(storage.root))
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)
    await home.async_block_till_done()
    assert storage.library is None
    # A slice of a clip that was being moved is still read to its end.
    await wait_for(lambda: open_files() <= before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """Return a media folder that is a disk of 8 MB, where the system allows it."""
    folder = tmp_path / "media"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if (
        os.geteuid()
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_small_disk_is_kept_from_filling_up(
    home: HomeAssistant, fake_engine_used: FakeEngineControl, small_disk: Path
) -> None:
    entry = make_camera_entry()
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    storage: Storage = entry.runtime_data.system.storage
    library = library_of(storage)
    # 6.5 of 8 MB, half of which shall stay free.
    clips = await put_clips(library, 13, size=500_000, scale=1)
    await storage.async_tidy()
    remaining = await left(library)
    assert remaining == [clip.clip_id for clip in clips[-len(remaining) :]]
    assert 0 < len(remaining) < 13
    space = os.statvfs(small_disk)
    assert space.f_bavail * space.f_frsize >= 4 * 2**20
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)
