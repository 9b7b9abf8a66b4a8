"""WS-Discovery of the simulated camera, over multicast on the loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import socket
from typing import override
import uuid
import xml.etree.ElementTree as ET

import pytest

from .discovery import DN, GROUP, SOAP, TDS, WSA, WSD, DiscoveryResponder
from .onvif_asker import running
from .onvif_options import OnvifOptions
from .state import CameraState

pytestmark = pytest.mark.usefixtures("socket_enabled")

HOST = "127.0.0.1"
TYPES = "dn:NetworkVideoTransmitter"


@pytest.fixture
def port() -> int:
    """Return a UDP port that nobody uses, so that only this test's cameras hear."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        free: int = sock.getsockname()[1]
    return free


class Asker(asyncio.DatagramProtocol):
    """Sends probes from a port of its own and collects the answers."""

    def __init__(self) -> None:
        """Start with no answers."""
        self.answers: asyncio.Queue[tuple[ET.Element, str]] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport | None = None

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Parse an answer."""
        root = ET.fromstring(data)  # noqa: S314 - written by the simulator
        self.answers.put_nowait((root, str(addr[0])))

    def send(self, body: str, action: str, port: int) -> str:
        """Send a message to the group; return its id."""
        identifier = f"uuid:{uuid.uuid4()}"
        assert self.transport is not None
        self.transport.sendto(
            (
                f'<s:Envelope xmlns:s="{SOAP}" xmlns:w="{WSA}" xmlns:d="{WSD}" '
                f'xmlns:dn="{DN}" xmlns:t="{TDS}"><s:Header><w:MessageID>{identifier}'
                f"</w:MessageID><w:Action>{WSD}/{action}</w:Action></s:Header>"
                f"<s:Body>{body}</s:Body></s:Envelope>"
            ).encode(),
            (GROUP, port),
        )
        return identifier

    def probe(self, port: int, types: str = TYPES, scopes: str = "") -> str:
        """Send a Probe; return its id."""
        return self.send(
            f"<d:Probe><d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes></d:Probe>",
            "Probe",
            port,
        )

    async def heard(self, count: int) -> list[ET.Element]:
        """Return the next messages."""
        async with asyncio.timeout(5):
            return [(await self.answers.get())[0] for _ in range(count)]


@asynccontextmanager
async def asking(*, listen: int | None = None) -> AsyncIterator[Asker]:
    """Open a socket that asks, or one that listens to the group."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    interface = socket.inet_aton(HOST)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
    if listen is None:
        sock.bind((HOST, 0))
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((GROUP, listen))
        membership = socket.inet_aton(GROUP) + interface
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    loop = asyncio.get_running_loop()
    transport, asker = await loop.create_datagram_endpoint(Asker, sock=sock)
    asker.transport = transport
    try:
        yield asker
    finally:
        transport.close()


def responder(port: int, number: int = 1, host: str = HOST) -> DiscoveryResponder:
    """Make a camera's responder."""
    return DiscoveryResponder(
        endpoint=f"urn:uuid:camera-{number}",
        scopes=lambda: [
            "onvif://www.onvif.org/name/Front",
            "onvif://www.onvif.org/a/b",
        ],
        xaddrs=lambda: [f"http://{host}:8000/onvif/device_service"],
        interface=host,
        port=port,
    )


def endpoints(answers: list[ET.Element]) -> set[str]:
    """Return the endpoint references in messages."""
    return {
        element.text or ""
        for answer in answers
        for element in answer.findall(
            f".//{{{SOAP}}}Body//{{{WSA}}}EndpointReference/{{{WSA}}}Address"
        )
    }


def header(message: ET.Element, name: str) -> str | None:
    """Return a field of WS-Addressing."""
    return message.findtext(f"{{{SOAP}}}Header/{{{WSA}}}{name}")


async def test_probe_is_answered_to_the_asker(port: int) -> None:
    camera = responder(port)
    await camera.start()
    async with asking() as asker:
        identifier = asker.probe(port)
        async with asyncio.timeout(5):
            answer, sender = await asker.answers.get()
        assert sender == HOST
        assert header(answer, "RelatesTo") == identifier
        assert header(answer, "Action") == f"{WSD}/ProbeMatches"
        assert endpoints([answer]) == {"urn:uuid:camera-1"}
        xaddrs = answer.findtext(f".//{{{WSD}}}XAddrs")
        assert xaddrs == "http://127.0.0.1:8000/onvif/device_service"
    await camera.stop()


