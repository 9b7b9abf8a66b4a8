"""What a self-test proves, and what it must not be taken for."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.hearthcam import privacy_run
from custom_components.hearthcam.const import CONF_PRIVACY_MODE
from custom_components.hearthcam.engine.parts import Point
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    Exposed,
    Inspected,
    Means,
)
from custom_components.hearthcam.exceptions import EngineError
from custom_components.hearthcam.library.models import Clip, HiddenError, LibraryError
from custom_components.hearthcam.privacy_check import (
    BY_DAY,
    NIGHTLY,
    PrivacyChecks,
    async_privacy_checks,
)
from custom_components.hearthcam.privacy_fetch import Fetcher, FetchError
from custom_components.hearthcam.privacy_result import CheckResult, OutputCheck
from custom_components.hearthcam.privacy_run import CheckRun
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from tests.library.clips import make_clip

from .conftest import CameraHarness
from .test_privacy_zones import (
    WINDOW,
    add_zone,
    camera_entry,  # noqa: F401 - pytest finds it by name
    runtime,
    switch,
)
from .test_privacy_zones_outputs import kept

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


async def test_clips_of_a_leak_lose_trust_and_the_camera_is_free_only_after_that(
    camera: CameraHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those since the last test that passed; also where the library cannot be asked."""
    found, checks = runtime(camera), async_privacy_checks(camera.hass)
    library = found.system.library
    assert library is not None
    mark = mark_of(tuple(Point(*p) for p in WINDOW))
    now = dt_util.utcnow().timestamp()

    def clip(number: int, age: float) -> Clip:
        start = now - age
        changes = {"camera_id": found.camera_id, "mask": (mark,), "start": start}
        made = make_clip(number, library.root, UTC, **changes)
        return replace(made, end=start + 5)

    async def test(result: CheckResult) -> None:
        with patch.object(PrivacyChecks, "_async_test", return_value=result):
            await checks.async_check(found)

    async def masks() -> list[tuple[str, ...]]:
        rows = [await library.get(made.clip_id) for made in clips]
        return [row.mask for row in rows if row is not None]

    monkeypatch.setattr(found.system.past, "_do_next", AsyncMock(return_value=None))
    clips = [clip(1, 300.0), clip(2, -300.0)]
    for made in clips:
        await library.add(made)
    await test(passed(WINDOW))
    with patch.object(library, "distrust", side_effect=LibraryError):
        await test(leaked(WINDOW))
    assert await masks() == [(mark,), (mark,)]
    with (
        patch.object(library, "distrust", side_effect=LibraryError),
        pytest.raises(HomeAssistantError),
    ):
        await test(passed(WINDOW))
    assert found.known_block is BlockCause.LEAKED

    later = now + 600
    moment = dt_util.utc_from_timestamp(later)
    with patch("homeassistant.util.dt.utcnow", return_value=moment):
        await test(leaked(WINDOW))
    assert await masks() == [(mark,), (f"?{mark}",)]
    await test(passed(WINDOW))
    assert found.blocked is None
    assert await masks() == [(mark,), (f"?{mark}",)]


async def test_last_picture_that_waits_to_be_black_is_no_output(
    camera: CameraHarness, tmp_path: Path
) -> None:
    """It is given out to nobody; or a camera that leaked could never be free again."""
    found = runtime(camera)
    library = found.system.library
    assert library is not None
    clip = make_clip(1, library.root, UTC, camera_id=found.camera_id)
    await library.add(clip)
    found.state.last_clip, found.state.picture_time = clip, dt_util.utcnow()
    fetching = Fetcher(camera.hass, tmp_path, "key")
    run = CheckRun(found, fetching, found.privacy_now)
    with patch.object(Fetcher, "async_last_motion", side_effect=FetchError("no")):
        assert await run._look_at_last_motion() is None
        marks = tuple(sorted(found.past_marks))
        await library.add(replace(clip, mask=marks))
        assert await run._look_at_last_motion() == OutputCheck(
            "last_motion", error="no"
        )


