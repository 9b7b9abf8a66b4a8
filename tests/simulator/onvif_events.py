"""The event service: pull points as ONVIF Core, section 9, has them."""

import asyncio
from collections.abc import Callable
import itertools
import time
from xml.sax.saxutils import escape

from yarl import URL

from .onvif_notifications import DIALECT, iso, notification, topic_set
from .onvif_options import OnvifOptions
from .onvif_push import Notifier
from .onvif_subscription import (
    ClosedPullError,
    RubbishPullError,
    Subscription,
    duration,
    lease_form,
    lease_seconds,
    unknown_resource,
)
from .onvif_xml import Call, SoapFaultError, invalid_argument, not_supported, tag, texts
from .state import CameraState, FiredEvent

SUBSCRIPTION_PATH = "/onvif/subscription"
REFERENCE = "urn:hearthcam:simulator"
"""Namespace of the SubscriptionId of subscriptions by reference."""


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
        self._habits = options.event_habits
        self._rubbish = self._habits.rubbish_pulls
        self._numbers = itertools.count(1)
        self._subscriptions: dict[str, Subscription] = {}
        self.notifier = Notifier()
        self.port: int | None = None
        """Port that is named for subscriptions; None: the usual one."""
        self.waiting = 0
        """How many pulls are held at present."""
        self._properties: dict[tuple[str, frozenset[tuple[str, str]]], FiredEvent] = {}
        for topic in options.topics:
            self._remember(FiredEvent(topic.path, topic.data, topic.source))

    @property
    def subscriptions(self) -> int:
        """Return the number of subscriptions whose lease has not ended."""
        self._drop_expired()
        return len(self._subscriptions)

    def expire(self) -> None:
        """Forget all subscriptions, as a reboot or a sloppy firmware does."""
        for number in list(self._subscriptions):
            self._drop(number)

    def fire(self, event: FiredEvent) -> None:
        """Hand an event to every subscription."""
        self._remember(event)
        self.fire_raw(notification(event))

    def fire_raw(self, message: str) -> None:
        """Hand a wsnt:NotificationMessage, as it is, to every subscription.

        The prefixes of NAMESPACES are declared; further ones it declares itself.
        """
        self._drop_expired()
        for subscription in self._subscriptions.values():
            for _ in range(self._habits.repeats):
                subscription.put(message)

    async def answer(self, call: Call, number: str | None) -> str:
        """Return the response's body; raises SoapFaultError or ClosedPullError.

        `number` is the subscription that the path names, if any.
        """
        if number is None:
            number = self._referenced(call)
        if number is None:
            return self._answer_service(call)
        self._drop_expired()
        subscription = self._subscriptions.get(number)
        if subscription is None:
            raise unknown_resource()
        habits = self._habits
        match call.action:
            case "PullMessages" if subscription.consumer is None:
                return await self._pull(call, subscription)
            case "Renew" if habits.renews:
                self._grant(subscription, call.text("wsnt:TerminationTime"))
                return f"<wsnt:RenewResponse>{self._times('wsnt', subscription)}</wsnt:RenewResponse>"
            case "Unsubscribe":
                if habits.unsubscribe_ends_all:
                    self.expire()
                else:
                    self._drop(number)
                return "<wsnt:UnsubscribeResponse/>"
            case "SetSynchronizationPoint" if habits.synchronises:
                self._tell_states(subscription)
                return "<tev:SetSynchronizationPointResponse/>"
        raise not_supported(call.action)

    def _answer_service(self, call: Call) -> str:
        match call.action:
            case "CreatePullPointSubscription" if self._habits.pull_points:
                return self._create(call)
            case "Subscribe" if self._habits.push:
                return self._subscribe(call)
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
                raise unknown_resource()
        raise not_supported(call.action)

    def _create(self, call: Call) -> str:
        subscription = self._added(call.text("tev:InitialTerminationTime"))
        if self._habits.needs_filter and call.text("tev:Filter/*") is None:
            self._drop(subscription.number)
            raise invalid_argument("ter:InvalidFilter", "a filter is needed")
        return tag(
            "tev:CreatePullPointSubscriptionResponse",
            tag("tev:SubscriptionReference", self._reference(subscription)),
            self._times("wsnt", subscription),
        )

    def _subscribe(self, call: Call) -> str:
        consumer = call.text("wsnt:ConsumerReference/wsa5:Address")
        if consumer is None:
            raise invalid_argument("ter:InvalidArgs", "ConsumerReference")
        subscription = self._added(call.text("wsnt:InitialTerminationTime"), consumer)
        self.notifier.add(subscription)
        return tag(
            "wsnt:SubscribeResponse",
            tag("wsnt:SubscriptionReference", self._reference(subscription)),
            self._times("wsnt", subscription),
        )

    def _added(self, lease: str | None, consumer: str | None = None) -> Subscription:
        self._drop_expired()
        subscription = Subscription(str(next(self._numbers)), 0.0, 0.0, consumer)
        self._grant(subscription, lease)
        if len(self._subscriptions) >= self._options.max_subscriptions:
            raise SoapFaultError(
                "Receiver",
                "wsnt:SubscribeCreationFailedFault",
                reason="Maximum number of Subscribe reached",
                status=500,
            )
        self._subscriptions[subscription.number] = subscription
        if self._options.initial_states:
            self._tell_states(subscription)
        return subscription

    def _reference(self, subscription: Subscription) -> str:
        if self._options.subscription_by_reference:
            return (
                tag("wsa5:Address", escape(self._subscription_at(SUBSCRIPTION_PATH)))
                + "<wsa5:ReferenceParameters>"
                f'<sim:SubscriptionId xmlns:sim="{REFERENCE}">{subscription.number}'
                "</sim:SubscriptionId></wsa5:ReferenceParameters>"
            )
        path = f"{SUBSCRIPTION_PATH}/{subscription.number}"
        return tag("wsa5:Address", escape(self._subscription_at(path)))

    def _subscription_at(self, path: str) -> str:
        port = self._habits.subscription_port or self.port
        url = URL(self._address(path))
        return str(url if port is None else url.with_port(port))

    async def _pull(self, call: Call, subscription: Subscription) -> str:
        habits = self._habits
        wait = min(duration(call.text("tev:Timeout")), self._options.max_pull)
        if habits.holds_for is not None:
            wait = habits.holds_for
        limit = call.text("tev:MessageLimit")
        if limit is None or not limit.isdecimal() or int(limit) < 1:
            raise invalid_argument("ter:InvalidArgs", "MessageLimit")
        if self._rubbish:
            self._rubbish -= 1
            raise RubbishPullError
        self.waiting += 1
        try:
            async with asyncio.timeout(wait if habits.holds_pulls else 0):
                while not subscription.queue and self._lives(subscription):
                    subscription.changed.clear()
                    await subscription.changed.wait()
        except TimeoutError:
            pass
        finally:
            self.waiting -= 1
        if not self._lives(subscription):
            raise unknown_resource()
        queue = subscription.queue
        if not queue and habits.closes_empty_pulls:
            raise ClosedPullError
        if habits.pulls_renew:
            subscription.deadline = self._monotonic() + subscription.lease
        messages = [queue.popleft() for _ in range(min(int(limit), len(queue)))]
        return tag(
            "tev:PullMessagesResponse", self._times("tev", subscription), *messages
        )

    def _lives(self, subscription: Subscription) -> bool:
        return subscription.number in self._subscriptions

    def _tell_states(self, subscription: Subscription) -> None:
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

    def _drop(self, number: str) -> None:
        self.notifier.remove(number)
        if (subscription := self._subscriptions.pop(number, None)) is not None:
            subscription.changed.set()

    def _drop_expired(self) -> None:
        now = self._monotonic()
        for number, subscription in list(self._subscriptions.items()):
            if subscription.deadline <= now:
                self._drop(number)

    def _grant(self, subscription: Subscription, asked: str | None) -> None:
        """Begin a lease as it was asked for, or a shorter one."""
        if lease_form(asked) not in self._habits.lease_forms:
            raise invalid_argument("ter:InvalidArgs", "TerminationTime")
        seconds = lease_seconds(asked, self._state.now())
        if self._habits.max_lease is not None:
            seconds = min(seconds, self._habits.max_lease)
        subscription.lease = seconds
        subscription.deadline = self._monotonic() + seconds

    def _times(self, prefix: str, subscription: Subscription) -> str:
        now = self._state.now()
        end = iso(now + subscription.deadline - self._monotonic())
        if not self._habits.tells_lease:
            end = f"{end[:14]}61{end[16:]}"
        return texts(prefix, CurrentTime=iso(now), TerminationTime=end)
