"""What is understood of profiles, clocks, addresses and faults."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif.addresses import (
    http_url,
    service_host,
    service_path,
    service_port,
    stream_url,
)
from custom_components.hearthcam.onvif.clock import camera_time, http_time
from custom_components.hearthcam.onvif.errors import (
    OnvifAuthError,
    OnvifFaultError,
    OnvifResponseError,
)
from custom_components.hearthcam.onvif.media import parse_profiles
from custom_components.hearthcam.onvif.models import MediaProfile
from custom_components.hearthcam.onvif.soap import answer
from custom_components.hearthcam.onvif.xmltree import parse

MEDIA1 = b"""<trt:GetProfilesResponse><trt:Profiles token="p0" fixed="true">
<tt:Name>main</tt:Name>
<tt:VideoSourceConfiguration><tt:SourceToken>vs</tt:SourceToken>
</tt:VideoSourceConfiguration>
<tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding>
<tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution>
<tt:RateControl><tt:FrameRateLimit>15</tt:FrameRateLimit>
<tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>
<tt:H264><tt:GovLength>30</tt:GovLength></tt:H264></tt:VideoEncoderConfiguration>
<tt:AudioEncoderConfiguration><tt:Encoding>G711</tt:Encoding>
</tt:AudioEncoderConfiguration></trt:Profiles>
<trt:Profiles><tt:Name>no token</tt:Name></trt:Profiles>
<trt:Profiles token="bare"/></trt:GetProfilesResponse>"""


def test_media1_profiles_are_understood() -> None:
    assert parse_profiles(parse(MEDIA1)) == [
        MediaProfile(
            "p0", "main", "h264", 1920, 1080, 15.0, 4096, 30, "g711", source="vs"
        ),
        MediaProfile("bare", "bare"),
    ]


def test_media2_profiles_of_a_recorder_are_understood(shared: Path) -> None:
    data = (shared / "onvif/soap/scrypted/GetProfiles.xml").read_bytes()
    profiles = parse_profiles(answer(data, "GetProfilesResponse"))
    assert profiles[0] == MediaProfile(
        "Profile_1",
        "mainStream",
        "h264",
        3840,
        2160,
        20.0,
        2048,
        60,
        "pcm_mulaw",
        source="VideoSource_1",
        source_configuration="VideoSourceToken",
        encoder="VideoEncoderToken_1",
        analytics="VideoAnalyticsToken",
    )
    assert len(profiles) > 1
    assert all(profile.codec for profile in profiles)


def test_clock_of_a_recording_is_understood(shared: Path) -> None:
    data = (shared / "onvif/soap/agsh/GetSystemDateAndTime.xml").read_bytes()
    told = camera_time(answer(data, "GetSystemDateAndTimeResponse"))
    expected = datetime(2014, 12, 24, 19, 14, 37, 500_000, tzinfo=UTC).timestamp()
    assert told == expected


def clock(year: object, month: object = 1, second: object = 0) -> bytes:
    """Return a GetSystemDateAndTimeResponse."""
    return (
        "<r><SystemDateAndTime><UTCDateTime><Time><Hour>1</Hour><Minute>2</Minute>"
        f"<Second>{second}</Second></Time><Date><Year>{year}</Year>"
        f"<Month>{month}</Month><Day>3</Day></Date></UTCDateTime></SystemDateAndTime></r>"
    ).encode()


def test_impossible_clocks_are_no_clocks() -> None:
    assert camera_time(None) is None
    assert camera_time(parse(b"<r/>")) is None
    for data in (clock("0000", 0), clock(2026, 13), clock("x"), clock(9999), clock("")):
        assert camera_time(parse(data)) is None
    assert camera_time(parse(clock(2026, second=60))) is not None


def test_http_dates_stand_in_for_clocks() -> None:
    assert http_time("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777.5
    for date in (None, "", "yesterday", "Sun, 99 Nov 1994 08:49:37 GMT"):
        assert http_time(date) is None


@given(st.text(max_size=40))
def test_no_date_raises(date: str) -> None:
    http_time(date)


@pytest.mark.parametrize(
    ("xaddr", "path"),
    [
        ("http://192.168.1.88/onvif/Media", "/onvif/Media"),
        ("https://u:p@[fe80::1]:8443/onvif/x?y=z#f", "/onvif/x?y=z"),
        (" http://10.0.0.1:80/a b ", "/a%20b"),
        ("http:///onvif/device", "/onvif/device"),
        ("http://192.168.1.88", None),
        ("http://192.168.1.88/", None),
        ("ftp://192.168.1.88/x", None),
        ("/onvif/x", None),
        ("http://h/\r\nHost: evil", None),
        ("http://h/" + "x" * 3000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_the_path_of_an_xaddr_is_believed(
    xaddr: str | None, path: str | None
) -> None:
    assert service_path(xaddr) == path


def test_parts_of_an_xaddr() -> None:
    assert service_port("http://10.0.0.1:8080/x") == 8080
    assert service_port("http://10.0.0.1/x") == 80
    assert service_port("https://10.0.0.1:99999/x") == 443
    assert service_port("rtsp://10.0.0.1/x") is None
    assert service_host("http://u@[fe80::1]:80/x") == "fe80::1"
    assert service_host("http://10.0.0.1:80/x") == "10.0.0.1"


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("rtsp://192.168.1.88/main", "rtsp://10.0.0.9/main"),
        ("rtsp://192.168.1.88:8554/a?b=1&c=2", "rtsp://10.0.0.9:8554/a?b=1&c=2"),
        ("RTSP://admin:p@ss@8.8.8.8:554/x", "rtsp://10.0.0.9:554/x"),
        ("rtsps://camera.example:322/x", "rtsps://10.0.0.9:322/x"),
        ("rtsp://192.168.1./x", "rtsp://10.0.0.9/x"),
        ("rtsp:///x", "rtsp://10.0.0.9/x"),
        ("rtsp://[fe80::1]:554/x", "rtsp://10.0.0.9:554/x"),
        ("rtsp://fe80::1:2/x", "rtsp://10.0.0.9/x"),
        ("rtsp://1.2.3.4:0/x", "rtsp://10.0.0.9/x"),
        ("rtsp://1.2.3.4", "rtsp://10.0.0.9"),
        ("rtsp://1.2.3.4?x=@y", "rtsp://10.0.0.9?x=@y"),
    ],
)
def test_streams_are_at_the_configured_host(uri: str, url: str) -> None:
    assert stream_url(uri, "10.0.0.9") == url


def test_urls_of_ipv6_hosts_have_brackets() -> None:
    assert stream_url("rtsp://1.2.3.4:554/x", "fd00::1") == "rtsp://[fd00::1]:554/x"
    url = http_url("http://1.2.3.4:81/snap?x=1", "fd00::1", 8443, tls=True)
    assert url == "https://[fd00::1]:8443/snap?x=1"


@pytest.mark.parametrize(
    "uri", [None, "", "http://1.2.3.4/x", "rtsp:/x", "file:///etc/x", "rtsp://h/a\nb"]
)
def test_what_is_no_stream_is_refused(uri: str | None) -> None:
    with pytest.raises(OnvifResponseError):
        stream_url(uri, "10.0.0.9")
    if uri is None or "http" not in uri:
        with pytest.raises(OnvifResponseError):
            http_url(uri, "10.0.0.9", 80, tls=False)


@given(st.text(max_size=40) | st.from_regex(r"rtsp://.{0,30}"))
def test_no_stream_address_leads_elsewhere(uri: str) -> None:
    try:
        url = stream_url(uri, "10.0.0.9")
    except OnvifResponseError:
        return
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0]
    assert authority.partition(":")[0] == "10.0.0.9"


def fault(inner: str) -> bytes:
    """Return a fault."""
    return (
        f"<s:Envelope><s:Body><s:Fault>{inner}</s:Fault></s:Body></s:Envelope>".encode()
    )


@pytest.mark.parametrize(
    "inner",
    [
        "<Code><Value>env:Sender</Value><Subcode><Value>ter:NotAuthorized</Value>"
        "</Subcode></Code>",
        "<Code><Value>s:Sender</Value><Subcode><Value>wsse:FailedAuthentication</Value>"
        "</Subcode></Code>",
        "<Code><Value>s:Sender</Value></Code><Reason><Text>Sender not Authorized</Text>"
        "</Reason>",
        "<faultcode>SOAP-ENV:Client</faultcode><faultstring>Not authorised</faultstring>",
    ],
)
def test_faults_of_the_login_are_told_apart(inner: str) -> None:
    with pytest.raises(OnvifAuthError):
        answer(fault(inner), "X")


def test_other_faults_tell_their_codes_and_nothing_of_the_camera() -> None:
    data = fault(
        "<Code><Value>s:Receiver</Value><Subcode><Value>ter:ActionNotSupported</Value>"
        "<Subcode><Value>hunter2 was here</Value></Subcode></Subcode></Code>"
        "<Reason><Text>password hunter2</Text></Reason>"
    )
    with pytest.raises(OnvifFaultError) as caught:
        answer(data, "X")
    assert caught.value.codes == ("Receiver", "ActionNotSupported")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"<x/>", b"<Envelope/>", b"<Envelope><Body/></Envelope>"]
)
def test_other_messages_are_refused(data: bytes) -> None:
    with pytest.raises(OnvifResponseError):
        answer(data, "GetProfilesResponse")
