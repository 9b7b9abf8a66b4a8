"""What is wrong with a camera becomes a Repair, is fixed after a yes, and goes."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.hearthcam import camera_health, camera_repairs, camera_watch
from custom_components.hearthcam.camera_issues import Wrong
from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    Profile,
    StreamInfo,
    StreamState,
    StreamStatus,
)
from custom_components.hearthcam.onvif import DiscoveredCamera
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.onvif_tls import Certificate

from .conftest import FakeEngineControl, wait_for
from .flow_parts import MAC, camera_state, found_camera
from .session_fixtures import IssueIds, OnvifHarness, issue_ids, onvif_harness

__all__ = ["issue_ids"]

pytest_plugins = ["tests.ha.flow_fixtures"]


@pytest.fixture(autouse=True)
def no_waiting() -> Generator[None]:
    """Say at once what lasts, and look soon whether a change helped."""
    with (
        patch.object(camera_watch, "CONFIRM_SECONDS", 0.05),
        patch.object(camera_health, "LASTING", 0.0),
        patch.object(camera_health, "OVER", 0.0),
        patch.object(camera_repairs, "FOUND_SECONDS", 5.0),
    ):
        yield


@pytest.fixture
async def repairs(home: HomeAssistant) -> None:
    """Have Repairs at hand."""
    assert await async_setup_component(home, "repairs", {})


async def fix(hass: HomeAssistant, issue: str, *answers: dict[str, Any]) -> Any:
    """Go through the flow of an issue."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(DOMAIN, data={"issue_id": issue})
    for answer in answers:
        assert result["type"] is FlowResultType.FORM, result
        result = await manager.async_configure(result["flow_id"], answer)
    return result


async def emit_streams(
    kept: OnvifHarness, gop: float = 2.0, sub_fps: float = 10.0, codec: str = "h264"
) -> None:
    """Have the engine tell of both streams."""
    camera_id = kept.camera_id
    info = StreamInfo(codec, 1920, 1080, 15.0)
    small = StreamInfo("h264", 640, 360, sub_fps)
    online = StreamStatus.ONLINE
    stats = CameraStats(
        *(camera_id, 15.0, 4000.0, gop, 8.0, 1, "idle", 1.0, 0),
        sub_fps=sub_fps,
        sub_gop=2.0,
    )
    await kept.emit(
        StreamState(camera_id, Profile.MAIN, online, None, info),
        StreamState(camera_id, Profile.SUB, online, None, small),
        stats,
    )
    state = kept.entry.runtime_data.state
    await wait_for(lambda: state.stats == stats)
    await kept.hass.async_block_till_done(wait_background_tasks=False)


# --- the clock ------------------------------------------------------------------


async def test_wrong_clock_is_told_and_set_after_a_yes(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    repairs: None,
    issue_ids: IssueIds,
) -> None:
    await home.config.async_set_time_zone("Europe/Berlin")
    async with onvif_harness(home, fake_engine_used) as kept:
        await kept.reachable()
        kept.state_of_device.clock_skew = 3600.0
        await wait_for(lambda: issue_ids.kinds == {"camera_clock"})
        issue = issue_ids.one("camera_clock")
        assert issue.translation_placeholders is not None
        assert "1 h 0 min ahead" in issue.translation_placeholders["report"]

        form = await fix(home, issue.issue_id)
        assert form["step_id"] in ("confirm", "confirm_ntp")
        assert kept.device.calls["SetSystemDateAndTime"] == 0

        result = await fix(home, issue.issue_id, {})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert kept.device.calls["SetSystemDateAndTime"] == 1
        assert abs(kept.state_of_device.clock_skew) < 3.0
        await wait_for(lambda: issue_ids.kinds == set())


async def test_clock_that_is_set_on_the_camera_itself_is_told_no_more(
    home: HomeAssistant, fake_engine_used: FakeEngineControl, issue_ids: IssueIds
) -> None:
    async with onvif_harness(home, fake_engine_used) as kept:
        kept.state_of_device.clock_skew = -90.0
        await wait_for(lambda: issue_ids.kinds == {"camera_clock"})
        kept.state_of_device.clock_skew = -40.0
        offset = kept.session.clock_offset
        await wait_for(lambda: kept.session.clock_offset != offset)
        assert issue_ids.kinds == {"camera_clock"}
        kept.state_of_device.clock_skew = 0.0
        await wait_for(lambda: issue_ids.kinds == set())


