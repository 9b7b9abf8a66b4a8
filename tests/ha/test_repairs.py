"""What a Repair offers to do, and that it does it."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.repairs import async_create_fix_flow
from custom_components.hearthcam.storage import Storage
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .conftest import CameraHarness, settled
from .storage_fixtures import MEGABYTE, Disk, put_clips


@pytest.fixture
async def storage(camera: CameraHarness) -> Storage:
    """Return the storage of the running system, with one clip."""
    assert await async_setup_component(camera.hass, "repairs", {})
    await camera.hass.async_block_till_done()
    found: Storage = camera.entry.runtime_data.system.storage
    assert found.library is not None
    await put_clips(found.library, 1)
    return found


async def fix(hass: HomeAssistant, issue: str, *answers: dict[str, Any]) -> Any:
    """Go through the flow of an issue."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(DOMAIN, data={"issue_id": issue})
    for answer in answers:
        result = await manager.async_configure(result["flow_id"], answer)
    return result


def issues(hass: HomeAssistant) -> set[str]:
    """Return the ids of our Repairs."""
    return {key for domain, key in ir.async_get(hass).issues if domain == DOMAIN}


LOOK_AGAIN = {"next_step_id": "look_again"}
ADOPT = {"next_step_id": "adopt"}


async def test_looking_again_ends_the_repair_once_the_folder_is_back(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    hass, media = camera.hass, tmp_path / "media/hearthcam"
    media.rename(tmp_path / "elsewhere")
    await storage.async_tidy()
    assert issues(hass) == {"media_away"}
    menu = await fix(hass, "media_away")
    assert menu["type"] is FlowResultType.MENU
    assert menu["description_placeholders"] == {"folder": str(tmp_path / "media")}
    result = await fix(hass, "media_away", LOOK_AGAIN, {})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "still_there"
    (tmp_path / "elsewhere").rename(media)
    result = await fix(hass, "media_away", LOOK_AGAIN, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == set()


async def test_new_disk_is_taken_into_use_and_the_old_one_remembered(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    hass, media = camera.hass, tmp_path / "media/hearthcam"
    assert storage.library is not None
    media.rename(tmp_path / "old")
    media.mkdir()
    await storage.async_tidy()
    assert issues(hass) == {"media_strange"}
    result = await fix(hass, "media_strange", ADOPT, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == set()
    assert (await storage.library.totals()).count == 0
    await settled(hass)
    media.rename(tmp_path / "new")
    (tmp_path / "old").rename(media)
    await storage.async_tidy()
    assert issues(hass) == set()
    assert (await storage.library.totals()).count == 1


async def test_space_is_made_once_there_is_something_to_delete(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    hass, library = camera.hass, storage.library
    assert library is not None
    (clip,) = await library.clips("front_door")
    await library.protect(clip.clip_id, True)
    disk = Disk(tmp_path / "media", others=980 * MEGABYTE)
    assert storage._watch is not None
    with patch.object(storage._watch, "_space", disk.space):
        await storage.async_tidy()
        assert issues(hass) == {"storage_full"}
        form = await fix(hass, "storage_full")
        assert form["step_id"] == "make_space"
        assert form["description_placeholders"]["wanted"] == "0.5 GB"
        result = await fix(hass, "storage_full", {})
        assert result["reason"] == "still_there"
        disk.others = 0
        result = await fix(hass, "storage_full", {})
        assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == set()
    assert (await library.totals()).count == 1


async def test_rebuilt_library_is_acknowledged(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    damaged = tmp_path / "config/hearthcam/library.db.damaged"
    damaged.write_bytes(b"damaged")
    await storage.async_changed()
    assert issues(camera.hass) == {"library_rebuilt"}
    result = await fix(camera.hass, "library_rebuilt", {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(camera.hass) == set()
    assert not damaged.exists()


async def test_folder_that_still_cannot_be_written_stays_a_repair(
    camera: CameraHarness, storage: Storage
) -> None:
    with patch("os.open", side_effect=OSError(30, "read-only")):
        await storage.async_tidy()
        result = await fix(camera.hass, "media_read_only", {})
    assert result["reason"] == "still_there"
    result = await fix(camera.hass, "media_read_only", {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_flow_of_a_problem_that_is_gone_says_so_kindly(
    camera: CameraHarness, storage: Storage
) -> None:
    flow = await async_create_fix_flow(camera.hass, "media_failing", None)
    flow.hass = camera.hass
    result = await flow.async_step_look_again({})  # type: ignore[attr-defined]  # its own step
    assert result["type"] is FlowResultType.CREATE_ENTRY
