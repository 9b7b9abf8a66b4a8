"""What a camera really sends is shown before it is added, and cured on wish."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from custom_components.hearthcam.engine.protocol import StreamError
from custom_components.hearthcam.exceptions import EngineError
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.simulator.onvif_media import CODECS
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.state import CameraState

from .flow_parts import (
    GOOD,
    GOOD_SUB,
    INFO,
    MAIN,
    PASSWORD,
    SUB,
    SUB_INFO,
    USERNAME,
    TriedStreams,
    answer,
    camera_state,
    choices,
    choose,
    go,
    host_answer,
    onvif_entry,
    proposal,
    rtsp_entry,
    shown,
)

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("no_setup", "search_answers")

BAD = replace(GOOD, gop=9.8, gop_complete=False)
FAST = replace(GOOD_SUB, fps=30.0)


def report(result: ConfigFlowResult) -> str:
    """Return what a page tells of the streams."""
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    return placeholders["report"]


async def measured(
    hass: HomeAssistant, state: CameraState, **changed: Any
) -> ConfigFlowResult:
    """Enter the camera's host; return the page after measuring."""
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state, **changed))
    assert result["step_id"] == "profiles", result
    return result


async def test_page_shows_what_was_measured_and_nothing_to_do(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Codec, size, real rate, keyframes, data, sound, a second viewer, the clock."""
    state, _ = onvif_device
    tried_streams.seen["/main"] = (replace(INFO, audio_codec="pcm_alaw"), GOOD)
    tried_streams.seen = dict(sorted(tried_streams.seen.items(), reverse=True))
    result = await measured(hass, state)

    text = report(result)
    row = "| main stream | H.264 1920×1080 | 15 | 2.0 s | 4.0 Mbit/s | G.711 | yes |"
    assert row in text
    row = "| sub stream | H.264 640×360 | 10 | 2.0 s | 0.4 Mbit/s | none | – |"
    assert row in text
    assert "clock is right" in text
    assert "Nothing about these streams" in text
    assert "fix" not in shown(result)
    assert choices(result, "main_profile")["main"] == (
        "main stream: 1920×1080, H.264, 15 fps"
    )


async def test_what_hurts_is_said_and_cured_on_the_camera_after_consent(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Exactly what will be changed is said before, and what came of it after."""
    state, _ = onvif_device
    state.profiles = (replace(MAIN, gop=10.0), replace(SUB, fps=30))
    tried_streams.seen = {"/sub": (SUB_INFO, FAST), "/": (INFO, BAD)}
    result = await measured(hass, state)
    assert "over 10 s" in report(result)
    assert "only every 10 s" in report(result)
    assert "sends 30 pictures a second" in report(result)
    assert proposal(result)["fix"] is False

    wish = proposal(result) | {"fix": True, CONF_NAME: "Gate"}
    result = await answer(hass, result, wish)
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["fix_apply", "profiles"]
    assert result["description_placeholders"] == {
        "name": "Hearthcam Simulator",
        "changes": (
            "- Main stream: keyframe distance from 150 pictures (10 s)"
            " to 30 pictures (2 s)\n"
            "- Sub stream: pictures a second from 30 to 10\n"
            "- Sub stream: keyframe distance from 60 pictures (2 s)"
            " to 20 pictures (2 s)"
        ),
    }
    # Nothing is changed before the consent.
    assert state.profiles[0].gop == 10.0

    tried_streams.seen = {"/sub": (SUB_INFO, GOOD_SUB), "/": (INFO, GOOD)}
    result = await go(hass, result, "fix_apply")
    assert (state.profiles[0].gop, state.profiles[1].fps) == (2.0, 10.0)
    assert report(result).startswith("Changed on the camera:\n- Main stream: keyframe")
    assert "Nothing about these streams" in report(result)
    assert shown(result)[CONF_NAME] == "Gate"

    result = await answer(hass, result, proposal(result) | {CONF_NAME: "Gate"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["fixed"] == {
        "main": {"gop": 2.0},
        "sub": {"gop": 2.0, "fps": 10.0},
    }
    assert result["data"]["measured"]["main"]["gop"] == 2.0


async def test_camera_can_be_left_as_it_is(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Who reads what would be changed may think otherwise."""
    state, _ = onvif_device
    state.profiles = (replace(MAIN, gop=10.0), SUB)
    tried_streams.seen = {"/sub": (SUB_INFO, GOOD_SUB), "/": (INFO, BAD)}
    result = await measured(hass, state)
    result = await answer(hass, result, proposal(result) | {"fix": True})
    result = await go(hass, result, "profiles")
    result = await answer(hass, result, proposal(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["fixed"] == {}
    assert state.profiles[0].gop == 10.0


async def test_main_stream_is_set_to_h264_only_where_that_is_wished(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """H.265 is not wrong, it is just not played everywhere."""
    state, _ = onvif_device
    state.profiles = (replace(MAIN, codec="hevc"), SUB)
    hevc = replace(INFO, codec="hevc")
    tried_streams.seen = {"/sub": (SUB_INFO, GOOD_SUB), "/": (hevc, GOOD)}
    result = await measured(hass, state)
    assert "is H.265" in report(result)
    result = await answer(hass, result, proposal(result) | {"fix": True})
    assert result["menu_options"] == ["fix_h264", "profiles"]

    tried_streams.seen = {"/sub": (SUB_INFO, GOOD_SUB), "/": (INFO, GOOD)}
    result = await go(hass, result, "fix_h264")
    assert state.profiles[0].codec == "h264"
    assert "format from H.265 to H.264" in report(result)
    result = await answer(hass, result, proposal(result))
    assert result["data"]["fixed"] == {"main": {"codec": "h264"}}


@pytest.fixture
async def stubborn(socket_enabled: None) -> AsyncGenerator[CameraState]:
    """Run a device that answers well to changes and makes none."""
    state = camera_state(profiles=(replace(MAIN, gop=10.0), SUB))
    device = OnvifDevice(state, OnvifOptions(ignores_settings=True))
    await device.start()
    yield state
    await device.stop()


async def test_camera_that_ignores_a_change_is_told_of(
    hass: HomeAssistant,
    stubborn: CameraState,
    tried_streams: TriedStreams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the entry does not remember a cure that was none."""
    monkeypatch.setattr(
        "custom_components.hearthcam.onvif.control.encoder._READ_AGAIN", (0.0,)
    )
    tried_streams.seen = {"/sub": (SUB_INFO, GOOD_SUB), "/": (INFO, BAD)}
    result = await measured(hass, stubborn)
    result = await answer(hass, result, proposal(result) | {"fix": True})
    result = await go(hass, result, "fix_apply")
    assert report(result).startswith("The camera did not take:\n- Main stream")
    result = await answer(hass, result, proposal(result))
    assert result["data"]["fixed"] == {}


async def test_camera_that_lets_nothing_be_changed_is_told_of(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """It can be added all the same."""
    state, device = onvif_device
    tried_streams.seen = {"/sub": (SUB_INFO, GOOD_SUB), "/": (INFO, BAD)}
    result = await measured(hass, state)
    chosen = proposal(result)
    for action in ("GetVideoEncoderConfigurations", "GetProfiles", "GetProfile"):
        for _ in range(4):
            device.answer_next(action, b"<html/>")
    result = await answer(hass, result, chosen | {"fix": True})
    assert result["errors"] == {"base": "nothing_to_fix"}
    result = await answer(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_clock_that_is_wrong_is_said(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """The login works all the same: it goes by the camera's clock."""
    state, _ = onvif_device
    state.clock_skew = -3600
    result = await measured(hass, state)
    text = report(result)
    assert "1 h 0 min behind" in text or "59 min" in text


async def test_stream_that_does_not_open_is_not_proposed(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """What the camera says of it is not believed."""
    state, _ = onvif_device
    tried_streams.errors["/sub"] = StreamError.NO_VIDEO
    result = await measured(hass, state)
    assert "| sub stream | no picture came | – |" in report(result)
    assert "no small second stream" in report(result)
    assert proposal(result)["sub_profile"] == "none"


async def test_refused_login_is_not_tried_at_the_next_stream(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Cameras lock an account after a few wrong passwords."""
    state, _ = onvif_device
    tried_streams.errors["/"] = StreamError.INVALID_AUTH
    await measured(hass, state)
    assert len(tried_streams.asked) == 1


async def test_engine_that_does_not_start_leaves_the_page(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """What the camera declares is shown, and tried again when it is added."""
    state, _ = onvif_device
    tried_streams.broken = EngineError("engine_not_started")
    result = await measured(hass, state)
    assert proposal(result)["sub_profile"] == "sub"
    result = await answer(hass, result, proposal(result))
    assert result["errors"] == {"base": "unknown"}


async def test_camera_with_one_profile_is_added_without_a_sub(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """Motion is looked for in the main stream, and that is said."""
    state, _ = onvif_device
    state.profiles = (MAIN,)
    result = await measured(hass, state)
    assert "no small second stream" in report(result)
    result = await answer(hass, result, proposal(result))
    assert result["data"]["sub_url"] is None


async def test_camera_without_a_stream_gives_its_pictures(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its snapshot was fetched before."""
    state, _ = onvif_device
    monkeypatch.setitem(CODECS, "mpeg4", "MPEG4")
    state.profiles = (replace(MAIN, codec="mpeg4"),)
    state.snapshot = lambda _: b"\xff\xd8\xff\xe0" + bytes(600) + b"\xff\xd9"
    result = await measured(hass, state)
    assert choices(result, "main_profile") == {"main": "Single pictures (JPEG)"}
    assert "| Single pictures (JPEG) | JPEG 1920×1080 |" in report(result)
    result = await answer(hass, result, proposal(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["main_url"].startswith("http://127.0.0.1:")
    assert PASSWORD not in result["data"]["main_url"]
    assert result["data"]["main_profile"] == "main"


async def test_camera_without_events_is_added(
    hass: HomeAssistant, socket_enabled: None, tried_streams: TriedStreams
) -> None:
    """Motion is found in its pictures anyway."""
    state = camera_state()
    device = OnvifDevice(state, OnvifOptions(events=False))
    await device.start()
    result = await measured(hass, state)
    result = await answer(hass, result, proposal(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await device.stop()


async def test_second_camera_with_the_same_serial_is_added_by_its_endpoint(
    hass: HomeAssistant, socket_enabled: None, tried_streams: TriedStreams
) -> None:
    """Neither has a MAC: makers have given the same serial to a whole batch."""
    first = onvif_entry(mac=None, epr="urn:uuid:1")
    first.add_to_hass(hass)
    hass.config_entries.async_update_entry(first, unique_id="SIM000001")
    state = camera_state()
    device = OnvifDevice(state, OnvifOptions(network_interfaces=False))
    await device.start()
    result = await measured(hass, state)
    result = await answer(hass, result, proposal(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == state.endpoint
    await device.stop()


# --- certificates -------------------------------------------------------------


@pytest.fixture
async def https_camera(
    socket_enabled: None,
) -> AsyncGenerator[tuple[CameraState, OnvifDevice]]:
    """Run a device that speaks HTTPS with a certificate of its own."""
    state = camera_state()
    device = OnvifDevice(state, OnvifOptions(tls=True))
    await device.start()
    yield state, device
    await device.stop()


@pytest.mark.parametrize("pin", [True, False])
async def test_certificate_is_shown_before_the_login_is_sent(
    hass: HomeAssistant,
    https_camera: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    pin: bool,
) -> None:
    """And accepted alone from then on, where that is wished."""
    state, device = https_camera
    assert device.certificate is not None
    fingerprint = device.certificate.fingerprint
    result = await choose(hass, "enter_host")
    typed = host_answer(state, host=f"https://127.0.0.1:{state.onvif_port}/")
    result = await answer(hass, result, typed | {CONF_PASSWORD: "wrong"})
    assert result["step_id"] == "certificate"
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["fingerprint"].replace(":", "").lower() == fingerprint

    result = await answer(hass, result, {"pin": pin})
    assert result["step_id"] == "host"
    assert result["errors"] == {"password": "invalid_auth"}
    result = await answer(hass, result, typed)
    result = await answer(hass, result, {"pin": pin})
    assert result["step_id"] == "profiles"
    result = await answer(hass, result, proposal(result))
    assert result["data"]["onvif_tls"] is True
    assert result["data"]["onvif_certificate"] == (fingerprint if pin else None)


async def test_other_certificate_is_asked_about_again(
    hass: HomeAssistant,
    https_camera: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """The stored login goes to nobody else before."""
    state, device = https_camera
    # The device, in the same loop, is hung up on within its handshake.
    hass.loop.set_exception_handler(lambda _, __: None)
    assert device.certificate is not None
    entry = onvif_entry(state, onvif_tls=True, onvif_certificate="0" * 64)
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    login = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
    result = await answer(hass, result, login)
    assert result["errors"] == {"base": "certificate_changed"}

    result = await entry.start_reconfigure_flow(hass)
    changed = host_answer(state, onvif_tls=True, transport="auto")
    result = await answer(hass, result, changed)
    assert result["step_id"] == "certificate"
    result = await answer(hass, result, {"pin": True})
    assert result["step_id"] == "reconfigure_profiles"
    result = await answer(hass, result, proposal(result))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["onvif_certificate"] == device.certificate.fingerprint

    # Known by now: nobody is asked.
    result = await entry.start_reconfigure_flow(hass)
    result = await answer(hass, result, changed)
    assert result["step_id"] == "reconfigure_profiles"
    await hass.async_block_till_done()


# --- pictures -----------------------------------------------------------------


async def test_camera_is_added_by_the_address_of_its_picture(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """A login in it moves to its fields."""
    result = await choose(hass, "enter_picture")
    typed = {CONF_NAME: "Yard", "main_url": "rtsp://10.0.0.9/main"}
    result = await answer(hass, result, typed)
    assert result["errors"] == {"main_url": "invalid_picture_url"}
    result = await answer(hass, result, typed | {"main_url": "http://8.8.8.8/a.jpg"})
    assert result["errors"] == {"main_url": "not_local"}
    assert tried_streams.asked == []

    url = "http://admin:s3cret@10.0.0.9:8080/cgi/still.jpg?ch=1"
    result = await answer(hass, result, typed | {"main_url": url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["main_url"] == "http://10.0.0.9:8080/cgi/still.jpg?ch=1"
    assert result["data"][CONF_PASSWORD] == "s3cret"
    assert result["options"] == {"record_audio": False}
    assert tried_streams.urls == [url]


async def test_picture_address_can_be_changed(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """An empty password keeps the stored one."""
    entry = rtsp_entry(main_url="https://10.0.0.5/still.jpg", sub_url=None)
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_picture"
    changed = {"main_url": "http://10.0.0.6/video.mjpg", CONF_USERNAME: USERNAME}
    result = await answer(hass, result, changed)
    await hass.async_block_till_done()

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["main_url"] == "http://10.0.0.6/video.mjpg"
    assert entry.data[CONF_PASSWORD] == "old"
