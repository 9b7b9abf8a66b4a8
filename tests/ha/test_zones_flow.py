"""Zones are added, changed and removed in their subentry flow."""

from typing import Any

import pytest

from custom_components.hearthcam.const import (
    CONF_ENTRY_TYPE,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
    MAX_ZONES,
    SUBENTRY_ZONE,
)
from custom_components.hearthcam.zones import zones_of
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigSubentry,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData, UnknownHandler

from .conftest import CameraHarness, make_camera_entry, make_zone

SHAPE = {
    "name": " Driveway ",
    "kind": "motion",
    "areas": ["bottom_left", "bottom_center"],
}
TUNING = {"sensitivity": 70, "min_size": 12.5, "min_duration": 0.5}
STRIP = [[0.0, 0.6667], [0.6667, 0.6667], [0.6667, 1.0], [0.0, 1.0]]


async def start(
    hass: HomeAssistant, entry_id: str, zone_id: str | None = None
) -> SubentryFlowResult:
    """Begin to add a zone, or to change one."""
    context: Any = {"source": SOURCE_USER}
    if zone_id is not None:
        context = {"source": SOURCE_RECONFIGURE, "subentry_id": zone_id}
    return await hass.config_entries.subentries.async_init(
        (entry_id, SUBENTRY_ZONE), context=context
    )


async def answer(
    hass: HomeAssistant, result: SubentryFlowResult, values: dict[str, Any]
) -> SubentryFlowResult:
    """Send a form."""
    return await hass.config_entries.subentries.async_configure(
        result["flow_id"], values
    )


def suggested(result: SubentryFlowResult) -> dict[str, Any]:
    """Return what the fields of a form hold at first."""
    schema = result["data_schema"]
    assert schema is not None
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in schema.schema
        if (key.description or {}).get("suggested_value") is not None
    }


def zones(camera: CameraHarness) -> list[ConfigSubentry]:
    """Return the camera's zones."""
    found: list[ConfigSubentry] = camera.entry.get_subentries_of_type(SUBENTRY_ZONE)
    return found


async def test_motion_zone_is_added_by_ticking_areas(camera: CameraHarness) -> None:
    hass = camera.hass
    result = await start(hass, camera.entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    result = await answer(hass, result, SHAPE)
    assert result["step_id"] == "tuning"
    assert result["description_placeholders"] == {"name": "Driveway"}
    result = await answer(hass, result, TUNING)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (zone,) = zones(camera)
    assert zone.title == "Driveway"
    assert dict(zone.data) == {
        "kind": "motion",
        "polygon": STRIP,
        "sensitivity": 70,
        "min_size": 0.125,
        "min_duration": 0.5,
        "enabled": True,
    }


async def test_ignore_zone_needs_no_tuning(camera: CameraHarness) -> None:
    hass = camera.hass
    result = await start(hass, camera.entry.entry_id)
    form = {"name": "Road", "kind": "ignore", "points": "0,0 1,0 1,.2 0,.2"}
    result = await answer(hass, result, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (zone,) = zones(camera)
    assert zone.data["kind"] == "ignore"
    assert zone.data["polygon"] == [[0.0, 0.0], [1.0, 0.0], [1.0, 0.2], [0.0, 0.2]]
    assert zone.data["enabled"] is True


async def test_two_zones_may_have_one_name(camera: CameraHarness) -> None:
    for _ in range(2):
        result = await start(camera.hass, camera.entry.entry_id)
        result = await answer(camera.hass, result, SHAPE | {"kind": "ignore"})
        assert result["type"] is FlowResultType.CREATE_ENTRY
    assert len(zones(camera)) == 2


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"name": "  "}, {"name": "name_missing"}),
        ({"areas": []}, {"areas": "shape_missing"}),
        ({"areas": ["top_left", "bottom_left"]}, {"areas": "areas_not_connected"}),
        (
            {"areas": ["top_left", "middle_center"], "name": ""},
            {"areas": "areas_not_connected", "name": "name_missing"},
        ),
        ({"points": "0,0 1,0 1,1"}, {"points": "shape_ambiguous"}),
        ({"areas": [], "points": "a,b"}, {"points": "points_not_numbers"}),
        ({"areas": [], "points": "0,0 1"}, {"points": "points_odd"}),
        ({"areas": [], "points": "0,0 1,1"}, {"points": "polygon_too_few_points"}),
        (
            {"areas": [], "points": " ".join(f"0.{n},0.{99 - n}" for n in range(33))},
            {"points": "polygon_too_many_points"},
        ),
        ({"areas": [], "points": "0,0 2,0 1,1"}, {"points": "polygon_outside"}),
        ({"areas": [], "points": "0,0 1,0 1,1 0,-1"}, {"points": "polygon_outside"}),
        (
            {"areas": [], "points": "0,0 0,0 1,0 1,1"},
            {"points": "polygon_repeated_point"},
        ),
        (
            {"areas": [], "points": "0,0 1,1 1,0 0,1"},
            {"points": "polygon_crosses_itself"},
        ),
        ({"areas": [], "points": "0,0 .5,.5 1,1"}, {"points": "polygon_empty"}),
    ],
)
async def test_every_fault_is_told_and_can_be_mended(
    camera: CameraHarness, values: dict[str, Any], errors: dict[str, str]
) -> None:
    hass = camera.hass
    result = await start(hass, camera.entry.entry_id)
    result = await answer(hass, result, SHAPE | values)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    result = await answer(hass, result, SHAPE)
    assert result["step_id"] == "tuning"


