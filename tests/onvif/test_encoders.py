"""Encoders are set on the camera, and all that was not asked for stays."""

from dataclasses import replace
from pathlib import Path
import time

import pytest

from custom_components.hearthcam.onvif import OnvifResponseError
from custom_components.hearthcam.onvif.control import EncoderChange, Encoders, Range
from custom_components.hearthcam.onvif.control.encoder_change import (
    changed_configuration,
)
from custom_components.hearthcam.onvif.control.encoder_options import read_options
from custom_components.hearthcam.onvif.media import read_encoder
from custom_components.hearthcam.onvif.qualified import (
    child,
    children,
    parse_qualified,
    serialise,
)
from custom_components.hearthcam.onvif.soap import answer
from custom_components.hearthcam.onvif.xmltree import parse
from tests.simulator.onvif_asker import MAIN, SUB
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.onvif_xml import not_supported
from tests.simulator.state import ProfileInfo

from .against_simulator import client

pytestmark = pytest.mark.usefixtures("socket_enabled")

MEDIA = {
    "both": OnvifOptions(),
    "media 1": OnvifOptions(media2=False),
    "media 2": OnvifOptions(media1=False),
}
every_media = pytest.mark.parametrize("options", list(MEDIA.values()), ids=list(MEDIA))


async def no_sleep(_: float) -> None:
    """Do not wait."""


@every_media
async def test_gop_and_rates_are_fixed_on_the_camera(options: OnvifOptions) -> None:
    # The simulator refuses a configuration whose order is not the schema's, or that
    # lost what the maker had added to it.
    async with client(options) as (camera, asker):
        asker.state.profiles = (replace(MAIN, gop=10.0), SUB)
        told: list[ProfileInfo] = []
        asker.state.encoder_changed = told.append
        encoders = Encoders(camera, no_sleep)
        change = EncoderChange(gop=30, fps=12, bitrate=2048)
        result = await encoders.change("main", change)
        assert result.is_done
        assert (result.before.gop, result.before.fps) == (150, 15)
        after = result.after
        assert (after.gop, after.fps, after.bitrate) == (30, 12, 2048)
        assert (after.width, after.quality, after.codec) == (1920, 5, "h264")
        assert asker.state.profiles[1] is SUB
        assert told == [asker.state.profiles[0]]


async def test_codec_is_changed_by_media2() -> None:
    async with client() as (camera, asker):
        result = await Encoders(camera, no_sleep).change(
            "sub", EncoderChange(codec="h264")
        )
        assert result.is_done
        assert (result.before.codec, result.after.codec) == ("h265", "h264")
        assert asker.state.profiles[1].codec == "h264"