async def test_some_seconds_off_are_no_repair(
    home: HomeAssistant, fake_engine_used: FakeEngineControl, issue_ids: IssueIds
) -> None:
    async with onvif_harness(home, fake_engine_used) as kept:
        kept.state_of_device.clock_skew = 45.0
        await wait_for(lambda: (kept.session.clock_offset or 0.0) > 40.0)
        calls = kept.device.calls["GetSystemDateAndTime"]
        await wait_for(lambda: kept.device.calls["GetSystemDateAndTime"] > calls + 3)
        assert issue_ids.kinds == set()


async def test_clock_of_a_camera_that_went_away_is_not_set(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    repairs: None,
    issue_ids: IssueIds,
) -> None:
    async with onvif_harness(home, fake_engine_used) as kept:
        kept.state_of_device.clock_skew = 3600.0
        await wait_for(lambda: issue_ids.kinds == {"camera_clock"})
        await kept.device.stop(reserve=True)
        result = await fix(home, issue_ids.one("camera_clock").issue_id)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "failed"
        assert "Front door" in result["description_placeholders"]["reason"]


# --- the streams ----------------------------------------------------------------


async def test_long_keyframe_distance_that_came_back_is_cured_on_the_camera(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    repairs: None,
    issue_ids: IssueIds,
) -> None:
    measured = {"main": {"gop": 2.0, "fps": 15.0, "irregular_gop": False}}
    async with onvif_harness(home, fake_engine_used, measured=measured) as kept:
        await kept.reachable()
        state = kept.state_of_device
        state.profiles = tuple(replace(one, gop=10.0) for one in state.profiles)
        await wait_for(lambda: kept.session.capabilities)
        await emit_streams(kept, gop=10.0)
        await wait_for(lambda: issue_ids.kinds == {"camera_streams"})
        issue = issue_ids.one("camera_streams")
        assert issue.translation_placeholders is not None
        assert "every 10 s" in issue.translation_placeholders["report"]

        form = await fix(home, issue.issue_id)
        assert form.get("step_id") == "confirm", form
        assert "(2 s)" in form["description_placeholders"]["changes"]
        assert kept.device.calls["SetVideoEncoderConfiguration"] == 0

        with patch.object(camera_repairs, "SEEN_SECONDS", 0.0):
            result = await fix(home, issue.issue_id, {})
        assert result["reason"] == "not_better"
        assert issue_ids.kinds == {"camera_streams"}
        assert state.profiles[0].gop == pytest.approx(2.0)
        assert kept.entry.data["fixed"]["main"]["gop"] == pytest.approx(2.0)

        await emit_streams(kept, gop=2.0)
        await emit_streams(kept, gop=2.1)
        await wait_for(lambda: issue_ids.kinds == set())


async def test_what_the_user_saw_when_the_camera_was_added_is_not_said_again(
    home: HomeAssistant, fake_engine_used: FakeEngineControl, issue_ids: IssueIds
) -> None:
    measured = {
        "main": {"gop": 8.0, "fps": 15.0, "irregular_gop": False},
        "sub": {"gop": 2.0, "fps": 25.0, "irregular_gop": False},
    }
    async with onvif_harness(home, fake_engine_used, measured=measured) as kept:
        for gop in (9.0, 9.1, 9.2):
            await emit_streams(kept, gop=gop, sub_fps=24.0 + gop)
        assert issue_ids.kinds == set()


async def test_sub_stream_that_became_fast_and_codec_that_changed_back_are_told(
    home: HomeAssistant, fake_engine_used: FakeEngineControl, issue_ids: IssueIds
) -> None:
    fixed = {"main": {"codec": "h264"}, "sub": {"fps": 10.0}}
    async with onvif_harness(home, fake_engine_used, fixed=fixed) as kept:
        await emit_streams(kept, sub_fps=25.0, codec="hevc")
        await wait_for(lambda: issue_ids.kinds == {"camera_streams"})
        placeholders = issue_ids.one("camera_streams").translation_placeholders
        assert placeholders is not None
        assert "25 pictures a second" in placeholders["report"]
        assert "H.265" in placeholders["report"]


# --- who answers ----------------------------------------------------------------


