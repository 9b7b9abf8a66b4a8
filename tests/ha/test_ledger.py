"""Armed time is accounted for, its gaps are told of, and nobody else may ask."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.hearthcam import ledger_keeper
from custom_components.hearthcam.arming import ArmingMode
from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.diagnostics import async_get_config_entry_diagnostics
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    Covered,
    Lost,
    LostCause,
    StreamError,
    StreamStatus,
)
from custom_components.hearthcam.engine_process import End
from custom_components.hearthcam.ledger_issues import ISSUE_PREFIX, period
from custom_components.hearthcam.ledger_keeper import SUM_TICKS, TICK, LedgerKeeper
from custom_components.hearthcam.library.gaps import Gap
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import LibraryError
from custom_components.hearthcam.library.spans import Span, State
from custom_components.hearthcam.repairs import async_create_fix_flow
from custom_components.hearthcam.system import HearthcamSystem
from homeassistant.components.repairs import ConfirmRepairFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .conftest import CameraHarness, FakeEngineControl, make_camera_entry, wait_for

SENSOR = "sensor.front_door_recording_coverage_24_h"
EVENT = "event.front_door_recording_gap"
ISSUE = f"{ISSUE_PREFIX}front_door"


@dataclass
class Clocks:
    """The clocks that the ledger reads."""

    monotonic: float = 1000.0
    wall: float = 1_700_000_000.0

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.monotonic += seconds
        self.wall += seconds


@pytest.fixture
def clocks() -> Clocks:
    """Return the clocks."""
    return Clocks()


@dataclass
class LedgerHarness:
    """A camera whose ledger's time the test makes."""

    camera: CameraHarness
    clocks: Clocks

    @property
    def hass(self) -> HomeAssistant:
        """Home Assistant."""
        return self.camera.hass

    @property
    def system(self) -> HearthcamSystem:
        """The system."""
        system: HearthcamSystem = self.camera.entry.runtime_data.system
        return system

    @property
    def ledger(self) -> LedgerKeeper:
        """The ledger."""
        return self.system.ledger

    def covered(self, seconds: float, *, recorded: bool = False) -> None:
        """Let the stream come for so long."""
        start = self.clocks.wall
        self.clocks.pass_by(seconds)
        self.system.engine_report(
            Covered("front_door", start, self.clocks.wall, recorded)
        )

    async def tick(self, times: int = 1) -> None:
        """Have the ledger look at its clock."""
        for _ in range(times):
            await self.ledger._async_tick(dt_util.utcnow())
        await self.hass.async_block_till_done()

    async def spans(self) -> list[tuple[float, float, str]]:
        """Return the whole ledger, in seconds since the test's begin."""
        begin = 1_700_000_000.0
        spans = await self.ledger.async_spans("front_door", 0, begin + 1e6)
        return [
            (
                round(span.start - begin, 3),
                round(span.end - begin, 3),
                span.cause or span.state.value,
            )
            for span in spans
        ]

    def issue(self) -> ir.IssueEntry | None:
        """Return the camera's Repair."""
        return ir.async_get(self.hass).async_get_issue(DOMAIN, ISSUE)

    async def restart(self, *, killed: bool, away: float) -> None:
        """Stop Home Assistant, or kill it, and start it again after a while."""
        entry = self.camera.entry
        if killed:
            # The last word is never written, nor is the camera said goodbye to.
            with patch.object(Library, "ledger_write", side_effect=LibraryError):
                assert await self.hass.config_entries.async_unload(entry.entry_id)
                for other in self.hass.config_entries.async_loaded_entries(DOMAIN):
                    await self.hass.config_entries.async_unload(other.entry_id)
        else:
            system = self.system
            await system._async_shut_down()
            with patch.object(Library, "ledger_write"):
                assert await self.hass.config_entries.async_unload(entry.entry_id)
                for other in self.hass.config_entries.async_loaded_entries(DOMAIN):
                    await self.hass.config_entries.async_unload(other.entry_id)
            system._shut_down = False
        self.clocks.pass_by(away)
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()


@pytest.fixture
async def armed(
    clocks: Clocks,
    home: HomeAssistant,
    camera_entry: MockConfigEntry,
    fake_engine_used: FakeEngineControl,
) -> AsyncGenerator[LedgerHarness]:
    """Return a camera that is armed and there."""

    def make(hass: HomeAssistant, running: Any) -> LedgerKeeper:
        return LedgerKeeper(
            hass,
            running,
            wall=lambda: clocks.wall,
            monotonic=lambda: clocks.monotonic,
        )

    with patch("custom_components.hearthcam.system.LedgerKeeper", side_effect=make):
        camera_entry.add_to_hass(home)
        assert await home.config_entries.async_setup(camera_entry.entry_id)
    await home.async_block_till_done()
    harness = LedgerHarness(CameraHarness(home, camera_entry, fake_engine_used), clocks)
    await harness.camera.stream()
    yield harness
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(entry.entry_id)


async def test_reports_of_the_engine_become_spans(armed: LedgerHarness) -> None:
    start = armed.clocks.wall
    await armed.camera.emit(
        Covered("front_door", start, start + 5, False),
        Covered("front_door", start + 5, start + 9, True),
        Lost("front_door", start + 6, start + 7, LostCause.SLOW_STORAGE),
        # The ledger knows of the engine by itself.
        Lost("front_door", start, start + 9, LostCause.ENGINE_STOPPED),
        Covered("nobody", start, start + 9, False),
    )
    account = armed.ledger._accounts["front_door"]
    await wait_for(lambda: account.cursor == start + 9)
    await armed.hass.async_block_till_done()
    assert await armed.spans() == [
        *((0, 5, "watched"), (5, 6, "recorded"), (6, 7, "slow_storage")),
        (7, 9, "recorded"),
    ]


