"""Keeping cameras: a changed password, another address, other streams."""

from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest

from custom_components.hearthcam.engine.protocol import StreamError
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.state import CameraState

from .flow_parts import (
    ESCAPED,
    MAC,
    PASSWORD,
    USERNAME,
    TriedStreams,
    configure,
    host_answer,
    onvif_entry,
    proposal,
    rtsp_entry,
    shown,
)

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("no_setup")

LOGIN = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}


# --- reauthentication ---------------------------------------------------------


async def test_new_password_of_a_camera_without_onvif_is_tried_and_kept(
    hass: HomeAssistant, tried_streams: TriedStreams, no_setup: AsyncMock
) -> None:
    """The stored streams are opened with it, then the camera is loaded again."""
    entry = rtsp_entry()
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    assert result["step_id"] == "reauth_confirm"
    assert result["description_placeholders"]["name"] == "Yard"
    # The stored password is not sent to the browser.
    assert shown(result) == {CONF_USERNAME: USERNAME, CONF_PASSWORD: None}

    flow_id = result["flow_id"]
    tried_streams.errors["rtsp"] = StreamError.INVALID_AUTH
    result = await hass.config_entries.flow.async_configure(
        flow_id, LOGIN | {CONF_PASSWORD: "wrong"}
    )
    assert result["errors"] == {"password": "invalid_auth"}
    assert entry.data[CONF_PASSWORD] == "old"
    tried_streams.errors = {"/sub": StreamError.TIMEOUT}
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["errors"] == {"base": "timeout"}

    tried_streams.errors.clear()
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    assert entry.data["main_url"] == "rtsp://10.0.0.5/main"
    assert tried_streams.urls[-2:] == [
        f"rtsp://{USERNAME}:{ESCAPED}@10.0.0.5/main",
        f"rtsp://{USERNAME}:{ESCAPED}@10.0.0.5/sub",
    ]
    assert entry.state is ConfigEntryState.LOADED
    assert len(no_setup.mock_calls) == 1


async def test_loaded_camera_hears_of_its_new_password_by_its_listener(
    hass: HomeAssistant, tried_streams: TriedStreams, no_setup: AsyncMock
) -> None:
    """A reload would interrupt the recording."""
    entry = rtsp_entry()
    entry.add_to_hass(hass)
    listener = AsyncMock()
    entry.add_update_listener(listener)
    result = await entry.start_reauth_flow(hass)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], LOGIN)
    await hass.async_block_till_done()

    assert result["reason"] == "reauth_successful"
    listener.assert_awaited_once()
    no_setup.assert_not_called()


async def test_new_password_of_an_onvif_camera_is_asked_of_the_camera_first(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """It must be the same camera that takes it."""
    state, _ = onvif_device
    entry = onvif_entry(state, password="old")
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    flow_id = result["flow_id"]
    result = await hass.config_entries.flow.async_configure(
        flow_id, LOGIN | {CONF_PASSWORD: "wrong"}
    )
    assert result["errors"] == {"password": "invalid_auth"}
    assert tried_streams.asked == []

    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    await hass.async_block_till_done()
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    assert len(tried_streams.asked) == 2


async def test_other_camera_at_the_address_gets_no_stream_request(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """The flow ends, and the entry stays as it is."""
    state, _ = onvif_device
    state.mac = "02:00:00:00:00:77"
    entry = onvif_entry(state, password="old")
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], LOGIN)

    assert result["reason"] == "unique_id_mismatch"
    assert entry.data[CONF_PASSWORD] == "old"
    assert tried_streams.asked == []


