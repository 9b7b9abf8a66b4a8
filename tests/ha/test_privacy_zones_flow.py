"""Privacy zones are added, changed and removed in the flow of all zones."""

from typing import Any

import pytest

from custom_components.hearthcam import zones as zones_module
from custom_components.hearthcam.privacy_zones import privacy_rules
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from .conftest import CameraHarness, make_camera_entry
from .test_privacy_zones import BED, WINDOW, add_zone, issue, told
from .test_zones_flow import SHAPE, STRIP, TUNING, answer, start, suggested, zones

FORM = {"name": "Window", "kind": "privacy", "areas": ["bottom_left", "bottom_center"]}


async def test_zone_is_always_black_unless_told_otherwise(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    result = await start(hass, camera.entry.entry_id)
    result = await answer(hass, result, FORM)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "privacy"
    assert result["description_placeholders"] == {"name": "Window"}
    assert suggested(result) == {"modes": [], "past": True}
    result = await answer(hass, result, {"past": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (zone,) = zones(camera)
    assert zone.title == "Window"
    assert dict(zone.data) == {
        "kind": "privacy",
        "polygon": STRIP,
        "modes": [],
        "past": True,
        "enabled": True,
    }
    await told(camera, {zone.subentry_id: STRIP})


async def test_modes_are_chosen_and_kept_in_order(camera: CameraHarness) -> None:
    hass = camera.hass
    result = await start(hass, camera.entry.entry_id)
    result = await answer(hass, result, FORM)
    chosen = {"modes": ["armed_night", "disarmed"], "past": False}
    result = await answer(hass, result, chosen)
    (zone,) = zones(camera)
    assert zone.data["modes"] == ["disarmed", "armed_night"]
    assert zone.data["past"] is False
    result = await start(hass, camera.entry.entry_id)
    result = await answer(hass, result, FORM)
    with pytest.raises(InvalidData):
        await answer(hass, result, {"modes": ["armed_vacation"], "past": True})


async def test_zone_is_changed_and_stays_as_it_was_where_nobody_asked(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    bed = add_zone(camera, polygon=BED, modes=["disarmed"], past=False, enabled=False)
    result = await start(hass, camera.entry.entry_id, bed)
    form = suggested(result)
    assert form["kind"] == "privacy"
    result = await answer(hass, result, form | {"name": "Cot"})
    assert suggested(result) == {"modes": ["disarmed"], "past": False}
    result = await answer(hass, result, {"modes": [], "past": False})
    assert result["reason"] == "reconfigure_successful"
    (zone,) = zones(camera)
    assert zone.title == "Cot"
    assert dict(zone.data) == {
        "kind": "privacy",
        "polygon": BED,
        "modes": [],
        "past": False,
        "enabled": False,
    }


async def test_zone_that_becomes_a_privacy_zone_is_black(camera: CameraHarness) -> None:
    hass = camera.hass
    result = await start(hass, camera.entry.entry_id)
    result = await answer(hass, result, SHAPE)
    await answer(hass, result, TUNING)
    (zone,) = zones(camera)
    await hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": "switch.front_door_driveway_enabled"},
        blocking=True,
    )
    result = await start(hass, camera.entry.entry_id, zone.subentry_id)
    result = await answer(hass, result, FORM)
    await answer(hass, result, {"past": True})
    await told(camera, {zone.subentry_id: STRIP})
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.front_door_driveway_motion") is None
    assert hass.states.get("number.front_door_driveway_sensitivity") is None
    # And back: it reports motion as a new one does.
    result = await start(hass, camera.entry.entry_id, zone.subentry_id)
    result = await answer(hass, result, SHAPE)
    assert suggested(result)["sensitivity"] == 50
    await answer(hass, result, TUNING)
    await told(camera, {})
    (zone,) = zones(camera)
    assert "past" not in zone.data
    assert zone.data["sensitivity"] == 70


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ({"kind": "secret"}, "privacy"),
        ({"kind": None}, "privacy"),
        ({"polygon": None}, "privacy"),
        ({"kind": "motion", "polygon": None}, "motion"),
        ({"enabled": "no"}, "privacy"),
    ],
)
async def test_zone_that_cannot_be_read_is_drawn_anew(
    camera: CameraHarness, broken: dict[str, Any], kind: str
) -> None:
    hass = camera.hass
    bed = add_zone(camera, **({"polygon": BED} | broken))
    assert (issue(camera, "privacy_unreadable") is not None) is (kind == "privacy")
    result = await start(hass, camera.entry.entry_id, bed)
    assert suggested(result)["kind"] == kind
    result = await answer(hass, result, FORM)
    result = await answer(hass, result, {"past": True})
    assert result["reason"] == "reconfigure_successful"
    await told(camera, {bed: STRIP})
    assert issue(camera, "privacy_unreadable") is None


async def test_privacy_zones_have_a_limit_of_their_own(
    camera: CameraHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones_module, "MAX_PRIVACY_ZONES", 2)
    hass = camera.hass
    beds = [add_zone(camera, polygon=polygon) for polygon in (BED, WINDOW)]
    result = await start(hass, camera.entry.entry_id)
    result = await answer(hass, result, FORM)
    assert result["errors"] == {"kind": "too_many_zones"}
    assert result["description_placeholders"] == {"most": "2"}
    result = await answer(hass, result, SHAPE)
    assert result["step_id"] == "tuning"
    # One of them can be changed, and another kind is not made one more.
    result = await start(hass, camera.entry.entry_id, beds[0])
    result = await answer(hass, result, FORM)
    assert result["step_id"] == "privacy"


async def test_zone_of_a_camera_that_is_not_loaded_counts_from_its_start(
    home: HomeAssistant,
) -> None:
    entry = make_camera_entry()
    entry.add_to_hass(home)
    result = await start(home, entry.entry_id)
    result = await answer(home, result, FORM)
    result = await answer(home, result, {"past": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    rules = privacy_rules(entry)
    assert not rules.unreadable
    assert [zone.name for zone in rules.zones] == ["Window"]
    assert len(rules.past_marks) == 1
