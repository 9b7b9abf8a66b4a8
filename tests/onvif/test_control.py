"""What there is to control, controlled on the simulated camera."""

from dataclasses import replace
import time

import pytest

from custom_components.hearthcam.onvif import (
    OnvifCamera,
    OnvifConnectionError,
    OnvifFaultError,
    OnvifResponseError,
)
from custom_components.hearthcam.onvif.control import (
    AuxiliaryKind,
    CameraCapabilities,
    DeviceIo,
    Preset,
    Ptz,
    Relay,
    Timekeeping,
    posix_zone,
    read_capabilities,
    reboot,
    send_auxiliary,
)
from tests.simulator.onvif_asker import PASSWORD, USERNAME
from tests.simulator.onvif_options import OnvifOptions

from .against_simulator import HOST, client

pytestmark = pytest.mark.usefixtures("socket_enabled")

FULL = OnvifOptions(
    ptz=True,
    ptz_auxiliary=("tt:Wiper|On", "tt:Wiper|Off", "AUX1"),
    imaging=True,
    relays=2,
    inputs=1,
    device_io=True,
    auxiliary=("tt:WhiteLight|On", "tt:WhiteLight|Off", "tt:IRLamp|Auto"),
)


async def capabilities(camera: OnvifCamera) -> CameraCapabilities:
    """Return what the camera can do."""
    return await read_capabilities(camera, await camera.profiles())


async def moving(camera: OnvifCamera) -> Ptz:
    """Return what moves the camera."""
    found = await capabilities(camera)
    assert found.ptz is not None
    assert found.ptz_profile is not None
    return Ptz(camera, found.ptz_profile, found.ptz)


async def test_capabilities_are_read_with_few_calls() -> None:
    async with client(FULL) as (camera, asker):
        profiles = await camera.profiles()
        asker.device.calls.clear()
        found = await read_capabilities(camera, profiles)
        assert found.ptz_profile == "main"
        assert found.ptz is not None
        assert found.ptz.max_presets == 4
        assert {setting.key for setting in found.pictures} == {
            "brightness",
            "color_saturation",
            "contrast",
            "exposure_time_min",
            "wide_dynamic_range_level",
            "ir_cut_filter",
            "exposure_mode",
            "wide_dynamic_range_mode",
        }
        assert [relay.token for relay in found.relays] == ["relay0", "relay1"]
        assert [one.token for one in found.inputs] == ["input0"]
        kinds = {one.kind: one.can_switch for one in found.auxiliaries}
        assert kinds == {
            AuxiliaryKind.WHITE_LIGHT: True,
            AuxiliaryKind.IR_LAMP: False,
            AuxiliaryKind.WIPER: True,
        }
        assert (found.has_media2, found.declares_events) == (True, True)
        assert found.unread == ()
        assert asker.device.calls.total() <= 7


async def test_camera_that_has_nothing_to_control_says_so() -> None:
    async with client(OnvifOptions(events=False)) as (camera, _):
        found = await capabilities(camera)
        assert (found.ptz, found.pictures, found.inputs) == (None, (), ())
        assert (found.relays, found.auxiliaries) == ((), ())
        assert found.unread == ("relays",)


async def test_node_of_a_fixed_camera_moves_nothing() -> None:
    async with client(OnvifOptions(ptz=True, fixed_ptz=True)) as (camera, _):
        assert (await capabilities(camera)).ptz is None


async def test_capabilities_survive_answers_that_are_none() -> None:
    async with client(FULL) as (camera, asker):
        profiles = await camera.profiles()
        names = (
            "GetNodes",
            "GetOptions",
            "GetRelayOutputs",
            "GetRelayOutputs",
            "GetDigitalInputs",
            "GetServiceCapabilities",
        )
        for name in names:
            asker.device.answer_next(name, b"<html>busy</html>", 500)
        found = await read_capabilities(camera, profiles)
        assert found.unread == ("ptz", "imaging", "relays", "inputs", "auxiliary")


@pytest.mark.parametrize("reach", [1.0, 100.0])
async def test_camera_moves_in_its_own_units(reach: float) -> None:
    async with client(replace(FULL, ptz_range=reach)) as (camera, asker):
        ptz = await moving(camera)
        await ptz.move(0.5, -1.0)
        assert asker.device.ptz.velocity == (0.5 * reach, -reach, 0.0)
        moving_now = await ptz.status()
        await ptz.stop()
        assert (moving_now.is_moving, (await ptz.status()).is_moving) == (True, False)
        await ptz.move_to(0.25, 0.5, 1.0)
        assert asker.device.ptz.position == (0.25 * reach, 0.5 * reach, reach)
        await ptz.move_by(pan=-0.25)
        assert (await ptz.status()).pan == 0.0
        await ptz.move_to(zoom=0)
        assert asker.device.ptz.position[2] == 0


async def test_movement_out_of_range_is_brought_into_it() -> None:
    async with client(FULL) as (camera, asker):
        await (await moving(camera)).move(7.0, -7.0, 7.0)
        assert asker.device.ptz.velocity == (1.0, -1.0, 1.0)


async def test_time_limit_that_is_refused_is_left_out() -> None:
    async with client(replace(FULL, refuses_ptz_timeout=True)) as (camera, asker):
        await (await moving(camera)).move(1.0, timeout=0.4)
        assert asker.device.ptz.velocity[0] == 1.0


