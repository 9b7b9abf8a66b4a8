"""Privacy zones: what the engine is told, and when, and what stands for damaged ones."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.arming import ArmingMode
from custom_components.hearthcam.const import DOMAIN, SUBENTRY_ZONE
from custom_components.hearthcam.device import HearthcamCamera
from custom_components.hearthcam.engine.masking.mask import EVERYTHING, Mask
from custom_components.hearthcam.engine.parts import Point, PrivacyZone
from custom_components.hearthcam.engine.polygon import WHOLE, mark_of
from custom_components.hearthcam.engine.protocol import BlockCause
from custom_components.hearthcam.privacy_zones import marks_of
from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .conftest import CameraHarness, make_camera_entry, make_zone, wait_for
from .test_entities import state_of

WINDOW = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.3], [0.1, 0.3]]
BED = [[0.5, 0.5], [0.9, 0.5], [0.9, 0.9]]
ALL = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
SWITCH = "switch.front_door_window_enabled"


@pytest.fixture
def camera_entry() -> MockConfigEntry:
    """Return the entry of a camera with a privacy zone and a motion zone."""
    return make_camera_entry(zones=[make_zone(), privacy_zone()])


def privacy_zone(name: str = "Window", zone_id: str = "WINDOW", **data: Any) -> Any:
    """Return a zone as the flow makes it, ``data`` replacing parts."""
    zone = make_zone(name, zone_id)
    zone["data"] = {
        "kind": "privacy",
        "polygon": WINDOW,
        "modes": [],
        "past": True,
        "enabled": True,
        **data,
    }
    return zone


def runtime(camera: CameraHarness) -> HearthcamCamera:
    """Return the camera behind its entities."""
    found: HearthcamCamera = camera.entry.runtime_data
    return found


def black(command: Mapping[str, Any]) -> dict[str, list[list[float]]]:
    """Return what a `ConfigureCamera` has the engine black out."""
    return {
        zone["zone_id"]: [[point["x"], point["y"]] for point in zone["polygon"]]
        for zone in command["privacy"]
    }


async def told(
    camera: CameraHarness, expected: Mapping[str, list[list[float]]]
) -> dict[str, Any]:
    """Wait until the engine was last told to black out just that."""

    def last() -> dict[str, Any]:
        return camera.engine.commands("ConfigureCamera")[-1]

    await wait_for(
        lambda: camera.engine.commands("ConfigureCamera") and black(last()) == expected
    )
    return last()


def add_zone(camera: CameraHarness, **data: Any) -> str:
    """Add a privacy zone as the flow does; return its id."""
    subentry = ConfigSubentry(
        data=MappingProxyType(dict(privacy_zone(**data)["data"])),
        subentry_type=SUBENTRY_ZONE,
        title="Bed",
        unique_id=None,
    )
    camera.hass.config_entries.async_add_subentry(camera.entry, subentry)
    return subentry.subentry_id


def issue(camera: CameraHarness, kind: str) -> ir.IssueEntry | None:
    """Return a Repair of the camera."""
    registry = ir.async_get(camera.hass)
    return registry.async_get_issue(DOMAIN, f"{kind}_{camera.entry.entry_id}")


async def switch(camera: CameraHarness, action: str) -> None:
    """Turn the zone on or off."""
    await camera.hass.services.async_call(
        "switch", action, {"entity_id": SWITCH}, blocking=True
    )
    await camera.hass.async_block_till_done()


async def test_engine_knows_privacy_zones_with_the_camera_itself(
    camera: CameraHarness,
) -> None:
    first = camera.engine.commands("ConfigureCamera")[0]
    assert black(first) == {"WINDOW": WINDOW}
    assert first["privacy"][0]["at_source"] is False
    # No detector hears of what it never sees.
    (zones,) = camera.engine.commands("SetZones")
    assert [zone["zone_id"] for zone in zones["zones"]] == ["DRIVEWAY"]


async def test_privacy_zone_has_a_device_with_its_switch_only(
    camera: CameraHarness,
) -> None:
    registry = er.async_get(camera.hass)
    entities = [
        entry
        for entry in er.async_entries_for_config_entry(registry, camera.entry.entry_id)
        if entry.config_subentry_id == "WINDOW"
    ]
    assert [entry.entity_id for entry in entities] == [SWITCH]
    assert entities[0].entity_category == "config"
    assert entities[0].device_id != runtime(camera).device_id
    assert state_of(camera.hass, SWITCH).state == "on"


async def test_zone_is_black_in_its_modes_only(camera: CameraHarness) -> None:
    arming = camera.system.arming
    assert arming.mode is ArmingMode.ARMED_HOME
    bed = add_zone(camera, polygon=BED, modes=["disarmed", "armed_night"])
    both = {"WINDOW": WINDOW, bed: BED}
    arming.set(ArmingMode.DISARMED)
    await told(camera, both)
    arming.set(ArmingMode.ARMED_AWAY)
    await told(camera, {"WINDOW": WINDOW})
    arming.set(ArmingMode.ARMED_NIGHT)
    await told(camera, both)
    # What was recorded while it was not black is left alone.
    assert [zone.zone_id for zone in runtime(camera).past_zones] == ["WINDOW"]


async def test_mode_counts_though_the_camera_itself_is_not_armed(
    camera: CameraHarness,
) -> None:
    camera.hass.config_entries.async_update_entry(
        camera.entry, options={"armed": False}
    )
    bed = add_zone(camera, polygon=BED, modes=["armed_home"])
    await told(camera, {"WINDOW": WINDOW, bed: BED})


async def test_added_switched_changed_and_removed_without_a_reload(
    camera: CameraHarness,
) -> None:
    before = runtime(camera)
    bed = add_zone(camera, polygon=BED)
    await told(camera, {"WINDOW": WINDOW, bed: BED})
    await switch(camera, "turn_off")
    await told(camera, {bed: BED})
    assert state_of(camera.hass, SWITCH).state == "off"
    assert before.past_marks == marks_of((PrivacyZone(bed, points(BED)),))
    await switch(camera, "turn_on")
    await told(camera, {"WINDOW": WINDOW, bed: BED})
    entries = camera.hass.config_entries
    entries.async_update_subentry(
        camera.entry,
        camera.entry.subentries[bed],
        data={**camera.entry.subentries[bed].data, "polygon": WINDOW},
    )
    await told(camera, {"WINDOW": WINDOW, bed: WINDOW})
    entries.async_remove_subentry(camera.entry, "WINDOW")
    entries.async_remove_subentry(camera.entry, bed)
    await told(camera, {})
    assert before.past_marks == frozenset()
    assert runtime(camera) is before
    assert len(camera.engine.commands("SetZones")) == 1


def points(polygon: list[list[float]]) -> tuple[Point, ...]:
    """Return a polygon as the engine has it."""
    return tuple(Point(x, y) for x, y in polygon)


async def test_restarted_engine_is_told_before_anything_else(
    camera: CameraHarness,
) -> None:
    bed = add_zone(camera, polygon=BED)
    await told(camera, {"WINDOW": WINDOW, bed: BED})
    seen = len(camera.engine.commands())
    process = camera.system.supervisor._process
    assert process is not None
    process.kill("silent")  # type: ignore[arg-type]  # any reason will do
    await wait_for(
        lambda: [
            message
            for message in camera.engine.commands()[seen:]
            if message["type"] == "ConfigureCamera"
        ]
    )
    kinds = [message["type"] for message in camera.engine.commands()[seen:]]
    first = camera.engine.commands()[seen + kinds.index("ConfigureCamera")]
    assert set(kinds[: kinds.index("ConfigureCamera")]) <= {"Start"}
    assert black(first["data"]) == {"WINDOW": WINDOW, bed: BED}


@pytest.mark.parametrize(
    "broken",
    [
        {"polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]},
        {"polygon": [["left", 0], [1, 0], [1, 1]]},
        {"polygon": [[0, 0, 0], [1, 0], [1, 1]]},
        {"polygon": None},
        {"kind": "secret"},
        {"kind": None},
        {"kind": ["privacy"]},
        {"modes": ["armed_vacation"]},
        {"modes": "disarmed"},
        {"enabled": "no"},
        {"enabled": None},
        {"past": "yes"},
    ],
)
async def test_zone_that_cannot_be_read_hides_everything(
    camera: CameraHarness, broken: dict[str, Any]
) -> None:
    bed = add_zone(camera, **({"polygon": BED} | broken))
    await told(camera, {"WINDOW": WINDOW, bed: ALL})
    found = issue(camera, "privacy_unreadable")
    assert found is not None
    assert found.translation_key == "privacy_unreadable"
    assert found.translation_placeholders == {"name": "Front door"}
    # Older clips are not shown, and nothing is destroyed that nobody asked for.
    assert mark_of(WHOLE) in runtime(camera).past_marks
    assert [zone.zone_id for zone in runtime(camera).past_zones] == ["WINDOW"]
    camera.hass.config_entries.async_update_subentry(
        camera.entry,
        camera.entry.subentries[bed],
        data=privacy_zone(polygon=BED)["data"],
    )
    await told(camera, {"WINDOW": WINDOW, bed: BED})
    assert issue(camera, "privacy_unreadable") is None
    assert mark_of(WHOLE) not in runtime(camera).past_marks


async def test_repair_of_an_unreadable_zone_goes_with_it(camera: CameraHarness) -> None:
    bed = add_zone(camera, kind="secret")
    await told(camera, {"WINDOW": WINDOW, bed: ALL})
    assert issue(camera, "privacy_unreadable")
    camera.hass.config_entries.async_remove_subentry(camera.entry, bed)
    await told(camera, {"WINDOW": WINDOW})
    assert issue(camera, "privacy_unreadable") is None


async def test_older_clips_are_looked_at_whenever_the_rules_change(
    camera: CameraHarness,
) -> None:
    with patch.object(camera.system.past, "wake") as wake:
        bed = add_zone(camera, kind="secret")
        assert wake.call_count == 1
        camera.hass.config_entries.async_remove_subentry(camera.entry, bed)
        assert wake.call_count == 2
        camera.hass.config_entries.async_update_subentry(
            camera.entry, camera.entry.subentries["DRIVEWAY"], title="Path"
        )
        assert wake.call_count == 2


async def test_zone_that_lacks_its_own_settings_is_always_black(
    camera: CameraHarness,
) -> None:
    """As with one that was made from a motion zone by hand."""
    data = {**make_zone()["data"], "kind": "privacy", "polygon": BED}
    subentry = ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type=SUBENTRY_ZONE,
        title="Bed",
        unique_id=None,
    )
    camera.hass.config_entries.async_add_subentry(camera.entry, subentry)
    await told(camera, {"WINDOW": WINDOW, subentry.subentry_id: BED})
    assert issue(camera, "privacy_unreadable") is None


async def test_marks_here_are_those_of_the_engine(camera: CameraHarness) -> None:
    bed = add_zone(camera, polygon=BED, past=False)
    await told(camera, {"WINDOW": WINDOW, bed: BED})
    zones = runtime(camera).privacy_now
    assert [zone.zone_id for zone in zones] == ["WINDOW", bed]
    assert marks_of(zones) == Mask.of(zones).marks
    assert runtime(camera).past_marks == Mask.of(zones[:1]).marks
    assert {mark_of(WHOLE)} == EVERYTHING.marks


async def test_what_the_camera_masks_by_itself_is_told_to_the_engine(
    camera: CameraHarness,
) -> None:
    runtime(camera).set_masked_at_source(frozenset({"WINDOW", "GONE"}))
    await wait_for(
        lambda: camera.engine.commands("ConfigureCamera")[-1]["privacy"][0]["at_source"]
    )
    assert runtime(camera).cuts == 0
    runtime(camera).set_masked_at_source(frozenset())
    await wait_for(
        lambda: (
            not camera.engine.commands("ConfigureCamera")[-1]["privacy"][0]["at_source"]
        )
    )


async def test_camera_is_blocked_and_released_on_demand(camera: CameraHarness) -> None:
    runtime(camera).set_blocked(BlockCause.LEAKED)
    await wait_for(
        lambda: camera.engine.commands("ConfigureCamera")[-1]["blocked"] == "leaked"
    )
    found = issue(camera, "privacy_blocked")
    assert found is not None
    assert found.translation_key == "privacy_leaked"
    runtime(camera).set_blocked(None)
    await wait_for(
        lambda: camera.engine.commands("ConfigureCamera")[-1]["blocked"] is None
    )
    assert issue(camera, "privacy_blocked") is None


async def test_repairs_leave_with_the_camera(camera: CameraHarness) -> None:
    add_zone(camera, kind="secret")
    runtime(camera).set_blocked(BlockCause.LEAKED)
    assert issue(camera, "privacy_blocked")
    assert issue(camera, "privacy_unreadable")
    assert await camera.hass.config_entries.async_unload(camera.entry.entry_id)
    assert issue(camera, "privacy_blocked") is None
    assert issue(camera, "privacy_unreadable") is None
