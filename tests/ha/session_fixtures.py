"""A camera by ONVIF that is set up, with a fake engine and a real ONVIF device."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from unittest.mock import patch

import pytest

from custom_components.hearthcam import session as session_module
from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.session import CameraSession
from custom_components.hearthcam.session_pace import SessionTiming
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.state import CameraState

from .conftest import CameraHarness, FakeEngineControl, wait_for
from .flow_parts import camera_state, onvif_entry

QUICK_TIMING = SessionTiming(
    first=0.05, most=0.1, refused=0.1, refused_long=0.2, look=0.1, clock=0.1, broken=0.1
)


@dataclass
class OnvifHarness(CameraHarness):
    """A camera whose ONVIF side is there."""

    state_of_device: CameraState
    device: OnvifDevice

    @property
    def session(self) -> CameraSession:
        """The camera's session."""
        session = self.entry.runtime_data.session
        assert session is not None
        return session  # type: ignore[no-any-return]  # of a mock entry

    async def reachable(self, is_it: bool = True) -> None:
        """Wait until the session knows."""
        await wait_for(lambda: self.session.reachable is is_it)


@asynccontextmanager
async def onvif_harness(
    home: HomeAssistant,
    engine: FakeEngineControl,
    options: OnvifOptions | None = None,
    state: CameraState | None = None,
    title: str = "Front door",
    **data: object,
) -> AsyncGenerator[OnvifHarness]:
    """Set up a camera with these habits; ``data`` replaces parts of its entry."""
    state = state or camera_state()
    if options is not None and options.tls:
        # In debug mode asyncio tells of a client that refuses the certificate as an
        # error of the server, which is the simulated camera's.
        asyncio.get_running_loop().set_debug(False)
    device = OnvifDevice(state, options)
    await device.start()
    entry = onvif_entry(state, **data)
    entry.add_to_hass(home)
    home.config_entries.async_update_entry(entry, title=title)
    with patch.object(session_module, "TIMING", QUICK_TIMING):
        assert await home.config_entries.async_setup(entry.entry_id)
        await home.async_block_till_done()
    harness = OnvifHarness(home, entry, engine, state, device)
    try:
        yield harness
    finally:
        for loaded in home.config_entries.async_loaded_entries(DOMAIN):
            await home.config_entries.async_unload(loaded.entry_id)
        await device.stop()


@pytest.fixture
def issue_ids(hass: HomeAssistant) -> IssueIds:
    """Return what tells the Repairs that there are."""
    return IssueIds(hass)


@dataclass(frozen=True)
class IssueIds:
    """The Repairs of a camera."""

    hass: HomeAssistant

    @property
    def kinds(self) -> set[str]:
        """Their ids without the entry's."""
        return {
            issue_id.rpartition("_")[0]
            for domain, issue_id in ir.async_get(self.hass).issues
            if domain == DOMAIN
        }

    def one(self, kind: str) -> ir.IssueEntry:
        """Return the one of a kind."""
        (found,) = (
            issue
            for (domain, issue_id), issue in ir.async_get(self.hass).issues.items()
            if domain == DOMAIN and issue_id.startswith(kind)
        )
        return found