async def test_form_refuses_what_no_browser_sends(camera: CameraHarness) -> None:
    result = await start(camera.hass, camera.entry.entry_id)
    with pytest.raises(InvalidData):
        await answer(camera.hass, result, SHAPE | {"kind": "secret"})
    with pytest.raises(InvalidData):
        await answer(camera.hass, result, SHAPE | {"areas": ["nowhere"]})
    result = await answer(camera.hass, result, SHAPE)
    for wrong in ({"sensitivity": 0}, {"min_size": 101}, {"min_duration": -1}):
        with pytest.raises(InvalidData):
            await answer(camera.hass, result, TUNING | wrong)


async def test_ticked_areas_are_shown_again_and_changed(camera: CameraHarness) -> None:
    hass = camera.hass
    result = await start(hass, camera.entry.entry_id)
    result = await answer(hass, result, SHAPE)
    await answer(hass, result, TUNING)
    (zone,) = zones(camera)
    result = await start(hass, camera.entry.entry_id, zone.subentry_id)
    assert result["step_id"] == "reconfigure"
    assert suggested(result) == {
        "name": "Driveway",
        "kind": "motion",
        "areas": ["bottom_left", "bottom_center"],
    }
    form = {"name": "Path", "kind": "motion", "areas": ["bottom_left"]}
    result = await answer(hass, result, form)
    assert suggested(result) == TUNING
    result = await answer(hass, result, TUNING | {"sensitivity": 20})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    (changed,) = zones(camera)
    assert changed.subentry_id == zone.subentry_id
    assert changed.title == "Path"
    assert changed.data["sensitivity"] == 20
    assert changed.data["min_size"] == 0.125
    assert len(changed.data["polygon"]) == 4


async def test_drawn_shape_is_shown_as_points(camera: CameraHarness) -> None:
    hass = camera.hass
    polygon = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]
    zone = ConfigSubentry(
        data={**make_zone()["data"], "polygon": polygon, "enabled": False},  # type: ignore[arg-type]  # any mapping will do
        subentry_type=SUBENTRY_ZONE,
        title="Door",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(camera.entry, zone)
    result = await start(hass, camera.entry.entry_id, zone.subentry_id)
    form = suggested(result)
    assert form["points"] == "0.1, 0.1\n0.9, 0.1\n0.5, 0.9"
    assert "areas" not in form
    result = await answer(hass, result, form | {"areas": ["top_left"]})
    assert result["errors"] == {"points": "shape_ambiguous"}
    result = await answer(hass, result, form | {"kind": "ignore"})
    assert result["reason"] == "reconfigure_successful"
    (changed,) = zones(camera)
    assert changed.data["polygon"] == polygon
    assert changed.data["kind"] == "ignore"
    # What the form does not ask for stays.
    assert changed.data["enabled"] is False


async def test_zone_of_a_camera_that_is_not_loaded_is_changed(
    home: HomeAssistant,
) -> None:
    entry = make_camera_entry(zones=[make_zone()])
    entry.add_to_hass(home)
    result = await start(home, entry.entry_id, "DRIVEWAY")
    result = await answer(home, result, SHAPE)
    result = await answer(home, result, TUNING)
    assert result["reason"] == "reconfigure_successful"
    known, unreadable = zones_of(entry)
    assert known["DRIVEWAY"].sensitivity == 70
    assert not unreadable


async def test_number_of_zones_is_limited(camera: CameraHarness) -> None:
    for number in range(MAX_ZONES):
        result = await start(camera.hass, camera.entry.entry_id)
        form = SHAPE | {"kind": "ignore", "name": str(number)}
        await answer(camera.hass, result, form)
    result = await start(camera.hass, camera.entry.entry_id)
    result = await answer(camera.hass, result, SHAPE)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"kind": "too_many_zones"}
    assert result["description_placeholders"] == {"most": str(MAX_ZONES)}
    # What hides something is never refused for what only reports.
    result = await answer(camera.hass, result, SHAPE | {"kind": "privacy"})
    assert result["step_id"] == "privacy"


async def test_zone_that_was_removed_meanwhile_is_not_changed(
    camera: CameraHarness,
) -> None:
    with pytest.raises(UnknownSubEntry):
        await start(camera.hass, camera.entry.entry_id, "GONE")


async def test_system_has_no_zones(camera: CameraHarness) -> None:
    (system,) = (
        entry
        for entry in camera.hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_ENTRY_TYPE] == ENTRY_TYPE_SYSTEM
    )
    assert system.supported_subentry_types == {}
    assert set(camera.entry.supported_subentry_types) == {SUBENTRY_ZONE}
    assert camera.entry.supported_subentry_types[SUBENTRY_ZONE] == {
        "supports_reconfigure": True
    }
    with pytest.raises(UnknownHandler):
        await start(camera.hass, system.entry_id)
