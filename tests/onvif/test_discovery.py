"""Cameras are found by multicast, and nothing that arrives does harm."""

import asyncio
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
import re
import socket
import struct
import threading
from typing import override

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif import DiscoveredCamera, discover
from custom_components.hearthcam.onvif.discovery import Found
from custom_components.hearthcam.onvif.multicast import GROUP_V4, GROUP_V6
from custom_components.hearthcam.onvif.probe import (
    MAX_DATAGRAM,
    MAX_MATCHES,
    parse_announcement,
    probe_messages,
)

EPR = "urn:uuid:4d454930-0000-1000-8000-bc0f9a111213"
SCOPES = (
    "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20Door "
    "onvif://www.onvif.org/hardware/DS-2CD2385 onvif://www.onvif.org/MAC/AABBCC0DEEFF "
    "onvif://www.onvif.org/location/ http://example.org/other"
)


def match(
    epr: str = EPR,
    xaddrs: str = "http://192.168.1.88:8080/onvif/device_service",
    scopes: str = SCOPES,
    types: str = "dn:NetworkVideoTransmitter tds:Device",
) -> str:
    """Return the inside of a ProbeMatch."""
    return (
        f"<wsa:EndpointReference><wsa:Address>{epr}</wsa:Address>"
        f"</wsa:EndpointReference><d:Types>{types}</d:Types><d:Scopes>{scopes}"
        f"</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs>"
    )


def probe_matches(*matches: str) -> bytes:
    """Return an answer to a probe."""
    inner = "".join(f"<d:ProbeMatch>{m}</d:ProbeMatch>" for m in matches)
    return (
        "<s:Envelope><s:Header/><s:Body><d:ProbeMatches>"
        f"{inner}</d:ProbeMatches></s:Body></s:Envelope>"
    ).encode()


def hello(inner: str) -> bytes:
    """Return a Hello."""
    return (
        f"<s:Envelope><s:Body><d:Hello>{inner}</d:Hello></s:Body></s:Envelope>".encode()
    )


def test_an_answer_tells_the_camera() -> None:
    expected = DiscoveredCamera(
        epr=EPR,
        host="192.168.1.20",
        port=8080,
        path="/onvif/device_service",
        name="Front Door",
        hardware="DS-2CD2385",
        mac="aa:bb:cc:0d:ee:ff",
    )
    assert parse_announcement(probe_matches(match()), "192.168.1.20") == [expected]
    assert parse_announcement(hello(match()), "192.168.1.20") == [expected]


def test_the_address_that_names_the_sender_is_preferred() -> None:
    xaddrs = (
        "http://192.168.1.88:8080/a http://[fe80::1]/b http://10.0.0.5:8899/c "
        "https://10.0.0.5/d"
    )
    [camera] = parse_announcement(probe_matches(match(xaddrs=xaddrs)), "10.0.0.5")
    assert (camera.host, camera.port, camera.path) == ("10.0.0.5", 8899, "/c")
    data = probe_matches(match(xaddrs="https://10.0.0.5:8443/d"))
    [camera] = parse_announcement(data, "10.0.0.5")
    assert (camera.tls, camera.port) == (True, 8443)


@pytest.mark.parametrize("xaddrs", ["", "http://192.168.1.", "nonsense", "http:///"])
def test_without_a_usable_address_the_usual_one_is_taken(xaddrs: str) -> None:
    [camera] = parse_announcement(probe_matches(match(xaddrs=xaddrs)), "10.0.0.5")
    assert (camera.host, camera.port) == ("10.0.0.5", 80)
    assert camera.path == "/onvif/device_service"


def test_printers_and_strangers_are_left_out() -> None:
    printer = match(types="wsdp:Device", scopes="ldap:///x", xaddrs="http://10.0.0.9/p")
    assert parse_announcement(probe_matches(printer), "10.0.0.9") == []
    for sender in ("8.8.8.8", "0.0.0.0", "nonsense", "239.255.255.250"):
        assert parse_announcement(probe_matches(match()), sender) == []


def test_what_a_camera_says_is_bounded() -> None:
    many = probe_matches(*[match(scopes="onvif://www.onvif.org/name/x")] * 40)
    assert len(parse_announcement(many, "10.0.0.5")) == MAX_MATCHES
    assert parse_announcement(b" " * MAX_DATAGRAM + many, "10.0.0.5") == []
    name = "onvif://www.onvif.org/name/" + "x" * 150 + "%0a%00"
    [camera] = parse_announcement(probe_matches(match(scopes=name)), "10.0.0.5")
    assert camera.name == "x" * 100


@given(
    st.binary(max_size=200)
    | st.builds(
        lambda a, b, c, d: probe_matches(match(a, b, c, d)),
        *[st.text(alphabet="ahtp:/%0.@[]onvif \x00&<é", max_size=40)] * 4,
    )
)
def test_no_datagram_raises(data: bytes) -> None:
    for camera in parse_announcement(data, "10.0.0.5"):
        assert camera.host == "10.0.0.5"
        assert 0 < camera.port < 65536
        assert camera.path.startswith("/")


def test_each_type_is_asked_for_with_an_id_of_its_own() -> None:
    messages = [message.decode() for message in probe_messages() + probe_messages()]
    ids = {re.findall(r"MessageID>(.+?)<", message)[0] for message in messages}
    assert len(ids) == 4
    assert "dn:NetworkVideoTransmitter" in messages[0]
    assert "dn:Device" in messages[1]