async def test_camera_whose_onvif_is_out_of_order_can_still_be_logged_in(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Its streams are what counts."""
    state, device = onvif_device
    await device.stop()
    entry = onvif_entry(state, password="old")
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], LOGIN)
    await hass.async_block_till_done()

    assert result["reason"] == "reauth_successful"


# --- reconfiguration ----------------------------------------------------------


@pytest.mark.parametrize("transport", ["udp", "http"])
async def test_streams_and_transport_of_a_camera_without_onvif_can_be_changed(
    hass: HomeAssistant, tried_streams: TriedStreams, transport: str
) -> None:
    """An empty password keeps the stored one."""
    entry = rtsp_entry()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"record_audio": False})
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_rtsp"
    assert shown(result) == {
        "main_url": "rtsp://10.0.0.5/main",
        "sub_url": "rtsp://10.0.0.5/sub",
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: None,
        "transport": "auto",
    }
    changed = {
        "main_url": "rtsp://10.0.0.8:8554/live",
        CONF_USERNAME: USERNAME,
        "transport": transport,
    }
    flow_id = result["flow_id"]
    tried_streams.errors["/live"] = StreamError.NOT_FOUND
    result = await hass.config_entries.flow.async_configure(flow_id, changed)
    assert result["errors"] == {"main_url": "stream_not_found"}
    assert shown(result)[CONF_PASSWORD] is None
    tried_streams.errors.clear()
    result = await hass.config_entries.flow.async_configure(
        flow_id, changed | {"main_url": "rtsp://8.8.8.8/live"}
    )
    assert result["errors"] == {"main_url": "not_local"}
    result = await hass.config_entries.flow.async_configure(
        flow_id, changed | {"main_url": "http://10.0.0.8/live"}
    )
    assert result["errors"] == {"main_url": "invalid_url"}

    result = await hass.config_entries.flow.async_configure(flow_id, changed)
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {
        "entry_type": "camera",
        "camera_id": "yard",
        "main_url": "rtsp://10.0.0.8:8554/live",
        "sub_url": None,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: "old",
        CONF_HOST: "10.0.0.8",
        "transport": transport,
        "measured": {},
    }
    assert entry.options == {"record_audio": False}
    assert tried_streams.asked[-1].transport == transport


async def test_password_is_not_kept_for_another_user(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """And without a user there is no login."""
    entry = rtsp_entry()
    entry.add_to_hass(hass)
    for username in ("guest", ""):
        result = await entry.start_reconfigure_flow(hass)
        await hass.config_entries.flow.async_configure(
            result["flow_id"],
            {
                "main_url": "rtsp://10.0.0.5/main",
                CONF_USERNAME: username,
                "transport": "auto",
            },
        )
        await hass.async_block_till_done()
        assert entry.data[CONF_USERNAME] == (username or None)
        assert entry.data[CONF_PASSWORD] is None


async def test_stream_of_another_entry_cannot_be_taken(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """Two entries would record the same camera."""
    entry = rtsp_entry()
    entry.add_to_hass(hass)
    onvif_entry().add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"],
        {"main_url": "rtsp://10.0.0.6:8554/main", "transport": "auto"},
    )

    assert result["reason"] == "already_configured"


async def test_host_and_profiles_of_an_onvif_camera_can_be_changed(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """It is found at its new address, is the same camera, and its streams open."""
    state, _ = onvif_device
    entry = onvif_entry(state, host="127.0.0.9", sub_profile=None, sub_url=None)
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_host"
    assert shown(result) == {
        CONF_HOST: "127.0.0.9",
        "onvif_port": state.onvif_port,
        "onvif_tls": None,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: None,
        "transport": "auto",
    }
    flow_id = result["flow_id"]
    changed = {
        CONF_HOST: "127.0.0.1",
        "onvif_port": state.onvif_port,
        CONF_USERNAME: USERNAME,
        "transport": "tcp",
    }
    for values, error in (
        ({CONF_HOST: "8.8.8.8"}, {"host": "not_local"}),
        ({CONF_PASSWORD: "wrong"}, {"password": "invalid_auth"}),
    ):
        result = await configure(hass, flow_id, changed | values)
        assert result["errors"] == error

    result = await configure(hass, flow_id, changed)
    assert result["step_id"] == "reconfigure_profiles"
    assert proposal(result) == {
        "main_profile": "main",
        "sub_profile": "none",
    }
    # The camera is in use: it is not opened twice on top of that.
    assert tried_streams.second == []
    assert len(tried_streams.asked) == 2
    chosen = {"main_profile": "main", "sub_profile": "sub"}
    result = await configure(hass, flow_id, chosen)
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert entry.unique_id == MAC
    assert entry.data[CONF_HOST] == "127.0.0.1"
    assert entry.data["main_url"] == "rtsp://127.0.0.1:8554/main"
    assert entry.data["sub_url"] == "rtsp://127.0.0.1:8554/sub"
    assert entry.data["sub_profile"] == "sub"
    assert entry.data["transport"] == "tcp"
    assert set(entry.data["measured"]) == {"main", "sub"}
    assert entry.data[CONF_PASSWORD] == PASSWORD
    # Not told this time, and not forgotten.
    assert entry.data["epr"] is not None


async def test_entry_is_not_turned_into_another_camera(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Its clips and its history would be of two cameras."""
    state, _ = onvif_device
    entry = onvif_entry(state)
    entry.add_to_hass(hass)
    state.mac = "02:00:00:00:00:77"
    result = await entry.start_reconfigure_flow(hass)
    result = await configure(
        hass,
        result["flow_id"],
        {
            CONF_HOST: "127.0.0.1",
            "onvif_port": state.onvif_port,
            CONF_USERNAME: USERNAME,
            "transport": "auto",
        },
    )

    assert result["reason"] == "unique_id_mismatch"
    assert tried_streams.asked == []


async def test_camera_that_serves_one_viewer_can_be_changed_while_it_is_watched(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Its streams arrive: that they cannot be opened once more is no error."""
    state, _ = onvif_device
    entry = onvif_entry(state)
    entry.add_to_hass(hass)
    entry.mock_state(hass, ConfigEntryState.LOADED)
    entry.runtime_data = SimpleNamespace(online=True, session=None)
    entry.add_update_listener(AsyncMock())
    tried_streams.errors["/"] = StreamError.ENDED
    result = await entry.start_reconfigure_flow(hass)
    changed = host_answer(state) | {"transport": "auto"}
    result = await configure(hass, result["flow_id"], changed)
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["report"].count("closed by the camera") == 2
    result = await configure(hass, result["flow_id"], proposal(result))

    assert result["reason"] == "reconfigure_successful"