async def test_camera_that_saw_nothing_at_night_is_tested_by_day(
    camera: CameraHarness, freezer: FrozenDateTimeFactory
) -> None:
    found = runtime(camera)
    await camera.stream()
    dark = replace(passed(WINDOW), outputs=(OutputCheck("light", error="dark"),))
    day = dt_util.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with patch.object(PrivacyChecks, "_async_test", return_value=dark) as test:
        for days, tests in ((1, 2), (2, 1)):
            for moment in (NIGHTLY, BY_DAY):
                hour, minute, second = moment.values()
                at = timedelta(days=days, hours=hour, minutes=minute, seconds=second)
                freezer.move_to(day + at)
                async_fire_time_changed(camera.hass)
                await camera.hass.async_block_till_done()
            assert test.call_count == tests
            test.reset_mock()
            test.return_value = passed(WINDOW)
    assert found.privacy_check == passed(WINDOW)


@pytest.mark.parametrize("cause", [BlockCause.NO_ENCODER, BlockCause.MASK_FAILED])
async def test_outputs_that_are_blocked_are_told_at_once(
    camera: CameraHarness, cause: BlockCause
) -> None:
    """Nothing is waited for that cannot come."""
    found = runtime(camera)
    await camera.stream()
    await kept(camera, Means.BLOCKED, cause)
    lit = Exposed("r", dark=False)
    with patch.object(found.system.supervisor, "async_expose", return_value=lit):
        async with asyncio.timeout(10):
            result = await async_privacy_checks(camera.hass).async_check(found)
    assert {check.output: check.error for check in result.outputs} == {
        "still": "blocked",
        "live": "blocked",
        "clip": "blocked",
    }


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([Exposed("r", dark=True)], "dark"),
        ([Exposed("r", dark=False), Exposed("r", dark=True)], "dark"),
        ([EngineError("engine_no_answer")], "engine_no_answer"),
    ],
)
async def test_zone_in_the_dark_proves_nothing(
    camera: CameraHarness, answers: list[Exposed | EngineError], told: str
) -> None:
    """Whatever looks black there would do so without any mask."""
    found = runtime(camera)
    await camera.stream()
    await kept(camera, Means.BLOCKED, BlockCause.NO_ENCODER)
    with patch.object(
        found.system.supervisor, "async_expose", side_effect=answers
    ) as asked:
        result = await async_privacy_checks(camera.hass).async_check(found)
    assert result.outputs[-1] == OutputCheck("light", error=told)
    assert result.dark
    assert asked.call_args.args[0] == found.camera_id
    assert len(asked.call_args.args[1]) == 1


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


@pytest.mark.parametrize("change", ["shut", "zones", "unload"])
async def test_leak_that_was_seen_before_something_changed_is_one(
    camera: CameraHarness, monkeypatch: pytest.MonkeyPatch, change: str, tmp_path: Path
) -> None:
    """It is blocked all the same, also where it is loaded anew meanwhile."""
    for name in ("_RECORDED_WITHIN", "_SHOWN_WITHIN"):
        monkeypatch.setattr(privacy_run, name, 0.01)
    found, hass, entry = runtime(camera), camera.hass, camera.entry

    async def still(_fetcher: Fetcher, _camera_id: str) -> Path:
        return tmp_path

    async def live(_fetcher: Fetcher, _camera_id: str) -> Path:
        if change == "shut":
            found.set_option(CONF_PRIVACY_MODE, True)
        elif change == "zones":
            add_zone(camera, polygon=BED)
        else:
            await hass.config_entries.async_unload(entry.entry_id)
        return tmp_path

    seen = Inspected("r", frames=1, leaked=5, brightest=200)
    supervisor = found.system.supervisor
    with (
        patch.object(Fetcher, "async_still", still),
        patch.object(Fetcher, "async_live", live),
        patch.object(supervisor, "async_inspect", return_value=seen),
        patch.object(supervisor, "async_expose", return_value=Exposed("r", dark=False)),
    ):
        result = await async_privacy_checks(hass).async_check(found)
    assert [check.output for check in result.outputs if check.leaked] == ["still"]
    doubts = found.system.checks.trust(found.camera_id).doubts
    assert [doubt.mark for doubt in doubts] == list(result.marks)
    if change == "unload":
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    assert runtime(camera).blocked is BlockCause.LEAKED
