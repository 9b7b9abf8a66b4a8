"""The facade connected to the simulated camera, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from custom_components.hearthcam.onvif import OnvifCamera
from custom_components.hearthcam.onvif.events import (
    CameraEvent,
    CameraEvents,
    EventKind,
    PushReceiver,
    Rung,
    WatchdogSettings,
)
from tests.simulator.onvif_asker import PASSWORD, USERNAME, Asker, running
from tests.simulator.onvif_event_habits import EventHabits
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.state import CameraState

from .clock import DEADLINE, ManualTime

HOST = "127.0.0.1"
LINE = "tns1:RuleEngine/LineDetector/Crossed"
MOTION = "tns1:RuleEngine/CellMotionDetector/Motion"
PEOPLE = "tns1:RuleEngine/MyRuleDetector/PeopleDetect"
PERSON = [(EventKind.PERSON, True)]
BOTH = [(EventKind.PERSON, True), (EventKind.PERSON, False)]


@dataclass(slots=True)
class Watched:
    """A running facade and all that it told."""

    asker: Asker
    events: CameraEvents
    time: ManualTime
    told: list[CameraEvent] = field(default_factory=list)
    states: list[tuple[Rung, bool]] = field(default_factory=list)
    fired: int = 0

    @property
    def news(self) -> list[tuple[EventKind, bool | None]]:
        """What was told."""
        return [(event.kind, event.active) for event in self.told]

    def calls(self, action: str) -> int:
        """Return how often the camera was asked for something."""
        return self.asker.device.calls[action]

    def fire(self, active: bool = True, topic: str = PEOPLE) -> None:
        """Let the camera report something, of another object each time.

        Its clock tells whole seconds: else two events of a test were the same.
        """
        self.fired += 1
        self.asker.state.fire_event(
            topic, {"State": str(active).lower(), "ObjectId": str(self.fired)}
        )

    async def healthy(self, now: bool = True) -> None:
        """Wait until there are events, or none."""
        await self.until(lambda: self.events.healthy is now)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds, while a little time passes."""
        async with asyncio.timeout(DEADLINE):
            while not condition():
                await self.time.advance(0.1)
                await asyncio.sleep(0.003)

    async def waiting(self) -> None:
        """Wait until the camera holds a pull."""
        service = self.asker.device.events
        await self.until(lambda: self.calls("PullMessages") and service.waiting)


@asynccontextmanager
async def watching(
    options: OnvifOptions | None = None,
    state: CameraState | None = None,
    *,
    password: str | None = PASSWORD,
    push: bool = False,
    watchdog: WatchdogSettings | None = None,
    ignored_sources: frozenset[str] = frozenset(),
    started: bool = True,
) -> AsyncIterator[Watched]:
    """Run a camera and the facade for it."""
    time = ManualTime()
    told: list[CameraEvent] = []
    states: list[tuple[Rung, bool]] = []
    receiver = PushReceiver(HOST) if push else None
    if receiver is not None:
        await receiver.start()
    async with running(options, state) as asker:
        # Leases end by the same time.
        asker.device.events._monotonic = time.monotonic
        camera = OnvifCamera(
            asker.session, HOST, asker.state.onvif_port, USERNAME, password
        )
        events = CameraEvents(
            camera,
            told.append,
            lambda rung, healthy: states.append((rung, healthy)),
            receiver=receiver,
            watchdog=watchdog,
            ignored_sources=ignored_sources,
            monotonic=time.monotonic,
            sleep=time.sleep,
        )
        watched = Watched(asker, events, time, told, states)
        task = asyncio.create_task(events.run())
        try:
            if started:
                await watched.healthy()
            yield watched
        finally:
            await events.close()
            await task
            if receiver is not None:
                await receiver.stop()


def quiet(habits: EventHabits | None = None, **options: object) -> OnvifOptions:
    """Return a camera that says nothing by itself."""
    return OnvifOptions(
        initial_states=False,
        topics=(),
        event_habits=habits or EventHabits(),
        **options,  # type: ignore[arg-type] # passed on as they are
    )


async def sees_a_person(watched: Watched) -> None:
    """Check that a person that comes and goes is told of, once."""
    seen = len(watched.told)
    watched.fire()
    for active in (True, False):
        await watched.until(lambda count=seen: len(watched.told) > count)  # type: ignore[misc] # bound at once
        assert watched.news[seen:] == [(EventKind.PERSON, active)]
        seen += 1
        if active:
            watched.fire(False)