async def test_other_certificate_is_shown_and_pinned_after_a_yes(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    repairs: None,
    issue_ids: IssueIds,
) -> None:
    options = OnvifOptions(tls=True)
    before = "ab" * 32
    async with onvif_harness(
        home,
        fake_engine_used,
        options,
        onvif_tls=True,
        onvif_certificate=before,
    ) as kept:
        await wait_for(lambda: issue_ids.kinds == {"camera_certificate"})
        assert kept.device.calls.total() == 0
        issue = issue_ids.one("camera_certificate")
        form = await fix(home, issue.issue_id)
        certificate = kept.device.certificate
        assert isinstance(certificate, Certificate)
        shown = form["description_placeholders"]["new"].replace(":", "").lower()
        assert shown == certificate.fingerprint
        assert form["description_placeholders"]["old"].startswith("AB:AB:")
        assert kept.entry.data["onvif_certificate"] == before

        result = await fix(home, issue.issue_id, {})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert kept.entry.data["onvif_certificate"] == certificate.fingerprint
        await kept.reachable()
        assert issue_ids.kinds == set()


async def test_camera_whose_address_another_one_has_is_searched_and_followed(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    repairs: None,
    issue_ids: IssueIds,
    search_answers: list[DiscoveredCamera],
) -> None:
    async with onvif_harness(home, fake_engine_used) as kept:
        await kept.reachable()
        state = kept.state_of_device
        state.mac, state.serial = "02:00:00:00:00:99", "OTHER"
        await kept.device.stop(reserve=True)
        await kept.reachable(False)
        await kept.device.start()
        await wait_for(lambda: issue_ids.kinds == {"camera_another"})

        issue = issue_ids.one("camera_another")
        with patch.object(camera_repairs, "FOUND_SECONDS", 0.1):
            result = await fix(home, issue.issue_id, {})
        assert result["reason"] == "not_found"
        assert issue_ids.kinds == {"camera_another"}

        moved = camera_state()
        assert moved.mac == MAC
        device = OnvifDevice(moved)
        await device.start()
        try:
            search_answers.append(found_camera(moved))
            # Pictures come all the same: of the other one.
            await kept.stream()
            result = await fix(home, issue.issue_id, {})
            assert result["type"] is FlowResultType.CREATE_ENTRY
            assert kept.entry.data["onvif_port"] == moved.onvif_port
            assert kept.session.reachable
            assert issue_ids.kinds == set()
        finally:
            await home.config_entries.async_unload(kept.entry.entry_id)
            await device.stop()


async def test_repairs_of_a_camera_go_with_its_entry(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    repairs: None,
    issue_ids: IssueIds,
) -> None:
    async with onvif_harness(home, fake_engine_used) as kept:
        kept.state_of_device.clock_skew = 3600.0
        await wait_for(lambda: issue_ids.kinds == {"camera_clock"})
        issue_id = issue_ids.one("camera_clock").issue_id
        await home.config_entries.async_unload(kept.entry.entry_id)
        assert issue_ids.kinds == set()
        flow = await camera_repairs_flow(home, issue_id, kept)
        assert flow["reason"] == "not_loaded"


async def camera_repairs_flow(
    hass: HomeAssistant, issue_id: str, kept: OnvifHarness
) -> Any:
    """Return what the flow of an issue says that is gone by now."""
    flow = camera_repairs.camera_flow(
        Wrong.CLOCK,
        hass.config_entries.async_get_entry(kept.entry.entry_id),
    )
    flow.hass = hass
    flow.handler, flow.flow_id = DOMAIN, issue_id
    return await flow.async_step_init()  # type: ignore[attr-defined]  # its own step


def test_problem_lasts_before_it_is_said_and_is_over_after_a_while() -> None:
    looks = [
        (True, 0, False),
        (False, 10, False),
        (True, 299, False),
        (True, 300, True),
        (False, 899, True),
        (False, 900, False),
        (True, 901, False),
    ]
    with (
        patch.object(camera_health, "LASTING", 300.0),
        patch.object(camera_health, "OVER", 600.0),
    ):
        lasting = camera_health.Lasting()
        told = []
        for is_bad, now, _ in looks:
            lasting.take(is_bad, now)
            told.append(lasting.is_on)
    assert told == [expected for *_, expected in looks]
