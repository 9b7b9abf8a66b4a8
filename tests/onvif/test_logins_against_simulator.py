"""The real client's logins and clock against the simulated camera's."""

from contextlib import suppress
from dataclasses import replace

import pytest

from custom_components.hearthcam.onvif import AuthScheme, OnvifAuthError, OnvifCamera
from tests.simulator.onvif_asker import PASSWORD, USERNAME, running
from tests.simulator.onvif_options import Login, OnvifOptions
from tests.simulator.state import CameraState

from .against_simulator import FIRMWARES, HOST, WSSE_ONLY, client, every_firmware

pytestmark = pytest.mark.usefixtures("socket_enabled")


@every_firmware
async def test_profiles_are_the_first_thing_asked_for(options: OnvifOptions) -> None:
    async with client(options) as (camera, _):
        profiles = await camera.profiles()
        assert [profile.token for profile in profiles] == ["main", "sub"]


@every_firmware
async def test_wrong_password_is_an_authentication_error(
    options: OnvifOptions,
) -> None:
    async with client(options, password="wrong") as (camera, _):
        with pytest.raises(OnvifAuthError):
            await camera.describe()
        with pytest.raises(OnvifAuthError):
            await camera.profiles()


@every_firmware
async def test_wrong_password_is_tried_twice_at_most(options: OnvifOptions) -> None:
    # Cameras lock their users out after a handful of wrong logins.
    async with client(options, password="wrong") as (camera, asker):
        with pytest.raises(OnvifAuthError):
            await camera.describe()
        assert asker.device.wrong_logins <= 2


@every_firmware
async def test_no_login_is_an_authentication_error(options: OnvifOptions) -> None:
    async with client(options, password=None) as (camera, _):
        with pytest.raises(OnvifAuthError):
            await camera.describe()


@pytest.mark.parametrize("password", [PASSWORD, None])
async def test_camera_without_logins_takes_any_client(password: str | None) -> None:
    state = CameraState(name="Open")
    async with client(state=state, password=password) as (camera, _):
        assert (await camera.describe()).model == "Simulator"
        assert len(await camera.profiles()) == 2


async def test_negotiated_login_is_not_negotiated_again() -> None:
    async with client(FIRMWARES["digest"]) as (camera, asker):
        await camera.describe()
        assert camera.auth is AuthScheme.DIGEST
        assert asker.device.calls["GetDeviceInformation"] == 2
        again = OnvifCamera(
            asker.session,
            HOST,
            asker.state.onvif_port,
            USERNAME,
            PASSWORD,
            auth=AuthScheme.WSSE,
        )
        await again.profiles()
        assert again.auth is AuthScheme.DIGEST


@every_firmware
@pytest.mark.parametrize("remembered", list(AuthScheme))
async def test_remembered_login_that_is_no_longer_right_is_negotiated_again(
    options: OnvifOptions, remembered: AuthScheme
) -> None:
    # A firmware update or a new user may have changed what the camera wants.
    async with running(options) as asker:
        camera = OnvifCamera(
            asker.session,
            HOST,
            asker.state.onvif_port,
            USERNAME,
            PASSWORD,
            auth=remembered,
        )
        stronger = remembered in {AuthScheme.WSSE, AuthScheme.DIGEST}
        if options.logins == {Login.BASIC} and stronger:
            # Not to be talked into telling the password.
            with pytest.raises(OnvifAuthError):
                await camera.describe()
        else:
            assert (await camera.describe()).serial == "SIM000001"


@every_firmware
async def test_login_comes_back_after_a_time_of_refusals(
    options: OnvifOptions,
) -> None:
    # While the login is refused, actions that need none must not teach the client
    # to bring none for ever.
    options = replace(options, checks_needless_logins=True)
    async with client(options) as (camera, asker):
        asker.state.refuse_logins = True
        with suppress(OnvifAuthError):
            await camera.services()
        asker.state.refuse_logins = False
        assert len(await camera.profiles()) == 2


async def test_login_survives_a_stale_nonce() -> None:
    async with client(FIRMWARES["digest"]) as (camera, asker):
        for _ in range(2):
            assert (await camera.describe()).serial == "SIM000001"
            asker.device.expire_nonces()


async def test_password_that_was_changed_is_noticed() -> None:
    async with client() as (camera, asker):
        await camera.describe()
        asker.state.refuse_logins = True
        with pytest.raises(OnvifAuthError):
            await camera.describe()
        asker.state.refuse_logins = False
        assert (await camera.describe()).serial == "SIM000001"


@pytest.mark.parametrize("skew", [3600.0, -3600.0, -20 * 365 * 86400.0])
@every_firmware
async def test_skewed_clock_does_not_refuse_the_login(
    options: OnvifOptions, skew: float
) -> None:
    async with client(options) as (camera, asker):
        asker.state.clock_skew = skew
        description = await camera.describe()
        assert description.serial == "SIM000001"
        assert abs((description.clock_offset or 0.0) - skew) < 3


@pytest.mark.parametrize("name", ["wsse", "digest", "basic"])
async def test_time_that_needs_a_login_is_taken_from_http(name: str) -> None:
    options = replace(FIRMWARES[name], public_actions=frozenset())
    async with client(options) as (camera, asker):
        asker.state.clock_skew = 7200.0
        description = await camera.describe()
        assert description.serial == "SIM000001"
        assert abs((description.clock_offset or 0.0) - 7200) < 3


async def test_narrow_window_is_met() -> None:
    options = OnvifOptions(logins=WSSE_ONLY, wsse_window=3.0)
    async with client(options) as (camera, asker):
        asker.state.clock_skew = 5000.0
        assert (await camera.describe()).serial == "SIM000001"


@every_firmware
async def test_clock_that_jumps_between_two_calls_is_measured_again(
    options: OnvifOptions,
) -> None:
    async with client(options) as (camera, asker):
        await camera.profiles()
        asker.state.clock_skew = -180 * 86400.0
        assert await camera.stream_uri("main") == asker.state.rtsp_url("main")


async def test_password_is_in_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async with client() as (camera, asker):
        asker.state.refuse_logins = True
        with pytest.raises(OnvifAuthError) as caught:
            await camera.describe()
        assert PASSWORD not in f"{caught.value!r} {camera!r} {caplog.text}"
