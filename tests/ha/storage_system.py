"""The storage of a system with one camera, on a disk of a wished size."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import (
    LostCause,
    StoragePlace,
    StorageState,
)
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.storage import Storage
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .conftest import CameraHarness, system_entry, wait_for
from .storage_fixtures import MEGABYTE, Disk

FULL = StorageState(
    "front_door", StoragePlace.SPOOL, LostCause.STORAGE_FULL, 25 * MEGABYTE
)
WELL = StorageState("front_door", StoragePlace.MEDIA)


@pytest.fixture(name="disk")
def disk_fixture(tmp_path: Path) -> Generator[Disk]:
    """Return the disk of the media folder: 100 GB, of which 5 shall stay free."""
    disk = Disk(tmp_path / "media", total=100_000 * MEGABYTE)
    with patch("custom_components.hearthcam.storage.disk_space", disk.space):
        yield disk


@pytest.fixture(name="camera")
def camera_fixture(disk: Disk, camera: CameraHarness) -> CameraHarness:
    """Return a camera whose clips go to that disk."""
    return camera


@pytest.fixture(name="storage")
async def storage_fixture(camera: CameraHarness) -> Storage:
    """Return the storage of a system with one camera, on that disk."""
    await wait_for(lambda: camera.engine.commands("ConfigureCamera"))
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
    async with asyncio.timeout(45):
        while not right(answer := await ask()):
            await asyncio.sleep(0.01)
    return answer


def set_options(hass: HomeAssistant, **options: object) -> None:
    """Change the options of the system's entry as its form does."""
    entry = system_entry(hass)
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})