async def test_answer_is_repeated_with_the_same_id(port: int) -> None:
    camera = responder(port)
    await camera.start()
    async with asking() as asker:
        asker.probe(port)
        answers = await asker.heard(2)
        assert len({header(answer, "MessageID") for answer in answers}) == 1
    await camera.stop()


async def test_several_cameras_share_the_port(port: int) -> None:
    cameras = [responder(port, number) for number in (1, 2)]
    cameras.append(responder(port, 3, "127.0.0.2"))
    for camera in cameras:
        await camera.start()
    async with asking() as asker:
        asker.probe(port)
        assert endpoints(await asker.heard(6)) == {
            "urn:uuid:camera-1",
            "urn:uuid:camera-2",
            "urn:uuid:camera-3",
        }
    for camera in cameras:
        await camera.stop()


@pytest.mark.parametrize(
    ("types", "scopes", "answered"),
    [
        ("", "", True),
        ("t:Device", "", True),
        ("dn:NetworkVideoTransmitter t:Device", "", True),
        ("d:NetworkVideoTransmitter", "", False),
        ("dn:NetworkVideoDisplay", "", False),
        ("", "onvif://www.onvif.org/name", True),
        ("", "onvif://www.onvif.org/a/b/", True),
        ("", "onvif://www.onvif.org/nam", False),
    ],
)
async def test_only_what_was_probed_for_answers(
    port: int, types: str, scopes: str, answered: bool
) -> None:
    camera = responder(port)
    await camera.start()
    async with asking() as asker:
        asker.probe(port, types, scopes)
        if not answered:
            # An answer to this later probe proves that the first one got none.
            identifier = asker.probe(port)
        async with asyncio.timeout(5):
            answer, _ = await asker.answers.get()
        assert answered or header(answer, "RelatesTo") == identifier
    await camera.stop()


async def test_resolve_is_answered_by_the_camera_meant(port: int) -> None:
    cameras = [responder(port, number) for number in (1, 2)]
    for camera in cameras:
        await camera.start()
    async with asking() as asker:
        asker.send(
            "<d:Resolve><w:EndpointReference><w:Address>urn:uuid:camera-2</w:Address>"
            "</w:EndpointReference></d:Resolve>",
            "Resolve",
            port,
        )
        # What answers the probe after it comes last: the other one kept silent.
        asker.probe(port)
        answers = await asker.heard(6)
        resolved = [a for a in answers if "Resolve" in (header(a, "Action") or "")]
        assert len(resolved) == 2
        assert endpoints(resolved) == {"urn:uuid:camera-2"}
    for camera in cameras:
        await camera.stop()


async def test_rubbish_is_ignored(port: int) -> None:
    camera = responder(port)
    await camera.start()
    async with asking() as asker:
        assert asker.transport is not None
        for rubbish in (b"", b"\xff\x00", b"<a>", b"<a/>"):
            asker.transport.sendto(rubbish, (GROUP, port))
        identifier = asker.probe(port)
        async with asyncio.timeout(5):
            answer, _ = await asker.answers.get()
        assert header(answer, "RelatesTo") == identifier
    await camera.stop()


async def test_camera_says_hello_and_bye(port: int) -> None:
    async with asking(listen=port) as ear:
        camera = responder(port)
        for act, action in ((camera.start, "Hello"), (camera.stop, "Bye")):
            await act()
            async with asyncio.timeout(5):
                message, _ = await ear.answers.get()
            assert header(message, "Action") == f"{WSD}/{action}"
            assert endpoints([message]) == {"urn:uuid:camera-1"}


async def test_onvif_device_is_found_with_its_wrong_address(port: int) -> None:
    state = CameraState(name="Front door", discovery=True, wrong_xaddrs=True)
    async with (
        running(OnvifOptions(discovery_port=port), state) as asker,
        asking() as searcher,
    ):
        searcher.probe(port)
        async with asyncio.timeout(5):
            answer, _ = await searcher.answers.get()
        assert endpoints([answer]) == {state.endpoint}
        xaddrs = answer.findtext(f".//{{{WSD}}}XAddrs")
        port_text = asker.state.onvif_port
        assert xaddrs == f"http://192.168.1.88:{port_text}/onvif/device_service"
        scopes = answer.findtext(f".//{{{WSD}}}Scopes", "").split()
        assert "onvif://www.onvif.org/name/Front%20door" in scopes
