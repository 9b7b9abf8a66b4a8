"""What a self-test proves, and what it must not be taken for."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.hearthcam import privacy_run
from custom_components.hearthcam.const import CONF_PRIVACY_MODE
from custom_components.hearthcam.engine.parts import Point
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import BlockCause, Exposed, Inspected
from custom_components.hearthcam.library.models import HiddenError
from custom_components.hearthcam.privacy_check import (
    NIGHTLY,
    PrivacyChecks,
    async_privacy_checks,
)
from custom_components.hearthcam.privacy_fetch import Fetcher
from custom_components.hearthcam.privacy_result import CheckResult, OutputCheck
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .conftest import CameraHarness
from .test_privacy_zones import (
    WINDOW,
    add_zone,
    camera_entry,  # noqa: F401 - pytest finds it by name
    runtime,
    switch,
)

BED = [[0.5, 0.5], [0.9, 0.5], [0.9, 0.9]]


def leaked(*polygons: list[list[float]]) -> CheckResult:
    """Return what a test tells of zones that show."""
    marks = tuple(mark_of(tuple(Point(*p) for p in polygon)) for polygon in polygons)
    return CheckResult(1.0, (OutputCheck("live", 3, leaked=9),), marks)


def passed(*polygons: list[list[float]]) -> CheckResult:
    """Return what a test tells of zones that are black."""
    return replace(leaked(*polygons), outputs=(OutputCheck("live", 3),))


async def test_block_ends_with_the_last_zone_and_comes_back_with_it(
    camera: CameraHarness,
) -> None:
    """Without one there is nothing to hide, and no test that could pass."""
    found = runtime(camera)
    library = found.system.library
    assert library is not None

    def cause() -> BlockCause | None:
        return found.engine_config.blocked

    found.privacy_checked(leaked(WINDOW))
    assert cause() is BlockCause.LEAKED
    with pytest.raises(HiddenError):
        library.check_shown(found.camera_id, ())

    await switch(camera, "turn_off")
    assert cause() is None
    library.check_shown(found.camera_id, ())

    await switch(camera, "turn_on")
    assert cause() is BlockCause.LEAKED


async def test_zone_that_showed_must_be_looked_at_before_the_camera_is_free(
    camera: CameraHarness,
) -> None:
    """Here it counts at night only, and it is not night."""
    found, checks = runtime(camera), async_privacy_checks(camera.hass)
    add_zone(camera, polygon=BED, modes=["armed_night"])
    found.privacy_checked(leaked(WINDOW, BED))
    with (
        patch.object(PrivacyChecks, "_async_test", return_value=passed(WINDOW)),
        pytest.raises(HomeAssistantError) as refused,
    ):
        await checks.async_check(found)
    assert refused.value.translation_key == "privacy_check_other_zones"
    assert str(refused.value) != "privacy_check_other_zones"
    assert found.blocked is BlockCause.LEAKED

    both = passed(WINDOW, BED)
    with patch.object(PrivacyChecks, "_async_test", return_value=both):
        await checks.async_check(found)
    assert found.blocked is None


async def test_camera_that_is_blocked_meanwhile_is_not_shown_by_the_nightly_check(
    camera: CameraHarness, freezer: FrozenDateTimeFactory
) -> None:
    """It waits for its turn, as somebody has just asked for a check."""
    found, checks = runtime(camera), async_privacy_checks(camera.hass)
    await camera.stream()
    with patch.object(
        PrivacyChecks, "_async_test", return_value=passed(WINDOW)
    ) as test:
        async with checks._lock:
            hour, minute, second = NIGHTLY.values()
            tonight = dt_util.now().replace(
                hour=hour, minute=minute, second=second, microsecond=0
            )
            freezer.move_to(tonight + timedelta(days=1))
            async_fire_time_changed(camera.hass)
            found.privacy_checked(leaked(WINDOW))
        await camera.hass.async_block_till_done()
        assert not test.called
    assert found.blocked is BlockCause.LEAKED


@pytest.mark.parametrize("change", ["shut", "zones", "unload"])
async def test_what_changes_during_a_check_is_no_leak(
    camera: CameraHarness, monkeypatch: pytest.MonkeyPatch, change: str, tmp_path: Path
) -> None:
    """A closed shutter is not black, nor is what a zone of another mode left free."""
    for name in ("_RECORDED_WITHIN", "_SHOWN_WITHIN"):
        monkeypatch.setattr(privacy_run, name, 0.01)
    found = runtime(camera)
    supervisor = found.system.supervisor

    async def still(_fetcher: Fetcher, _camera_id: str) -> Path:
        if change == "shut":
            found.set_option(CONF_PRIVACY_MODE, True)
        elif change == "zones":
            add_zone(camera, polygon=BED)
        else:
            await camera.hass.config_entries.async_unload(camera.entry.entry_id)
        return tmp_path

    seen = Inspected("r", frames=1, leaked=5, brightest=200)
    with (
        patch.object(Fetcher, "async_still", still),
        patch.object(Fetcher, "async_live", still),
        patch.object(supervisor, "async_inspect", return_value=seen),
        patch.object(supervisor, "async_expose", return_value=Exposed("r", dark=False)),
        pytest.raises(HomeAssistantError) as refused,
    ):
        await async_privacy_checks(camera.hass).async_check(found)
    assert refused.value.translation_key == "privacy_check_disturbed"
    assert found.privacy_check is None
    assert found.blocked is None
    if change == "shut":
        with pytest.raises(HomeAssistantError) as refused:
            await async_privacy_checks(camera.hass).async_check(found)
        assert refused.value.translation_key == "camera_shut"
