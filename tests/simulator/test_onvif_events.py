"""The simulated camera's pull points, with hand-written requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from .onvif_asker import Asker, Reply, running
from .onvif_device import SERVICES
from .onvif_events import REFERENCE, EventService
from .onvif_options import OnvifOptions
from .onvif_xml import TEV
from .state import CameraState

pytestmark = pytest.mark.usefixtures("socket_enabled")

EVENTS = SERVICES[TEV][0]
QUIET = OnvifOptions(initial_states=False)
CREATE = (
    "<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PT10M"
    "</tev:InitialTerminationTime></tev:CreatePullPointSubscription>"
)


@dataclass(frozen=True, slots=True)
class PullPoint:
    """A subscription of the test."""

    asker: Asker
    path: str

    async def ask(self, content: str) -> Reply:
        """Ask the subscription."""
        return await self.asker.ask_as_admin(content, path=self.path)

    async def pull(self, timeout: str = "PT0S", limit: int = 100) -> Reply:
        """Pull once."""
        return await self.ask(
            f"<tev:PullMessages><tev:Timeout>{timeout}</tev:Timeout>"
            f"<tev:MessageLimit>{limit}</tev:MessageLimit></tev:PullMessages>"
        )


@asynccontextmanager
async def subscribed(
    options: OnvifOptions = QUIET,
) -> AsyncIterator[PullPoint]:
    """Run a device with one subscription."""
    async with running(options) as asker:
        reply = await asker.ask_as_admin(CREATE, path=EVENTS)
        address = reply.text("tev:SubscriptionReference/wsa5:Address") or ""
        yield PullPoint(asker, urlsplit(address).path)


def topics(reply: Reply) -> list[str | None]:
    """Return the topics of a PullMessages response."""
    return [topic.text for topic in reply.all("wsnt:Topic")]


async def test_fired_event_ends_the_long_poll() -> None:
    async with subscribed() as point:
        pull = asyncio.create_task(point.pull("PT1M"))
        while not point.asker.device.calls["PullMessages"]:
            await asyncio.sleep(0.005)
        point.asker.state.fire_event()
        reply = await pull
        assert topics(reply) == ["tns1:RuleEngine/CellMotionDetector/Motion"]
        message = reply.all("tt:Message")[0]
        assert message.get("PropertyOperation") == "Changed"
        item = reply.all("tt:Data/tt:SimpleItem")[0]
        assert item.attrib == {"Name": "IsMotion", "Value": "true"}


async def test_event_between_two_pulls_is_kept() -> None:
    async with subscribed() as point:
        for value in ("true", "false"):
            point.asker.state.fire_event(data={"IsMotion": value})
        reply = await point.pull(limit=1)
        assert [i.get("Value") for i in reply.all("tt:Data/*")] == ["true"]
        reply = await point.pull(limit=1)
        assert [i.get("Value") for i in reply.all("tt:Data/*")] == ["false"]
        assert topics(await point.pull()) == []


async def test_pull_without_an_event_is_empty_after_its_timeout() -> None:
    async with subscribed() as point:
        reply = await point.pull("PT0.05S")
        assert (reply.status, topics(reply)) == (200, [])
        assert reply.text("tev:TerminationTime") is not None


async def test_new_subscription_and_synchronization_tell_the_present_state() -> None:
    async with subscribed(OnvifOptions()) as point:
        reply = await point.pull()
        operations = {m.get("PropertyOperation") for m in reply.all("tt:Message")}
        assert operations == {"Initialized"}
        assert len(topics(reply)) == 2
        point.asker.state.fire_event(data={"IsMotion": "true"})
        await point.pull()
        await point.ask("<tev:SetSynchronizationPoint/>")
        reply = await point.pull()
        assert len(topics(reply)) == 2
        assert {i.get("Value") for i in reply.all("tt:Data/*")} == {"true", "false"}


async def test_renew_prolongs_and_unsubscribe_ends() -> None:
    async with subscribed() as point:
        before = (await point.pull()).text("tev:TerminationTime") or ""
        reply = await point.ask(
            "<wsnt:Renew><wsnt:TerminationTime>PT1H</wsnt:TerminationTime></wsnt:Renew>"
        )
        assert (reply.text("wsnt:TerminationTime") or "") > before
        assert (await point.ask("<wsnt:Unsubscribe/>")).status == 200
        assert point.asker.device.events.subscriptions == 0
        assert (await point.pull()).fault[-1] == "wsrf-rw:ResourceUnknownFault"


async def test_unsubscribe_ends_a_waiting_pull() -> None:
    async with subscribed() as point:
        pull = asyncio.create_task(point.pull("PT1M"))
        while not point.asker.device.calls["PullMessages"]:
            await asyncio.sleep(0.005)
        await point.ask("<wsnt:Unsubscribe/>")
        assert (await pull).fault[-1] == "wsrf-rw:ResourceUnknownFault"


async def test_lost_lease_is_an_unknown_resource() -> None:
    async with subscribed() as point:
        point.asker.device.events.expire()
        assert (await point.pull()).fault[-1] == "wsrf-rw:ResourceUnknownFault"


async def test_lease_ends_by_the_clock() -> None:
    now = 100.0
    service = EventService(
        CameraState(name="x"),
        QUIET,
        lambda path: path,
        monotonic=lambda: now,
    )
    async with running(QUIET) as asker:
        asker.device.events = service
        await asker.ask_as_admin(CREATE, path=EVENTS)
        now = 699.0
        assert service.subscriptions == 1
        now = 701.0
        assert service.subscriptions == 0


async def test_past_termination_time_is_refused() -> None:
    async with running() as asker:
        reply = await asker.ask_as_admin(
            CREATE.replace("PT10M", "2001-01-01T00:00:00Z"), path=EVENTS
        )
        assert reply.fault[-1] == "wsnt:UnacceptableInitialTerminationTimeFault"
        reply = await asker.ask_as_admin(
            CREATE.replace("PT10M", "2101-01-01T00:00:00Z"), path=EVENTS
        )
        assert reply.status == 200


async def test_leaked_subscriptions_exhaust_the_camera() -> None:
    async with running(OnvifOptions(max_subscriptions=2)) as asker:
        replies = [await asker.ask_as_admin(CREATE, path=EVENTS) for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 500]


async def test_wrong_xaddr_is_also_the_subscriptions() -> None:
    async with running() as asker:
        asker.state.wrong_xaddrs = True
        reply = await asker.ask_as_admin(CREATE, path=EVENTS)
        address = reply.text("wsa5:Address") or ""
        assert address.startswith("http://192.168.1.88/onvif/subscription/")


async def test_subscription_by_reference_needs_its_parameter_back() -> None:
    options = OnvifOptions(subscription_by_reference=True, initial_states=False)
    async with subscribed(options) as point:
        assert (await point.pull()).fault[-1] == "wsrf-rw:ResourceUnknownFault"
        pull = (
            "<tev:PullMessages><tev:Timeout>PT0S</tev:Timeout>"
            "<tev:MessageLimit>1</tev:MessageLimit></tev:PullMessages>"
        )
        header = f'<x:SubscriptionId xmlns:x="{REFERENCE}">1</x:SubscriptionId>'
        reply = await point.asker.ask_as_admin(pull, path=point.path, header=header)
        assert reply.status == 200


async def test_event_properties_show_the_topics() -> None:
    async with running() as asker:
        reply = await asker.ask_as_admin("<tev:GetEventProperties/>", path=EVENTS)
        found = reply.all("wstop:TopicSet/tns1:RuleEngine/CellMotionDetector/Motion")
        assert len(found) == 1
        assert "true" in found[0].attrib.values()


async def test_recorded_notification_is_passed_on_as_it_is() -> None:
    async with subscribed() as point:
        point.asker.device.events.fire_raw(
            "<wsnt:NotificationMessage><wsnt:Topic>tns1:Some/Topic//.</wsnt:Topic>"
            "</wsnt:NotificationMessage>"
        )
        assert topics(await point.pull()) == ["tns1:Some/Topic//."]


async def test_device_stops_at_once_while_a_pull_waits() -> None:
    async with subscribed() as point:
        pull = asyncio.create_task(point.pull("PT1M"))
        while not point.asker.device.calls["PullMessages"]:
            await asyncio.sleep(0.005)
        async with asyncio.timeout(2):
            await point.asker.device.stop()
        await asyncio.gather(pull, return_exceptions=True)
