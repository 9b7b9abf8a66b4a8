"""The event service: pull points as ONVIF Core, section 9, has them."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
import itertools
import re
import time
from xml.sax.saxutils import escape

from .onvif_notifications import DIALECT, iso, notification, topic_set
from .onvif_options import OnvifOptions
from .onvif_xml import (
    TEV,
    Call,
    SoapFaultError,
    invalid_argument,
    not_supported,
    tag,
    texts,
)
from .state import CameraState, FiredEvent

SUBSCRIPTION_PATH = "/onvif/subscription"
REFERENCE = "urn:hearthcam:simulator"
"""Namespace of the SubscriptionId of subscriptions by reference."""

DEFAULT_LEASE = 60.0
MAX_QUEUE = 1000

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


@dataclass(slots=True)
class _Subscription:
    """One pull point: its queue and the end of its lease (monotonic seconds)."""

    number: str
    deadline: float
    queue: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_QUEUE))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: str) -> None:
        """Queue a NotificationMessage and wake who waits for one."""
        self.queue.append(message)
        self.changed.set()


class EventService:
    """Answers the requests of events/wsdl and of WS-BaseNotification."""

    def __init__(
        self,
        state: CameraState,
        options: OnvifOptions,
        address: Callable[[str], str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the function that makes an advertised URL of a path."""
        self._state = state
        self._options = options
        self._address = address
        self._monotonic = monotonic
        self._numbers = itertools.count(1)
        self._subscriptions: dict[str, _Subscription] = {}
        self._properties: dict[tuple[str, frozenset[tuple[str, str]]], FiredEvent] = {}
        for topic in options.topics:
            self._remember(FiredEvent(topic.path, topic.data, topic.source))

    @property
    def subscriptions(self) -> int:
        """Return the number of pull points whose lease has not ended."""
        self._drop_expired()
        return len(self._subscriptions)

    def expire(self) -> None:
        """Forget all subscriptions, as a reboot or a sloppy firmware does."""
        for subscription in self._subscriptions.values():
            subscription.changed.set()
        self._subscriptions.clear()

    def fire(self, event: FiredEvent) -> None:
        """Hand an event to every pull point."""
        self._remember(event)
        self.fire_raw(notification(event))

    def fire_raw(self, message: str) -> None:
        """Hand a wsnt:NotificationMessage, as it is, to every pull point.

        The prefixes of NAMESPACES are declared; further ones it declares itself.
        """
        self._drop_expired()
        for subscription in self._subscriptions.values():
            subscription.put(message)

    async def answer(self, call: Call, number: str | None) -> str:
        """Return the response's body; raises SoapFaultError.

        `number` is the subscription that the path names, if any.
        """
        if number is None:
            number = self._referenced(call)
        if number is None:
            return self._answer_service(call)
        self._drop_expired()
        subscription = self._subscriptions.get(number)
        if subscription is None:
            raise _unknown_resource()
        match call.action:
            case "PullMessages":
                return await self._pull(call, subscription)
            case "Renew":
                subscription.deadline = self._deadline(
                    call.text("wsnt:TerminationTime")
                )
                return f"<wsnt:RenewResponse>{self._times('wsnt', subscription)}</wsnt:RenewResponse>"
            case "Unsubscribe":
                del self._subscriptions[number]
                subscription.changed.set()
                return "<wsnt:UnsubscribeResponse/>"
            case "SetSynchronizationPoint":
                self._tell_states(subscription)
                return "<tev:SetSynchronizationPointResponse/>"
        raise not_supported(call.action)

    def _answer_service(self, call: Call) -> str:
        match call.action:
            case "CreatePullPointSubscription":
                return self._create(call)
            case "GetEventProperties":
                return tag(
                    "tev:GetEventPropertiesResponse",
                    texts(
                        "tev",
                        TopicNamespaceLocation="http://www.onvif.org/onvif/ver10/topics/topicns.xml",
                    ),
                    texts("wsnt", FixedTopicSet=True),
                    tag("wstop:TopicSet", topic_set(self._options.topics)),
                    texts("wsnt", TopicExpressionDialect=DIALECT),
                )
            case "GetServiceCapabilities":
                capabilities = (
                    '<tev:Capabilities WSPullPointSupport="true" MaxPullPoints='
                    f'"{self._options.max_subscriptions}"/>'
                )
                return tag("tev:GetServiceCapabilitiesResponse", capabilities)
            case "PullMessages" | "Renew" | "Unsubscribe" | "SetSynchronizationPoint":
                raise _unknown_resource()
        raise not_supported(call.action)

    def _create(self, call: Call) -> str:
        self._drop_expired()
        deadline = self._deadline(call.text("tev:InitialTerminationTime"))
        if len(self._subscriptions) >= self._options.max_subscriptions:
            raise SoapFaultError(
                "Receiver",
                "wsnt:SubscribeCreationFailedFault",
                reason="Maximum number of Subscribe reached",
                status=500,
            )
        subscription = _Subscription(str(next(self._numbers)), deadline)
        self._subscriptions[subscription.number] = subscription
        if self._options.initial_states:
            self._tell_states(subscription)
        if self._options.subscription_by_reference:
            reference = (
                tag("wsa5:Address", escape(self._address(SUBSCRIPTION_PATH)))
                + "<wsa5:ReferenceParameters>"
                f'<sim:SubscriptionId xmlns:sim="{REFERENCE}">{subscription.number}'
                "</sim:SubscriptionId></wsa5:ReferenceParameters>"
            )
        else:
            path = f"{SUBSCRIPTION_PATH}/{subscription.number}"
            reference = tag("wsa5:Address", escape(self._address(path)))
        return tag(
            "tev:CreatePullPointSubscriptionResponse",
            tag("tev:SubscriptionReference", reference),
            self._times("wsnt", subscription),
        )

    async def _pull(self, call: Call, subscription: _Subscription) -> str:
        wait = min(self._duration(call.text("tev:Timeout")), self._options.max_pull)
        limit = call.text("tev:MessageLimit")
        if limit is None or not limit.isdecimal() or int(limit) < 1:
            raise invalid_argument("ter:InvalidArgs", "MessageLimit")
        try:
            async with asyncio.timeout(wait):
                while not subscription.queue and self._lives(subscription):
                    subscription.changed.clear()
                    await subscription.changed.wait()
        except TimeoutError:
            pass
        if not self._lives(subscription):
            raise _unknown_resource()
        queue = subscription.queue
        messages = [queue.popleft() for _ in range(min(int(limit), len(queue)))]
        return tag(
            "tev:PullMessagesResponse", self._times("tev", subscription), *messages
        )

    def _lives(self, subscription: _Subscription) -> bool:
        return subscription.number in self._subscriptions

    def _tell_states(self, subscription: _Subscription) -> None:
        for event in self._properties.values():
            subscription.put(
                notification(
                    FiredEvent(
                        event.topic,
                        event.data,
                        event.source,
                        "Initialized",
                        self._state.now(),
                    )
                )
            )

    def _remember(self, event: FiredEvent) -> None:
        key = event.topic, frozenset(event.source.items())
        if event.operation == "Deleted":
            self._properties.pop(key, None)
        else:
            self._properties[key] = event

    def _referenced(self, call: Call) -> str | None:
        if call.header is None or not self._options.subscription_by_reference:
            return None
        return call.header.findtext(f"{{{REFERENCE}}}SubscriptionId")

    def _drop_expired(self) -> None:
        now = self._monotonic()
        for number, subscription in list(self._subscriptions.items()):
            if subscription.deadline <= now:
                del self._subscriptions[number]
                subscription.changed.set()

    def _deadline(self, text: str | None) -> float:
        """Return the monotonic end of a lease of a duration or until a dateTime."""
        if text is None:
            return self._monotonic() + DEFAULT_LEASE
        if text.startswith("P"):
            return self._monotonic() + self._duration(text)
        try:
            end = datetime.fromisoformat(text).timestamp()
        except ValueError:
            raise _bad_termination() from None
        if end <= self._state.now():
            raise _bad_termination()
        return self._monotonic() + end - self._state.now()

    def _duration(self, text: str | None) -> float:
        match = _DURATION.fullmatch(text or "")
        if match is None or text in {"P", "PT"}:
            raise invalid_argument("ter:InvalidArgs", f"no duration: {text}")
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def _times(self, prefix: str, subscription: _Subscription) -> str:
        now = self._state.now()
        end = now + subscription.deadline - self._monotonic()
        return texts(prefix, CurrentTime=iso(now), TerminationTime=iso(end))


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


def _unknown_resource() -> SoapFaultError:
    return SoapFaultError(
        "Sender", "wsrf-rw:ResourceUnknownFault", reason="The resource is unknown"
    )


def _bad_termination() -> SoapFaultError:
    return SoapFaultError(
        "Sender",
        "wsnt:UnacceptableInitialTerminationTimeFault",
        reason="TerminationTime lies in the past",
    )
