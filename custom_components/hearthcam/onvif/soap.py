"""SOAP 1.2 envelopes and faults."""

from dataclasses import dataclass
import re
from xml.etree.ElementTree import Element

from .errors import OnvifAuthError, OnvifFaultError, OnvifHttpError, OnvifResponseError
from .xmltree import descend, find, parse

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_CODE = re.compile(r"[A-Za-z]{1,48}")
_AUTH_CODES = frozenset(
    {
        "notauthorized",
        "failedauthentication",
        "failedcheck",
        "invalidsecuritytoken",
        "invalidsecurity",
        "messageexpired",
        "senderNotAuthorized".lower(),
        "unauthorized",
    }
)
_AUTH_REASON = re.compile(
    r"not\s*authori[sz]ed|unauthori[sz]ed|authentic", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Request:
    """One call: where to, what, and how it differs from the usual.

    Attributes:
        body: XML inside of the operation's element, whose default namespace it
            inherits.
        header: XML for the SOAP header, declaring its own namespaces.
        port: TCP port, None for the endpoint's.
        timeout: seconds, None for the endpoint's.
        lenient: any answer but a fault will do, see `soap.answer`.
        action: the SOAP action where it is not namespace and operation.
    """

    path: str
    namespace: str
    operation: str
    body: str = ""
    header: str = ""
    port: int | None = None
    timeout: float | None = None
    lenient: bool = False
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The message of an answer, and the bytes that it was read from."""

    message: Element
    data: bytes


def envelope(body: str, header: str = "") -> bytes:
    """Return a request; both parts are XML that declares its own namespaces."""
    header = f"<s:Header>{header}</s:Header>" if header else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:Envelope xmlns:s="{_SOAP}">{header}<s:Body>{body}</s:Body></s:Envelope>'
    ).encode(errors="replace")


def answer(data: bytes, name: str, *, lenient: bool = False) -> Element:
    """Return the element of that name in the body of an answer.

    ``lenient``: the first element, or the body itself, where the name is another
    one. For commands, whose answer tells nothing but that they were understood.

    Raises:
        OnvifAuthError: a fault that speaks of the login.
        OnvifFaultError: any other fault.
        OnvifResponseError: no SOAP, or another message.
    """
    root = parse(data)
    body = find(root, "Body") if root.tag == "Envelope" else None
    if body is None:
        raise OnvifResponseError("The answer is not SOAP")
    if (fault := find(body, "Fault")) is not None:
        raise fault_of(fault)
    if (message := find(body, name)) is None and lenient:
        message = body[0] if len(body) else body
    if message is None:
        raise OnvifResponseError("The answer is another message")
    return message


def read_answer(status: int, data: bytes, request: Request) -> Answer:
    """Return the answer to a request.

    Raises as `answer`, and:
        OnvifAuthError: HTTP refuses the login.
        OnvifHttpError: HTTP says that it went wrong, and SOAP does not say why.
    """
    if status in (401, 403):
        raise OnvifAuthError("The camera refuses the login")
    if 300 <= status < 400:
        raise OnvifHttpError(status)
    try:
        message = answer(data, f"{request.operation}Response", lenient=request.lenient)
    except OnvifFaultError:
        raise
    except OnvifResponseError:
        if status == 200:
            raise
        raise OnvifHttpError(status) from None
    return Answer(message, data)


def fault_of(fault: Element) -> OnvifAuthError | OnvifFaultError:
    """Return what a fault means, of SOAP 1.2 or 1.1."""
    codes: list[str] = []
    code = find(fault, "Code")
    while code is not None and len(codes) < 5:
        if (value := find(code, "Value")) is not None:
            codes.append((value.text or "").strip())
        code = find(code, "Subcode")
    if (value := find(fault, "faultcode")) is not None:
        codes.extend((value.text or "").strip().split("."))
    # Only what ONVIF could have defined goes on: the rest might repeat a password.
    names = [code.rpartition(":")[2] for code in codes]
    names = [name for name in names if _CODE.fullmatch(name)]
    reason = descend(fault, "Text")
    if reason is None:
        reason = descend(fault, "faultstring")
    words = (reason.text or "") if reason is not None else ""
    if any(name.lower() in _AUTH_CODES for name in names) or _AUTH_REASON.search(words):
        return OnvifAuthError("The camera refuses the login")
    return OnvifFaultError(tuple(names))
