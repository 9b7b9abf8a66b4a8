"""A camera whose ledger's time the test makes."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import Covered
from custom_components.hearthcam.ledger_issues import ISSUE_PREFIX
from custom_components.hearthcam.ledger_keeper import LedgerKeeper
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import LibraryError
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .conftest import CameraHarness, FakeEngineControl, OnCamera, settled

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


@pytest.fixture(name="clocks")
def clocks_fixture() -> Clocks:
    """Return the clocks."""
    return Clocks()


@dataclass
class LedgerHarness(OnCamera):
    """A camera whose ledger's time the test makes."""

    clocks: Clocks

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
        await settled(self.hass)


@pytest.fixture(name="armed")
async def armed_fixture(
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
    await settled(home)
    harness = LedgerHarness(CameraHarness(home, camera_entry, fake_engine_used), clocks)
    await harness.camera.stream()
    yield harness
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(entry.entry_id)
