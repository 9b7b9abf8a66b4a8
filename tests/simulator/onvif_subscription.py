"""Subscriptions of the simulated device, and how long they last."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
import re

from .onvif_xml import TEV, Call, SoapFaultError, invalid_argument

DEFAULT_LEASE = 60.0
MAX_QUEUE = 1000

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


class ClosedPullError(Exception):
    """A pull whose connection is to be closed without an answer."""


class RubbishPullError(Exception):
    """A pull that is to be answered with nothing at all."""


@dataclass(slots=True)
class Subscription:
    """One subscription: its queue and the end of its lease (monotonic seconds)."""

    number: str
    deadline: float
    lease: float
    consumer: str | None = None
    """Where to post to; None for a pull point."""
    queue: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_QUEUE))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: str) -> None:
        """Queue a NotificationMessage and wake who waits for one."""
        self.queue.append(message)
        self.changed.set()


def lease_form(text: str | None) -> str:
    """Return whether a lease is asked for by "duration", "date" or "none"."""
    if text is None:
        return "none"
    return "duration" if text.startswith("P") else "date"


def lease_seconds(text: str | None, now: float) -> float:
    """Return the seconds of a lease of a duration or until a dateTime.

    `now` is the camera's wall clock.
    """
    if text is None:
        return DEFAULT_LEASE
    if text.startswith("P"):
        return duration(text)
    try:
        end = datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise bad_termination() from None
    if end <= now:
        raise bad_termination()
    return end - now


def duration(text: str | None) -> float:
    """Return the seconds of an xsd:duration."""
    match = _DURATION.fullmatch(text or "")
    if match is None or text in {"P", "PT"}:
        raise invalid_argument("ter:InvalidArgs", f"no duration: {text}")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def unknown_resource() -> SoapFaultError:
    """Return the fault for a subscription that is not there."""
    return SoapFaultError(
        "Sender", "wsrf-rw:ResourceUnknownFault", reason="The resource is unknown"
    )


def bad_termination() -> SoapFaultError:
    """Return the fault for a TerminationTime that cannot be."""
    return SoapFaultError(
        "Sender",
        "wsnt:UnacceptableInitialTerminationTimeFault",
        reason="TerminationTime lies in the past",
    )


def response_action(call: Call) -> str:
    """Return the wsa:Action of a response, which event clients may look for."""
    if call.namespace == TEV:
        port = (
            "PullPointSubscription"
            if call.action in {"PullMessages", "SetSynchronizationPoint"}
            else "EventPortType"
        )
        return f"{TEV}/{port}/{call.action}Response"
    return (
        f"http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/{call.action}Response"
    )
