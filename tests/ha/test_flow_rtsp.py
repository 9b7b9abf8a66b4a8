"""Adding cameras by their stream addresses."""

from dataclasses import replace
from unittest.mock import AsyncMock, patch

import pytest

from custom_components.hearthcam.engine.protocol import StreamError, Transport
from custom_components.hearthcam.exceptions import EngineError
from custom_components.hearthcam.onvif import DiscoveredCamera
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .flow_parts import (
    ESCAPED,
    GOOD,
    GOOD_SUB,
    INFO,
    PASSWORD,
    RTSP_ANSWER,
    SUB_INFO,
    USERNAME,
    TriedStreams,
    answer,
    choose,
    rtsp_entry,
    shown,
)

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("no_setup")


async def test_camera_is_added_by_its_stream_addresses(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    no_setup: AsyncMock,
) -> None:
    """Both streams are opened, then the entry holds what was typed."""
    result = await choose(hass, "enter_rtsp")
    assert result["step_id"] == "rtsp"
    result = await answer(hass, result, RTSP_ANSWER)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Front door"
    assert result["data"] == {
        "entry_type": "camera",
        "camera_id": "front_door",
        "main_url": "rtsp://192.168.1.20/main",
        "sub_url": "rtsp://192.168.1.20:8554/sub",
        "username": USERNAME,
        "password": PASSWORD,
        "transport": "auto",
        "host": "192.168.1.20",
        "measured": result["data"]["measured"],
    }
    assert {
        profile: (seen["width"], seen["fps"], seen["second_connection"])
        for profile, seen in result["data"]["measured"].items()
    } == {"main": (1920, 15.0, True), "sub": (640, 10.0, None)}
    assert result["options"] == {"record_audio": False}
    unique_id = result["result"].unique_id
    assert unique_id
    assert "192.168" not in unique_id
    assert tried_streams.urls == [
        f"rtsp://{USERNAME}:{ESCAPED}@192.168.1.20/main",
        f"rtsp://{USERNAME}:{ESCAPED}@192.168.1.20:8554/sub",
    ]
    assert len(no_setup.mock_calls) == 1


