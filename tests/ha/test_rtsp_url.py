"""RTSP URLs as people type them."""

import pytest

from custom_components.hearthcam.rtsp_url import (
    InvalidRtspUrlError,
    bracketed,
    parse_rtsp_url,
    with_host,
)


@pytest.mark.parametrize(
    ("text", "url", "username", "password"),
    [
        ("rtsp://10.0.0.5/live", "rtsp://10.0.0.5/live", None, None),
        ("10.0.0.5:8554/live", "rtsp://10.0.0.5:8554/live", None, None),
        ("  RTSP://Cam.Local:554/Live?a=1 ", "rtsp://cam.local/Live?a=1", None, None),
        ("rtsps://10.0.0.5:322/x", "rtsps://10.0.0.5/x", None, None),
        ("rtsp://[fd00::5]:554/x", "rtsp://[fd00::5]/x", None, None),
        ("rtsp://10.0.0.5?ch=1", "rtsp://10.0.0.5?ch=1", None, None),
        ("rtsp://u:p@10.0.0.5/x", "rtsp://10.0.0.5/x", "u", "p"),
        ("rtsp://u@10.0.0.5/x", "rtsp://10.0.0.5/x", "u", None),
        ("rtsp://u:@10.0.0.5/x", "rtsp://10.0.0.5/x", "u", ""),
        ("rtsp://u:p%40%3Aa%2Fss@10.0.0.5/x", "rtsp://10.0.0.5/x", "u", "p@:a/ss"),
        ("rtsp://u:p@:a?s#s@10.0.0.5/x", "rtsp://10.0.0.5/x", "u", "p@:a?s#s"),
        ("rtsp://u:p@a/ss@10.0.0.5/x", "rtsp://10.0.0.5/x", "u", "p@a/ss"),
        ("rtsp://u:p@cam.local/a@b", "rtsp://cam.local/a@b", "u", "p"),
        ("rtsp://u:p@10.0.0.5/a@10.0.0.6", "rtsp://10.0.0.5/a@10.0.0.6", "u", "p"),
        ("rtsp://u:pa/ss@10.0.0.5/x", "rtsp://10.0.0.5/x", "u", "pa/ss"),
        ("rtsp://10.0.0.5/a@b", "rtsp://10.0.0.5/a@b", None, None),
        (
            "rtsp://10.0.0.5/user=a&channel=1.sdp?real",
            "rtsp://10.0.0.5/user=a&channel=1.sdp?real",
            None,
            None,
        ),
    ],
)
def test_credentials_leave_the_url(
    text: str, url: str, username: str | None, password: str | None
) -> None:
    """What is kept as the URL holds no login, whatever was typed."""
    parsed = parse_rtsp_url(text)

    assert parsed.url == url
    assert (parsed.username, parsed.password) == (username, password)
    assert parse_rtsp_url(parsed.url).url == parsed.url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a camera",
        "http://10.0.0.5/x",
        "file:///etc/passwd",
        "rtsp://",
        "rtsp:///x",
        "rtsp://10.0.0.5:99999/x",
        "rtsp://10.0.0.5:0/x",
        "rtsp://10.0.0.5:rtsp/x",
        "rtsp://10.0.0.5:٣/x",
        "rtsp://[fd00::5]x/y",
        "rtsp://-x/y",
        "rtsp://u:secret@/x",
        "rtsp://10.0.0.5/x\ny",
        "rtsp://10.0.0.5/\x00",
    ],
)
def test_other_text_is_refused_without_repeating_it(text: str) -> None:
    """The refusal never carries a password that was in the text."""
    with pytest.raises(InvalidRtspUrlError) as caught:
        parse_rtsp_url(text)

    assert str(caught.value) == "not an RTSP URL"


def test_the_parts_do_not_show_the_password() -> None:
    """A logged RtspUrl is harmless."""
    assert "secret" not in repr(parse_rtsp_url("rtsp://me:secret@10.0.0.5/x"))


def test_a_moved_camera_keeps_port_and_path() -> None:
    """Only the host is exchanged."""
    assert with_host("rtsp://10.0.0.5:8554/a?b=1", "10.0.0.9") == (
        "rtsp://10.0.0.9:8554/a?b=1"
    )
    assert with_host("rtsp://10.0.0.5/a", "fd00::9") == "rtsp://[fd00::9]/a"
    assert bracketed("[FD00::9]") == "[fd00::9]"
