"""The system's options: asked in small steps, kept, and applied at once."""

from pathlib import Path
from typing import Any

import pytest

from custom_components.hearthcam.storage import Storage
from custom_components.hearthcam.storage_options import (
    StorageOptions,
    folder_in_use,
    media_folders,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .conftest import CameraHarness, system_entry, wait_for


async def step_to(hass: HomeAssistant, *steps: object) -> dict[str, Any]:
    """Go through the flow; a text chooses from the menu, a dictionary is a form."""
    flows = hass.config_entries.options
    result = await flows.async_init(system_entry(hass).entry_id)
    for step in steps:
        answer = {"next_step_id": step} if isinstance(step, str) else step
        result = await flows.async_configure(
            result["flow_id"],
            answer,  # type: ignore[arg-type]  # given by tests
        )
    await hass.async_block_till_done()
    return dict(result)


@pytest.fixture
def storage(camera: CameraHarness) -> Storage:
    """Return the storage of the running system."""
    found: Storage = camera.entry.runtime_data.system.storage
    return found


async def test_how_long_and_how_much_is_kept(
    camera: CameraHarness, storage: Storage
) -> None:
    menu = await step_to(camera.hass)
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["keeping", "kinds", "camera_days", "place"]
    result = await step_to(
        camera.hass,
        "keeping",
        {
            "keep_days": 14,
            "keep_days_continuous": 1,
            "max_size_gb": 500,
            "min_free_gb": 20,
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert storage.options.days == 14
    assert storage.options.days_continuous == 1
    assert storage.options.max_size == 500 * 10**9
    assert storage.options.min_free == 20 * 10**9
    assert camera.engine.spawned == 1


async def test_empty_field_of_a_kind_follows_the_rest(
    camera: CameraHarness, storage: Storage
) -> None:
    await step_to(camera.hass, "kinds", {"person": 90, "animal": 0})
    assert storage.options.kinds == {"person": 90, "animal": 0}
    await step_to(camera.hass, "kinds", {"person": 90})
    assert storage.options.kinds == {"person": 90}


async def test_days_of_one_camera_are_set_and_taken_back(
    camera: CameraHarness, storage: Storage
) -> None:
    chosen = {"camera": "front_door"}
    asked = await step_to(camera.hass, "camera_days", chosen)
    assert asked["step_id"] == "one_camera"
    assert asked["description_placeholders"] == {"camera": "Front door"}
    await step_to(camera.hass, "camera_days", chosen, {"days": 7})
    assert storage.options.cameras == {"front_door": 7}
    await step_to(camera.hass, "camera_days", chosen, {})
    assert storage.options.cameras == {}


async def test_folder_is_chosen_among_the_media_folders(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    other = tmp_path / "nas"
    other.mkdir()
    camera.hass.config.media_dirs["nas"] = str(other)
    await step_to(
        camera.hass,
        "place",
        {"media_folder": "nas", "spool_limit_gb": 1, "sync": False},
    )
    assert storage.root == other / "hearthcam"
    await wait_for(
        lambda: (
            camera.engine.commands("ConfigureCamera")[-1]["directory"]
            == str(other / "hearthcam/front_door")
        )
    )
    configured = camera.engine.commands("ConfigureCamera")[-1]
    assert configured["sync"] is False
    assert configured["spool_limit"] <= 10**9


async def test_folder_that_cannot_be_written_is_refused(
    camera: CameraHarness, storage: Storage, tmp_path: Path
) -> None:
    camera.hass.config.media_dirs["gone"] = str(tmp_path / "gone")
    answer = {"media_folder": "gone", "spool_limit_gb": 1, "sync": True}
    result = await step_to(camera.hass, "place", answer)
    assert result["errors"] == {"media_folder": "folder_not_writable"}
    assert storage.root == tmp_path / "media/hearthcam"


def test_shares_that_are_mounted_in_a_media_folder_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("nas", "music", ".hidden"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: "music" not in str(path))
    folders = {"local": str(tmp_path), "gone": str(tmp_path / "gone")}
    assert media_folders(folders) == {
        "local": str(tmp_path),
        "local/nas": str(tmp_path / "nas"),
        "gone": str(tmp_path / "gone"),
    }


def test_folder_in_use_is_never_outside_of_the_media_folders(
    hass: HomeAssistant,
) -> None:
    hass.config.media_dirs = {"a": "/media/a", "local": "/media"}
    assert folder_in_use(hass, None) == "local"
    assert folder_in_use(hass, "a") == "a"
    assert folder_in_use(hass, "a/nas") == "a/nas"
    for name in ("b", "a/..", "a/../../etc", "a/b/c"):
        assert folder_in_use(hass, name) == "local", name
    options = StorageOptions(media_folder="a/nas")
    assert options.root(hass) == Path("/media/a/nas/hearthcam")
    hass.config.media_dirs = {}
    root = StorageOptions().root(hass)
    assert root == Path(hass.config.path("media")) / "hearthcam"
