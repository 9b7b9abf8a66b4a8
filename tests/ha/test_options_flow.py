"""The options of a camera: asked in one form, applied while it runs."""

from typing import Any

from probatio import to_field_list
import pytest

from custom_components.hearthcam.const import CONF_MAIN_URL
from custom_components.hearthcam.engine.protocol import ConfigureCamera
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import config_validation as cv

from .conftest import CameraHarness, make_camera_entry, make_zone, wait_for

UNCHANGED: dict[str, dict[str, Any]] = {
    "recording": {},
    "arming": {},
    "privacy": {},
}
DEFAULTS = {
    "record_classes": [],
    "record_zones": [],
    "pre_roll": 5.0,
    "post_roll": 10.0,
    "max_clip": 300.0,
    "record_audio": True,
    "mode_disarmed": "detect",
    "mode_armed_home": "record",
    "mode_armed_away": "record",
    "mode_armed_night": "record",
    "incident": [],
    "presence": [],
    "presence_rule": "nothing",
    "privacy_preset": None,
}


async def form(hass: HomeAssistant, entry_id: str) -> ConfigFlowResult:
    """Open the options of a camera."""
    result = await hass.config_entries.options.async_init(entry_id)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "camera"
    return result


async def send(
    hass: HomeAssistant, result: ConfigFlowResult, **sections: dict[str, Any]
) -> dict[str, Any]:
    """Send the form off, changed in parts; return the options."""
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], UNCHANGED | sections
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    return dict(result["data"])


def section(result: ConfigFlowResult, name: str) -> dict[str, Any]:
    """Return a section's fields and their selectors' possible values, if any."""
    schema = result["data_schema"]
    assert schema is not None
    return {str(key): value for key, value in schema.schema[name].schema.schema.items()}


def suggested(result: ConfigFlowResult, name: str, field: str) -> Any:
    """Return what a field of a section shows already."""
    schema = result["data_schema"]
    assert schema is not None
    (marker,) = (key for key in schema.schema[name].schema.schema if key == field)
    return marker.description["suggested_value"]


