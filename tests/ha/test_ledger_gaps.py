"""Gaps of an armed camera: the event, the Repair, and their causes."""

from datetime import timedelta
import json
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.hearthcam import ledger_keeper
from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    Lost,
    LostCause,
    StreamError,
    StreamStatus,
)
from custom_components.hearthcam.engine_process import End
from custom_components.hearthcam.ledger_issues import period
from custom_components.hearthcam.ledger_keeper import SUM_TICKS
from custom_components.hearthcam.library.gaps import Gap
from custom_components.hearthcam.repairs import async_create_fix_flow
from homeassistant.components.repairs import ConfirmRepairFlow
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .conftest import make_camera_entry, wait_for
from .ledger_fixtures import (
    EVENT,
    ISSUE,
    LedgerHarness,
    armed_fixture,  # noqa: F401 - pytest finds it by name
    clocks_fixture,  # noqa: F401 - pytest finds it by name
)


async def test_a_camera_that_goes_away_is_told_of_while_it_is_away(
    armed: LedgerHarness,
) -> None:
    armed.covered(10)
    await armed.camera.stream(StreamStatus.OFFLINE, StreamError.TIMEOUT)
    armed.clocks.pass_by(5)
    await armed.tick()
    state = armed.hass.states.get(EVENT)
    assert state is not None
    assert state.state == "unknown"
    armed.clocks.pass_by(5)
    await armed.tick()
    state = armed.hass.states.get(EVENT)
    assert state is not None
    assert state.attributes["event_type"] == "gap_started"
    assert state.attributes["cause"] == "offline"
    assert state.attributes["start"] == "2023-11-14T22:13:30+00:00"
    issue = armed.issue()
    assert issue is not None
    assert issue.translation_key == "recording_gap_offline"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["name"] == "Front door"
    assert issue.translation_placeholders["period"].endswith(" – …")
    armed.clocks.pass_by(20)
    await armed.camera.stream()
    armed.covered(5)
    await armed.hass.async_block_till_done()
    state = armed.hass.states.get(EVENT)
    assert state is not None
    assert state.attributes["event_type"] == "gap_ended"
    assert state.attributes["duration"] == 30
    issue = armed.issue()
    assert issue is not None
    assert issue.data == {"end": 1_700_000_040.0}


async def test_a_repair_goes_after_a_day_or_when_it_is_confirmed(
    armed: LedgerHarness,
) -> None:
    for confirmed in (False, True):
        armed.covered(10)
        armed.clocks.pass_by(10)
        armed.covered(10)
        issue = armed.issue()
        assert issue is not None
        if confirmed:
            flow = await async_create_fix_flow(armed.hass, ISSUE, None)
            assert isinstance(flow, ConfirmRepairFlow)
            flow.hass, flow.handler, flow.issue_id = armed.hass, DOMAIN, ISSUE
            assert (await flow.async_step_init())["type"] == "form"
            assert (await flow.async_step_confirm({}))["type"] == "create_entry"
            continue
        armed.covered(86_000)
        await armed.tick(SUM_TICKS)
        assert armed.issue() is not None
        armed.covered(500)
        await armed.tick(SUM_TICKS)
        assert armed.issue() is None


async def test_storage_that_fails_is_told_of(armed: LedgerHarness) -> None:
    armed.covered(20)
    start = armed.clocks.wall - 15
    armed.system.engine_report(
        Lost("front_door", start, start + 10, LostCause.STORAGE_FULL)
    )
    issue = armed.issue()
    assert issue is not None
    assert issue.translation_key == "recording_gap_storage"


@pytest.mark.parametrize("step", [0.0, 7200.0, -7200.0])
async def test_engine_that_is_restarted_is_the_cause(
    armed: LedgerHarness, step: float
) -> None:
    """Also where the clock was set meanwhile: the new engine reads it anew."""
    armed.covered(10, recorded=True)
    supervisor = armed.system.supervisor
    armed.clocks.pass_by(2)
    restarts = supervisor.status.restarts
    armed.clocks.wall += step
    assert supervisor._process is not None
    supervisor._process.kill(End.SILENT)
    await wait_for(lambda: supervisor.status.restarts > restarts)
    await wait_for(lambda: supervisor.running)
    armed.clocks.pass_by(8)
    await armed.camera.stream()
    armed.covered(5)
    clip = ClipClosed(
        camera_id="front_door",
        clip_id="01JD0000000000000000000000",
        event_id="01JE0000000000000000000000",
        path=str(armed.system.storage.root / "x.mp4"),
        thumbnail=None,
        start=1_700_000_000.0,
        end=1_700_000_009.0,
        event_start=1_700_000_000.0,
        size=1,
        codec="h264",
        width=1,
        height=1,
        has_audio=False,
        recovered=True,
    )
    armed.ledger.report(clip)
    spans = await armed.spans()
    assert sorted(spans) == sorted(
        [
            *((0, 9, "recorded"), (step + 20, step + 25, "watched")),
            *(
                [(9, 20, "engine_stopped")]
                if not step
                else [
                    (9, 10, "engine_stopped"),
                    (step + 10, step + 20, "engine_stopped"),
                ]
            ),
        ]
    )


@pytest.mark.parametrize(
    ("killed", "away", "repair"),
    [(False, 60, False), (False, 3600, True), (True, 60, True)],
)
async def test_time_without_home_assistant_is_lost(
    armed: LedgerHarness, killed: bool, away: float, repair: bool
) -> None:
    """A short restart on purpose is in the ledger, but no Repair."""
    armed.covered(100)
    await armed.ledger.async_write()
    armed.covered(5)
    await armed.restart(killed=killed, away=away)
    await armed.camera.stream()
    armed.covered(5)
    written = 100 if killed else 105
    assert await armed.spans() == [
        (0, written, "watched"),
        (written, 105 + away, "system_stopped"),
        (105 + away, 110 + away, "watched"),
    ]
    assert (armed.issue() is not None) is repair


async def test_a_removed_camera_leaves_no_repair_and_no_rows(
    armed: LedgerHarness, home: HomeAssistant
) -> None:
    other = make_camera_entry("garden")
    other.add_to_hass(home)
    assert await home.config_entries.async_setup(other.entry_id)
    armed.covered(10)
    armed.clocks.pass_by(10)
    armed.covered(10)
    await armed.ledger.async_write()
    assert armed.issue() is not None
    library = armed.system.library
    assert library is not None
    await home.config_entries.async_remove(armed.camera.entry.entry_id)
    await home.async_block_till_done()
    assert armed.issue() is None
    assert await library.ledger_spans("front_door", 0, 2e9) == []


def test_a_period_names_the_day_again_only_where_it_is_another() -> None:
    with patch.object(dt_util, "DEFAULT_TIME_ZONE", dt_util.UTC):
        start = 1_700_000_000.0
        assert period(Gap(start, None, "offline")) == "2023-11-14 22:13:20 – …"
        day = timedelta(hours=1).total_seconds()
        assert period(Gap(start, start + day, "offline")) == (
            "2023-11-14 22:13:20 – 23:13:20"
        )
        assert period(Gap(start, start + 2 * day, "offline")) == (
            "2023-11-14 22:13:20 – 2023-11-15 00:13:20"
        )


def test_every_cause_has_its_words() -> None:
    english = Path(ledger_keeper.__file__).parent / "translations" / "en.json"
    texts = json.loads(english.read_text())
    states = texts["entity"]["event"]["recording"]["state_attributes"]["cause"]["state"]
    assert set(states) == {cause.value for cause in LostCause}
