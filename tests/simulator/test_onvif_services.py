"""The simulated camera's device and media services, with hand-written requests."""

import aiohttp
import pytest

from .onvif_asker import PASSWORD, USERNAME, Asker, running
from .onvif_device import SERVICES
from .onvif_options import Login, OnvifOptions
from .onvif_xml import TEV, TR2, TRT
from .state import CameraState

pytestmark = pytest.mark.usefixtures("socket_enabled")

MEDIA = SERVICES[TRT][0]
MEDIA2 = SERVICES[TR2][0]
JPEG = b"\xff\xd8\xff\xe0 picture \xff\xd9"


async def xaddrs(asker: Asker) -> dict[str | None, str | None]:
    """Return the addresses by namespace, from GetServices."""
    reply = await asker.ask(
        "<tds:GetServices><tds:IncludeCapability>false</tds:IncludeCapability>"
        "</tds:GetServices>"
    )
    found = reply.all("tds:Service")
    return {service[0].text: service[1].text for service in found}


async def test_services_name_the_true_address() -> None:
    async with running() as asker:
        addresses = await xaddrs(asker)
        assert addresses[TR2] == asker.url(MEDIA2)
        reply = await asker.ask(
            "<tds:GetCapabilities><tds:Category>All</tds:Category></tds:GetCapabilities>"
        )
        assert reply.text("tt:Media/tt:XAddr") == asker.url(MEDIA)
        assert reply.text("tt:Events/tt:XAddr") == asker.url(SERVICES[TEV][0])


async def test_wrong_xaddrs_name_the_factory_address() -> None:
    async with running() as asker:
        asker.state.wrong_xaddrs = True
        assert (await xaddrs(asker))[TRT] == f"http://192.168.1.88{MEDIA}"
        reply = await asker.ask_as_admin(
            "<trt:GetStreamUri><trt:ProfileToken>sub</trt:ProfileToken>"
            "</trt:GetStreamUri>",
            path=MEDIA,
        )
        assert reply.text("tt:Uri") == "rtsp://192.168.1.88:8554/sub"


async def test_old_firmware_has_neither_services_nor_media2_nor_events() -> None:
    options = OnvifOptions(services=False, media2=False, events=False)
    async with running(options) as asker:
        reply = await asker.ask("<tds:GetServices/>")
        assert reply.status == 500
        assert reply.fault == ["s:Receiver", "ter:ActionNotSupported"]
        reply = await asker.ask("<tds:GetCapabilities/>")
        assert reply.text("tt:Media/tt:XAddr") is not None
        assert reply.text("tt:Events/tt:XAddr") is None
        async with asker.session.post(asker.url(MEDIA2)) as response:
            assert response.status == 404


async def test_device_tells_who_it_is() -> None:
    state = CameraState(name="Front door", username=USERNAME, serial="00000000")
    async with running(state=state) as asker:
        reply = await asker.ask_as_admin("<tds:GetDeviceInformation/>")
        assert reply.text("tds:Manufacturer") == "Hearthcam"
        assert reply.text("tds:Model") == "Simulator"
        assert reply.text("tds:SerialNumber") == "00000000"
        reply = await asker.ask_as_admin("<tds:GetNetworkInterfaces/>")
        assert reply.text("tt:Info/tt:HwAddress") == "02:00:00:00:00:01"
        reply = await asker.ask_as_admin("<tds:GetScopes/>")
        scopes = [element.text for element in reply.all("tt:ScopeItem")]
        assert "onvif://www.onvif.org/name/Front%20door" in scopes
        reply = await asker.ask("<tds:GetHostname/>")
        assert reply.text("tt:Name") == "front-door"


async def test_missing_network_interfaces_are_a_fault() -> None:
    async with running(OnvifOptions(network_interfaces=False)) as asker:
        reply = await asker.ask_as_admin("<tds:GetNetworkInterfaces/>")
        assert reply.fault[-1] == "ter:ActionNotSupported"


