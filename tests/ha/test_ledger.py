"""Armed time is accounted for, its gaps are told of, and nobody else may ask."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.hearthcam.arming import ArmingMode
from custom_components.hearthcam.diagnostics import async_get_config_entry_diagnostics
from custom_components.hearthcam.engine.protocol import Covered, Lost, LostCause
from custom_components.hearthcam.ledger_keeper import SUM_TICKS, TICK
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import LibraryError
from custom_components.hearthcam.library.spans import Span, State
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .conftest import wait_for
from .ledger_fixtures import (
    SENSOR,
    LedgerHarness,
    armed_fixture,  # noqa: F401 - pytest finds it by name
    clocks_fixture,  # noqa: F401 - pytest finds it by name
)


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
