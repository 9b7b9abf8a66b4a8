"""A house whose disk of clips fills up, goes away, hangs or turns read-only.

Simulated cameras, the true engine, a true Home Assistant, true disks: what a user has
to rely on, with no part of it stood in for.
"""

import asyncio
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
import time
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipFailed,
    ClipOpened,
    Lost,
    LostCause,
    StoragePlace,
    StorageState,
)
from custom_components.hearthcam.library.layout import part_path
from custom_components.hearthcam.library.models import MEDIA, SPOOL, Clip
from homeassistant.core import HomeAssistant
from tests.ha.conftest import home, no_discovery, wait_for
from tests.ha.house import House, a_house, nothing_blocks, seamless, simulated
from tests.library.clips import make_clip, write_file

from .disks import (
    fill,
    freeze,
    image_disk,
    is_attached,
    memory_disk,
    run,
    thaw,
    turn_read_only,
)

__all__ = ["home", "no_discovery"]

pytestmark = pytest.mark.faults

CAMERA: Final = "front_door"
ENTITY: Final = "camera.front_door"
SIZE: Final = 2 * 10**6
"""Bytes of an old clip."""
WITHIN: Final = 5.0
"""Seconds after which recording must go on.

Two are promised; the machine may have other things to do.
"""


@pytest.fixture
async def house(
    home: HomeAssistant,
    tmp_path: Path,
    socket_enabled: None,
    disable_block_async_io: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[House]:
    """Return a house without a camera; its disk is still to be mounted."""
    with nothing_blocks(monkeypatch, caplog):
        async with a_house(home, tmp_path / "media") as house:
            yield house


@asynccontextmanager
async def mounted(disk: AbstractContextManager[Path]) -> AsyncIterator[Path]:
    """Mount a disk and unmount it without keeping Home Assistant waiting."""
    path = await to_thread(disk.__enter__)
    try:
        yield path
    finally:
        await to_thread(disk.__exit__, None, None, None)


async def begin(house: House, seconds: float) -> float:
    """Record for a while; return the clip's start (s), once it is well under way.

    By then whoever looks at the disk when a clip is opened has done so.
    """
    since = time.monotonic()
    await house.act("record", entity_id=ENTITY, duration=seconds, pre_roll=0)
    _, opened = await house.report(ClipOpened, since=since)
    part = part_path(Path(opened.path))
    size = part.stat().st_size
    await wait_for(lambda: part.stat().st_size > size)
    return opened.start


async def finished(house: House, since: float, count: int = 1) -> list[ClipClosed]:
    """Wait until nothing is recorded any more and every clip has its row."""
    await wait_for(lambda: len(house.of(ClipClosed, since)) >= count, 30)
    await wait_for(lambda: not house.camera(CAMERA).state.recording, 30)
    await wait_for(lambda: not house.system.growing.clips(), 30)
    return [clip for _, clip in house.of(ClipClosed, since)]


async def went_on(house: House, since: float) -> float:
    """Return after how many seconds pictures are on the local disk."""
    moment, _ = await house.report(
        ClipOpened, lambda clip: str(house.spool) in clip.path, since=since
    )
    return moment - since


async def all_moved(house: House) -> None:
    """Wait until every clip is in the media folder."""

    async def here() -> bool:
        return not await house.library.spooled()

    deadline = time.monotonic() + 30
    while not await here():
        assert time.monotonic() < deadline, "clips stay in the spool"
        await _pause()


async def _pause() -> None:
    since = time.monotonic()
    await wait_for(lambda: time.monotonic() - since > 0.05)


def nothing_lost(house: House) -> bool:
    """Tell whether no picture and no clip was given up."""
    return not house.of(Lost) and not house.of(ClipFailed)


async def is_whole(house: House, since: float, seconds: float) -> bool:
    """Play every clip from a time (s) on: no picture of so many seconds is missing.

    The last fragment that a disk took before it failed may be in two files.
    """
    moments = await house.frames(CAMERA, since - 0.01)
    shown = sorted({round(time, 3) for time in moments if time < since + seconds})
    return seamless(shown) and shown[-1] - shown[0] > seconds - 0.5


async def old_clips(house: House, count: int) -> list[Clip]:
    """Put clips on the disk, from hours ago, the oldest first."""
    clips = []
    root = house.system.storage.root
    begun = time.time() - 7_200
    for number in range(count):
        start = begun + 60 * number
        clip = make_clip(
            number,
            root,
            ZoneInfo("UTC"),
            start=start,
            end=start + 30,
            size=SIZE,
        )
        write_file(root, clip, bytes(SIZE), thumbnail=False)
        await house.library.add(clip)
        clips.append(clip)
    return clips


async def left(house: House, clips: list[Clip]) -> list[str]:
    """Return which of some clips are left, rows and files agreeing."""
    found = []
    for clip in clips:
        row = await house.library.get(clip.clip_id)
        assert (row is not None) == (house.system.storage.root / clip.path).exists()
        if row is not None:
            found.append(clip.clip_id)
    return found


async def test_disk_that_is_filled_up_while_it_is_recorded_to(
    house: House, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The oldest unprotected clips go; with nothing left that may go, it is told."""
    async with mounted(memory_disk(tmp_path / "media", 64 * 10**6)) as disk:
        async with simulated({"name": "Front"}) as (front,):
            await house.add_system(min_free_gb=0.012)
            await house.add(CAMERA, front, blind=True)
            clips = await old_clips(house, 15)
            for clip in clips[:2]:
                await house.library.protect(clip.clip_id, True)

            start = await begin(house, 6)
            full = time.monotonic()
            await to_thread(fill, disk, 0)
            spooled = await went_on(house, full)
            # Room was made, so that the next clip is where it belongs.
            freed, _ = await house.report(
                StorageState, lambda state: state.cause is None, since=full
            )
            record_property("spooled_after", round(spooled, 2))
            record_property("media_again_after", round(freed - full, 2))
            assert spooled < WITHIN
            await finished(house, full)
            kept = await left(house, clips)
            assert kept[:2] == [clip.clip_id for clip in clips[:2]]
            assert kept[2:] == [clip.clip_id for clip in clips[-len(kept) + 2 :]]
            assert len(kept) < len(clips)
            await all_moved(house)
            assert house.issue("storage_full") is None
            assert await is_whole(house, start, 6)

            # Now all is protected, and somebody else takes what is left.
            for clip in await house.clips(CAMERA):
                await house.library.protect(clip.clip_id, True)
            since = time.monotonic()
            (disk / "filler").rename(disk / "first")
            await to_thread(fill, disk, 0)
            start = await begin(house, 4)
            await wait_for(lambda: house.issue("storage_full"))
            assert await left(house, clips) == kept
            (disk / "filler").unlink()
            (disk / "first").unlink()
            await wait_for(lambda: house.issue("storage_full") is None)
            await finished(house, since)
            await all_moved(house)
            assert await left(house, clips) == kept
            assert await is_whole(house, start, 4)
            assert nothing_lost(house)
        await house.close()


async def test_share_that_goes_away_and_comes_back(
    house: House, tmp_path: Path
) -> None:
    """Between clips and in the middle of one: nothing is written where it was."""
    media = tmp_path / "media"
    async with mounted(image_disk(media, tmp_path / "image", 64 * 2**20)) as disk:
        async with simulated({"name": "Front"}) as (front,):
            await house.add_system(min_free_gb=0.012)
            await house.add(CAMERA, front, blind=True)
            since = time.monotonic()
            whole = [(await begin(house, 2), 2)]
            await finished(house, since)

            await to_thread(run, "umount", str(disk))
            gone = since = time.monotonic()
            whole.append((await begin(house, 3), 3))
            assert await went_on(house, gone) < WITHIN
            await wait_for(lambda: house.issue("media_away"))
            (spooled,) = await finished(house, since)
            row = await house.library.get(spooled.clip_id)
            assert row is not None
            assert row.store == SPOOL
            # What was recorded before is not forgotten.
            assert len(await house.clips(CAMERA)) == 2
            assert not [*media.iterdir()]

            await to_thread(
                run, "mount", "-o", "loop", str(tmp_path / "image"), str(disk)
            )
            await all_moved(house)
            await wait_for(lambda: house.issue("media_away") is None)
            row = await house.library.get(spooled.clip_id)
            assert row is not None
            assert row.store == MEDIA

            since = time.monotonic()
            whole.append((await begin(house, 3), 3))
            await to_thread(run, "umount", "-l", str(disk))
            await wait_for(lambda: not house.camera(CAMERA).state.recording, 30)
            assert not [*media.iterdir()]
            await to_thread(
                run, "mount", "-o", "loop", str(tmp_path / "image"), str(disk)
            )
            await finished(house, since)
            await all_moved(house)
            await wait_for(lambda: house.issue("media_away") is None)
            clips = await house.clips(CAMERA)
            for number, (start, seconds) in enumerate(whole):
                assert await is_whole(house, start, seconds), number
            assert {clip.store for clip in clips} == {MEDIA}
            assert nothing_lost(house)
        await house.close()


async def test_share_that_hangs(
    house: House, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Recording goes on at once; Home Assistant answers meanwhile."""
    media = tmp_path / "media"
    async with mounted(image_disk(media, tmp_path / "image", 64 * 2**20)) as disk:
        async with simulated({"name": "Front"}) as (front,):
            await house.add_system(min_free_gb=0.012)
            await house.add(CAMERA, front, blind=True)
            since = time.monotonic()
            start = await begin(house, 7)
            frozen = time.monotonic()
            await to_thread(freeze, disk)
            try:
                spooled = await went_on(house, frozen)
                record_property("spooled_after", round(spooled, 2))
                assert spooled < WITHIN
                _, state = await house.report(StorageState, since=frozen)
                assert state.cause is LostCause.SLOW_STORAGE
                assert state.place is StoragePlace.SPOOL
                await wait_for(lambda: house.issue("media_failing"))
                asked = time.monotonic()
                answer = await house.act("list_clips", entity_id=ENTITY)
                assert answer["clips"] == []
                assert time.monotonic() - asked < 1
                await wait_for(lambda: not house.camera(CAMERA).state.recording, 30)
            finally:
                await to_thread(thaw, disk)
            await finished(house, since)
            await all_moved(house)
            await wait_for(lambda: house.issue("media_failing") is None, 30)
            assert await is_whole(house, start, 7)
            assert nothing_lost(house)
        await house.close()


async def test_disk_that_turns_read_only(house: House, tmp_path: Path) -> None:
    """Before a clip; and, as a drive about to fail does, in the middle of one."""
    media = tmp_path / "media"
    async with mounted(image_disk(media, tmp_path / "image", 64 * 2**20)) as disk:
        async with simulated({"name": "Front"}) as (front,):
            await house.add_system(min_free_gb=0.012)
            await house.add(CAMERA, front, blind=True)
            await to_thread(run, "mount", "-o", "remount,ro", str(disk))
            refused = since = time.monotonic()
            start = await begin(house, 3)
            assert await went_on(house, refused) < WITHIN
            await wait_for(lambda: house.issue("media_read_only"))
            await finished(house, since)
            await to_thread(run, "mount", "-o", "remount,rw", str(disk))
            await wait_for(lambda: house.issue("media_read_only") is None)
            await house.report(
                StorageState, lambda state: state.cause is None, since=refused
            )
            await all_moved(house)
            assert await is_whole(house, start, 3)

            since = time.monotonic()
            start = await begin(house, 5)
            await to_thread(turn_read_only, disk)
            refused = time.monotonic()
            assert await went_on(house, refused) < WITHIN
            _, state = await house.report(StorageState, since=since)
            assert state.cause is LostCause.STORAGE_READ_ONLY
            await wait_for(lambda: house.issue("media_read_only"))
            await wait_for(lambda: not house.camera(CAMERA).state.recording, 30)
            # As after a repair of the disk.
            await to_thread(run, "umount", "-l", str(disk))
            # While a file is open there, it would be the same broken disk again.
            async with asyncio.timeout(45):
                while await to_thread(is_attached, tmp_path / "image"):
                    await asyncio.sleep(0.05)
            await to_thread(
                run, "mount", "-o", "loop", str(tmp_path / "image"), str(disk)
            )
            await wait_for(lambda: house.issue("media_read_only") is None)
            await finished(house, since)
            await all_moved(house)
            assert await is_whole(house, start, 5)
            assert nothing_lost(house)
        await house.close()