async def test_arming_and_disarming_cut_at_their_time(armed: LedgerHarness) -> None:
    armed.covered(10)
    armed.clocks.pass_by(2)
    armed.system.arming.set(ArmingMode.DISARMED)
    armed.clocks.pass_by(-2)
    armed.covered(5)
    armed.covered(5)
    armed.system.arming.set(ArmingMode.ARMED_AWAY)
    armed.covered(5)
    assert await armed.spans() == [(0, 12, "watched"), (20, 25, "watched")]


async def test_coverage_of_a_day_is_a_sensor(armed: LedgerHarness) -> None:
    armed.covered(600, recorded=True)
    armed.covered(390)
    armed.clocks.pass_by(10)
    armed.covered(3)
    await armed.tick(SUM_TICKS)
    state = armed.hass.states.get(SENSOR)
    assert state is not None
    # 993 of 1003 s, never rounded up.
    assert state.state == "99.0"
    assert state.attributes["lost"] == {"offline": 10}
    assert state.attributes["recorded"] == 600
    assert state.attributes["armed"] == 1003


async def test_coverage_is_unknown_without_an_armed_second(
    armed: LedgerHarness,
) -> None:
    armed.system.arming.set(ArmingMode.DISARMED)
    armed.covered(60)
    await armed.tick(SUM_TICKS)
    state = armed.hass.states.get(SENSOR)
    assert state is not None
    assert state.state == "unknown"


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


async def test_a_reload_is_no_gap(armed: LedgerHarness) -> None:
    armed.covered(20)
    armed.clocks.pass_by(2)
    assert await armed.hass.config_entries.async_reload(armed.camera.entry.entry_id)
    await armed.hass.async_block_till_done()
    armed.clocks.pass_by(6)
    await armed.camera.stream()
    armed.covered(5)
    assert await armed.spans() == [(0, 22, "watched"), (28, 33, "watched")]
    assert armed.issue() is None


async def test_a_database_that_fails_for_a_while_costs_nothing(
    armed: LedgerHarness,
) -> None:
    armed.covered(20)
    armed.covered(20, recorded=True)
    with patch.object(Library, "ledger_write", side_effect=LibraryError):
        await armed.ledger.async_write()
    armed.covered(20)
    assert await armed.spans() == [
        *((0, 20, "watched"), (20, 40, "recorded"), (40, 60, "watched")),
    ]


async def test_time_itself_has_the_ledger_written(
    armed: LedgerHarness, home: HomeAssistant
) -> None:
    armed.covered(20)
    library = armed.system.library
    assert library is not None
    for number in range(1, 4):
        async_fire_time_changed(home, dt_util.utcnow() + number * TICK)
        await home.async_block_till_done()
    opened = await library.ledger_opened()
    assert opened["front_door"].span == Span(
        1_700_000_000.0, 1_700_000_020.0, State.WATCHED
    )


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


async def test_diagnostics_tell_of_coverage(armed: LedgerHarness) -> None:
    armed.covered(10)
    armed.clocks.pass_by(10)
    armed.covered(10)
    await armed.tick(SUM_TICKS)
    diagnostics = await async_get_config_entry_diagnostics(
        armed.hass, armed.camera.entry
    )
    assert diagnostics["coverage"] == {
        "recorded": 0.0,
        "watched": 20.0,
        "lost": 10.0,
        "causes": {"offline": 10.0},
    }


async def test_panel_asks_for_the_ledger(
    armed: LedgerHarness, hass_ws_client: WebSocketGenerator
) -> None:
    armed.covered(10, recorded=True)
    armed.clocks.pass_by(10)
    armed.covered(20)
    client = await hass_ws_client(armed.hass)
    await client.send_json_auto_id(
        {
            "type": "hearthcam/ledger",
            "camera_id": "front_door",
            "start": 1_700_000_005,
            "end": 1_700_086_400,
        }
    )
    answer = await client.receive_json()
    assert answer["success"]
    assert [tuple(span.values()) for span in answer["result"]["spans"]] == [
        (1_700_000_005, 1_700_000_010, "recorded", None),
        (1_700_000_010, 1_700_000_020, "lost", "offline"),
        (1_700_000_020, 1_700_000_040, "watched", None),
    ]
    assert answer["result"]["totals"] == {
        "armed": 35,
        "recorded": 5,
        "watched": 20,
        "lost": {"offline": 10},
        "coverage": pytest.approx(25 / 35),
    }
    assert answer["result"]["armed"] is True
    await client.send_json_auto_id(
        {"type": "hearthcam/ledger", "camera_id": "front_door", "start": 0, "end": 9e9}
    )
    assert (await client.receive_json())["error"]["code"] == "ledger_too_long"


async def test_who_may_not_see_a_camera_may_not_see_its_ledger(
    armed: LedgerHarness,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: Any,
) -> None:
    message = {
        "type": "hearthcam/ledger",
        "camera_id": "front_door",
        "start": 0,
        "end": 1,
    }
    client = await hass_ws_client(armed.hass, hass_read_only_access_token)
    await client.send_json_auto_id(message)
    assert (await client.receive_json())["success"]
    hass_read_only_user.mock_policy({"entities": {"domains": {"light": True}}})
    await client.send_json_auto_id(message)
    assert (await client.receive_json())["error"]["code"] == "unauthorized"


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
