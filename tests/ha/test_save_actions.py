"""Clips are saved where the user wants them, and nowhere else."""

from datetime import UTC, datetime
import errno
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.hearthcam.saving import SaveError, copy_video, put_in_place

from .action_fixtures import (
    CAMERA,
    CONTENT,
    Actions,
    actions_fixture,  # noqa: F401 - pytest finds it by name
    names,
)
from .test_privacy_zones import add_zone


async def test_latest_clip_is_saved_also_while_the_camera_is_away(
    actions: Actions,
) -> None:
    """The camera's stream never came: its entity is not available."""
    await actions.clip(0)
    clip = await actions.clip(1)
    target = actions.out / "last.mp4"
    response = await actions.call("save_video", entity_id=CAMERA, filename=str(target))
    assert target.read_bytes() == b"\x01" + CONTENT
    assert response[CAMERA]["clip_id"] == clip.clip_id
    assert response[CAMERA]["path"] == str(target)
    assert names(actions.out) == ["last.mp4"]


async def test_a_named_clip_is_saved(actions: Actions) -> None:
    clip = await actions.clip(0)
    await actions.clip(1)
    garden = await actions.clip(2, camera_id="garden")
    target = str(actions.out / "one.mp4")
    data = {"entity_id": CAMERA, "filename": target}
    await actions.call("save_video", clip_id=clip.clip_id, **data)
    assert Path(target).read_bytes()[0] == 0
    for clip_id in ("01JD9999999999999999999999", garden.clip_id):
        await actions.refused("clip_not_found", "save_video", clip_id=clip_id, **data)


async def test_saving_again_replaces_the_file_unless_told_otherwise(
    actions: Actions,
) -> None:
    target = actions.out / "last.mp4"
    data = {"entity_id": CAMERA, "filename": str(target)}
    for number in range(2):
        await actions.clip(number)
        await actions.call("save_video", **data)
        assert target.read_bytes()[0] == number
    await actions.clip(2)
    await actions.refused("path_exists", "save_video", overwrite=False, **data)
    assert target.read_bytes()[0] == 1
    assert names(actions.out) == ["last.mp4"]


async def test_nothing_is_written_where_it_must_not_be(
    actions: Actions, tmp_path: Path
) -> None:
    clip = await actions.clip(0)
    own = actions.system.storage.root / clip.path
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim.mp4").write_bytes(b"keep")
    (actions.out / "link").symlink_to(outside)
    (actions.out / "link.mp4").symlink_to(outside / "victim.mp4")
    (actions.out / "library").symlink_to(own.parent)
    (actions.out / "folder.mp4").mkdir()
    config = Path(actions.hass.config.path())
    for path, key in (
        (outside / "a.mp4", "path_not_allowed"),
        (Path("relative.mp4"), "path_not_allowed"),
        (actions.out / "link" / "a.mp4", "path_not_allowed"),
        (actions.out / "link.mp4", "path_not_allowed"),
        (actions.out / ".." / "outside" / "a.mp4", "path_not_allowed"),
        (config / "configuration.yaml", "path_not_mp4"),
        (actions.out / "nowhere" / "a.mp4", "path_no_folder"),
        (actions.out / "folder.mp4", "path_exists"),
        (own, "path_in_library"),
        (own.parent / "new.mp4", "path_in_library"),
        (config / "hearthcam" / "a.mp4", "path_in_library"),
    ):
        await actions.refused(key, "save_video", entity_id=CAMERA, filename=str(path))
    assert (outside / "victim.mp4").read_bytes() == b"keep"
    assert own.read_bytes() == b"\x00" + CONTENT
    # A link into the library does not help either.
    actions.hass.config.allowlist_external_dirs.add(str(own.parent))
    await actions.refused(
        "path_in_library",
        "save_video",
        entity_id=CAMERA,
        filename=str(actions.out / "library" / "a.mp4"),
    )


