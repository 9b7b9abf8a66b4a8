"""A camera's state, and the pieces that it is made of."""

from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.arming import ArmingMode, Policy
from custom_components.hearthcam.camera_state import Topic
from custom_components.hearthcam.clip_index import clip_of
from custom_components.hearthcam.const import CONF_SUB_URL, CONF_TRANSPORT, DOMAIN
from custom_components.hearthcam.devices import camera_device_info
from custom_components.hearthcam.engine.protocol import (
    Lost,
    LostCause,
    MotionStarted,
    StreamError,
    StreamStatus,
    Transport,
)
from custom_components.hearthcam.launch import engine_command, engine_environment
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.models import CameraConfig, url_with_credentials
from custom_components.hearthcam.recording_options import RecordingOptions
from custom_components.hearthcam.stills import async_fetch_still
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .conftest import PASSWORD, CameraHarness, make_camera_entry, wait_for
from .fake_engine import JPEG
from .test_entities import START, write_clip


@pytest.mark.parametrize(
    ("url", "username", "password", "expected"),
    [
        ("rtsp://10.0.0.5/x", None, None, "rtsp://10.0.0.5/x"),
        ("rtsp://10.0.0.5/x", None, "ignored", "rtsp://10.0.0.5/x"),
        ("rtsp://10.0.0.5/x", "u", None, "rtsp://u@10.0.0.5/x"),
        ("rtsp://10.0.0.5:8554/x?a=1", "u", "p", "rtsp://u:p@10.0.0.5:8554/x?a=1"),
        ("rtsp://a:b@10.0.0.5/x", "u", "p", "rtsp://u:p@10.0.0.5/x"),
        ("rtsp://[fd00::5]:554/x", "u", "p", "rtsp://u:p@[fd00::5]:554/x"),
        (
            "rtsp://10.0.0.5/x",
            "us er@home",
            "p:a@s/s#?%",
            "rtsp://us%20er%40home:p%3Aa%40s%2Fs%23%3F%25@10.0.0.5/x",
        ),
    ],
)
def test_credentials_are_escaped_into_the_url(
    url: str, username: str | None, password: str | None, expected: str
) -> None:
    assert url_with_credentials(url, username, password) == expected


def test_config_is_read_from_the_entry_and_hides_its_secrets() -> None:
    config = CameraConfig.from_entry(make_camera_entry())
    assert config.transport is Transport.TCP
    assert config.policy(ArmingMode.ARMED_HOME) is Policy.RECORD
    assert config.recording == RecordingOptions()
    assert config.sub is not None
    for secret in (PASSWORD, "rtsp:", "admin"):
        assert secret not in repr(config)
        assert secret not in repr(config.main)


def test_camera_without_login_and_sub_stream_is_read() -> None:
    entry = make_camera_entry(
        data={CONF_SUB_URL: "", CONF_USERNAME: None, CONF_PASSWORD: None}
    )
    config = CameraConfig.from_entry(entry)
    assert config.sub is None
    assert config.main.url == "rtsp://127.0.0.1:554/main"


@pytest.mark.parametrize("data", [{}, {CONF_TRANSPORT: "pigeon"}])
def test_entry_that_is_not_ours_is_refused(data: dict[str, str]) -> None:
    entry = (
        make_camera_entry(data=data)
        if data
        else MockConfigEntry(domain=DOMAIN, data={})
    )
    with pytest.raises((KeyError, ValueError)):
        CameraConfig.from_entry(entry)


def test_device_of_a_bare_camera_has_no_invented_facts() -> None:
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Shed",
        data={"camera_id": "shed", "main_url": "rtsp://10.0.0.9/x"},
    )
    assert camera_device_info(CameraConfig.from_entry(entry), "parent") == {
        "identifiers": {(DOMAIN, "shed")},
        "name": "Shed",
        "manufacturer": "Hearthcam",
        "model": None,
        "serial_number": None,
        "sw_version": None,
        "via_device_id": "parent",
    }


