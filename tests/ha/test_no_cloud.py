"""Whoever looks at a camera is led to nobody on the internet by it."""

from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
from webrtc_models import RTCIceServer

from custom_components.hearthcam import const
from homeassistant.components.brands import _read_brand_file
from homeassistant.components.brands.const import ALLOWED_IMAGES
from homeassistant.components.camera.webrtc import async_register_webrtc_provider
from homeassistant.components.web_rtc import (
    async_get_ice_servers,
    async_register_ice_servers,
)

from .conftest import CameraHarness
from .test_entities import CAMERA
from .test_privacy_zones_outputs import Provider, entity

LOCAL = RTCIceServer(urls=["turn:192.168.77.9:3478?transport=udp"], username="me")


async def client_config(
    camera: CameraHarness, hass_ws_client: WebSocketGenerator
) -> object:
    """Return what a browser uses to watch by WebRTC."""
    client = await hass_ws_client(camera.hass)
    await client.send_json_auto_id(
        {"type": "camera/webrtc/get_client_config", "entity_id": CAMERA}
    )
    answer = await client.receive_json()
    assert answer["success"], answer
    return answer["result"]


@pytest.fixture
async def watched(camera: CameraHarness) -> CameraHarness:
    """Return a camera that go2rtc, or who stands for it, offers by WebRTC."""
    await camera.stream()
    async_register_webrtc_provider(camera.hass, Provider())
    await camera.hass.async_block_till_done()
    return camera


async def test_browsers_and_go2rtc_ask_no_stun_server_of_the_internet(
    watched: CameraHarness, hass_ws_client: WebSocketGenerator
) -> None:
    """Home Assistant names one by itself, which would learn who watches, and when."""
    [by_itself] = async_get_ice_servers(watched.hass)
    assert "stun.home-assistant.io" in str(by_itself.urls)
    assert await client_config(watched, hass_ws_client) == {"configuration": {}}
    config = entity(watched).async_get_webrtc_client_configuration()
    assert config.configuration.ice_servers == []


async def test_servers_on_the_local_network_are_left(
    watched: CameraHarness, hass_ws_client: WebSocketGenerator
) -> None:
    others = [
        RTCIceServer(urls="stun:203.0.113.7:3478"),
        RTCIceServer(urls="stun:stun.home.arpa"),
        RTCIceServer(urls=["stun:192.168.77.9", "stun:8.8.8.8"]),
    ]
    async_register_ice_servers(watched.hass, lambda: [*others, LOCAL])
    assert await client_config(watched, hass_ws_client) == {
        "configuration": {"iceServers": [LOCAL.to_dict()]}
    }


async def test_home_assistants_player_asks_the_engine_and_nobody_else(
    camera: CameraHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg takes a proxy from the environment, and would tell it the stream's key."""
    monkeypatch.setenv("http_proxy", "http://203.0.113.81:3128")
    await camera.stream()
    stream = await entity(camera).async_create_stream()
    assert stream is not None
    assert stream.source.startswith("http://127.0.0.1:")
    assert stream.pyav_options["http_proxy"] == ""
    assert stream.pyav_options["protocol_whitelist"] == "http,tcp"
    assert stream.pyav_options["format_whitelist"] == "mpegts"


@pytest.mark.parametrize(
    "path", ["clip/x.mp4", "thumbnail/x", "preview/x", "picture/x"]
)
async def test_other_pages_learn_nothing_of_what_is_shown(
    camera: CameraHarness, hass_client_no_auth: ClientSessionGenerator, path: str
) -> None:
    """Neither what an address answers nor, from what it holds, its key."""
    client = await hass_client_no_auth()
    answer = await client.get(
        f"/api/hearthcam/{path}?authSig=x",
        headers={"Origin": "https://elsewhere.example"},
    )
    assert answer.status == 401
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("image", sorted(ALLOWED_IMAGES))
def test_home_assistant_fetches_no_picture_of_this_integration(image: str) -> None:
    """Those that are not here it would ask its own server for."""
    assert _read_brand_file(Path(const.__file__).with_name("brand"), image)
