"""What storage does by itself and when its options change, and that it leaves nothing."""

from collections.abc import Generator
import os
from pathlib import Path
import subprocess
import time
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import MotionEnded, MotionStarted
from custom_components.hearthcam.library.models import SPOOL, LibraryError, Reconciled
from custom_components.hearthcam.storage import Storage
from homeassistant import block_async_io
from homeassistant.core import HomeAssistant

from .conftest import (
    CameraHarness,
    FakeEngineControl,
    make_camera_entry,
    open_files,
    settled,
    wait_for,
)
from .storage_fixtures import Disk, left, put_clips
from .storage_system import (
    FULL,
    WELL,
    camera_fixture,  # noqa: F401 - pytest finds it by name
    disk_fixture,  # noqa: F401 - pytest finds it by name
    library_of,
    set_options,
    storage_fixture,  # noqa: F401 - pytest finds it by name
    until,
)
from .test_entities import write_clip


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
    await settled(home)
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


async def test_start_drops_the_row_of_a_clip_whose_file_is_gone(
    camera: CameraHarness, storage: Storage
) -> None:
    gone, kept = await put_clips(library_of(storage), 2)
    (storage.root / gone.path).unlink()
    entries = camera.hass.config_entries
    for loaded in entries.async_loaded_entries(DOMAIN):
        await entries.async_unload(loaded.entry_id)
    assert storage.library is None

    assert await entries.async_setup(camera.entry.entry_id)
    await settled(camera.hass)
    assert await left(library_of(storage)) == [kept.clip_id]


async def test_comparison_is_made_though_the_figures_could_not_be_counted(
    camera: CameraHarness, storage: Storage
) -> None:
    """The database is busy for a moment just then."""
    library = library_of(storage)
    assert storage._work is not None
    errors = [LibraryError("busy"), LibraryError("busy")]
    changed, compared = storage.async_changed, library.reconcile

    async def once() -> None:
        if errors:
            raise errors.pop()
        await changed()

    seen: list[int] = []

    async def compare(**options: Any) -> Reconciled:
        result = await compared(**options)
        seen.append(result.dropped)
        return result

    (clip,) = await put_clips(library, 1)
    (storage.root / clip.path).unlink()
    with (
        patch.object(storage, "async_changed", once),
        patch.object(library, "reconcile", compare),
    ):
        await storage._work._async_compare_first()
        await storage._work.async_compare()
    assert seen[0] == 1
    assert not errors
