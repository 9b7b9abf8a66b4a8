"""The real ONVIF client against the simulated camera."""

import socket

import pytest

from custom_components.hearthcam.onvif import (
    DiscoveredCamera,
    OnvifCamera,
    OnvifConnectionError,
    OnvifResponseError,
    OnvifTimeoutError,
    choose_streams,
    discover,
)
from tests.simulator.onvif_asker import MAIN, PASSWORD, SUB, USERNAME, running
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.onvif_xml import not_supported
from tests.simulator.state import CameraState

from .against_simulator import FIRMWARES, HOST, client, every_firmware

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def port() -> int:
    """Return a UDP port that nobody uses, so that only this test's cameras hear."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        free: int = sock.getsockname()[1]
    return free


@every_firmware
async def test_camera_is_described(options: OnvifOptions) -> None:
    async with client(options) as (camera, _):
        description = await camera.describe()
        assert description.manufacturer == "Hearthcam"
        assert description.firmware == "1.0.0"
        assert description.serial == "SIM000001"
        assert description.unique_id == "02:00:00:00:00:01"
        assert abs(description.clock_offset or 0.0) < 3


@pytest.mark.parametrize("media2", [True, False])
async def test_profiles_tell_streams_and_encoders(media2: bool) -> None:
    async with client(OnvifOptions(media2=media2)) as (camera, asker):
        profiles = await camera.profiles()
        choice = choose_streams(profiles)
        assert choice is not None
        assert choice.sub is not None
        main, sub = choice.main, choice.sub
        assert (main.codec, main.width, main.height) == ("h264", 1920, 1080)
        assert (main.fps, main.bitrate, main.gop) == (15, 4000, 30)
        assert (main.audio_codec, sub.codec, sub.gop) == ("aac", "h265", 20)
        assert sub.audio_codec == ("pcm_alaw" if media2 else "g711")
        for profile in (MAIN, SUB):
            uri = await camera.stream_uri(profile.token)
            assert uri == asker.state.rtsp_url(profile.token)


async def test_firmware_without_get_services_is_understood() -> None:
    options = OnvifOptions(services=False, media2=False, events=False)
    async with client(options) as (camera, _):
        assert len(await camera.profiles()) == 2
        assert len(await camera.services()) == 1


async def test_media2_that_fails_falls_back_to_media1() -> None:
    async with client() as (camera, asker):
        fault = not_supported("GetProfiles")
        asker.device.answer_next("GetProfiles", fault.envelope(), fault.status)
        assert len(await camera.profiles()) == 2
        assert (await camera.stream_uri("main")).endswith("/main")


@every_firmware
@pytest.mark.parametrize("wrong_port", [80, None])
async def test_wrong_xaddrs_lead_to_the_configured_host(
    options: OnvifOptions, wrong_port: int | None
) -> None:
    async with client(OnvifOptions(logins=options.logins, wrong_port=wrong_port)) as (
        camera,
        asker,
    ):
        asker.state.wrong_xaddrs = True
        await camera.describe()
        await camera.profiles()
        assert await camera.stream_uri("sub") == asker.state.rtsp_url("sub")
        uri = await camera.snapshot_uri("main")
        assert uri == asker.url("/onvif/snapshot/main.jpg")


async def test_snapshot_is_optional() -> None:
    async with client(OnvifOptions(snapshots=False)) as (camera, _):
        await camera.profiles()
        assert await camera.snapshot_uri("main") is None


async def test_identity_falls_back_from_mac_to_serial_to_endpoint() -> None:
    options = OnvifOptions(network_interfaces=False)
    async with client(options) as (camera, _):
        assert (await camera.describe()).unique_id == "SIM000001"
    state = CameraState(name="x", username=USERNAME, serial="0000000000")
    async with client(options, state) as (camera, _):
        assert (await camera.describe()).unique_id == state.endpoint


async def test_rebooted_camera_answers_again() -> None:
    async with client() as (camera, asker):
        await camera.describe()
        await asker.device.stop()
        with pytest.raises(OnvifConnectionError):
            await camera.describe()
        await asker.device.start()
        assert (await camera.describe()).serial == "SIM000001"


async def test_hung_camera_is_a_timeout() -> None:
    async with client(timeout=0.2) as (camera, asker):
        asker.state.stalled = True
        with pytest.raises(OnvifTimeoutError):
            await camera.describe()


@pytest.mark.parametrize(
    "rubbish", [b"", b"\xff\xfe\x00", b"<html>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"]
)
async def test_rubbish_is_a_clear_error(rubbish: bytes) -> None:
    async with client() as (camera, asker):
        await camera.services()
        for _ in range(2):
            asker.device.answer_next("GetProfiles", rubbish)
        with pytest.raises(OnvifResponseError):
            await camera.profiles()
        assert len(await camera.profiles()) == 2


async def test_discovery_finds_the_cameras_of_the_loopback(port: int) -> None:
    options = OnvifOptions(discovery_port=port)
    states = [
        CameraState(
            name=f"Camera {number}",
            endpoint=f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
            username=USERNAME,
            discovery=True,
        )
        for number in (1, 2)
    ]
    states[1].wrong_xaddrs = True
    told: list[DiscoveredCamera] = []
    async with running(options, states[0]) as asker, running(options, states[1]):
        found = await discover([HOST], 1.0, told.append, port=port)
        assert {camera.host for camera in found} == {HOST}
        assert {camera.epr: camera.port for camera in found} == {
            state.endpoint: state.onvif_port for state in states
        }
        assert {camera.name for camera in found} == {"Camera 1", "Camera 2"}
        assert len(told) == 2
        # What was found is enough to connect.
        for camera in found:
            described = await OnvifCamera(
                asker.session,
                camera.host,
                camera.port,
                USERNAME,
                PASSWORD,
                path=camera.path,
                tls=camera.tls,
                epr=camera.epr,
            ).describe()
            assert described.epr == camera.epr


async def test_discovery_without_a_camera_finds_nothing(port: int) -> None:
    assert await discover([HOST], 0.1, port=port) == []


async def test_few_calls_are_made() -> None:
    # Some firmware reboots on capability calls (core#91678): keep them few.
    async with client(FIRMWARES["wsse"]) as (camera, asker):
        await camera.describe()
        await camera.profiles()
        for token in ("main", "sub"):
            await camera.stream_uri(token)
        device: OnvifDevice = asker.device
        assert device.calls == {
            "GetSystemDateAndTime": 1,
            "GetDeviceInformation": 1,
            "GetNetworkInterfaces": 1,
            "GetServices": 1,
            "GetProfiles": 1,
            "GetStreamUri": 2,
        }
