"""Room is made before it is needed, oldest first, and never out of protected clips."""

import asyncio
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest

from custom_components.hearthcam import keeper as keeper_module, media_watch
from custom_components.hearthcam.engine.protocol import (
    ConfigureCamera,
    Mode,
    StreamSource,
)
from custom_components.hearthcam.keeper import Keeper
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import SPOOL, MediaState
from custom_components.hearthcam.library.retention import Limits
from custom_components.hearthcam.limits import Load, limits_of, reserve
from custom_components.hearthcam.media_watch import MediaTrouble, MediaView, MediaWatch
from custom_components.hearthcam.storage_options import StorageOptions
from tests.unhidden import UNHIDDEN

from .conftest import wait_for
from .storage_fixtures import MEGABYTE, Disk, left, library, put_clips, roots

__all__ = ["library", "roots"]

OPTIONS = StorageOptions(min_free=100 * MEGABYTE, spool_limit=100 * MEGABYTE)
CAMERA = ConfigureCamera(
    "front_door", "Front door", "/", StreamSource("rtsp://x"), **UNHIDDEN
)


class Kept:
    """A keeper of a library on a disk, and what it told."""

    def __init__(
        self, library: Library, disk: Disk, options: StorageOptions = OPTIONS
    ) -> None:
        """Begin with nothing recorded."""
        self.loads: list[Load] = []
        self.options = options
        self.looks = 0
        self.changes = 0
        self.watch = MediaWatch(library, disk.space)
        self.keeper = Keeper(
            library, self.watch, self.limits, self.looked, self.changed, 3600.0
        )

    def limits(self, view: MediaView) -> Limits:
        """Return what is to be kept to."""
        return limits_of(self.options, view, self.options.spool_limit, self.loads)

    def looked(self) -> None:
        """Count."""
        self.looks += 1

    async def changed(self) -> None:
        """Count."""
        self.changes += 1


@pytest.fixture
def disk(roots: tuple[Path, Path]) -> Disk:
    """Return a disk of 1 GB."""
    return Disk(roots[0])


async def test_oldest_clips_go_until_enough_is_free(
    library: Library, disk: Disk
) -> None:
    clips = await put_clips(library, 20)
    disk.others = 750 * MEGABYTE  # 50 MB are free, 100 MB shall be
    kept = Kept(library, disk)
    await kept.keeper.tidy()
    assert await left(library) == [clip.clip_id for clip in clips[5:]]
    assert disk.space(library.root)[1] >= 100 * MEGABYTE
    assert kept.keeper.last is not None
    assert kept.keeper.last.outcome.deleted == 5
    assert kept.changes == 1
    kept.watch.close()


async def test_room_for_the_next_clip_is_made_before_it_is_opened(
    library: Library, disk: Disk
) -> None:
    await put_clips(library, 20)
    disk.others = 700 * MEGABYTE  # exactly what shall stay free
    kept = Kept(library, disk)
    kept.loads = [Load(CAMERA, 1_000.0)]
    await kept.keeper.tidy()
    free = disk.space(library.root)[1]
    assert free >= 100 * MEGABYTE + reserve(kept.loads, disk.total)
    kept.watch.close()


async def test_protected_clips_survive_and_what_is_missing_is_told(
    library: Library, disk: Disk
) -> None:
    clips = await put_clips(library, 4)
    for clip in clips[:2]:
        await library.protect(clip.clip_id, True)
    disk.others = 950 * MEGABYTE
    kept = Kept(library, disk)
    await kept.keeper.tidy()
    assert await left(library) == [clip.clip_id for clip in clips[:2]]
    assert kept.keeper.last is not None
    assert kept.keeper.last.outcome.short_by == 70 * MEGABYTE
    kept.watch.close()


async def test_refused_clip_makes_room_even_where_the_disk_seems_to_have_some(
    library: Library, disk: Disk
) -> None:
    clips = await put_clips(library, 10)
    kept = Kept(library, disk)
    await kept.keeper.tidy()
    assert len(await left(library)) == 10
    run = asyncio.create_task(kept.keeper.run())
    await wait_for(lambda: kept.looks == 2)
    kept.keeper.wake_for_trouble(25 * MEGABYTE)
    await wait_for(lambda: kept.looks == 3)
    assert await left(library) == [clip.clip_id for clip in clips[3:]]
    run.cancel()
    kept.watch.close()


async def test_looks_that_find_room_do_not_touch_the_rows(
    library: Library, disk: Disk
) -> None:
    kept = Kept(library, disk)
    await kept.keeper.tidy()
    with patch.object(library, "enforce") as enforce:
        await kept.keeper.tidy()
    assert not enforce.called
    kept.watch.close()


