"""Adding cameras that others wrote, by their stream address, to live pictures."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from custom_components.hearthcam.const import DOMAIN
from homeassistant.components.camera import async_get_image, async_get_stream_source
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.peers import footage
from tests.peers.server import GstServer, require

from .conftest import wait_for
from .flow_parts import answer, choose

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = [
    pytest.mark.peers,
    pytest.mark.usefixtures("search_answers", "socket_enabled"),
]

USER, PASSWORD = "admin", "p:w@/d?#%"


@dataclass(frozen=True, slots=True)
class Peer:
    """How one camera of theirs is."""

    codec: str
    login: str
    audio: str = "none"


PEERS = {
    f"{peer.codec} {peer.login}": peer
    for peer in (
        Peer("h264", "open", "aac"),
        Peer("h264", "digest"),
        Peer("h264", "basic"),
        Peer("hevc", "open"),
        Peer("hevc", "digest", "aac"),
        Peer("mjpeg", "open"),
        Peer("mjpeg", "digest"),
        Peer("mjpeg", "basic"),
    )
}


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> GstServer:
    """Return the camera, not started yet."""
    require()
    peer = PEERS[request.param]
    file = tmp_path / "unused"
    if peer.codec != "mjpeg":
        file = footage.make(tmp_path, peer.codec, peer.audio)
    return GstServer(
        file=file,
        codec=peer.codec,
        audio=peer.audio,
        user=None if peer.login == "open" else USER,
        password=PASSWORD,
        basic=peer.login == "basic",
    )


def opened(source: str) -> tuple[str, int]:
    """Return the codec of a live stream, and how many of some packets came."""
    with av.open(source, timeout=30) as container:
        count = sum(1 for _ in zip(range(10), container.demux(video=0), strict=False))
        return container.streams.video[0].codec.name, count


@pytest.mark.parametrize("server", PEERS, indirect=True)
async def test_camera_of_others_is_added_and_shown_live(
    home: HomeAssistant, server: GstServer
) -> None:
    await asyncio.to_thread(server.start)
    try:
        await check(home, server)
    finally:
        for loaded in home.config_entries.async_loaded_entries(DOMAIN):
            await home.config_entries.async_unload(loaded.entry_id)
        server.kill()


async def check(hass: HomeAssistant, server: GstServer) -> None:
    """Add the camera and watch it."""
    login = {CONF_USERNAME: USER, CONF_PASSWORD: PASSWORD} if server.user else {}
    typed = {
        CONF_NAME: "Peer",
        "main_url": f"rtsp://127.0.0.2:{server.port}/main",
        "record_audio": True,
    }
    result = await choose(hass, "enter_rtsp")
    if server.user:
        wrong = typed | login | {CONF_PASSWORD: "wrong"}
        result = await answer(hass, result, wrong)
        assert result["errors"] == {CONF_PASSWORD: "invalid_auth"}
    result = await answer(hass, result, typed | login)
    if result.get("step_id") == "checked":
        # What hurts is said, and it is added as it is.
        result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done()
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    await wait_for(lambda: entry.runtime_data.online, 30)
    source = await async_get_stream_source(hass, "camera.peer")
    assert source is not None
    codec, count = await asyncio.to_thread(opened, source)
    assert codec == ("hevc" if server.codec == "hevc" else "h264")
    assert count == 10
    image = await async_get_image(hass, "camera.peer", width=160)
    assert image.content.startswith(b"\xff\xd8")