async def test_presets_and_home() -> None:
    async with client(FULL) as (camera, asker):
        ptz = await moving(camera)
        assert await ptz.presets() == (Preset("1", "Gate"),)
        await ptz.goto_preset("1")
        assert asker.device.ptz.position == (0.5, 0.0, 0.0)
        await ptz.set_home()
        await ptz.move_to(0.0, 0.25)
        token = await ptz.set_preset("Door <&>")
        assert Preset(token, "Door <&>") in await ptz.presets()
        assert await ptz.set_preset("Step", token) == token
        await ptz.goto_home()
        assert asker.device.ptz.position == (0.5, 0.0, 0.0)
        await ptz.remove_preset(token)
        assert len(await ptz.presets()) == 1
        with pytest.raises(OnvifFaultError):
            await ptz.goto_preset(token)


async def test_auxiliary_commands_go_where_they_were_declared() -> None:
    async with client(FULL) as (camera, asker):
        found = {one.kind: one for one in (await capabilities(camera)).auxiliaries}
        light, wiper = found[AuxiliaryKind.WHITE_LIGHT], found[AuxiliaryKind.WIPER]
        await send_auxiliary(camera, light, "on")
        await send_auxiliary(camera, wiper, "off", "main")
        assert asker.device.io.commands == ["tt:WhiteLight|On"]
        assert asker.device.ptz.commands == ["tt:Wiper|Off"]
        assert str(light) == "WhiteLight"
        with pytest.raises(OnvifResponseError):
            await send_auxiliary(camera, light, "auto")


@pytest.mark.parametrize("at_device", [True, False])
async def test_relays_switch_at_either_service(at_device: bool) -> None:
    async with client(replace(FULL, relays_at_device=at_device)) as (camera, asker):
        io = DeviceIo(camera)
        assert await io.relays() == (
            Relay("relay0", delay=0.0, is_open_when_idle=True),
            Relay("relay1", delay=0.0, is_open_when_idle=True),
        )
        await io.switch("relay1", active=True)
        assert asker.device.io.active == {"relay0": False, "relay1": True}
        await io.switch("relay1", active=False)
        await io.configure(Relay("relay0", True, 1.5, False))
        assert asker.device.io.modes["relay0"] == ("Monostable", "PT1.5S", "closed")
        assert (await io.relays())[0] == Relay("relay0", True, 1.5, False)
        assert not any(asker.device.io.active.values())
        with pytest.raises(OnvifFaultError):
            await io.switch("relay9", active=True)


@pytest.mark.parametrize("refuses", [True, False])
async def test_clock_is_set_and_measured_again(refuses: bool) -> None:
    async with client(replace(FULL, refuses_zones=refuses)) as (camera, asker):
        asker.state.clock_skew = -3600.0
        clock = Timekeeping(camera)
        before = await clock.read()
        assert (before.is_ntp, before.zone, before.local_offset) == (True, "UTC0", 0)
        zone = "CET-1CEST,M3.5.0,M10.5.0/3"
        left = await clock.set_from(time.time(), zone)
        assert left is not None
        assert abs(left) < 2
        after = await clock.read()
        assert after.is_ntp is False
        assert after.zone == ("UTC0" if refuses else zone)
        # The login goes on with the clock as it is now.
        assert (await camera.describe()).serial == "SIM000001"
        await clock.use_ntp()
        assert (await clock.read()).is_ntp is True


async def test_clock_of_the_year_0000_can_be_set() -> None:
    async with client(FULL) as (camera, asker):
        answer = (
            b"<Envelope><Body><GetSystemDateAndTimeResponse><SystemDateAndTime>"
            b"<UTCDateTime><Time><Hour>0</Hour><Minute>0</Minute><Second>0</Second>"
            b"</Time><Date><Year>0000</Year><Month>00</Month><Day>00</Day></Date>"
            b"</UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse></Body>"
            b"</Envelope>"
        )
        for _ in range(2):
            asker.device.answer_next("GetSystemDateAndTime", answer)
        left = await Timekeeping(camera).set_from(time.time())
        assert left is not None
        assert abs(left) < 2


def test_zones_of_the_host_are_told_as_posix_has_them() -> None:
    assert posix_zone("Europe/Berlin") == "CET-1CEST,M3.5.0,M10.5.0/3"
    assert posix_zone("Asia/Kolkata") == "IST-5:30"
    assert posix_zone("America/Sao_Paulo") == "LOC3"
    for name in ("Nowhere/City", "../../etc/passwd", "/etc/passwd", "", "a\0b"):
        assert posix_zone(name) is None


async def test_reboot_is_asked_for() -> None:
    async with client(FULL) as (camera, asker):
        asked: list[float] = []
        asker.state.request_reboot = asked.append
        await reboot(camera)
        assert len(asked) == 1
        asker.state.request_reboot = None
        with pytest.raises(OnvifFaultError):
            await reboot(camera)
        # One that answers with nothing but its end.
        asker.device.answer_next("SystemReboot", b"")
        await reboot(camera)


async def test_camera_that_breaks_off_is_left_alone() -> None:
    # Some firmware restarts on a capability call.
    async with client(FULL, timeout=1.0) as (camera, asker):
        profiles = await camera.profiles()
        fresh = OnvifCamera(
            asker.session, HOST, asker.state.onvif_port, USERNAME, PASSWORD, timeout=1.0
        )
        await fresh.services()
        asker.device.calls.clear()
        asker.state.stalled = True
        found = await read_capabilities(fresh, profiles)
        assert (found.broke_at, found.unread[0]) == ("ptz", "ptz")
        assert asker.device.calls.total() == 0
        asker.state.stalled = False
        found = await read_capabilities(fresh, profiles, skip={"ptz"})
        assert (found.ptz, found.broke_at, found.unread) == (None, None, ("ptz",))
        assert asker.device.calls["GetNodes"] == 0
        await asker.device.stop()
        with pytest.raises(OnvifConnectionError):
            await read_capabilities(
                OnvifCamera(asker.session, HOST, asker.state.onvif_port), profiles
            )
