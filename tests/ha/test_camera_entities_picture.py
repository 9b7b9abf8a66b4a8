"""The settings of a camera's picture, against a simulated one."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from tests.simulator.onvif_options import OnvifOptions

from .ability_fixtures import Begin, call, shown
from .conftest import wait_for
from .session_fixtures import OnvifHarness

pytest_plugins = ["tests.ha.ability_fixtures"]

IMAGING = OnvifOptions(imaging=True)
BRIGHTNESS = "number.front_door_brightness"
FILTER = "select.front_door_infrared_filter"


async def set_brightness(harness: OnvifHarness, value: float) -> None:
    """Set the brightness."""
    await call(harness, "number.set_value", entity_id=BRIGHTNESS, value=value)


async def test_settings_are_numbers_and_choices_most_of_them_disabled(
    begin: Begin,
) -> None:
    async with begin(IMAGING) as harness:
        await harness.state(BRIGHTNESS, "50.0")
        brightness = shown(harness, BRIGHTNESS).attributes
        assert (brightness["min"], brightness["max"], brightness["step"]) == (0, 100, 1)
        assert brightness["mode"] == "slider"
        registry = er.async_get(harness.hass)
        entries = er.async_entries_for_config_entry(registry, harness.entry.entry_id)
        ours = [
            entry
            for entry in entries
            if entry.domain in ("number", "select")
            and entry.translation_key != "sensitivity"
            and not (entry.translation_key or "").startswith("mode_")
        ]
        assert all(entry.entity_category == "config" for entry in ours)
        enabled = {e.translation_key for e in ours if not e.disabled}
        assert enabled == {"brightness", "contrast", "ir_cut_filter"}
        assert {e.translation_key for e in ours if e.disabled} == {
            *("color_saturation", "exposure_mode", "exposure_time_min"),
            *("wide_dynamic_range_level", "wide_dynamic_range_mode"),
        }


async def test_setting_is_changed_and_read_back(begin: Begin) -> None:
    async with begin(replace(IMAGING, refuses_partial_imaging=True)) as harness:
        await harness.state(BRIGHTNESS, "50.0")
        await set_brightness(harness, 70)
        assert harness.device.imaging.values["Brightness"] == "70"
        assert shown(harness, BRIGHTNESS).state == "70.0"
        await harness.state(FILTER, "auto")
        await call(harness, "select.select_option", entity_id=FILTER, option="off")
        assert harness.device.imaging.values["IrCutFilter"] == "OFF"
        assert shown(harness, FILTER).state == "off"
        assert shown(harness, FILTER).attributes["options"] == [*("on", "off", "auto")]


async def test_change_that_the_camera_ignores_is_not_shown(begin: Begin) -> None:
    async with begin(replace(IMAGING, ignores_settings=True)) as harness:
        await harness.state(BRIGHTNESS, "50.0")
        with pytest.raises(HomeAssistantError) as ignored:
            await set_brightness(harness, 70)
        assert ignored.value.translation_key == "camera_ignored"
        assert shown(harness, BRIGHTNESS).state == "50.0"


async def test_change_at_the_camera_itself_is_seen(begin: Begin) -> None:
    often = timedelta(seconds=0.05)
    with patch("custom_components.hearthcam.readings.INTERVAL", often):
        async with begin(IMAGING) as harness:
            await harness.state(BRIGHTNESS, "50.0")
            harness.device.imaging.values["Brightness"] = "20"
            await harness.state(BRIGHTNESS, "20.0")


async def test_change_while_the_camera_is_away_fails_in_words(begin: Begin) -> None:
    async with begin(IMAGING) as harness:
        await harness.state(BRIGHTNESS, "50.0")
        await harness.device.stop()
        with pytest.raises(HomeAssistantError) as away:
            await set_brightness(harness, 70)
        assert away.value.translation_key == "camera_unreachable"
        await harness.state(BRIGHTNESS, "unavailable")
        harness.device.imaging.values["Brightness"] = "30"
        await harness.device.start()
        await harness.state(BRIGHTNESS, "30.0")
        await wait_for(lambda: harness.session.reachable)