async def test_a_disk_that_is_full_leaves_what_was_there(
    actions: Actions,
) -> None:
    await actions.clip(0)
    target = actions.out / "last.mp4"
    data = {"entity_id": CAMERA, "filename": str(target)}
    await actions.call("save_video", **data)
    await actions.clip(1)
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch("custom_components.hearthcam.saving.os.fsync", side_effect=full):
        await actions.refused("save_failed", "save_video", **data)
    assert target.read_bytes()[0] == 0
    assert names(actions.out) == ["last.mp4"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_comes_meanwhile_is_not_replaced(
    tmp_path: Path, links: bool
) -> None:
    source, part, target = (tmp_path / f"{name}.mp4" for name in "abc")
    source.write_bytes(b"new")
    unsupported = OSError(errno.EPERM, "Operation not permitted")
    with patch(
        "custom_components.hearthcam.saving.os.link",
        side_effect=None if links else unsupported,
        wraps=os.link if links else None,
    ):
        copy_video(source, part)
        put_in_place(part, target, overwrite=False)
        assert target.read_bytes() == b"new"
        target.write_bytes(b"old")
        with pytest.raises(SaveError):
            put_in_place(source, target, overwrite=False)
    assert target.read_bytes() == b"old"


async def test_recent_clips_are_saved_once(actions: Actions) -> None:
    now = datetime.now(UTC).timestamp()
    await actions.clip(0, start=now - 90_000)
    await actions.clip(1, start=now - 3000)
    gone = await actions.clip(2, start=now - 2000)
    (actions.system.storage.root / gone.path).unlink()
    folder = actions.out / "saved"
    data = {"entity_id": CAMERA, "file_path": str(folder)}
    response = await actions.call("save_recent_clips", **data)
    (path,) = response[CAMERA]["saved"]
    assert response[CAMERA]["present"] == 0
    assert response[CAMERA]["missing"] == 1
    assert Path(path).read_bytes()[0] == 1
    assert Path(path).name.startswith("front_door_20")
    again = await actions.call("save_recent_clips", **data)
    assert again[CAMERA] == {
        "saved": [],
        "present": 1,
        "missing": 1,
        "hidden": 0,
    }
    more = await actions.call("save_recent_clips", hours=48, **data)
    assert len(more[CAMERA]["saved"]) == 1
    assert len(names(folder)) == 2
    await actions.refused(
        "path_not_allowed", "save_recent_clips", entity_id=CAMERA, file_path="/etc"
    )
    await actions.refused(
        "path_in_library",
        "save_recent_clips",
        entity_id=CAMERA,
        file_path=str(actions.system.storage.root),
    )


async def test_a_camera_without_clips_says_so(actions: Actions) -> None:
    await actions.refused(
        "no_clip",
        "save_video",
        entity_id=CAMERA,
        filename=str(actions.out / "a.mp4"),
    )


async def test_nothing_is_saved_of_what_a_new_zone_hides(actions: Actions) -> None:
    """Not even what was copied already when the zone was drawn."""
    now = datetime.now(UTC).timestamp()
    clip = await actions.clip(0, start=now - 60)
    data = {"entity_id": CAMERA, "filename": str(actions.out / "last.mp4")}
    drawn: list[str] = []

    def copy(source: Path, part: Path) -> None:
        copy_video(source, part)
        actions.hass.loop.call_soon_threadsafe(
            lambda: drawn.append(add_zone(actions.camera))
        )

    with patch("custom_components.hearthcam.save_actions.copy_video", copy):
        await actions.refused("clip_hidden", "save_video", **data)
    assert drawn
    await actions.refused("clip_hidden", "save_video", clip_id=clip.clip_id, **data)

    folder = actions.out / "saved"
    response = await actions.call(
        "save_recent_clips", entity_id=CAMERA, file_path=str(folder)
    )
    assert response[CAMERA]["hidden"] == 1
    assert response[CAMERA]["saved"] == []
    assert names(actions.out) == ["saved"]
    assert names(folder) == []
