"""No credential and no token survives redaction."""

import secrets
import time
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.hearthcam.privacy.redact import MASK, redact

# A marker inside every generated password makes a leak visible; passwords such as
# "a" or "/" would be found in any line.
MARK = "hUnt3r"
ANY = st.text(max_size=12)
SECRETS = st.builds(lambda a, b: f"{a}{MARK}{b}", ANY, ANY)


@given(SECRETS, st.sampled_from(["", "/main", ":554/main?x=1"]))
def test_no_escaped_password_of_a_url_is_left(password: str, rest: str) -> None:
    url = f"rtsp://admin:{quote(password, safe='')}@192.168.1.2{rest}"
    text = redact(f"cannot open {url}: timeout")
    assert MARK not in text
    assert "admin" not in text
    assert "192.168.1.2" in text


@given(SECRETS)
def test_no_unescaped_password_of_a_url_is_left(password: str) -> None:
    assume("\n" not in password)
    assert MARK not in redact(f"open rtsp://admin:{password}@192.168.1.2/main failed")


@given(SECRETS, st.sampled_from([quote, quote_plus]))
def test_no_password_of_a_query_is_left(password: str, escaped: object) -> None:
    assert callable(escaped)
    value = escaped(password, safe="")
    text = redact(
        f"GET http://10.0.0.1/cgi-bin/api.cgi?cmd=Snap&user={value}&password={value}"
        "&width=640 gave 401"
    )
    assert MARK not in text
    assert text.endswith("&width=640 gave 401")


@given(SECRETS)
def test_no_password_of_a_repr_is_left(password: str) -> None:
    text = repr({"host": "10.0.0.1", "username": password, "password": password})
    assert MARK not in redact(text)
    assert "10.0.0.1" in redact(text)
    assert MARK not in redact(f"Camera(password={password!r}, port=80)")


@given(SECRETS)
def test_no_wsse_password_is_left(password: str) -> None:
    element = escape(password)
    text = redact(
        f"<wsse:UsernameToken><wsse:Username>{element}</wsse:Username>"
        f'<wsse:Password Type="x#PasswordDigest">{element}</wsse:Password>'
        f"<Nonce>{element}</Nonce></wsse:UsernameToken><ok/>"
    )
    assert MARK not in text
    assert text.endswith("<ok/>")


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Basic {MARK}==",
        f'authorization: Digest username="{MARK}", response="{MARK}"',
        f"{{'Authorization': 'Digest username=\"x\", response=\"{MARK}\"'}}",
        f"Proxy-Authorization:Bearer {MARK}",
        f"Set-Cookie: session={MARK}",
        f"rtsp://10.0.0.1:554/user=admin_password={MARK}_channel=1_stream=0.sdp",
        f"http://10.0.0.1/videostream.cgi?loginuse=admin&loginpas={MARK}",
        f"http://10.0.0.1/cgi-bin/CGIProxy.fcgi?cmd=snapPicture2&usr=x&pwd={MARK}",
        f"http://10.0.0.1/api?token={MARK}",
        f"http://10.0.0.1/x?PASSWORD={MARK}",
        f"/api/image_proxy/image.x?authSig={MARK}",
        f"password='{MARK}\\",
        f'"password": "{MARK}',
    ],
)
def test_every_known_form_is_masked(text: str) -> None:
    assert MARK not in redact(text)
    assert MASK in redact(text)


def test_the_token_of_the_live_server_is_masked() -> None:
    token = secrets.token_urlsafe(16)
    for path in ("/live/front_door.ts?auth=", "/still/a.jpg?width=640&auth="):
        text = redact(f"GET http://127.0.0.1:4711{path}{token} 200")
        assert token not in text
        assert path.partition("?")[0] in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[rtsp @ 0x55d0c8] method DESCRIBE failed: 404 Not Found",
        "rtsp://192.168.1.2:554/live/ch0 opened, 1920x1080",
        "motion in zone porch of front_door, score 0.7",
        "the user is home; password is wrong",
    ],
)
def test_harmless_lines_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *("rtsp://", "@", "user=", "password=", "'", '"', "&", "=", "\n", "\\"),
            *("Authorization:", "<Password>", "<wsse:Nonce/>", "</", "/live/", "token"),
            *("'password': ", MASK, "A" * 16, "/", " ", "x", "<", ">", "\r", "cookie"),
        ]
    )
    | st.text(max_size=3),
    max_size=14,
).map("".join)


@given(FRAGMENTS)
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        "://",
        "@",
        "password=",
        "&a",
        "password='",
        "<Password>",
        "A",
        "\\",
        "cookie",
        "/",
    ],
)
def test_long_hostile_lines_take_no_time(piece: str) -> None:
    start = time.process_time()
    redact(piece * (200_000 // len(piece)))
    assert time.process_time() - start < 2
