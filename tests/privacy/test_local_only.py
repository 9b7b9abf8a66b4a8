"""Only the local network is contacted, whatever an address looks like."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
import re
import socket
from typing import Any
from urllib.parse import urlsplit

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.privacy.local_only import (
    NotLocalError,
    async_checked_host,
    async_checked_url,
    checked_host,
    checked_url,
    is_local,
)

LOCAL = [IPv4Network(n) for n in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12")] + [
    IPv4Network(n) for n in ("192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
]
LOCAL_V6 = [IPv6Network(n) for n in ("::1/128", "fe80::/10", "fc00::/7")]


def resolver_of(*addresses: str, calls: list[str] | None = None) -> Any:
    """Return a resolver that always answers with these addresses."""

    def resolve(host: str, port: Any, **_: Any) -> list[Any]:
        if calls is not None:
            calls.append(host)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, 0, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in addresses
        ]

    return resolve


def never(*_: Any, **__: Any) -> Any:
    """Fail when a literal or nonsense is looked up."""
    raise AssertionError("nothing should be resolved")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.1.88",
        "169.254.10.1",
        "100.64.0.1",
        "100.127.255.254",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fe80::1%2",
        "fc00::1",
        "fd12:3456:789a::1",
        "::ffff:192.168.1.2",
        "::ffff:c0a8:102",
    ],
)
def test_addresses_of_the_local_network_pass(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "169.253.255.255",
        "169.254.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::2",
        "::7f00:1",
        "::127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0.0.0.0",
        "::ffff:0:192.168.1.2",
        "64:ff9b::192.168.1.2",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::10.0.0.1",
        "2001:db8::1",
        "2001:0:53aa:64c::1",
        "2002:c0a8:0102::1",
        "2606:4700:4700::1111",
        "fec0::1",
        "ff02::c",
        "ff02::c%eth0",
        "fdff::1%eth0",
        "::1%lo",
        "::ffff:10.0.0.1%eth0",
        "fe80::1%",
        "fe80::1%eth0@8.8.8.8",
        "fe80::1%eth0/8",
        "fe80::1%%",
        "",
        "camera.local",
        "127.1",
        "127.0.0.1 ",
        "0x7f.0.0.1",
        "010.0.0.1",
        "[::1]",
    ],
)
def test_everything_else_is_refused(address: str) -> None:
    assert not is_local(address)


@given(st.ip_addresses(v=4))
def test_no_public_ipv4_address_passes(address: IPv4Address) -> None:
    expected = any(address in network for network in LOCAL)
    assert is_local(address) is expected or address == IPv4Address("169.254.255.255")
    if not expected:
        with pytest.raises(NotLocalError):
            checked_url(f"rtsp://u:p@{address}:554/main", never)


@given(st.ip_addresses(v=6))
def test_no_public_ipv6_address_passes(address: IPv6Address) -> None:
    if not any(address in network for network in LOCAL_V6):
        with pytest.raises(NotLocalError):
            checked_url(f"rtsp://[{address}]/main", never)
    else:
        assert is_local(address)


@given(st.ip_addresses(v=4))
def test_mapped_addresses_are_judged_by_what_they_map(address: IPv4Address) -> None:
    mapped = IPv6Address(int(IPv6Address("::ffff:0:0")) + int(address))
    assert is_local(mapped) is is_local(address)
    if is_local(address):
        assert checked_host(str(mapped), never) == str(address)


def test_a_name_gives_the_address_that_was_checked() -> None:
    calls: list[str] = []
    resolver = resolver_of("192.168.1.20", calls=calls)
    url = checked_url("rtsp://admin:pa%40ss@camera.lan:8554/main?a=1#b", resolver)
    assert url == "rtsp://admin:pa%40ss@192.168.1.20:8554/main?a=1#b"
    assert calls == ["camera.lan"]


@pytest.mark.parametrize(
    "answers",
    [
        ("8.8.8.8",),
        ("192.168.1.20", "8.8.8.8"),
        ("fd00::1", "2606:4700::1"),
        ("10.0.0.1", "64:ff9b::a00:1"),
        ("0.0.0.0",),
    ],
)
def test_one_public_answer_of_a_name_is_enough_to_refuse(
    answers: tuple[str, ...],
) -> None:
    with pytest.raises(NotLocalError):
        checked_host("camera.example", resolver_of(*answers))


def test_a_name_without_answers_does_not_resolve() -> None:
    with pytest.raises(OSError, match="no address"):
        checked_host("camera.lan", resolver_of())


def test_ipv4_is_preferred_and_zones_are_kept() -> None:
    assert checked_host("camera.lan", resolver_of("fd00::7", "10.1.1.1")) == "10.1.1.1"

    def scoped(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::7", 0, 0, 3))]

    assert checked_host("camera.lan", scoped) == "fe80::7%3"
    assert checked_url("http://camera.lan:80/x", scoped) == "http://[fe80::7%3]:80/x"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("RTSP://10.0.0.1", "rtsp://10.0.0.1"),
        ("rtsp://10.0.0.1:/x", "rtsp://10.0.0.1/x"),
        ("rtsp://a@b:c@10.0.0.1:99/x", "rtsp://a@b:c@10.0.0.1:99/x"),
        ("rtsp://[fd00::1]:554/x", "rtsp://[fd00::1]:554/x"),
        ("rtsp://[FD00:0::1]/x", "rtsp://[fd00::1]/x"),
        ("rtsp://[fe80::1%25eth0]/x", "rtsp://[fe80::1%eth0]/x"),
        ("rtsp://[fe80::1%eth0]/x", "rtsp://[fe80::1%eth0]/x"),
        ("rtsp://u:p@[::ffff:10.0.0.1]:8/x", "rtsp://u:p@10.0.0.1:8/x"),
        ("https://10.0.0.1?a=b", "https://10.0.0.1?a=b"),
        ("rtsps://10.0.0.1:322/x?y=@8.8.8.8", "rtsps://10.0.0.1:322/x?y=@8.8.8.8"),
    ],
)
def test_only_the_host_of_a_url_changes(url: str, expected: str) -> None:
    assert checked_url(url, never) == expected
    assert checked_url(expected, never) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "10.0.0.1",
        "file:///etc/passwd",
        "concat:rtsp://10.0.0.1",
        "udp://10.0.0.1",
        "rtsp:///main",
        "rtsp://:554/main",
        "rtsp://u:p@/main",
        "rtsp://10.0.0.1:0/x",
        "rtsp://10.0.0.1:65536/x",
        "rtsp://10.0.0.1:5 54/x",
        "rtsp://10.0.0.1:٥/x",
        "rtsp://10.0.0.1:99999999999999999999/x",
        "rtsp://[::1/x",
        "rtsp://[::1]x/x",
        "rtsp://[10.0.0.1]/x",
        "rtsp://10.0.0.1\\@8.8.8.8/x",
        "rtsp://10.0.0.1\n/x",
        "rtsp://10.0.0.1\t/x",
        "rtsp://127.1/x",
        "rtsp://0x7f000001/x",
        "rtsp://2130706433/x",
        "rtsp://010.0.0.1/x",
        "rtsp://127.0.0.1./x",
        "rtsp://１０.0.0.1/x",
        "rtsp://10。0。0。1/x",
        "rtsp://%31%30.0.0.1/x",
        "rtsp://käse.lan/x",
        "rtsp://-x/x",
        f"rtsp://{'a' * 300}/x",
    ],
)
def test_what_is_no_proper_url_is_refused_without_a_lookup(url: str) -> None:
    with pytest.raises(ValueError, match="URL|host"):
        checked_url(url, never)


def test_errors_tell_nothing_of_the_url() -> None:
    for url in ("rtsp://admin:hunter2/x@10.0.0.1/", "rtsp://admin:8/hunter2@1.1.1.1/"):
        with pytest.raises((ValueError, NotLocalError)) as caught:
            checked_url(url, resolver_of("8.8.8.8"))
        assert "hunter" not in str(caught.value)
        assert "admin" not in repr(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"rtsp://[^/]{0,40}/.{0,10}"))
def test_any_text_is_refused_or_ends_at_a_local_literal(text: str) -> None:
    try:
        url = checked_url(text, resolver_of("8.8.8.8"))
    except NotLocalError, ValueError:
        return
    assert is_local(urlsplit(url).hostname or "")


@given(
    user=st.text(max_size=20),
    password=st.from_regex(r"[^\x00-\x20\x7f\\/?#]{0,20}", fullmatch=True),
)
def test_a_password_cannot_smuggle_another_host_in(user: str, password: str) -> None:
    user = re.sub(r"[\x00-\x20\x7f\\/?#]", "", user)
    url = f"rtsp://{user}:{password}@192.168.7.7:554/main"
    assert checked_url(url, never) == url


async def test_names_are_resolved_without_blocking_too() -> None:
    async def local(host: str, port: Any, **_: Any) -> list[Any]:
        return list(resolver_of("192.168.1.9")(host, port))

    async def public(host: str, port: Any, **_: Any) -> list[Any]:
        return list(resolver_of("192.168.1.9", "1.1.1.1")(host, port))

    assert await async_checked_host("cam.lan", local) == "192.168.1.9"
    assert await async_checked_url("http://cam.lan/x", local) == "http://192.168.1.9/x"
    with pytest.raises(NotLocalError):
        await async_checked_url("http://cam.lan/x", public)
    with pytest.raises(NotLocalError):
        await async_checked_host("1.1.1.1", local)


async def test_localhost_is_resolved_by_the_system() -> None:
    assert await async_checked_host("localhost") in ("127.0.0.1", "::1")
