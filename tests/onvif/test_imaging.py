"""Picture settings are set on the camera, and all that was not asked for stays."""

from dataclasses import replace

import pytest

from custom_components.hearthcam.onvif import OnvifResponseError
from custom_components.hearthcam.onvif.control import Imaging
from tests.simulator.onvif_options import OnvifOptions

from .against_simulator import client

pytestmark = pytest.mark.usefixtures("socket_enabled")

FULL = OnvifOptions(imaging=True)


@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("brightness", 70.0, "Brightness"),
        ("brightness", 500.0, "Brightness"),
        ("ir_cut_filter", "OFF", "IrCutFilter"),
        ("wide_dynamic_range_mode", "OFF", "WideDynamicRange/Mode"),
        ("wide_dynamic_range_level", 55.0, "WideDynamicRange/Level"),
        ("exposure_mode", "MANUAL", "Exposure/Mode"),
    ],
)
async def test_one_picture_setting_is_changed_and_no_other(
    partial: bool, key: str, value: float | str, path: str
) -> None:
    options = replace(FULL, refuses_partial_imaging=not partial)
    async with client(options) as (camera, asker):
        imaging = Imaging(camera, "vs0")
        setting = next(one for one in await imaging.settings() if one.key == key)
        before = dict(asker.device.imaging.values)
        await imaging.change(setting, value)
        after = dict(asker.device.imaging.values)
        expected = "100" if value == 500.0 else str(value).removesuffix(".0")
        assert after.pop(path) == expected
        before.pop(path)
        assert after == before
        assert asker.device.imaging.vendor == "7"
        told = (await imaging.read_back(setting)).value
        assert str(told).removesuffix(".0") == expected


async def test_setting_that_has_no_effect_is_seen_by_reading_back() -> None:
    async with client(replace(FULL, ignores_settings=True)) as (camera, _):
        imaging = Imaging(camera, "vs0")
        setting = next(s for s in await imaging.settings() if s.key == "ir_cut_filter")
        await imaging.change(setting, "ON")
        assert (await imaging.read_back(setting)).value == "AUTO"


async def test_what_is_no_choice_is_not_sent() -> None:
    async with client(FULL) as (camera, asker):
        imaging = Imaging(camera, "vs0")
        found = {one.key: one for one in await imaging.settings()}
        for key, value in (("ir_cut_filter", "MAYBE"), ("contrast", "high")):
            with pytest.raises(OnvifResponseError):
                await imaging.change(found[key], value)
        assert asker.device.calls["SetImagingSettings"] == 0


async def test_focus_moves_and_stops() -> None:
    async with client(FULL) as (camera, asker):
        imaging = Imaging(camera, "vs0")
        await imaging.focus(-0.5)
        await imaging.focus(0)
        assert asker.device.imaging.focus == [-0.5, 0.0]
