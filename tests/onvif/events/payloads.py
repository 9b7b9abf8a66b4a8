"""Notifications for tests: written, or made of what Home Assistant logged."""

from collections.abc import Iterable, Mapping
import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

type Pairs = Iterable[tuple[str, str]]

ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tev="http://www.onvif.org/ver10/events/wsdl"'
    ' xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"'
    ' xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:tns1="http://www.onvif.org/ver10/topics"><s:Body>{}</s:Body></s:Envelope>'
)


def items(pairs: Pairs) -> str:
    """Return SimpleItems."""
    return "".join(
        f"<tt:SimpleItem Name={quoteattr(name)} Value={quoteattr(value)}/>"
        for name, value in pairs
    )


def notification(
    topic: str,
    data: Pairs | None = (("State", "true"),),
    source: Pairs | None = (("Source", "000"),),
    operation: str | None = "Changed",
    utc: str | None = "2026-01-01T00:00:00Z",
    *,
    message: bool = True,
) -> str:
    """Return a NotificationMessage; None leaves a part out."""
    attributes = "".join(
        f" {name}={quoteattr(value)}"
        for name, value in (("UtcTime", utc), ("PropertyOperation", operation))
        if value is not None
    )
    parts = "".join(
        f"<tt:{name}>{items(pairs)}</tt:{name}>"
        for name, pairs in (("Source", source), ("Data", data))
        if pairs is not None
    )
    inner = f"<tt:Message{attributes}>{parts}</tt:Message>"
    return (
        f"<wsnt:NotificationMessage><wsnt:Topic>{escape(topic)}</wsnt:Topic>"
        + (f"<wsnt:Message>{inner}</wsnt:Message>" if message else "")
        + "</wsnt:NotificationMessage>"
    )


def pulled(*notifications: str) -> bytes:
    """Return a PullMessages answer."""
    return ENVELOPE.format(
        f"<tev:PullMessagesResponse>{''.join(notifications)}</tev:PullMessagesResponse>"
    ).encode()


def of_zeep(logged: Mapping[str, Any]) -> str:
    """Return the NotificationMessage that Home Assistant logged as an object."""

    def pairs(part: Mapping[str, Any] | None) -> Pairs | None:
        if part is None:
            return None
        return [(item["Name"], item["Value"]) for item in part["SimpleItem"]]

    message = (logged.get("Message") or {}).get("_value_1") or {}
    return notification(
        logged["Topic"]["_value_1"],
        pairs(message.get("Data")),
        pairs(message.get("Source")),
        message.get("PropertyOperation"),
        message.get("UtcTime"),
        message=bool(message),
    )


def logged(shared: Path) -> list[dict[str, Any]]:
    """Return the notifications that Home Assistant logged."""
    path = shared / "onvif/events/onvif-parsers.json"
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


def rendered(template: str) -> str:
    """Return a template of the agsh set as its server would send it."""
    for old, new in (
        ("{{? Math.random() < 0.5 }}", ""),
        ("{{?}}", ""),
        ("{{=new Date().toISOString()}}", "2015-05-14T13:57:50.230Z"),
        ("{{=new Date(Date.now()+5000).toISOString()}}", "2015-05-14T13:57:55.230Z"),
        ("{{=it.hostname}}:{{=it.port}}{{=it.pullPointUrl}}", "192.168.1.88/onvif/1"),
    ):
        template = template.replace(old, new)
    return template
