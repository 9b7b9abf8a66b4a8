"""What the tests of the config flow and of discovery are made of."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import (
    Measured,
    Probed,
    StreamError,
    StreamInfo,
    StreamSource,
    Transport,
)
from custom_components.hearthcam.onvif import DiscoveredCamera
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from tests.simulator.state import CameraState, ProfileInfo

PACKAGE = "custom_components.hearthcam"
USERNAME = "admin"
PASSWORD = "pa:ss@w/rd"
ESCAPED = "pa%3Ass%40w%2Frd"
MAC = "02:00:00:00:00:01"
EPR = "urn:uuid:00000000-0000-4000-8000-000000000001"
INFO = StreamInfo("h264", 1920, 1080, 15.0)
SUB_INFO = StreamInfo("h264", 640, 360, 10.0)
GOOD = Measured(4.0, 15.0, 4000.0, 2.0, gop_complete=True)
GOOD_SUB = Measured(4.0, 10.0, 400.0, 2.0, gop_complete=True)
MAIN = ProfileInfo("main", "h264", 1920, 1080, 15, 2, 4_000_000)
SUB = ProfileInfo("sub", "h264", 640, 360, 10, 2, 400_000)


@dataclass(slots=True)
class TriedStreams:
    """Stands for the engine: says of each URL what the test wants."""

    errors: dict[str, StreamError] = field(default_factory=dict)
    """By a part of the URL."""
    seen: dict[str, tuple[StreamInfo, Measured]] = field(
        default_factory=lambda: {"/sub": (SUB_INFO, GOOD_SUB), "/": (INFO, GOOD)}
    )
    """By a part of the URL."""
    only: Transport | None = None
    """The one transport that works."""
    broken: HomeAssistantError | None = None
    asked: list[StreamSource] = field(default_factory=list)
    second: list[str] = field(default_factory=list)
    """The URLs that were opened twice at a time."""

    async def async_probe(
        self,
        source: StreamSource,
        timeout: float = 12.0,
        *,
        measure: float = 0.0,
        second: bool = False,
    ) -> Probed:
        """Answer as `Supervisor.async_probe`."""
        self.asked.append(source)
        if self.only not in (None, source.transport):
            return Probed("", error=StreamError.CANNOT_CONNECT)
        for part, error in self.errors.items():
            if part in source.url:
                return Probed("", error=error)
        info, measured = next(
            found for part, found in self.seen.items() if part in source.url
        )
        if second:
            self.second.append(source.url)
            measured = replace(measured, second_connection=True)
        return Probed("", info=info, measured=measured if measure else None)

    @property
    def urls(self) -> list[str]:
        """What was opened, in order."""
        return [source.url for source in self.asked]


def camera_state(**changed: Any) -> CameraState:
    """Return the state of a simulated camera."""
    values: dict[str, Any] = {
        "name": "Front door",
        "username": USERNAME,
        "password": PASSWORD,
        "rtsp_port": 8554,
        "profiles": (MAIN, SUB),
    }
    return CameraState(**(values | changed))


def found_camera(state: CameraState, **changed: Any) -> DiscoveredCamera:
    """Return the WS-Discovery answer of a simulated camera."""
    values: dict[str, Any] = {
        "epr": state.endpoint,
        "host": state.host,
        "port": state.onvif_port,
        "path": "/onvif/device_service",
        "name": state.name,
        "hardware": state.model,
    }
    return DiscoveredCamera(**(values | changed))


def rtsp_entry(**changed: Any) -> MockConfigEntry:
    """Return the entry of a camera that was added by its stream address."""
    data = {
        "entry_type": "camera",
        "camera_id": "yard",
        "main_url": "rtsp://10.0.0.5/main",
        "sub_url": "rtsp://10.0.0.5/sub",
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: "old",
        CONF_HOST: "10.0.0.5",
        "transport": "auto",
    }
    return MockConfigEntry(
        domain=DOMAIN, title="Yard", unique_id="0" * 32, data=data | changed
    )


def onvif_entry(state: CameraState | None = None, **changed: Any) -> MockConfigEntry:
    """Return the entry of a camera that was added by ONVIF."""
    port = state.onvif_port if state else 80
    host = state.host if state else "10.0.0.6"
    data = {
        "entry_type": "camera",
        "camera_id": "front_door",
        "main_url": f"rtsp://{host}:8554/main",
        "sub_url": f"rtsp://{host}:8554/sub",
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        CONF_HOST: host,
        "onvif_port": port,
        "transport": "auto",
        "mac": MAC,
        "serial": "SIM000001",
        "epr": EPR,
        "main_profile": "main",
        "sub_profile": "sub",
    }
    return MockConfigEntry(
        domain=DOMAIN, title="Front door", unique_id=MAC, data=data | changed
    )


def host_answer(state: CameraState, **changed: Any) -> dict[str, Any]:
    """Return the host form, filled in for a simulated camera."""
    return {
        CONF_HOST: state.host,
        "onvif_port": state.onvif_port,
        "onvif_tls": False,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
    } | changed


RTSP_ANSWER = {
    CONF_NAME: "Front door",
    "main_url": "rtsp://192.168.1.20/main",
    "sub_url": "rtsp://192.168.1.20:8554/sub",
    CONF_USERNAME: USERNAME,
    CONF_PASSWORD: PASSWORD,
    "record_audio": False,
}


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Start the flow as the user does, and wait for the end of the search."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["progress_action"] == "search"
    return await configure(hass, result["flow_id"])


async def answer(
    hass: HomeAssistant, result: Mapping[str, Any], values: dict[str, Any]
) -> ConfigFlowResult:
    """Fill in the form that is shown, and wait for what it sets going."""
    assert result["type"] is FlowResultType.FORM, result
    return await configure(hass, result["flow_id"], values)


async def go(
    hass: HomeAssistant, result: Mapping[str, Any], step: str
) -> ConfigFlowResult:
    """Choose from the menu that is shown, and wait for what it sets going."""
    assert result["type"] is FlowResultType.MENU, result
    return await configure(hass, result["flow_id"], {"next_step_id": step})


async def configure(
    hass: HomeAssistant, flow_id: str, values: dict[str, Any] | None = None
) -> ConfigFlowResult:
    """Go on with a flow; where it shows progress, wait for its end."""
    result = await hass.config_entries.flow.async_configure(flow_id, values)
    while result["type"] is FlowResultType.SHOW_PROGRESS:
        flow = hass.config_entries.flow._progress[flow_id]
        task = flow.async_get_progress_task()
        assert task is not None
        await asyncio.wait([task])
        result = await hass.config_entries.flow.async_configure(flow_id)
    return result


async def choose(hass: HomeAssistant, camera: str) -> ConfigFlowResult:
    """Start the flow and choose one line of the list."""
    result = await begin(hass)
    assert result["step_id"] == "pick"
    return await answer(hass, result, {"camera": camera})


def shown(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields of a form show already."""
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in result["data_schema"].schema
    }


def proposal(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form that is sent off unchanged says."""
    return dict(result["data_schema"]({}))


def choices(result: Mapping[str, Any], field: str) -> dict[str, str]:
    """Return the values and labels of a choice."""
    options = result["data_schema"].schema[field].config["options"]
    return {option["value"]: option["label"] for option in options}