async def test_passes_never_run_at_the_same_time(library: Library, disk: Disk) -> None:
    kept = Kept(library, disk)
    running = most = 0
    enforce = library.enforce

    async def slow(*args: object) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        result = await enforce(*args)  # type: ignore[arg-type]  # passed through
        running -= 1
        return result

    with patch.object(library, "enforce", slow):
        await asyncio.gather(
            *(kept.keeper.tidy(force=True) for _ in range(5)),
            *(kept.keeper.make_room(MEGABYTE) for _ in range(5)),
        )
    assert most == 1
    kept.watch.close()


async def test_share_that_hangs_is_trouble_and_holds_up_nobody(
    library: Library, disk: Disk
) -> None:
    answer = Event()
    kept = Kept(library, disk)
    with (
        patch.object(disk, "space", lambda folder: answer.wait(20) and (1, 1)),
        patch.object(media_watch, "LOOK_SECONDS", 0.05),
    ):
        watch = MediaWatch(library, disk.space)
        view = await watch.look()
        assert view.trouble is MediaTrouble.FAILING
        # While it still hangs, no second thread is given to it.
        view = await watch.look()
        assert view.trouble is MediaTrouble.FAILING
        assert not await Keeper(
            library, watch, kept.limits, kept.looked, kept.changed
        ).make_room(1)
        answer.set()
    watch.close()
    kept.watch.close()


async def test_folder_that_went_away_keeps_its_rows_and_the_spool_its_limit(
    library: Library, disk: Disk, roots: tuple[Path, Path]
) -> None:
    media = await put_clips(library, 2)
    spooled = await put_clips(library, 15, store=SPOOL)
    kept = Kept(library, disk)
    roots[0].rename(roots[0].with_name("elsewhere"))
    await kept.keeper.tidy()
    assert kept.watch.view is not None
    assert kept.watch.view.trouble is MediaTrouble.AWAY
    kept_clips = {clip.clip_id for clip in (*media, *spooled[5:])}
    assert set(await left(library)) == kept_clips
    assert not await kept.keeper.make_room(1)
    kept.watch.close()


async def test_folder_that_comes_back_while_it_is_looked_for_is_well(
    library: Library, disk: Disk
) -> None:
    """A drive is not called failing because it was just mounted."""
    watch = MediaWatch(library, disk.space)
    check = library.check_media
    states = iter([MediaState.AWAY])

    async def mounted_after_the_first() -> MediaState:
        return next(states, None) or await check()

    with patch.object(library, "check_media", mounted_after_the_first):
        view = await watch.look()
    assert view.trouble is None
    watch.close()


async def test_another_disk_in_the_place_of_ours_is_not_taken(
    library: Library, disk: Disk, roots: tuple[Path, Path]
) -> None:
    await put_clips(library, 1)
    roots[0].rename(roots[0].with_name("elsewhere"))
    roots[0].mkdir()
    kept = Kept(library, disk)
    await kept.keeper.tidy()
    assert kept.watch.view == MediaView(MediaTrouble.STRANGE)
    assert len(await left(library)) == 1
    kept.watch.close()


async def test_size_limit_counts_the_clips_to_come(
    library: Library, disk: Disk
) -> None:
    await put_clips(library, 20)
    kept = Kept(library, disk, StorageOptions(max_size=150 * MEGABYTE, min_free=1))
    kept.loads = [Load(CAMERA, 100.0)]
    await kept.keeper.tidy()
    assert (await library.totals()).size == 130 * MEGABYTE
    kept.watch.close()


async def test_error_of_the_library_does_not_end_the_keeper(
    library: Library, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept(library, disk)
    with patch.object(keeper_module, "time", side_effect=RuntimeError):
        run = asyncio.create_task(kept.keeper.run())
        await wait_for(lambda: "could not be tidied" in caplog.text)
    kept.keeper.wake_for_pass()
    await wait_for(lambda: kept.looks)
    assert not run.done()
    run.cancel()
    kept.watch.close()


def test_reserve_follows_the_recording_cameras_within_bounds() -> None:
    busy = Load(CAMERA, 8_000.0)
    assert busy.bytes == 330_000_000
    assert reserve([busy, busy], 10**12) == 660_000_000
    assert reserve([busy, busy], 10**9) == 10**8
    assert reserve([Load(CAMERA, 10.0)], 10**12) == 64 * 2**20
    assert reserve([busy] * 100, 10**13) == 16 * 2**30
    watching = ConfigureCamera(
        "a", "A", "/", StreamSource("rtsp://x"), mode=Mode.DETECT, **UNHIDDEN
    )
    assert reserve([Load(watching, 8_000.0)], 10**12) == 0


def test_default_of_free_space_follows_the_disk() -> None:
    options = StorageOptions()
    assert options.free_wanted(10**12) == 5 * 10**10
    assert options.free_wanted(10 * 2**30) == 2**30
    assert options.free_wanted(2**30) == 2**29
    assert StorageOptions(min_free=7).free_wanted(10**12) == 7