def test_device_is_linked_to_the_cameras_own_page() -> None:
    config = CameraConfig.from_entry(make_camera_entry(data={CONF_HOST: "fd00::5"}))
    info = camera_device_info(config, "parent")
    assert info["configuration_url"] == "http://[fd00::5]"
    assert info["connections"] == {(dr.CONNECTION_NETWORK_MAC, "00:11:22:33:44:55")}


def test_row_of_a_clip_is_relative_to_the_root(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db", tmp_path / "media", tmp_path / "spool")
    clip = clip_of(write_clip(tmp_path / "media"), library.place_of)
    assert clip.store == "media"
    assert not Path(clip.path).is_absolute()
    assert clip.thumbnail is not None
    assert not Path(clip.thumbnail).is_absolute()
    with pytest.raises(ValueError):
        clip_of(write_clip(tmp_path / "other"), library.place_of)


def test_command_line_names_the_engine_and_its_packages() -> None:
    command = engine_command(7)
    assert command[1] == "-P"
    assert Path(command[2]).parts[-2:] == ("engine", "__main__.py")
    assert command[3:5] == ["--listen-fd", "7"]
    folders = [Path(command[n + 1]) for n, arg in enumerate(command) if arg == "--path"]
    assert any((folder / "av").is_dir() for folder in folders)
    assert any((folder / "numpy").is_dir() for folder in folders)


def test_environment_keeps_only_what_an_interpreter_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "SUPERVISOR_TOKEN", "FFREPORT"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in engine_environment().values()


async def test_still_of_a_closed_server_is_none_and_the_token_is_not_logged(
    hass: HomeAssistant, socket_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    url = "http://127.0.0.1:9/still/front_door.jpg?auth=tokentokentokentoken"
    assert await async_fetch_still(hass, url) is None
    assert "tokentoken" not in caplog.text


async def test_still_of_the_wrong_path_is_none(camera: CameraHarness) -> None:
    url = camera.url("still/nobody.jpg").replace("auth=", "auth=x")
    assert await async_fetch_still(camera.hass, url) is None


async def test_still_is_asked_for_in_its_width(camera: CameraHarness) -> None:
    await camera.stream()
    picture = await camera.entry.runtime_data.async_still(320, fresh=True)
    assert picture.startswith(JPEG)
    assert picture.endswith(b"&fresh=1&width=320")


async def test_subscriber_is_called_until_it_ends(camera: CameraHarness) -> None:
    device = camera.entry.runtime_data
    calls: list[str] = []
    end_state = device.subscribe(lambda: calls.append("state"))
    end_picture = device.subscribe(lambda: calls.append("picture"), Topic.PICTURE)
    await camera.stream()
    assert calls == ["state"]
    end_state()
    end_picture()
    await camera.stream(StreamStatus.OFFLINE, StreamError.ENDED)
    assert calls == ["state"]


async def test_lost_seconds_are_summed(camera: CameraHarness) -> None:
    device = camera.entry.runtime_data
    await camera.emit(
        Lost("front_door", START, START + 3, LostCause.OFFLINE),
        Lost("front_door", START, START - 1, LostCause.OFFLINE),
    )
    await wait_for(lambda: device.state.lost_seconds)
    assert device.state.lost_seconds == 3


async def test_reports_of_an_unknown_camera_are_ignored(
    camera: CameraHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await camera.emit(MotionStarted("stranger", "EVENT00009", START, 1.0))
    await camera.stream()
    assert "Error" not in caplog.text


async def test_recovered_clip_of_a_removed_camera_is_indexed(
    camera: CameraHarness, tmp_path: Path
) -> None:
    report = write_clip(tmp_path / "media/hearthcam")
    system = camera.entry.runtime_data.system
    system.remove_camera("front_door")
    await camera.emit(report)
    await camera.state("sensor.hearthcam_clips", "1")
