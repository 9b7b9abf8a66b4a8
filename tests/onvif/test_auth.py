"""Logins, against the examples of the standards."""

import base64
import hashlib
import re

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif.auth import (
    Challenge,
    Credentials,
    DigestLogin,
    basic_header,
    parse_challenges,
    wsse_header,
)

MUFASA = Credentials("Mufasa", "Circle of Life")
RFC_7616 = {
    "realm": "http-auth@example.org",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "qop": "auth, auth-int",
    "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
}
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_digest_is_what_rfc_7616_computes(algorithm: str, response: str) -> None:
    login = DigestLogin(
        {**RFC_7616, "algorithm": algorithm}, make_cnonce=lambda: CNONCE
    )
    header = login.header(MUFASA, "GET", "/dir/index.html", b"")
    assert f'response="{response}"' in header
    assert "qop=auth, nc=00000001" in header
    assert f'opaque="{RFC_7616["opaque"]}"' in header


def test_digest_without_qop_is_what_rfc_2069_computes() -> None:
    login = DigestLogin({"realm": "r", "nonce": "n"})
    header = login.header(Credentials("u", "p"), "POST", "/x", b"")
    first = hashlib.md5(b"u:r:p").hexdigest()
    second = hashlib.md5(b"POST:/x").hexdigest()
    expected = hashlib.md5(f"{first}:n:{second}".encode()).hexdigest()
    assert f'response="{expected}"' in header
    assert "nc=" not in header
    assert "algorithm" not in header


def test_digest_with_session_key_and_body() -> None:
    parameters = {
        "realm": "r",
        "nonce": "n",
        "qop": "auth-int",
        "algorithm": "md5-sess",
    }
    login = DigestLogin(parameters, make_cnonce=lambda: "c")
    header = login.header(Credentials("u", "p"), "POST", "/x", b"body")

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    secret = md5(f"{md5('u:r:p')}:n:c")
    target = md5(f"POST:/x:{md5('body')}")
    assert md5(f"{secret}:n:00000001:c:auth-int:{target}") in header


def test_each_use_of_a_nonce_is_counted() -> None:
    login = DigestLogin(RFC_7616)
    headers = [login.header(MUFASA, "POST", "/", b"") for _ in range(3)]
    assert [h.partition("nc=")[2][:8] for h in headers] == [
        "00000001",
        "00000002",
        "00000003",
    ]


def test_user_name_is_hashed_where_asked_for() -> None:
    login = DigestLogin({**RFC_7616, "algorithm": "SHA-256", "userhash": "true"})
    assert "Mufasa" not in login.header(MUFASA, "GET", "/", b"")


def test_sha_512_256_is_not_cut_off_sha_512() -> None:
    # The example of RFC 7616 had cut it off (errata 4897): the user's hash is theirs.
    login = DigestLogin(
        {
            "realm": "api@example.org",
            "nonce": "n",
            "qop": "auth",
            "algorithm": "SHA-512-256",
            "userhash": "true",
        },
        make_cnonce=lambda: "c",
    )
    user = Credentials("J\u00e4s\u00f8n Doe", "Secret, or not?")
    header = login.header(user, "GET", "/doe.json", b"")
    user_hash = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    assert f'username="{user_hash}"' in header

    def sha(text: str) -> str:
        return hashlib.new("sha512_256", text.encode()).hexdigest()

    secret = sha("J\u00e4s\u00f8n Doe:api@example.org:Secret, or not?")
    assert sha(f"{secret}:n:00000001:c:auth:{sha('GET:/doe.json')}") in header


def test_session_key_is_one_for_the_whole_session() -> None:
    login = DigestLogin({"realm": "r", "nonce": "n", "algorithm": "MD5-sess"})
    headers = [login.header(MUFASA, "POST", "/", b"") for _ in range(2)]
    cnonces = {header.partition("cnonce=")[2] for header in headers}
    assert len(cnonces) == 1


@pytest.mark.parametrize("spelt", ["md5", "Md5-SESS", "sha-256"])
def test_algorithm_is_repeated_as_it_was_written(spelt: str) -> None:
    login = DigestLogin({"realm": "r", "nonce": "n", "algorithm": spelt})
    header = login.header(MUFASA, "POST", "/", b"")
    assert f"algorithm={spelt}," in f"{header},"


@pytest.mark.parametrize("order", [1, -1])
def test_strongest_challenge_is_answered(order: int) -> None:
    names = ["MD5", "SHA-256", "SHA-512-256", "SHA3"][::order]
    login = DigestLogin.of(
        Challenge("digest", {"nonce": name, "algorithm": name}) for name in names
    )
    assert login is not None
    assert login.parameters["nonce"] == "SHA-512-256"


def test_every_challenge_of_every_header_is_read() -> None:
    challenges = parse_challenges(
        [
            'Basic realm="IP, Camera", charset="UTF-8", Digest realm="a \\"b\\"",'
            ' qop="auth,auth-int", nonce=unquoted, stale=FALSE',
            "Negotiate",
            'DIGEST algorithm=SHA-256 , nonce = "n2"',
        ]
    )
    assert challenges == [
        Challenge("basic", {"realm": "IP, Camera", "charset": "UTF-8"}),
        Challenge(
            "digest",
            {
                "realm": 'a "b"',
                "qop": "auth,auth-int",
                "nonce": "unquoted",
                "stale": "FALSE",
            },
        ),
        Challenge("negotiate", {}),
        Challenge("digest", {"algorithm": "SHA-256", "nonce": "n2"}),
    ]
    login = DigestLogin.of(challenges)
    assert login is not None
    assert login.parameters["nonce"] == "n2"


def test_unknown_algorithms_and_empty_nonces_are_left_alone() -> None:
    assert DigestLogin.of(parse_challenges(['Digest nonce="n", algorithm=X'])) is None
    assert DigestLogin.of(parse_challenges(['Digest nonce=""', "Basic"])) is None


@given(st.lists(st.text(max_size=80), max_size=3), st.text(max_size=20))
def test_no_challenge_raises_or_starts_another_header(
    headers: list[str], username: str
) -> None:
    challenges = parse_challenges(headers)
    challenges.append(Challenge("digest", {"nonce": "n", "realm": "".join(headers)}))
    login = DigestLogin.of(challenges)
    assert login is not None
    header = login.header(Credentials(username, "p"), "POST", "/", b"")
    assert not re.search(r"[\r\n\x00]", header)


def test_username_token_is_what_the_profile_computes() -> None:
    header = wsse_header(Credentials("a<b", "pa:ss@w/rd"), 1_700_000_000.123)
    nonce = base64.b64decode(re.findall(r"Binary\">([^<]+)", header)[0])
    created = "2023-11-14T22:13:20.123Z"
    digest = hashlib.sha1(nonce + created.encode() + b"pa:ss@w/rd").digest()
    assert f">{created}</wsu:Created>" in header
    assert f'#PasswordDigest">{base64.b64encode(digest).decode()}<' in header
    assert "a&lt;b" in header
    assert "pa:ss" not in header
    assert wsse_header(MUFASA, 0) != wsse_header(MUFASA, 0)


def test_basic_login_allows_any_characters() -> None:
    header = basic_header(Credentials("ü", "p:ä"))
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "ü:p:ä"


def test_a_password_is_in_no_repr() -> None:
    assert "Circle" not in repr(MUFASA)