async def test_form_that_is_sent_off_unchanged_changes_nothing(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    result = await form(hass, camera.entry.entry_id)
    assert result["description_placeholders"] == {"name": "Front door"}
    assert set(section(result, "recording")) == {
        *("pre_roll", "post_roll", "max_clip", "record_audio"),
    }
    assert await send(hass, result) == DEFAULTS
    await wait_for(lambda: camera.engine.commands("ConfigureCamera"))
    assert len(camera.engine.commands("ConfigureCamera")) == 1
    assert camera.engine.commands("SetMode") == []


async def test_form_reaches_the_browser_with_what_is_in_use(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    hass.config_entries.async_update_entry(
        camera.entry, options={"record_classes": ["person"], "pre_roll": 8.0}
    )
    result = await form(hass, camera.entry.entry_id)
    schema = result["data_schema"]
    sent: Any = to_field_list(schema, custom_serializer=cv.custom_serializer)
    arming, recording, privacy = sent
    assert (arming["name"], arming["expanded"]) == ("arming", True)
    assert (recording["name"], recording["expanded"]) == ("recording", True)
    assert (privacy["name"], privacy["expanded"]) == ("privacy", False)
    fields = {field["name"]: field for field in recording["schema"]}
    assert fields["pre_roll"]["default"] == 8.0
    assert fields["record_classes"]["description"] == {"suggested_value": ["person"]}


async def test_recording_is_changed_while_everything_goes_on(
    camera: CameraHarness,
) -> None:
    hass, runtime = camera.hass, camera.entry.runtime_data
    hass.config_entries.async_update_entry(
        camera.entry, options={"sensitivity": 70, "detection": True, "armed": True}
    )
    runtime.class_reported("person")
    runtime.class_reported("animal")
    result = await form(hass, camera.entry.entry_id)
    options = await send(
        hass,
        result,
        recording={
            "record_classes": ["person", "animal"],
            "pre_roll": 12,
            "post_roll": 20,
            "max_clip": 600,
            "record_audio": False,
        },
        arming={"mode_armed_home": "record_chosen"},
    )
    # What is not in the form stays.
    assert options["sensitivity"] == 70
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    first, second = camera.engine.commands("ConfigureCamera")
    assert second == first | {
        "record_classes": ["person", "animal"],
        "pre_roll": 12.0,
        "post_roll": 20.0,
        "max_clip": 600.0,
        "record_audio": False,
    }
    assert camera.entry.runtime_data is runtime
    assert camera.engine.commands("RemoveCamera") == []
    again = await form(hass, camera.entry.entry_id)
    assert suggested(again, "recording", "record_classes") == ["person", "animal"]
    assert (
        await send(hass, again, recording={"record_classes": ["person", "animal"]})
        == options
    )


def offered_classes(result: ConfigFlowResult) -> list[str] | None:
    """Return the kinds of motion among which the form lets choose, if it does."""
    field = section(result, "recording").get("record_classes")
    return None if field is None else list(field.config["options"])


async def test_only_kinds_that_the_camera_reports_can_be_chosen(
    camera: CameraHarness,
) -> None:
    """Or that were chosen before, so that they can be seen and taken back."""
    hass, entry = camera.hass, camera.entry
    assert offered_classes(await form(hass, entry.entry_id)) is None
    entry.runtime_data.class_reported("person")
    result = await form(hass, entry.entry_id)
    assert offered_classes(result) == ["motion", "person"]
    hass.config_entries.async_update_entry(
        entry, options={"record_classes": ["vehicle"]}
    )
    result = await form(hass, entry.entry_id)
    assert offered_classes(result) == ["motion", "person", "vehicle"]
    assert suggested(result, "recording", "record_classes") == ["vehicle"]
    with pytest.raises(InvalidData):
        await send(hass, result, recording={"record_classes": ["animal"]})


async def test_modes_alone_are_changed_by_a_mode_alone(camera: CameraHarness) -> None:
    hass = camera.hass
    result = await form(hass, camera.entry.entry_id)
    options = await send(
        hass, result, arming={"mode_armed_home": "detect", "mode_disarmed": "off"}
    )
    assert options["mode_armed_home"] == "detect"
    assert options["mode_armed_away"] == "record"
    await wait_for(lambda: camera.engine.commands("SetMode"))
    assert camera.engine.commands("SetMode") == [
        {"camera_id": "front_door", "mode": "detect"}
    ]
    assert len(camera.engine.commands("ConfigureCamera")) == 1
    state = hass.states.get("select.front_door_when_disarmed")
    assert state
    assert state.state == "off"


async def test_zones_are_chosen_by_name_and_forgotten_when_they_are_gone(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    entry = make_camera_entry(
        "garden",
        {CONF_MAIN_URL: "rtsp://127.0.0.1/2"},
        [make_zone("Gate", "GATE"), make_zone("Road", "ROAD", kind="ignore")],
        {"record_zones": ["GONE", "GATE"], "incident": ["gone"]},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    result = await form(hass, entry.entry_id)
    field = section(result, "recording")["record_zones"]
    assert field.config["options"] == [{"value": "GATE", "label": "Gate"}]
    assert suggested(result, "recording", "record_zones") == ["GATE"]
    options = await send(
        hass,
        result,
        recording={"record_zones": ["GATE"]},
        arming={"mode_armed_home": "record_chosen"},
        incident={"incident": ["front_door"]},
    )
    assert options["record_zones"] == ["GATE"]
    assert options["incident"] == ["front_door"]

    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 3)
    last = camera.engine.commands("ConfigureCamera")[-1]
    assert last["camera_id"] == "garden"
    assert last["incident"] == ["front_door"]
    assert last["record_zones"] == ["GATE"]


async def test_other_cameras_are_named_and_not_the_camera_itself(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    alone = (await form(hass, camera.entry.entry_id))["data_schema"]
    assert alone is not None
    assert "incident" not in alone.schema
    make_camera_entry("garden").add_to_hass(hass)
    result = await form(hass, camera.entry.entry_id)
    (field,) = section(result, "incident").values()
    assert field.config["options"] == [{"value": "garden", "label": "Front door"}]


async def test_nothing_chosen_means_all(camera: CameraHarness) -> None:
    hass = camera.hass
    hass.config_entries.async_update_entry(
        camera.entry, options={"record_classes": ["person"]}
    )
    result = await form(hass, camera.entry.entry_id)
    options = await send(hass, result, recording={"record_classes": []})
    assert options["record_classes"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"pre_roll": 31},
        {"pre_roll": -1},
        {"post_roll": 1},
        {"max_clip": 5},
        {"record_classes": ["burglar"]},
        {"record_zones": ["GONE"]},
        {"mode_armed_home": "sometimes"},
    ],
)
async def test_impossible_answers_are_refused(
    camera: CameraHarness, wrong: dict[str, Any]
) -> None:
    hass = camera.hass
    result = await form(hass, camera.entry.entry_id)
    name = "arming" if "mode_armed_home" in wrong else "recording"
    with pytest.raises(InvalidData):
        await send(hass, result, **{name: wrong})
    hass.config_entries.options.async_abort(result["flow_id"])
    assert camera.entry.options == {}


async def test_camera_that_is_not_loaded_can_be_changed(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    assert await hass.config_entries.async_unload(camera.entry.entry_id)
    result = await form(hass, camera.entry.entry_id)
    await send(hass, result, recording={"record_audio": False})
    assert await hass.config_entries.async_setup(camera.entry.entry_id)
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    assert camera.engine.commands("ConfigureCamera")[-1]["record_audio"] is False


def test_defaults_of_the_form_are_those_of_the_engine() -> None:
    fields = ConfigureCamera.__dataclass_fields__
    for key in ("pre_roll", "post_roll", "max_clip", "record_audio"):
        assert fields[key].default == DEFAULTS[key]