async def test_clock_runs_ahead_until_it_is_set() -> None:
    async with running() as asker:
        asker.state.clock_skew = 366 * 86400
        reply = await asker.ask("<tds:GetSystemDateAndTime/>")
        ahead = int(reply.text("tt:UTCDateTime/tt:Date/tt:Year") or 0)
        reply = await asker.ask_as_admin(
            "<tds:SetSystemDateAndTime><tds:DateTimeType>Manual</tds:DateTimeType>"
            "<tds:DaylightSavings>false</tds:DaylightSavings><tds:UTCDateTime>"
            "<tt:Time><tt:Hour>12</tt:Hour><tt:Minute>0</tt:Minute>"
            "<tt:Second>0</tt:Second></tt:Time><tt:Date><tt:Year>2020</tt:Year>"
            "<tt:Month>2</tt:Month><tt:Day>29</tt:Day></tt:Date></tds:UTCDateTime>"
            "</tds:SetSystemDateAndTime>"
        )
        assert reply.status == 200
        reply = await asker.ask("<tds:GetSystemDateAndTime/>")
        assert ahead > 2020
        assert reply.text("tt:UTCDateTime/tt:Date/tt:Year") == "2020"
        assert reply.text("tds:SystemDateAndTime/tt:DateTimeType") == "Manual"


async def test_http_has_the_cameras_own_date() -> None:
    async with running() as asker:
        asker.state.clock_skew = 1_000_000_000 - asker.state.now()
        reply = await asker.ask("<tds:GetHostname/>")
        assert reply.headers["Date"].startswith("Sun, 09 Sep 2001 01:46:4")


async def test_reboot_is_asked_of_the_camera() -> None:
    async with running() as asker:
        asked: list[float] = []
        asker.state.request_reboot = asked.append
        await asker.ask("<tds:SystemReboot/>")
        assert asked == []
        await asker.ask_as_admin("<tds:SystemReboot/>")
        assert len(asked) == 1


async def test_rebooted_device_comes_back_on_its_port() -> None:
    async with running() as asker:
        port = asker.state.onvif_port
        await asker.device.stop(reserve=True)
        with pytest.raises(aiohttp.ClientConnectionError):
            await asker.ask("<tds:GetHostname/>")
        await asker.device.start()
        assert asker.state.onvif_port == port
        assert (await asker.ask("<tds:GetHostname/>")).status == 200


async def test_media_profiles_say_codec_size_and_gop() -> None:
    async with running() as asker:
        reply = await asker.ask_as_admin("<trt:GetProfiles/>", path=MEDIA)
        assert [p.get("token") for p in reply.all("trt:Profiles")] == ["main", "sub"]
        assert reply.text("tt:VideoEncoderConfiguration/tt:Encoding") == "H264"
        assert reply.text("tt:Resolution/tt:Width") == "1920"
        assert reply.text("tt:RateControl/tt:BitrateLimit") == "4000"
        assert reply.text("tt:H264/tt:GovLength") == "30"
        assert reply.text("tt:AudioEncoderConfiguration/tt:Encoding") == "AAC"


async def test_media_encoder_configurations_are_found_by_token() -> None:
    async with running() as asker:
        reply = await asker.ask_as_admin(
            "<trt:GetVideoEncoderConfiguration><trt:ConfigurationToken>encoder_sub"
            "</trt:ConfigurationToken></trt:GetVideoEncoderConfiguration>",
            path=MEDIA,
        )
        assert reply.text("tt:Encoding") == "H265"
        reply = await asker.ask_as_admin(
            "<trt:GetVideoEncoderConfigurations/>", path=MEDIA
        )
        assert len(reply.all("trt:Configurations")) == 2
        reply = await asker.ask_as_admin("<trt:GetVideoSources/>", path=MEDIA)
        assert reply.text("trt:VideoSources/tt:Framerate") == "15.0"


async def test_unknown_profile_is_an_invalid_argument() -> None:
    async with running() as asker:
        for prefix, path in (("trt", MEDIA), ("tr2", MEDIA2)):
            reply = await asker.ask_as_admin(
                f"<{prefix}:GetStreamUri><{prefix}:ProfileToken>x"
                f"</{prefix}:ProfileToken></{prefix}:GetStreamUri>",
                path=path,
            )
            assert reply.fault == ["s:Sender", "ter:InvalidArgVal", "ter:NoProfile"]


