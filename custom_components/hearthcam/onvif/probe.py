"""The messages of WS-Discovery (2005/04), as ONVIF Core 7 uses them."""

from ipaddress import ip_address
import re
from urllib.parse import unquote
import uuid
from xml.etree.ElementTree import Element

from ..privacy.local_only import is_local
from .addresses import is_tls, service_host, service_path, service_port
from .errors import OnvifError
from .identity import clean_epr, clean_mac
from .models import DiscoveredCamera
from .xmltree import find, find_all, parse, text_of

MAX_DATAGRAM = 32 * 1024
MAX_MATCHES = 16
_DEFAULT_PATH = "/onvif/device_service"

TYPES = (
    'xmlns:dn="http://www.onvif.org/ver10/network/wsdl">dn:NetworkVideoTransmitter',
    'xmlns:dn="http://www.onvif.org/ver10/device/wsdl">dn:Device',
)
_SCOPE = re.compile(r"onvif://www\.onvif\.org/([^/]{1,40})/(.{1,200})", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def probe_messages() -> list[bytes]:
    """Return a probe for each device type that cameras announce.

    One message with both types would ask for devices that are both.
    """
    return [
        (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
            ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
            ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
            "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
            "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/"
            "role/anonymous</a:Address></a:ReplyTo>"
            "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
            f"<s:Body><d:Probe><d:Types {types}</d:Types></d:Probe></s:Body>"
            "</s:Envelope>"
        ).encode()
        for types in TYPES
    ]


def parse_announcement(data: bytes, sender: str) -> list[DiscoveredCamera]:
    """Return the cameras of a ProbeMatches or Hello datagram; never raises.

    They are taken to be at the sender's address: what they tell of their own may be
    internal, outdated or a lie. Anything else, from anywhere else than the local
    network, gives nothing.
    """
    if len(data) > MAX_DATAGRAM or not is_local(sender):
        return []
    try:
        root = parse(data)
    except OnvifError:
        return []
    body = find(root, "Body") if root.tag == "Envelope" else None
    matches = find_all(find(body, "ProbeMatches"), "ProbeMatch")[:MAX_MATCHES]
    if (hello := find(body, "Hello")) is not None:
        matches.append(hello)
    return [_camera(match, sender) for match in matches if _is_camera(match)]


def parse_bye(data: bytes, sender: str) -> str | None:
    """Return the endpoint reference of a Bye datagram; never raises."""
    if len(data) > MAX_DATAGRAM or not is_local(sender):
        return None
    try:
        root = parse(data)
    except OnvifError:
        return None
    bye = find(root, "Body", "Bye") if root.tag == "Envelope" else None
    return clean_epr(text_of(bye, "EndpointReference", "Address"))


def _is_camera(match: Element) -> bool:
    """Tell ONVIF devices from printers and PCs, which answer to Device too."""
    said = " ".join(
        text_of(match, name, limit=MAX_DATAGRAM) or ""
        for name in ("Types", "Scopes", "XAddrs")
    ).lower()
    return "networkvideotransmitter" in said or "onvif" in said


def _camera(match: Element, sender: str) -> DiscoveredCamera:
    """Return what a match tells of a camera."""
    scopes: dict[str, str] = {}
    for scope in (text_of(match, "Scopes", limit=MAX_DATAGRAM) or "").split():
        if (found := _SCOPE.fullmatch(scope)) is not None:
            value = _UNPRINTABLE.sub("", unquote(found[2])).strip()
            # Some cameras have two names, the second one empty or a location.
            if value:
                scopes.setdefault(found[1].lower(), value[:100])
    addresses = (text_of(match, "XAddrs", limit=MAX_DATAGRAM) or "").split()
    usable = [address for address in addresses[:8] if service_port(address)]
    # The address that names the sender is right about port and path too. Of several
    # the one without TLS is simpler: its certificate would have to be pinned first.
    bare = sender.partition("%")[0]
    own = [address for address in usable if _names(address, bare)]
    xaddr = min(own or usable[:1], key=is_tls, default=None)
    macs = (clean_mac(scopes.get(key)) for key in ("mac", "macaddr", "macaddress"))
    return DiscoveredCamera(
        epr=clean_epr(text_of(match, "EndpointReference", "Address")),
        host=sender,
        port=service_port(xaddr) or 80,
        path=service_path(xaddr) or _DEFAULT_PATH,
        tls=is_tls(xaddr),
        name=scopes.get("name"),
        hardware=scopes.get("hardware"),
        manufacturer=scopes.get("manufacturer"),
        mac=next((mac for mac in macs if mac), None),
    )


def _names(address: str, sender: str) -> bool:
    """Tell whether an address names the sender, IPv6 however it is written."""
    try:
        host = ip_address((service_host(address) or "").partition("%")[0])
        return host == ip_address(sender)
    except ValueError:
        return False
