"""Hello and Bye are heard, once, and nothing that arrives does harm."""

import asyncio
import socket

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif import AnnouncementListener, DiscoveredCamera
from custom_components.hearthcam.onvif.multicast import GROUP_V4
from custom_components.hearthcam.onvif.probe import MAX_DATAGRAM, parse_bye

from .test_discovery import EPR, hello, match, probe_matches

pytestmark = pytest.mark.usefixtures("socket_enabled")


def bye(epr: str = EPR) -> bytes:
    """Return a Bye."""
    return (
        "<s:Envelope><s:Body><d:Bye><a:EndpointReference><a:Address>"
        f"{epr}</a:Address></a:EndpointReference></d:Bye></s:Body></s:Envelope>"
    ).encode()


def test_a_bye_tells_the_endpoint() -> None:
    assert parse_bye(bye(EPR.upper()), "10.0.0.5") == EPR
    for data in (bye(""), hello(match()), b"", b"Bye", bye() + b" " * MAX_DATAGRAM):
        assert parse_bye(data, "10.0.0.5") is None
    assert parse_bye(bye(), "8.8.8.8") is None


@given(st.binary(max_size=100) | st.text(max_size=40).map(bye))
def test_no_bye_raises(data: bytes) -> None:
    parse_bye(data, "10.0.0.5")


@pytest.fixture
def port() -> int:
    """Return a UDP port that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        free: int = sock.getsockname()[1]
    return free


def send(port: int, *datagrams: bytes) -> None:
    """Send to the group on the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1")
        )
        for data in datagrams:
            sock.sendto(data, (GROUP_V4, port))


class Heard:
    """What was told, and when it was enough."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.cameras: list[DiscoveredCamera] = []
        self.byes: list[str] = []
        self.last = asyncio.Event()

    def hello(self, camera: DiscoveredCamera) -> None:
        """Take a camera."""
        self.cameras.append(camera)

    def bye(self, epr: str) -> None:
        """Take an endpoint; the last one ends the test."""
        self.byes.append(epr)
        if epr == "urn:last":
            self.last.set()


async def test_announcements_are_told_once(port: int) -> None:
    heard = Heard()
    listener = AnnouncementListener(heard.hello, heard.bye, port=port)
    assert await listener.start(["127.0.0.1", "127.0.0.1", "203.0.113.9"]) == 1
    try:
        send(
            port,
            hello(match()),
            hello(match()),
            b"Hello",
            probe_matches(match()),
            b"\xff" * 60_000,
            hello(match(scopes="")),
            bye(),
            bye("urn:last"),
        )
        await asyncio.wait_for(heard.last.wait(), 5)
    finally:
        await listener.stop()
    assert [camera.name for camera in heard.cameras] == ["Front Door", None]
    assert {camera.host for camera in heard.cameras} == {"127.0.0.1"}
    assert heard.byes == [EPR, "urn:last"]


async def test_port_is_shared_with_others_who_listen(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("", port))
        first, second = Heard(), Heard()
        listeners = [
            AnnouncementListener(heard.hello, heard.bye, port=port)
            for heard in (first, second)
        ]
        for listener in listeners:
            assert await listener.start(["127.0.0.1"]) == 1
        send(port, hello(match()), bye("urn:last"))
        for heard in (first, second):
            await asyncio.wait_for(heard.last.wait(), 5)
            assert len(heard.cameras) == 1
        for listener in listeners:
            await listener.stop()


async def test_port_that_another_has_for_himself_is_no_error(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", port))
        listener = AnnouncementListener(lambda _: None, port=port)
        assert await listener.start(["127.0.0.1"]) == 0
        await listener.stop()


async def test_flood_is_cut(port: int) -> None:
    heard = Heard()
    listener = AnnouncementListener(heard.hello, heard.bye, port=port)
    await listener.start(["127.0.0.1"])
    try:
        for number in range(2000):
            listener._heard(hello(match(epr=f"urn:{number}")), "10.0.0.5")
    finally:
        await listener.stop()
    # Two seconds of the clock may have been touched.
    assert 0 < len(heard.cameras) <= 900
