"""Clips are listed, protected and deleted by actions, for whom they may be."""

from datetime import UTC, datetime
from typing import Any

import pytest
import voluptuous as vol

from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import area_registry as ar, device_registry as dr

from .action_fixtures import (
    CAMERA,
    Actions,
    actions_fixture,  # noqa: F401 - pytest finds it by name
    ids,
    user_who_may,
)
from .conftest import make_camera_entry, make_zone


async def test_clips_are_listed_newest_first_and_in_pages(actions: Actions) -> None:
    clips = [await actions.clip(number) for number in range(5)]
    expected = [clip.clip_id for clip in reversed(clips)]
    response = await actions.call("list_clips")
    assert ids(response) == expected
    assert response["more"] is False
    page = await actions.call("list_clips", limit=2, offset=2)
    assert ids(page) == expected[2:4]
    assert page["more"] is True
    clip = response["clips"][0]
    assert clip["camera"] == "Front door"
    assert clip["clip"] == f"/api/hearthcam/clip/{expected[0]}.mp4"
    assert clip["thumbnail"] == f"/api/hearthcam/thumbnail/{expected[0]}"
    start = datetime.fromisoformat(clip["start"])
    assert start.timestamp() == clips[4].start
    assert start.tzinfo is not None


async def test_clips_are_found_by_camera_class_zone_and_time(actions: Actions) -> None:
    hass = actions.hass
    other = make_camera_entry("garden", zones=[make_zone()])
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    plain = await actions.clip(0)
    person = await actions.clip(1, kind="person")
    driveway = await actions.clip(2, camera_id="garden", zones=("DRIVEWAY",))
    await actions.library.protect(plain.clip_id)

    async def found(**wanted: Any) -> list[str]:
        return ids(await actions.call("list_clips", **wanted))

    garden = hass.states.async_entity_ids("camera")
    garden.remove(CAMERA)
    assert await found(entity_id=garden) == [driveway.clip_id]
    assert await found(entity_id=CAMERA) == [person.clip_id, plain.clip_id]
    assert await found(kind="person") == [person.clip_id]
    assert await found(kind=["person", "animal"]) == [person.clip_id]
    assert await found(zone="driveWAY") == [driveway.clip_id]
    assert await found(zone="DRIVEWAY") == [driveway.clip_id]
    assert await found(zone="nowhere") == []
    assert await found(protected=True) == [plain.clip_id]
    moment = datetime.fromtimestamp(person.start, UTC).isoformat()
    assert await found(end=moment) == [plain.clip_id]
    assert await found(start=moment) == [driveway.clip_id, person.clip_id]
    await actions.refused("not_a_camera", "list_clips", entity_id="camera.other")


async def test_clips_are_listed_for_whom_they_may_be(actions: Actions) -> None:
    clip = await actions.clip(0)
    await actions.clip(1, camera_id="gone")
    see = user_who_may(actions.hass, CAMERA, control=False)
    assert ids(await actions.call("list_clips", see)) == [clip.clip_id]
    nothing = user_who_may(actions.hass, "light.x", control=False)
    assert ids(await actions.call("list_clips", nothing)) == []
    with pytest.raises(Unauthorized):
        await actions.call("list_clips", nothing, entity_id=CAMERA)
    assert len(ids(await actions.call("list_clips"))) == 2


async def test_cameras_are_named_by_device_and_area_too(actions: Actions) -> None:
    hass = actions.hass
    await actions.clip(0)
    device_id = actions.camera.entry.runtime_data.device_id
    area = ar.async_get(hass).async_create("Entrance")
    dr.async_get(hass).async_update_device(device_id, area_id=area.id)
    for number, target in enumerate(
        ({"device_id": device_id}, {"area_id": area.id}, {"entity_id": "all"})
    ):
        path = actions.out / f"{number}.mp4"
        await actions.call("save_video", filename=str(path), **target)
        assert path.exists()
    path = actions.out / "other.mp4"
    await actions.refused(
        "not_a_camera", "save_video", entity_id="light.x", filename=str(path)
    )
    await actions.refused(
        "no_camera_chosen", "save_video", area_id="nowhere", filename=str(path)
    )


async def test_one_file_takes_one_camera(actions: Actions) -> None:
    other = make_camera_entry("garden")
    other.add_to_hass(actions.hass)
    assert await actions.hass.config_entries.async_setup(other.entry_id)
    await actions.refused(
        "one_camera_only",
        "save_video",
        entity_id="all",
        filename=str(actions.out / "a.mp4"),
    )


async def test_only_who_may_control_a_camera_may_act(actions: Actions) -> None:
    clip = await actions.clip(0)
    see = user_who_may(actions.hass, CAMERA, control=False)
    path = str(actions.out / "a.mp4")
    for action, data in (
        ("save_video", {"entity_id": CAMERA, "filename": path}),
        ("save_recent_clips", {"entity_id": CAMERA, "file_path": str(actions.out)}),
        ("record", {"entity_id": CAMERA}),
        ("export", {"entity_id": CAMERA, "start": "2026-11-22 10:00"}),
        ("protect", {"clip_id": clip.clip_id}),
        ("delete", {"clip_id": clip.clip_id}),
    ):
        with pytest.raises(Unauthorized):
            await actions.call(action, see, **data)
    assert await actions.library.get(clip.clip_id) == clip
    control = user_who_may(actions.hass, CAMERA, control=True)
    await actions.call("protect", control, clip_id=clip.clip_id)
    # Its camera was removed: for administrators only.
    gone = await actions.clip(1, camera_id="gone")
    with pytest.raises(Unauthorized):
        await actions.call("delete", control, clip_id=gone.clip_id)
    await actions.call("delete", clip_id=gone.clip_id)


# --- protect and delete ---


async def test_clips_are_protected_and_deleted(actions: Actions) -> None:
    clips = [await actions.clip(number) for number in range(3)]
    names = [clip.clip_id for clip in clips]
    await actions.call("protect", clip_id=names[1])
    await actions.refused("clip_protected", "delete", clip_id=names)
    # All of them are still there.
    assert len(ids(await actions.call("list_clips"))) == 3
    await actions.call("delete", clip_id=names[0])
    assert ids(await actions.call("list_clips")) == [names[2], names[1]]
    assert not (actions.system.storage.root / clips[0].path).exists()
    await actions.call("protect", clip_id=[names[1]], protected=False)
    await actions.call("protect", clip_id=[names[2]])
    await actions.call("delete", clip_id=names[1:], force=True)
    assert ids(await actions.call("list_clips")) == []
    await actions.refused("clip_not_found", "delete", clip_id=names[0])
    await actions.refused("clip_not_found", "protect", clip_id=names[0])
    malformed: str | list[str]
    for malformed in ("../x", "", []):
        with pytest.raises(vol.Invalid):
            await actions.call("delete", clip_id=malformed)
