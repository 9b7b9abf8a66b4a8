"""Cameras with chosen abilities, and how their entities are looked at and used."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from homeassistant.core import HomeAssistant, State

from .conftest import CameraHarness, FakeEngineControl
from .session_fixtures import OnvifHarness, onvif_harness

type Begin = Callable[..., AbstractAsyncContextManager[OnvifHarness]]
"""Takes `OnvifOptions`, and parts of the entry's data by their keys."""


@pytest.fixture
def begin(home: HomeAssistant, fake_engine_used: FakeEngineControl) -> Begin:
    """Return what sets up a camera with some habits."""

    def harness(*options: Any, **data: Any) -> Any:
        return onvif_harness(home, fake_engine_used, *options, **data)

    return harness


def shown(harness: CameraHarness, entity_id: str) -> State:
    """Return the state of an entity that must be there."""
    state = harness.hass.states.get(entity_id)
    assert state is not None, entity_id
    return state


async def call(harness: CameraHarness, action: str, **data: Any) -> None:
    """Call an action named like ``light.turn_on`` and wait for its end."""
    domain, name = action.split(".")
    await harness.hass.services.async_call(domain, name, data, blocking=True)


async def press(harness: OnvifHarness, name: str) -> None:
    """Press a button."""
    await call(harness, "button.press", entity_id=f"button.front_door_{name}")