async def anyway(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Add a camera without a sub stream, which hurts, as it is."""
    assert result["step_id"] == "checked"
    assert result["description_placeholders"]
    assert "no small second stream" in result["description_placeholders"]["report"]
    return await answer(hass, result, {})


async def test_what_hurts_is_said_of_a_camera_without_onvif(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """It cannot be cured from here, and can be added as it is."""
    bad = replace(GOOD, gop=9.8, gop_complete=False)
    tried_streams.seen = {"/sub": (SUB_INFO, GOOD_SUB), "/": (INFO, bad)}
    result = await choose(hass, "enter_rtsp")
    result = await answer(hass, result, RTSP_ANSWER)
    assert result["step_id"] == "checked"
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert (
        "| Main stream | H.264 1920×1080 | 15 | over 10 s |" in placeholders["report"]
    )
    assert "only every 10 s" in placeholders["report"]
    assert "clock" not in placeholders["report"]

    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["measured"]["main"]["gop"] == 9.8


async def test_camera_behind_its_web_port_is_added_with_the_tunnel(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Nothing answers by RTSP; nobody has to know what a tunnel is."""
    tried_streams.only = Transport.HTTP
    result = await choose(hass, "enter_rtsp")
    result = await answer(hass, result, RTSP_ANSWER)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["transport"] == "http"
    # What worked for the first stream is not sought again for the second one.
    transports = [source.transport for source in tried_streams.asked]
    assert transports == ["auto", "http", "http"]


@pytest.mark.parametrize("typed", [PASSWORD, ESCAPED])
async def test_login_in_a_typed_url_moves_to_its_own_fields(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    typed: str,
) -> None:
    """Neither the entry nor the form that comes back has a login in a URL."""
    tried_streams.errors["main"] = StreamError.TIMEOUT
    result = await choose(hass, "enter_rtsp")
    result = await answer(
        hass,
        result,
        {
            CONF_NAME: "Front door",
            "main_url": f"rtsp://{USERNAME}:{typed}@192.168.1.20/main",
        },
    )

    assert shown(result) == {
        CONF_NAME: "Front door",
        "main_url": "rtsp://192.168.1.20/main",
        "sub_url": None,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        "record_audio": True,
    }

    tried_streams.errors.clear()
    result = await answer(
        hass,
        result,
        {
            CONF_NAME: "Front door",
            "main_url": f"rtsp://{USERNAME}:{typed}@192.168.1.20/main",
        },
    )
    result = await anyway(hass, result)
    assert result["data"]["main_url"] == "rtsp://192.168.1.20/main"
    assert result["data"]["username"] == USERNAME
    assert result["data"]["password"] == PASSWORD
    assert result["data"]["sub_url"] is None


async def test_fields_of_the_login_count_more_than_the_url(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Who corrects the password in its field is not overruled by a pasted URL."""
    result = await choose(hass, "enter_rtsp")
    result = await answer(
        hass, result, RTSP_ANSWER | {"main_url": "rtsp://other:old@192.168.1.20/main"}
    )

    assert result["data"]["username"] == USERNAME
    assert result["data"]["password"] == PASSWORD
    assert result["data"]["main_url"] == "rtsp://192.168.1.20/main"


async def test_same_address_twice_is_one_stream(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Cameras allow few connections."""
    result = await choose(hass, "enter_rtsp")
    result = await answer(
        hass, result, RTSP_ANSWER | {"sub_url": "RTSP://192.168.1.20:554/main"}
    )
    result = await anyway(hass, result)

    assert result["data"]["sub_url"] is None
    assert len(tried_streams.asked) == 1


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (StreamError.CANNOT_CONNECT, "main_url"),
        (StreamError.TIMEOUT, "main_url"),
        (StreamError.INVALID_AUTH, "password"),
        (StreamError.NOT_FOUND, "main_url"),
        (StreamError.NO_VIDEO, "main_url"),
        (StreamError.UNSUPPORTED_CODEC, "main_url"),
        (StreamError.NOT_LOCAL, "main_url"),
        (StreamError.INVALID_URL, "main_url"),
        (StreamError.ENDED, "main_url"),
        (StreamError.UNKNOWN, "base"),
    ],
)
async def test_each_stream_error_is_told_and_can_be_corrected(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    error: StreamError,
    field: str,
) -> None:
    """The error stands at its field; what was typed is still there."""
    tried_streams.errors["/main"] = error
    result = await choose(hass, "enter_rtsp")
    result = await answer(hass, result, RTSP_ANSWER)

    assert result["errors"] == {field: error.value}
    assert shown(result) == RTSP_ANSWER
    # A wrong password is not sent a second time: accounts get locked. Where nothing
    # answers, the tunnel through the web port is tried.
    transports = ["auto"]
    if error is StreamError.CANNOT_CONNECT:
        transports.append("http")
    assert [source.transport for source in tried_streams.asked] == transports

    tried_streams.errors.clear()
    result = await answer(hass, result, RTSP_ANSWER)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_error_of_the_sub_stream_stands_at_its_field(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """The main stream was fine."""
    tried_streams.errors["/sub"] = StreamError.NOT_FOUND
    result = await choose(hass, "enter_rtsp")
    result = await answer(hass, result, RTSP_ANSWER)
    assert result["errors"] == {"sub_url": "stream_not_found"}

    without_sub = {k: v for k, v in RTSP_ANSWER.items() if k != "sub_url"}
    result = await answer(hass, result, without_sub)
    result = await anyway(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["sub_url"] is None


async def test_engine_that_does_not_start_is_told(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """It is not the camera's fault."""
    tried_streams.broken = EngineError("engine_not_started")
    result = await choose(hass, "enter_rtsp")
    result = await answer(hass, result, RTSP_ANSWER)
    assert result["errors"] == {"base": "unknown"}

    tried_streams.broken = None
    result = await answer(hass, result, RTSP_ANSWER)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("field", "url", "error"),
    [
        ("main_url", "rtsp://8.8.8.8/main", "not_local"),
        ("sub_url", "rtsp://8.8.8.8/sub", "not_local"),
        ("main_url", "rtsp://[2001:4860:4860::8888]/main", "not_local"),
        ("sub_url", "rtsp://224.0.0.1/sub", "not_local"),
        ("main_url", "https://192.168.1.20/main", "invalid_url"),
        ("main_url", "the front door", "invalid_url"),
        ("sub_url", "rtsp://192.168.1.20:99999/sub", "invalid_url"),
        ("main_url", "rtsp://2130706433/main", "invalid_url"),
        ("main_url", "rtsp://no-such-camera.local/main", "cannot_connect"),
    ],
)
async def test_address_that_must_not_be_contacted_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    field: str,
    url: str,
    error: str,
) -> None:
    """The other stream is not opened either; sockets are blocked in this test."""
    with patch.object(hass.loop, "getaddrinfo", side_effect=OSError):
        result = await choose(hass, "enter_rtsp")
        result = await answer(hass, result, RTSP_ANSWER | {field: url})

    assert result["errors"] == {field: error}
    assert tried_streams.asked == []

    result = await answer(hass, result, RTSP_ANSWER)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_name_that_resolves_to_a_public_address_is_refused(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """A name is no way around the rule."""
    found = [(0, 0, 0, "", ("192.168.1.20", 0)), (0, 0, 0, "", ("8.8.8.8", 0))]
    with patch.object(hass.loop, "getaddrinfo", return_value=found):
        result = await choose(hass, "enter_rtsp")
        result = await answer(
            hass, result, RTSP_ANSWER | {"main_url": "rtsp://camera.example/main"}
        )

    assert result["errors"] == {"main_url": "not_local"}
    assert tried_streams.asked == []


async def test_stream_that_is_configured_is_not_added_twice(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """However its address is spelled."""
    rtsp_entry().add_to_hass(hass)
    result = await choose(hass, "enter_rtsp")
    result = await answer(
        hass, result, RTSP_ANSWER | {"main_url": "RTSP://a:b@10.0.0.5:554/main"}
    )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert tried_streams.asked == []


@pytest.mark.parametrize(
    ("name", "camera_id"),
    [
        ("Yard", "yard_2"),
        ("../../etc", "etc"),
        ("😀", "camera"),
        ("n" * 100, "n" * 64),
    ],
)
async def test_camera_id_is_a_slug_that_no_other_camera_has(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    name: str,
    camera_id: str,
) -> None:
    """It names the folder of the clips."""
    rtsp_entry().add_to_hass(hass)
    result = await choose(hass, "enter_rtsp")
    result = await answer(hass, result, RTSP_ANSWER | {CONF_NAME: name})

    assert result["data"]["camera_id"] == camera_id


async def test_login_leaves_the_url_that_is_right_when_the_other_is_wrong(
    hass: HomeAssistant,
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """The form that comes back shows the password in its field only."""
    result = await choose(hass, "enter_rtsp")
    result = await answer(
        hass,
        result,
        {
            CONF_NAME: "Front door",
            "main_url": f"rtsp://{USERNAME}:{ESCAPED}@192.168.1.20/main",
            "sub_url": "the small one",
        },
    )

    assert result["errors"] == {"sub_url": "invalid_url"}
    assert shown(result) == {
        CONF_NAME: "Front door",
        "main_url": "rtsp://192.168.1.20/main",
        "sub_url": "the small one",
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        "record_audio": True,
    }
