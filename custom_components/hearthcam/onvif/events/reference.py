"""Where a subscription is reached, and what has to be sent there with each request.

The address is the camera's, so only its path and port are believed. Some firmware
(Axis) has one address for all subscriptions and tells them apart by
ReferenceParameters, which are sent back as SOAP headers (WS-Addressing 1.0, SOAP
Binding, 2.1), others look at ``wsa:To``.
"""

from dataclasses import dataclass, field
from uuid import uuid4
from xml.sax.saxutils import escape

from ..addresses import MAX_URI, service_path, service_port
from ..errors import OnvifError, OnvifResponseError
from ..qualified import child, parse_qualified, serialise
from ..services import Place
from ..soap import Answer, Request

WSNT = "http://docs.oasis-open.org/wsn/b-2"
WSNT_ACTION = "http://docs.oasis-open.org/wsn/bw-2"
WSA = "http://www.w3.org/2005/08/addressing"
MAX_PARAMETERS = 4096


@dataclass(frozen=True, slots=True)
class Reference:
    """A subscription's endpoint reference.

    Attributes:
        address: as the camera told it; sent back to it, never contacted.
        places: where to ask at the configured host, the likeliest first.
        parameters: XML of the reference parameters.
    """

    address: str
    places: tuple[Place, ...]
    parameters: str = field(default="", repr=False)


def reference_of(answer: Answer, port: int) -> Reference:
    """Return the reference in an answer to a subscription request.

    ``port`` is the configured one: it is tried before another one that the camera
    tells, which may be that of an inner network.

    Raises:
        OnvifResponseError: there is no address with a path.
    """
    try:
        root = parse_qualified(answer.data)
    except OnvifError:
        raise OnvifResponseError("The camera gave no subscription") from None
    element = next(
        (e for e in root.iter() if e.tag.endswith("SubscriptionReference")), None
    )
    found = child(element, "Address")
    address = ((found.text or "") if found is not None else "").strip()[:MAX_URI]
    if (path := service_path(address)) is None:
        raise OnvifResponseError("The camera gave no subscription")
    told = service_port(address)
    places = (Place(path), *((Place(path, told),) if told not in (None, port) else ()))
    parameters = ""
    # ReferenceProperties: the WS-Addressing of 2004.
    for name in ("ReferenceParameters", "ReferenceProperties"):
        parent = child(element, name)
        for parameter in () if parent is None else parent:
            parameters += serialise(parameter)
    if len(parameters) > MAX_PARAMETERS:
        raise OnvifResponseError("The camera gave no subscription")
    return Reference(address, places, parameters)


def addressed(request: Request, to: str, parameters: str = "") -> Request:
    """Return a request with the headers of WS-Addressing."""
    action = request.action or f"{request.namespace}/{request.operation}"
    header = (
        f'<a:Action xmlns:a="{WSA}">{escape(action)}</a:Action>'
        f'<a:MessageID xmlns:a="{WSA}">urn:uuid:{uuid4()}</a:MessageID>'
        f'<a:To xmlns:a="{WSA}">{escape(to)}</a:To>{parameters}'
    )
    return Request(
        request.path,
        request.namespace,
        request.operation,
        request.body,
        header,
        request.port,
        request.timeout,
        request.lenient,
        action,
    )