class Group(threading.Thread):
    """Cameras that hear a multicast group on the loopback and answer."""

    def __init__(self, *answers: bytes, index: int = 0) -> None:
        """Join the group on a free port, with an index that of IPv6 there."""
        family = socket.AF_INET6 if index else socket.AF_INET
        super().__init__(daemon=True)
        self.answers = answers
        self.heard: list[bytes] = []
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.settimeout(5)
        self.sock.bind(("", 0))
        self.port: int = self.sock.getsockname()[1]
        if not index:
            member = socket.inet_aton(GROUP_V4) + socket.inet_aton("127.0.0.1")
            self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        else:
            member = socket.inet_pton(family, GROUP_V6) + struct.pack("@I", index)
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
        self.start()

    @override
    def run(self) -> None:
        """Answer every probe with every answer."""
        while True:
            try:
                data, sender = self.sock.recvfrom(65536)
            except OSError:
                return
            if data == b"stop":
                return
            self.heard.append(data)
            for answer in self.answers:
                self.sock.sendto(answer, sender)

    def stop(self) -> None:
        """End the thread."""
        loopback = "127.0.0.1" if self.sock.family == socket.AF_INET else "::1"
        self.sock.sendto(b"stop", (loopback, self.port))
        self.join(5)
        self.sock.close()


@pytest.fixture
def group(socket_enabled: None) -> Iterator[Callable[..., Group]]:
    """Return a maker of groups."""
    groups: list[Group] = []

    def make(*answers: bytes, index: int = 0) -> Group:
        try:
            groups.append(Group(*answers, index=index))
        except OSError:
            pytest.skip("this machine has no multicast there")
        return groups[-1]

    yield make
    for made in groups:
        made.stop()


async def test_cameras_are_found_once_and_told_at_once(
    group: Callable[..., Group],
) -> None:
    second = "urn:uuid:00000000-0000-1000-8000-000000000002"
    other = match(epr=second, scopes="")
    cameras = group(
        probe_matches(match()), b"rubbish", probe_matches(match(EPR.upper()), other)
    )
    told: list[DiscoveredCamera] = []
    found = await discover(
        ["127.0.0.1", IPv4Address("127.0.0.1")], 0.5, told.append, port=cameras.port
    )
    assert [camera.epr for camera in found] == [EPR, second]
    assert told == found
    assert {camera.host for camera in found} == {"127.0.0.1"}
    # Two types, in two waves within half a second.
    assert len(cameras.heard) == 4


async def test_same_endpoint_with_another_mac_is_another_camera(
    group: Callable[..., Group],
) -> None:
    clone = match(scopes="onvif://www.onvif.org/mac/02:00:00:00:00:09")
    cameras = group(probe_matches(match()), probe_matches(clone))
    found = await discover(["127.0.0.1"], 0.2, port=cameras.port)
    assert len({camera.mac for camera in found}) == 2


def test_address_without_tls_is_preferred() -> None:
    xaddrs = "https://10.0.0.5:8443/a http://10.0.0.5:8000/b"
    [camera] = parse_announcement(probe_matches(match(xaddrs=xaddrs)), "10.0.0.5")
    assert (camera.tls, camera.port, camera.path) == (False, 8000, "/b")


def test_endpoint_at_two_addresses_is_marked_as_shared() -> None:
    told: list[DiscoveredCamera] = []
    found = Found(told.append)
    answer = probe_matches(match(scopes=""))
    for sender in ("10.0.0.5", "10.0.0.5", "fd00::5", "10.0.0.6", "10.0.0.6"):
        found.add(answer, sender)
    assert [camera.host for camera in told] == ["10.0.0.5", "10.0.0.6"]
    assert [(c.host, c.shares_epr) for c in found.cameras] == [
        ("10.0.0.5", True),
        ("10.0.0.6", True),
    ]
    found = Found(None)
    for sender in ("fd00::5", "fd00::6", "10.0.0.5"):
        found.add(answer, sender)
    assert [(c.host, c.shares_epr) for c in found.cameras] == [("10.0.0.5", False)]


async def test_unusable_interfaces_are_left_out(group: Callable[..., Group]) -> None:
    cameras = group(probe_matches(match()))
    sources = ["203.0.113.7", "fe80::dead%nosuch0", "127.0.0.1"]
    assert len(await discover(sources, 0.2, port=cameras.port)) == 1
    assert await discover([], 5) == []
    assert await discover(["203.0.113.7"], 5) == []


async def test_cameras_are_found_over_ipv6(group: Callable[..., Group]) -> None:
    # Linux has no IPv6 multicast on the loopback: the first interface with a
    # link-local address serves, nothing leaves it but our own probe.
    table = Path("/proc/net/if_inet6")
    rows = (
        [row.split() for row in table.read_text().splitlines()]
        if table.exists()
        else []
    )
    links = [row for row in rows if row[3] == "20"]
    if not links:
        pytest.skip("no interface has a link-local IPv6 address")
    address, number, _, _, _, name = links[0]
    link_local = str(IPv6Address(bytes.fromhex(address)))
    index = int(number, 16)
    xaddrs = f"http://[{link_local}]:8080/onvif/x http://10.0.0.1/y"
    cameras = group(probe_matches(match(xaddrs=xaddrs)), index=index)
    for zone in (name, index):
        found = await discover([f"{link_local}%{zone}"], 0.2, port=cameras.port)
        assert [camera.host for camera in found] == [f"{link_local}%{name}"]
        assert found[0].port == 8080


async def test_a_search_can_be_cancelled(group: Callable[..., Group]) -> None:
    cameras = group(probe_matches(match()))
    found = asyncio.Event()
    task = asyncio.create_task(
        discover(["127.0.0.1"], 60, lambda _: found.set(), port=cameras.port)
    )
    await asyncio.wait_for(found.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
