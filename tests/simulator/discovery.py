"""WS-Discovery as a camera speaks it: Hello, ProbeMatches, ResolveMatches, Bye.

SOAP over UDP with the namespaces of April 2005, which ONVIF Core (section 7.3)
prescribes. Each camera has its own socket bound to the group, so any number of them
share one machine; a probe sent to a single address instead of the group is not
heard, because only one of them could get it.
"""

import asyncio
from collections.abc import Callable, Iterable
import itertools
import socket
import struct
import time
from typing import override
import uuid
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

GROUP = "239.255.255.250"
GROUP_V6 = "ff02::c"
PORT = 3702

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
DN = "http://www.onvif.org/ver10/network/wsdl"
TDS = "http://www.onvif.org/ver10/device/wsdl"

TYPES = frozenset({f"{{{DN}}}NetworkVideoTransmitter", f"{{{TDS}}}Device"})
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
EVERYBODY = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
METADATA_VERSION = 10

# Linux: without it a socket hears the group on every interface where any other
# socket of the machine has joined it.
IP_MULTICAST_ALL = 49


class DiscoveryResponder:
    """Makes one camera findable on one network interface.

    An IPv6 one is named by its link-local address with zone (``fe80::1%eth0``).
    """

    def __init__(
        self,
        *,
        endpoint: str,
        scopes: Callable[[], Iterable[str]],
        xaddrs: Callable[[], Iterable[str]],
        interface: str = "127.0.0.1",
        port: int = PORT,
    ) -> None:
        """Take the interface's address, from which the answers come too."""
        self._endpoint = endpoint
        self._scopes = scopes
        self._xaddrs = xaddrs
        self._interface = interface
        self._port = port
        self._is_v6 = ":" in interface
        self._group: tuple[str, int] = (GROUP_V6 if self._is_v6 else GROUP, port)
        self._instance = int(time.time())
        self._numbers = itertools.count(1)
        self._listener: asyncio.DatagramTransport | None = None
        self._sender: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Join the group and say Hello."""
        loop = asyncio.get_running_loop()
        self._sender, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, sock=self._sending_socket()
        )
        self._listener, _ = await loop.create_datagram_endpoint(
            lambda: _Listener(self._heard), sock=self._listening_socket()
        )
        self._announce("Hello", self._description())

    async def stop(self) -> None:
        """Say Bye and leave the group."""
        if self._listener is not None:
            self._announce("Bye", self._reference())
            self._listener.close()
            self._listener = None
        if self._sender is not None:
            self._sender.close()
            self._sender = None
        # Transports close their sockets in the loop's next turn.
        await asyncio.sleep(0)

    @property
    def _index(self) -> int:
        return socket.if_nametoindex(self._interface.partition("%")[2])

    def _sending_socket(self) -> socket.socket:
        if self._is_v6:
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self._index)
            sock.bind((self._interface.partition("%")[0], 0, 0, self._index))
            return sock
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(
            socket.IPPROTO_IP,
            socket.IP_MULTICAST_IF,
            socket.inet_aton(self._interface),
        )
        sock.bind((self._interface, 0))
        return sock

    def _listening_socket(self) -> socket.socket:
        if self._is_v6:
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((GROUP_V6, self._port, 0, self._index))
            member = socket.inet_pton(socket.AF_INET6, GROUP_V6)
            member += struct.pack("@I", self._index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
            return sock
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        sock.bind((GROUP, self._port))
        membership = socket.inet_aton(GROUP) + socket.inet_aton(self._interface)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        return sock

    def _heard(self, data: bytes, asker: tuple[str | int, ...]) -> None:
        try:
            probe = _Question(data)
        except ET.ParseError, ValueError:
            return
        if self._sender is None:
            return
        if probe.action == f"{WSD}/Probe" and probe.wants(TYPES, self._scopes()):
            kind = "Probe"
        elif probe.action == f"{WSD}/Resolve" and probe.endpoint == self._endpoint:
            kind = "Resolve"
        else:
            return
        body = (
            f"<d:{kind}Matches><d:{kind}Match>{self._description()}</d:{kind}Match>"
            f"</d:{kind}Matches>"
        )
        answer = self._message(f"{kind}Matches", body, ANONYMOUS, probe.message_id)
        # SOAP over UDP repeats messages; who asks must know doubles by MessageID.
        self._sender.sendto(answer, asker)
        self._sender.sendto(answer, asker)

    def _announce(self, kind: str, content: str) -> None:
        if self._sender is not None:
            message = self._message(kind, f"<d:{kind}>{content}</d:{kind}>", EVERYBODY)
            target = (*self._group, 0, self._index) if self._is_v6 else self._group
            self._sender.sendto(message, target)

    def _reference(self) -> str:
        return (
            "<a:EndpointReference><a:Address>"
            f"{escape(self._endpoint)}</a:Address></a:EndpointReference>"
        )

    def _description(self) -> str:
        return (
            f"{self._reference()}<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>"
            f"<d:Scopes>{escape(' '.join(self._scopes()))}</d:Scopes>"
            f"<d:XAddrs>{escape(' '.join(self._xaddrs()))}</d:XAddrs>"
            f"<d:MetadataVersion>{METADATA_VERSION}</d:MetadataVersion>"
        )

    def _message(
        self, kind: str, body: str, to: str, relates_to: str | None = None
    ) -> bytes:
        relation = (
            f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{WSA}" xmlns:d="{WSD}" '
            f'xmlns:dn="{DN}" xmlns:tds="{TDS}"><s:Header>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>{relation}"
            f"<a:To>{to}</a:To><a:Action>{WSD}/{kind}</a:Action>"
            f'<d:AppSequence InstanceId="{self._instance}" '
            f'MessageNumber="{next(self._numbers)}"/></s:Header>'
            f"<s:Body>{body}</s:Body></s:Envelope>"
        ).encode()


class _Listener(asyncio.DatagramProtocol):
    """Hands over what arrives."""

    def __init__(self, heard: Callable[[bytes, tuple[str | int, ...]], None]) -> None:
        self._heard = heard

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self._heard(data, addr)


class _Builder(ET.TreeBuilder):
    """A tree that keeps the prefixes, which QNames in texts need."""

    def __init__(self) -> None:
        super().__init__()
        self.prefixes: dict[str, str] = {}

    def start_ns(self, prefix: str, uri: str) -> None:
        """Be called by XMLParser where it is there."""
        self.prefixes[prefix] = uri


class _Question:
    """A Probe or Resolve; raises ParseError or ValueError where it is none."""

    def __init__(self, data: bytes) -> None:
        builder = _Builder()
        parser = ET.XMLParser(target=builder)  # noqa: S314 - sent by the tests
        parser.feed(data)
        root: ET.Element = parser.close()
        self._prefixes = builder.prefixes
        header = f"{{{SOAP}}}Header/{{{WSA}}}"
        self.action = root.findtext(f"{header}Action", "").strip()
        self.message_id = root.findtext(f"{header}MessageID", "").strip()
        if root.tag != f"{{{SOAP}}}Envelope" or not self.message_id:
            raise ValueError("no SOAP message of WS-Addressing")
        body = f"{{{SOAP}}}Body/{{{WSD}}}"
        self._types = root.findtext(f"{body}Probe/{{{WSD}}}Types", "").split()
        self._scopes = root.findtext(f"{body}Probe/{{{WSD}}}Scopes", "").split()
        self.endpoint = root.findtext(
            f"{body}Resolve/{{{WSA}}}EndpointReference/{{{WSA}}}Address", ""
        ).strip()

    def wants(self, types: frozenset[str], scopes: Iterable[str]) -> bool:
        """Return whether a device of all these types and scopes is asked for."""
        known = list(scopes)
        return all(self._resolved(name) in types for name in self._types) and all(
            any(f"{scope}/".startswith(f"{asked.rstrip('/')}/") for scope in known)
            for asked in self._scopes
        )

    def _resolved(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self._prefixes.get(prefix, '')}}}{local}"
