"""The config flow with nothing replaced: a simulated camera and the real engine."""

from collections.abc import AsyncGenerator
from functools import partial
import ipaddress
import socket
from unittest.mock import patch

import pytest

from custom_components.hearthcam.onvif import DiscoveredCamera, discover
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.simulator import CameraOptions, SimulatedCamera, small_source
from tests.simulator.onvif_options import OnvifOptions

from .flow_parts import (
    PACKAGE,
    PASSWORD,
    USERNAME,
    answer,
    begin,
    choices,
    choose,
    go,
    host_answer,
    proposal,
)

NETWORK = "homeassistant.components.network"

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("no_setup")


@pytest.fixture
async def camera(socket_enabled: None) -> AsyncGenerator[SimulatedCamera]:
    """Run a camera with two streams."""
    options = CameraOptions(
        name="Front door",
        main=small_source(),
        sub=small_source(),
        username=USERNAME,
        password=PASSWORD,
        onvif=True,
    )
    with patch(f"{PACKAGE}.flow_measure.MEASURE_SECONDS", 1.5):
        async with SimulatedCamera(options) as camera:
            yield camera


async def test_camera_is_added_by_its_host(
    home: HomeAssistant,
    camera: SimulatedCamera,
    search_answers: list[DiscoveredCamera],
) -> None:
    """ONVIF tells the streams, the engine opens them, and is gone afterwards."""
    result = await choose(home, "enter_host")
    result = await answer(home, result, host_answer(camera.state))
    assert result["step_id"] == "profiles"
    result = await answer(home, result, proposal(result) | {CONF_NAME: "Front"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["main_url"] == camera.rtsp_url("main")
    assert result["result"].unique_id == camera.state.mac


async def test_real_errors_of_a_stream_are_told_and_corrected(
    home: HomeAssistant,
    camera: SimulatedCamera,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Wrong password, wrong path, wrong port: each has its own word."""
    right = {
        CONF_NAME: "Front",
        "main_url": camera.rtsp_url("main"),
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
    }
    host = camera.rtsp_url("main").removesuffix("/main")
    result = await choose(home, "enter_rtsp")
    for values, errors in (
        ({CONF_PASSWORD: "wrong"}, {"password": "invalid_auth"}),
        ({"main_url": f"{host}/nowhere"}, {"main_url": "stream_not_found"}),
        ({"main_url": "rtsp://127.0.0.1:1/main"}, {"main_url": "cannot_connect"}),
    ):
        result = await answer(home, result, right | values)
        assert result["errors"] == errors

    result = await answer(home, result, right)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_camera_is_found_by_multicast(
    home: HomeAssistant, socket_enabled: None
) -> None:
    """A probe goes out on the loopback interface, and the camera is in the list."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = CameraOptions(
        name="Front door",
        onvif=True,
        discovery=True,
        onvif_options=OnvifOptions(discovery_port=port),
    )
    sources = [ipaddress.ip_address("127.0.0.1")]
    async with SimulatedCamera(options) as camera:
        with (
            patch(f"{PACKAGE}.discovery.discover", partial(discover, port=port)),
            patch(f"{PACKAGE}.discovery.SEARCH_SECONDS", 0.5),
            patch(f"{NETWORK}.async_get_enabled_source_ips", return_value=sources),
        ):
            result = await begin(home)
        (found,) = [
            label
            for value, label in choices(result, "camera").items()
            if value == camera.state.endpoint
        ]
        assert found == "Front door · Simulator · 127.0.0.1"


async def test_stream_that_hurts_is_cured_on_the_camera(
    home: HomeAssistant,
    socket_enabled: None,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Measured, changed by ONVIF after consent, and measured to be good."""
    options = CameraOptions(
        name="Front door",
        main=small_source(gop=6.0),
        sub=small_source(),
        username=USERNAME,
        password=PASSWORD,
        onvif=True,
    )
    async with SimulatedCamera(options) as camera:
        result = await choose(home, "enter_host")
        result = await answer(home, result, host_answer(camera.state))
        placeholders = result["description_placeholders"]
        assert placeholders is not None
        assert "keyframe only every 6 s" in placeholders["report"]
        result = await answer(home, result, proposal(result) | {"fix": True})
        assert result["menu_options"] == ["fix_apply", "profiles"]
        result = await go(home, result, "fix_apply")
        placeholders = result["description_placeholders"]
        assert placeholders is not None
        assert placeholders["report"].startswith("Changed on the camera:")
        assert "keyframe only every" not in placeholders["report"]
        result = await answer(home, result, proposal(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["fixed"] == {"main": {"gop": 2.0}}
    seen = result["data"]["measured"]["main"]
    assert seen["fps"] == pytest.approx(10, rel=0.3)
    assert 1.5 <= seen["gop"] <= 2.5
    assert seen["gop_complete"]


async def test_camera_is_added_by_its_picture(
    home: HomeAssistant,
    camera: SimulatedCamera,
    search_answers: list[DiscoveredCamera],
) -> None:
    """The real engine fetches it with the camera's digest login."""
    result = await choose(home, "enter_picture")
    typed = {
        CONF_NAME: "Front",
        "main_url": f"http://127.0.0.1:{camera.state.onvif_port}/onvif/snapshot/main.jpg",
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: "wrong",
    }
    result = await answer(home, result, typed)
    assert result["errors"] == {"password": "invalid_auth"}
    result = await answer(home, result, typed | {CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.CREATE_ENTRY
