"""Adding cameras by ONVIF, against a real device on loopback."""

from unittest.mock import patch

import pytest

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import StreamError
from custom_components.hearthcam.onvif import DiscoveredCamera, OnvifTimeoutError
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.state import CameraState

from .flow_parts import (
    EPR,
    ESCAPED,
    MAC,
    PACKAGE,
    PASSWORD,
    USERNAME,
    TriedStreams,
    answer,
    begin,
    camera_state,
    choices,
    choose,
    found_camera,
    host_answer,
    onvif_entry,
    proposal,
    shown,
)

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("no_setup")


async def test_found_camera_is_added_with_the_proposed_profiles(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Found, login, confirm: the camera itself tells all the rest."""
    state, _ = onvif_device
    search_answers.append(found_camera(state))
    result = await begin(hass)
    options = choices(result, "camera")
    assert options[EPR] == "Front door · Simulator · 127.0.0.1"
    assert list(options)[1:] == [
        "enter_host",
        "enter_rtsp",
        "enter_picture",
        "search_again",
    ]

    result = await answer(hass, result, {"camera": EPR})
    assert result["step_id"] == "login"
    login = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
    result = await answer(hass, result, login)
    assert result["step_id"] == "profiles"
    both = [
        f"rtsp://{USERNAME}:{ESCAPED}@127.0.0.1:8554/main",
        f"rtsp://{USERNAME}:{ESCAPED}@127.0.0.1:8554/sub",
    ]
    assert tried_streams.urls == both
    assert tried_streams.second == both[:1]
    assert "main" in choices(result, "main_profile")
    assert "none" in choices(result, "sub_profile")
    assert proposal(result) == {
        CONF_NAME: "Front door",
        "main_profile": "main",
        "sub_profile": "sub",
        "record_audio": True,
    }

    result = await answer(hass, result, proposal(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Front door"
    assert result["result"].unique_id == MAC
    assert result["data"] == {
        "entry_type": "camera",
        "camera_id": "front_door",
        "main_url": "rtsp://127.0.0.1:8554/main",
        "sub_url": "rtsp://127.0.0.1:8554/sub",
        "username": USERNAME,
        "password": PASSWORD,
        "transport": "auto",
        "host": "127.0.0.1",
        "onvif_port": state.onvif_port,
        "onvif_path": "/onvif/device_service",
        "onvif_tls": False,
        "onvif_certificate": None,
        "mac": MAC,
        "serial": "SIM000001",
        "epr": EPR,
        "manufacturer": "Hearthcam",
        "model": "Simulator",
        "firmware": "1.0.0",
        "main_profile": "main",
        "sub_profile": "sub",
        "measured": {
            "main": {
                "codec": "h264",
                "width": 1920,
                "height": 1080,
                "audio_codec": None,
                "seconds": 4.0,
                "fps": 15.0,
                "bitrate": 4000.0,
                "gop": 2.0,
                "gop_complete": True,
                "irregular_gop": False,
                "second_connection": True,
            },
            "sub": {
                "codec": "h264",
                "width": 640,
                "height": 360,
                "audio_codec": None,
                "seconds": 4.0,
                "fps": 10.0,
                "bitrate": 400.0,
                "gop": 2.0,
                "gop_complete": True,
                "irregular_gop": False,
                "second_connection": None,
            },
        },
        "fixed": {},
    }
    assert result["options"] == {"record_audio": True}
    # What was measured is not opened once more.
    assert tried_streams.urls == both


async def test_camera_is_added_by_its_host_without_a_sub_stream(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """A wrong address inside of the camera's answers does no harm."""
    state, _ = onvif_device
    state.wrong_xaddrs = True
    result = await choose(hass, "enter_host")
    assert result["step_id"] == "host"
    result = await answer(hass, result, host_answer(state))
    result = await answer(
        hass,
        result,
        {CONF_NAME: "Gate", "main_profile": "main", "sub_profile": "none"},
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Gate"
    assert result["data"]["main_url"].startswith("rtsp://127.0.0.1:")
    assert result["data"]["sub_url"] is None
    assert result["data"]["sub_profile"] is None
    assert result["result"].unique_id == MAC


async def test_wrong_login_is_told_at_the_password_and_corrected(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Both by host and for a found camera."""
    state, _ = onvif_device
    search_answers.append(found_camera(state))
    wrong = host_answer(state, password="wrong")
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, wrong)
    assert result["errors"] == {"password": "invalid_auth"}
    assert shown(result) == wrong

    result = await choose(hass, EPR)
    login = {CONF_USERNAME: USERNAME, CONF_PASSWORD: "wrong"}
    result = await answer(hass, result, login)
    assert result["errors"] == {"password": "invalid_auth"}
    assert tried_streams.asked == []

    login = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
    result = await answer(hass, result, login)
    assert result["step_id"] == "profiles"


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("8.8.8.8", "not_local"),
        ("no such host", "cannot_connect"),
        ("2130706433", "cannot_connect"),
    ],
)
async def test_host_that_must_not_be_contacted_is_refused(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    host: str,
    error: str,
) -> None:
    """Nothing is sent: sockets are blocked in this test."""
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, {CONF_HOST: host, "onvif_port": 80})

    assert result["errors"] == {"host": error}
    assert tried_streams.asked == []


async def test_host_where_nothing_listens_is_told_and_corrected(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """The camera was switched off."""
    state, device = onvif_device
    await device.stop()
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state))
    assert result["errors"] == {"host": "cannot_connect"}

    await device.start()
    result = await answer(hass, result, host_answer(state))
    assert result["step_id"] == "profiles"


async def test_something_else_than_a_camera_is_told(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """A web server answers, but it is no camera."""
    state, device = onvif_device
    for action in ("GetProfiles", "GetServices", "GetCapabilities"):
        for _ in range(4):
            device.answer_next(action, b"<html>Hello</html>")
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state))

    assert result["errors"] == {"host": "no_onvif"}


async def test_camera_without_a_video_profile_is_told(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """It can still be added by its stream address."""
    state, _ = onvif_device
    profiles, state.profiles = state.profiles, ()
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state))
    assert result["errors"] == {"host": "no_profiles"}

    state.profiles = profiles
    result = await answer(hass, result, host_answer(state))
    assert result["step_id"] == "profiles"


@pytest.mark.parametrize(
    ("part", "error", "field"),
    [
        ("/main", StreamError.NO_VIDEO, "main_profile"),
        ("/sub", StreamError.CANNOT_CONNECT, "sub_profile"),
        ("/main", StreamError.INVALID_AUTH, "base"),
    ],
)
async def test_stream_of_a_profile_that_does_not_open_is_told_and_corrected(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    part: str,
    error: StreamError,
    field: str,
) -> None:
    """What ONVIF promises is not believed before it was seen."""
    state, _ = onvif_device
    tried_streams.errors[part] = error
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state))
    chosen = {
        CONF_NAME: "Gate",
        "main_profile": "main",
        "sub_profile": "sub",
        "record_audio": False,
    }
    result = await answer(hass, result, chosen)
    assert result["errors"] == {field: error.value}
    assert shown(result) == chosen

    tried_streams.errors.clear()
    result = await answer(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {"record_audio": False}


async def test_camera_that_loses_its_profile_meanwhile_is_told(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """The camera refuses the address of the stream, or is gone."""
    state, device = onvif_device
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state))
    chosen = {CONF_NAME: "Gate", "main_profile": "main", "sub_profile": "sub"}
    device.answer_next("GetStreamUri", b"<html/>")
    result = await answer(hass, result, chosen)
    assert result["errors"] == {"base": "stream_not_found"}

    await device.stop()
    result = await answer(hass, result, chosen)
    assert result["errors"] == {"base": "cannot_connect"}
    # Measured, and not opened again.
    assert len(tried_streams.asked) == 2


async def test_serial_identifies_a_camera_without_a_mac(
    hass: HomeAssistant,
    socket_enabled: None,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Its endpoint does where the serial is all zeros; never its address."""
    for serial, identity in (("SIM000001", "SIM000001"), ("0000000", EPR)):
        state = camera_state(serial=serial)
        device = OnvifDevice(state, OnvifOptions(network_interfaces=False))
        await device.start()
        result = await choose(hass, "enter_host")
        result = await answer(hass, result, host_answer(state))
        assert result["step_id"] == "profiles"
        flow = hass.config_entries.flow.async_get(result["flow_id"])
        assert flow["context"]["unique_id"] == identity
        hass.config_entries.flow.async_abort(result["flow_id"])
        await device.stop()


async def test_configured_camera_is_not_offered_and_not_added_twice(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Known by its endpoint in the list, by its MAC when its host is entered."""
    state, _ = onvif_device
    onvif_entry(state).add_to_hass(hass)
    search_answers.append(found_camera(state))
    result = await begin(hass)
    assert EPR not in choices(result, "camera")

    result = await answer(hass, result, {"camera": "enter_host"})
    result = await answer(hass, result, host_answer(state))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_two_cameras_with_the_same_serial_are_both_added(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Their MACs tell them apart."""
    state, _ = onvif_device
    onvif_entry(
        mac="02:00:00:00:00:99", epr="urn:uuid:99", host="10.0.0.6"
    ).add_to_hass(hass)
    hass.config_entries.async_update_entry(
        hass.config_entries.async_entries(DOMAIN)[0], unique_id="02:00:00:00:00:99"
    )
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state))

    assert result["step_id"] == "profiles"


async def test_camera_that_does_not_answer_in_time_is_told(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """It is busy or stuck."""
    result = await choose(hass, "enter_host")
    with patch(f"{PACKAGE}.flow_reading.OnvifCamera.describe") as describe:
        describe.side_effect = OnvifTimeoutError("too late")
        result = await answer(hass, result, {CONF_HOST: "10.0.0.9", "onvif_port": 80})

    assert result["errors"] == {"host": "timeout"}


async def test_stream_address_that_is_none_is_told(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Whatever the camera says, it is not handed on unread."""
    state, _ = onvif_device
    result = await choose(hass, "enter_host")
    with patch(
        f"{PACKAGE}.flow_reading.OnvifCamera.stream_uri",
        return_value="rtsp://127.0.0.1/\u200b",
    ):
        result = await answer(hass, result, host_answer(state))
        placeholders = result["description_placeholders"]
        assert placeholders is not None
        assert placeholders["report"].count("does not exist") == 2
        result = await answer(hass, result, proposal(result))

    assert result["errors"] == {"base": "stream_not_found"}
    assert tried_streams.asked == []
