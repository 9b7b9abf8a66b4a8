"""Closing a camera for privacy in the ledger: nothing is lost by it."""

import pytest

from custom_components.hearthcam.engine.protocol import StreamError, StreamStatus

from .arming_parts import call
from .ledger_fixtures import (
    EVENT,
    LedgerHarness,
    armed_fixture,  # noqa: F401 - pytest finds it by name
    clocks_fixture,  # noqa: F401 - pytest finds it by name
)

PRIVACY = "switch.front_door_privacy_mode"


async def switch(armed: LedgerHarness, how: str) -> None:
    """Switch privacy mode on or off."""
    await call(armed.hass, f"turn_{how}", PRIVACY)


def no_gap(armed: LedgerHarness) -> None:
    """See that nobody was told of a gap."""
    state = armed.hass.states.get(EVENT)
    assert state is not None
    assert state.state == "unknown"
    assert armed.issue() is None


@pytest.mark.parametrize("told", [True, False])
async def test_time_in_privacy_mode_is_neither_armed_nor_lost(
    armed: LedgerHarness, told: bool
) -> None:
    """Whether or not the engine's last word on the stream comes."""
    armed.covered(10)
    armed.clocks.pass_by(3)
    await switch(armed, "on")
    await armed.tick()
    if told:
        armed.clocks.pass_by(-3)
        armed.covered(3)
    await armed.camera.stream(StreamStatus.OFFLINE, StreamError.ENDED)
    armed.clocks.pass_by(600)
    await armed.tick(2)
    await switch(armed, "off")
    # A camera takes a while to come.
    armed.clocks.pass_by(8)
    await armed.tick()
    await armed.camera.stream()
    armed.covered(10)
    await armed.tick()
    assert await armed.spans() == [(0, 13, "watched"), (621, 631, "watched")]
    no_gap(armed)


async def test_gap_that_is_there_ends_with_closing(armed: LedgerHarness) -> None:
    armed.covered(10)
    await armed.camera.stream(StreamStatus.OFFLINE, StreamError.TIMEOUT)
    armed.clocks.pass_by(20)
    await armed.tick()
    await switch(armed, "on")
    armed.clocks.pass_by(600)
    await armed.tick()
    assert await armed.spans() == [(0, 10, "watched"), (10, 30, "offline")]
    state = armed.hass.states.get(EVENT)
    assert state is not None
    assert state.attributes["event_type"] == "gap_ended"


async def test_restart_of_a_closed_camera_loses_nothing(armed: LedgerHarness) -> None:
    armed.covered(10)
    await switch(armed, "on")
    await armed.ledger.async_write()
    await armed.restart(killed=True, away=600)
    armed.clocks.pass_by(100)
    await armed.tick(2)
    assert await armed.spans() == [(0, 10, "watched")]
    no_gap(armed)
