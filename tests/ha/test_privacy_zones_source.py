"""Where the camera is, and what opens it, is handed to nobody else."""

import json
import logging
from typing import Any, override
from urllib.parse import quote

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.hearthcam.const import CONF_MAIN_URL, CONF_SUB_URL, DOMAIN
from custom_components.hearthcam.diagnostics import async_get_config_entry_diagnostics
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    Means,
    Profile,
    StreamError,
    StreamState,
    StreamStatus,
)
from homeassistant.components.camera import async_get_stream_source
from homeassistant.components.camera.webrtc import async_register_webrtc_provider
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME, MATCH_ALL
from homeassistant.core import Event, callback
from homeassistant.setup import async_setup_component

from .conftest import CameraHarness, make_camera_entry, wait_for
from .test_entities import CAMERA
from .test_privacy_zones import add_zone, privacy_zone, runtime
from .test_privacy_zones_outputs import Provider, entity, kept

HOST = "192.168.77.20"
USER = "keeper@door"
PASSWORD = "pa:ss@w/rd 1"
SECRETS = (
    "rtsp://",
    "main-of-the-door",
    "sub-of-the-door",
    USER,
    quote(USER, safe=""),
    PASSWORD,
    quote(PASSWORD, safe=""),
)

OF_CAMERA = {"entity_id": CAMERA}
COMMANDS: dict[str, dict[str, Any]] = {
    "camera/capabilities": OF_CAMERA,
    "camera/get_prefs": OF_CAMERA,
    "camera/webrtc/get_client_config": OF_CAMERA,
    "config/device_registry/list": {},
    "config/entity_registry/list": {},
    "config_entries/flow/progress": {},
    "config_entries/get": {},
    "get_config": {},
    "get_states": {},
    "repairs/list_issues": {},
    "system_log/list": {},
}
"""What anybody who is logged in can ask, or an administrator."""
OF_ENTRY = (
    "config_entries/get_single",
    "config_entries/subentries/list",
    "hearthcam/zones/list",
)


@pytest.fixture
def camera_entry() -> MockConfigEntry:
    """Return the entry of a camera with a privacy zone and telling secrets."""
    return make_camera_entry(
        data={
            CONF_MAIN_URL: f"rtsp://{HOST}:8554/main-of-the-door",
            CONF_SUB_URL: f"rtsp://{HOST}:8554/sub-of-the-door",
            CONF_USERNAME: USER,
            CONF_PASSWORD: PASSWORD,
            CONF_HOST: HOST,
        },
        zones=[privacy_zone()],
    )


class Taker(Provider):
    """Notes what it is given."""

    def __init__(self) -> None:
        """Have nothing."""
        super().__init__()
        self.sources: list[str] = []

    @override
    def async_is_supported(self, stream_source: str) -> bool:
        """Note the source."""
        self.sources.append(stream_source)
        return True


async def test_nobody_else_is_told_how_to_open_the_camera(
    camera: CameraHarness,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Everything that other components and people can read, in every state."""
    for name in ("custom_components", "homeassistant.components"):
        caplog.set_level(logging.DEBUG, name)
    # It logs what is asked for here itself.
    caplog.set_level(logging.INFO, "homeassistant.components.websocket_api")
    hass = camera.hass
    for component in ("config", "diagnostics", "repairs", "system_log"):
        assert await async_setup_component(hass, component, {})
    found: list[tuple[str, Any]] = []

    @callback
    def note(event: Event[Any]) -> None:
        found.append((f"event {event.event_type}", event.as_dict()))

    hass.bus.async_listen(MATCH_ALL, note)
    provider = Taker()
    async_register_webrtc_provider(hass, provider)
    client = await hass_ws_client(hass)
    web = await hass_client()

    async def look(when: str) -> None:
        await hass.async_block_till_done()
        found.extend((f"{when}: state", s.as_dict()) for s in hass.states.async_all())
        camera_entity = entity(camera)
        found.append((f"{when}: source", await async_source(camera)))
        found.append((f"{when}: capabilities", camera_entity.camera_capabilities))
        if (stream := await camera_entity.async_create_stream()) is not None:
            found.append((f"{when}: stream", [stream.source, stream.pyav_options]))
            found.append((f"{when}: stream", stream.get_diagnostics()))
        of_entry = {"entry_id": camera.entry.entry_id}
        for command, more in [
            *COMMANDS.items(),
            *((command, of_entry) for command in OF_ENTRY),
        ]:
            await client.send_json_auto_id({"type": command, **more})
            answer = await client.receive_json()
            found.append((f"{when}: {command}", answer))
            # WebRTC is offered only once there is a source to take.
            assert answer["success"] or "webrtc" in command, answer
        entry_id = camera.entry.entry_id
        for entry in hass.config_entries.async_entries(DOMAIN):
            told = await async_get_config_entry_diagnostics(hass, entry)
            found.append((f"{when}: diagnostics", told))
        download = await web.get(f"/api/diagnostics/config_entry/{entry_id}")
        found.append((f"{when}: download", await download.text()))

    await look("not yet there")
    await camera.stream()
    await kept(camera)
    await look("masked")
    await kept(camera, Means.CAMERA)
    await look("masked by the camera")
    await kept(camera, Means.BLOCKED, BlockCause.UNDECODABLE)
    add_zone(camera, kind="secret")
    await look("blocked")
    await camera.emit(
        StreamState(
            *("front_door", Profile.SUB, StreamStatus.OFFLINE),
            StreamError.INVALID_AUTH,
        )
    )
    await wait_for(lambda: Profile.SUB in runtime(camera).state.streams)
    await look("login refused")

    assert len(found) > 100
    assert provider.sources
    assert all(
        source == camera.url("live/front_door.ts") for source in provider.sources
    )
    found.append(("provider", provider.sources))
    found.append(("log", caplog.text))
    for where, what in found:
        text = what if isinstance(what, str) else json.dumps(what, default=str)
        for secret in SECRETS:
            assert secret not in text, where
        # Its web page is named by its device, and where a login is asked for.
        rest = text.replace(f'"configuration_url": "http://{HOST}"', "")
        assert HOST not in rest, where


async def async_source(camera: CameraHarness) -> str:
    """Return what every other component gets when it asks for the source."""
    return str(await async_get_stream_source(camera.hass, CAMERA))