@every_media
async def test_camera_that_ignores_a_change_is_found_out(
    options: OnvifOptions,
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with client(replace(options, ignores_settings=True)) as (camera, _):
        result = await Encoders(camera, sleep).change(
            "main", EncoderChange(gop=15, fps=15)
        )
        assert not result.is_done
        assert result.ignored == ("gop",)
        assert slept == [1.0, 3.0]


@every_media
async def test_options_tell_what_can_be_set(options: OnvifOptions) -> None:
    async with client(options) as (camera, _):
        found = (await Encoders(camera).options("main")).of("h264")
        assert found is not None
        assert (found.gop, found.bitrate) == (Range(1, 400), Range(64, 16384))
        assert found.resolutions == ((1920, 1080),)
        assert found.fps == Range(1, 30)
        assert "Main" in found.profiles


async def test_change_is_brought_into_what_the_camera_can_do() -> None:
    async with client() as (camera, _):
        encoders = Encoders(camera)
        options = await encoders.options("main")
        wanted = EncoderChange(
            codec="mjpeg", width=1, height=1, fps=11, gop=900, bitrate=1
        )
        assert wanted.fitted(options, "h264") == EncoderChange(
            fps=10, gop=400, bitrate=64
        )
        assert wanted.fitted(options, "vp9") == wanted


async def test_media2_that_fails_leads_to_media1() -> None:
    async with client() as (camera, asker):
        fault = not_supported("x")
        asker.device.answer_next(
            "GetVideoEncoderConfigurations", fault.envelope(), fault.status
        )
        settings = await Encoders(camera).settings("main")
        assert settings.token == "encoder_main"
        assert asker.device.calls["GetProfile"] == 1


async def test_profile_that_is_not_there_is_a_clear_error() -> None:
    async with client() as (camera, _):
        with pytest.raises(OnvifResponseError):
            await Encoders(camera).settings("none")


async def test_wrong_addresses_do_not_hinder_a_change() -> None:
    async with client() as (camera, asker):
        asker.state.wrong_xaddrs = True
        result = await Encoders(camera, no_sleep).change("main", EncoderChange(gop=15))
        assert result.is_done


def test_configuration_of_a_recording_comes_back_as_it_was(shared: Path) -> None:
    folder = shared / "onvif/soap/agsh"
    data = (folder / "media.GetVideoEncoderConfigurations.xml").read_bytes()
    root = parse_qualified(data)
    [told] = children(
        child(root, "Body", "GetVideoEncoderConfigurationsResponse"), "Configurations"
    )
    wanted = changed_configuration(
        told, EncoderChange(gop=10, fps=12.5), is_media2=False
    )
    sent = serialise(wanted, "{http://www.onvif.org/ver10/media/wsdl}Configuration")
    again = parse_qualified(sent.encode())
    assert [inner.tag for inner in again] == [inner.tag for inner in told]
    assert child(again, "Multicast", "Address", "IPv4Address") is not None
    before, after = (
        read_encoder(parse(serialise(told).encode())),
        read_encoder(parse(sent.encode())),
    )
    assert (before.gop, after.gop, after.fps) == (30, 10, 12.5)
    assert replace(after, gop=before.gop, fps=before.fps) == before


def test_options_of_a_recording_are_understood(shared: Path) -> None:
    name = "media.GetVideoEncoderConfigurationOptions"
    data = (shared / f"onvif/soap/agsh/{name}.xml").read_bytes()
    message = answer(data, "GetVideoEncoderConfigurationOptionsResponse")
    found = read_options(message).of("h264")
    assert found is not None
    assert (found.gop, found.fps) == (Range(1, 25), Range(5, 25))
    assert found.resolutions[0] == (1920, 1080)


@pytest.mark.parametrize(
    "told",
    [
        "<C token='t'><tt:Encoding>H264</tt:Encoding></C>",
        "<C token='t' xmlns='http://www.onvif.org/ver10/media/wsdl'><Encoding>h264"
        "</Encoding><RateControl/><SessionTimeout>PT1S</SessionTimeout></C>",
        "<C/>",
    ],
)
def test_what_a_poor_configuration_lacks_is_put_in_its_place(told: str) -> None:
    wanted = changed_configuration(
        parse_qualified(told.encode()),
        EncoderChange(codec="h264", width=640, height=360, fps=10, bitrate=512, gop=20),
        is_media2=False,
    )
    found = read_encoder(parse(serialise(wanted).encode()))
    assert (found.width, found.fps, found.bitrate, found.gop) == (640, 10, 512, 20)
    names = [inner.tag.rpartition("}")[2] for inner in wanted]
    order = ["Encoding", "Resolution", "RateControl", "H264", "SessionTimeout"]
    assert names == [name for name in order if name in names]


def test_namespaces_prefixes_and_foreign_parts_survive() -> None:
    data = (
        b'<x:C xmlns:x="urn:x" xmlns:tt="http://www.onvif.org/ver10/schema" x:a="1&lt;">'
        b'<tt:Encoding>H264</tt:Encoding><v xmlns="urn:v" b="&quot;&gt;">a &amp; b'
        b"<w/></v></x:C>"
    )
    again = parse_qualified(serialise(parse_qualified(data)).encode())
    assert again.tag == "{urn:x}C"
    assert again.attrib == {"{urn:x}a": "1<"}
    assert [inner.tag for inner in again[1].iter()] == ["{urn:v}v", "{urn:v}w"]
    assert (again[1].text, again[1].attrib) == ("a & b", {"b": '">'})


def test_flood_of_namespaces_is_refused_at_once() -> None:
    many = "".join(f' xmlns:a{number}="b"' for number in range(20_000))
    data = f"<x{many}>{'<a xmlns:b="c"/>' * 15_000}</x>".encode()
    start = time.process_time()
    with pytest.raises(OnvifResponseError):
        parse_qualified(data)
    assert time.process_time() - start < 2
