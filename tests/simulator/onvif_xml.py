"""SOAP 1.2 as the simulated device reads and writes it."""

from dataclasses import dataclass
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSNT = "http://docs.oasis-open.org/wsn/b-2"
TT = "http://www.onvif.org/ver10/schema"
TDS = "http://www.onvif.org/ver10/device/wsdl"
TRT = "http://www.onvif.org/ver10/media/wsdl"
TR2 = "http://www.onvif.org/ver20/media/wsdl"
TEV = "http://www.onvif.org/ver10/events/wsdl"
TPTZ = "http://www.onvif.org/ver20/ptz/wsdl"
TIMG = "http://www.onvif.org/ver20/imaging/wsdl"
TMD = "http://www.onvif.org/ver10/deviceIO/wsdl"
TAN = "http://www.onvif.org/ver20/analytics/wsdl"
TER = "http://www.onvif.org/ver10/error"

NAMESPACES = {
    "s": SOAP,
    "wsa5": WSA,
    "wsnt": WSNT,
    "wstop": "http://docs.oasis-open.org/wsn/t-1",
    "wsrf-rw": "http://docs.oasis-open.org/wsrf/rw-2",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "tt": TT,
    "tds": TDS,
    "trt": TRT,
    "tr2": TR2,
    "tev": TEV,
    "tptz": TPTZ,
    "timg": TIMG,
    "tmd": TMD,
    "tan": TAN,
    "ter": TER,
    "tns1": "http://www.onvif.org/ver10/topics",
}
_DECLARATIONS = " ".join(
    f'xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMESPACES.items()
)

BAD_REQUEST = 400
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the action's element and what stood in the header."""

    namespace: str
    action: str
    """Local name of the body's first element, such as "GetProfiles"."""
    element: ET.Element
    header: ET.Element | None

    def text(self, path: str) -> str | None:
        """Return the stripped text at an ElementTree path below the action.

        Prefixes are those of NAMESPACES; None where it is missing or empty.
        """
        found = self.element.findtext(path, namespaces=NAMESPACES)
        return (found or "").strip() or None

    def find(self, path: str) -> ET.Element | None:
        """Return the element at a path."""
        return self.element.find(path, NAMESPACES)

    def texts(self, path: str) -> list[str]:
        """Return the stripped texts of all elements at a path."""
        found = self.element.findall(path, NAMESPACES)
        return [(element.text or "").strip() for element in found]


class SoapFaultError(Exception):
    """A request that is answered with a SOAP fault."""

    def __init__(
        self, code: str, *subcodes: str, reason: str, status: int = BAD_REQUEST
    ) -> None:
        """Take "Sender" or "Receiver", subcodes with prefix, and HTTP's status."""
        super().__init__(reason)
        self.code = code
        self.subcodes = subcodes
        self.reason = reason
        self.status = status

    def envelope(self) -> bytes:
        """Return the fault as a SOAP 1.2 message."""
        subcode = ""
        for value in reversed(self.subcodes):
            subcode = f"<s:Subcode><s:Value>{value}</s:Value>{subcode}</s:Subcode>"
        return envelope(
            f"<s:Fault><s:Code><s:Value>s:{self.code}</s:Value>{subcode}</s:Code>"
            f'<s:Reason><s:Text xml:lang="en">{escape(self.reason)}</s:Text>'
            "</s:Reason></s:Fault>"
        )


def not_supported(action: str) -> SoapFaultError:
    """Return the fault for an action that the firmware lacks."""
    return SoapFaultError(
        "Receiver",
        "ter:ActionNotSupported",
        reason=f"Optional Action Not Implemented: {action}",
        status=SERVER_ERROR,
    )


def invalid_argument(subcode: str, reason: str) -> SoapFaultError:
    """Return the fault for an argument that names nothing."""
    return SoapFaultError("Sender", "ter:InvalidArgVal", subcode, reason=reason)


def parse(body: bytes) -> Call:
    """Read a request; raises SoapFaultError where it is no SOAP 1.2 message."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - sent by the tests, not the world
    except ET.ParseError, ValueError:
        raise SoapFaultError(
            "Sender", "ter:WellFormed", reason="Well-formed Error"
        ) from None
    if root.tag != f"{{{SOAP}}}Envelope":
        raise SoapFaultError(
            "VersionMismatch", reason="SOAP version mismatch", status=SERVER_ERROR
        )
    content = root.find(f"{{{SOAP}}}Body")
    if content is None or len(content) != 1:
        raise SoapFaultError("Sender", "ter:TagMismatch", reason="Tag Mismatch")
    namespace, _, action = content[0].tag.rpartition("}")
    return Call(
        namespace.removeprefix("{"), action, content[0], root.find(f"{{{SOAP}}}Header")
    )


def envelope(body: str, header: str = "") -> bytes:
    """Return a SOAP 1.2 message around XML that uses the prefixes of NAMESPACES."""
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<s:Envelope {_DECLARATIONS}>{head}<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def tag(name: str, *children: str, **attributes: str | float) -> str:
    """Return an element; its children are XML already."""
    attrs = "".join(
        f" {key}={quoteattr(str(value))}" for key, value in attributes.items()
    )
    return f"<{name}{attrs}>{''.join(children)}</{name}>"


def texts(prefix: str, **items: str | float) -> str:
    """Return simple elements with escaped text, in the order given."""
    return "".join(
        f"<{prefix}:{name}>{escape(plain(value))}</{prefix}:{name}>"
        for name, value in items.items()
    )


def plain(value: str | float) -> str:
    """Return a value as XML Schema spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