async def test_media2_profiles_have_the_configurations_that_were_asked_for() -> None:
    async with running() as asker:
        reply = await asker.ask_as_admin("<tr2:GetProfiles/>", path=MEDIA2)
        assert len(reply.all("tr2:Profiles")) == 2
        assert reply.all("tr2:Configurations") == []
        reply = await asker.ask_as_admin(
            "<tr2:GetProfiles><tr2:Type>All</tr2:Type></tr2:GetProfiles>", path=MEDIA2
        )
        encoders = reply.all("tr2:VideoEncoder")
        assert [encoder.get("GovLength") for encoder in encoders] == ["30", "20"]
        assert [e.text for e in reply.all("tr2:AudioEncoder/tt:Encoding")] == [
            "MP4A-LATM",
            "PCMA",
        ]


async def test_media2_stream_uri_and_encoders() -> None:
    async with running() as asker:
        reply = await asker.ask_as_admin(
            "<tr2:GetStreamUri><tr2:Protocol>RTSP</tr2:Protocol><tr2:ProfileToken>main"
            "</tr2:ProfileToken></tr2:GetStreamUri>",
            path=MEDIA2,
        )
        assert reply.text("tr2:Uri") == asker.state.rtsp_url("main")
        reply = await asker.ask_as_admin(
            "<tr2:GetVideoEncoderConfigurations><tr2:ProfileToken>sub"
            "</tr2:ProfileToken></tr2:GetVideoEncoderConfigurations>",
            path=MEDIA2,
        )
        assert reply.text("tt:Encoding") == "H265"
        assert len(reply.all("tr2:Configurations")) == 1


@pytest.mark.parametrize("login", [Login.DIGEST, Login.WSSE])
async def test_snapshot_needs_digest_whatever_soap_needs(login: Login) -> None:
    async with running(OnvifOptions(logins=frozenset({login}))) as asker:
        digest = aiohttp.DigestAuthMiddleware(USERNAME, PASSWORD)
        async with aiohttp.ClientSession(middlewares=(digest,)) as session:
            url = asker.url("/onvif/snapshot/main.jpg")
            async with session.get(url) as response:
                assert response.status == 503
            asker.state.snapshot = {"main": JPEG}.get
            async with session.get(url) as response:
                assert await response.read() == JPEG
            async with asker.session.get(url) as response:
                assert response.status == 401


async def test_snapshot_uri_leads_to_the_snapshot() -> None:
    async with running(state=CameraState(name="Open")) as asker:
        asker.state.snapshot = lambda token: JPEG
        reply = await asker.ask(
            "<trt:GetSnapshotUri><trt:ProfileToken>main</trt:ProfileToken>"
            "</trt:GetSnapshotUri>",
            path=MEDIA,
        )
        async with asker.session.get(reply.text("tt:Uri") or "") as response:
            assert response.content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<no xml", "ter:WellFormed"),
        (b"", "ter:WellFormed"),
        (b"<a/>", "s:VersionMismatch"),
    ],
)
async def test_what_is_no_soap_is_a_fault(body: bytes, fault: str) -> None:
    async with (
        running() as asker,
        asker.session.post(asker.device.url, data=body) as response,
    ):
        assert fault in await response.text()
        assert response.status in {400, 500}


async def test_unknown_action_and_wrong_service_are_not_supported() -> None:
    async with running() as asker:
        for content in ("<tds:GetDNS/>", "<trt:GetProfiles/>"):
            reply = await asker.ask_as_admin(content)
            assert reply.fault[-1] == "ter:ActionNotSupported"


async def test_canned_answer_is_given_once() -> None:
    async with running() as asker:
        asker.device.answer_next("GetHostname", b"\xff\xfe rubbish", status=203)
        async with asker.session.post(
            asker.device.url,
            data=b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
            b'<s:Body><GetHostname xmlns="http://www.onvif.org/ver10/device/wsdl"/>'
            b"</s:Body></s:Envelope>",
        ) as response:
            assert await response.read() == b"\xff\xfe rubbish"
            assert response.status == 203
        assert (await asker.ask("<tds:GetHostname/>")).status == 200
        assert asker.device.calls["GetHostname"] == 2
