"""Events of the simulated camera, with the flaws that firmware has."""

import asyncio

import pytest

from custom_components.hearthcam.onvif.errors import OnvifAuthError, OnvifFaultError
from custom_components.hearthcam.onvif.events import EventKind, Rung
from tests.onvif.against_simulator import FIRMWARES
from tests.simulator.onvif_event_habits import EventHabits
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.state import CameraState

from .running import BOTH, PERSON, quiet, sees_a_person, watching

pytestmark = pytest.mark.usefixtures("socket_enabled")

K = EventKind
# Answers come at once where a test does not fire anything to end a pull.
SHORT = 0.05


async def test_event_is_told_while_it_happens() -> None:
    async with watching(quiet()) as watched:
        assert watched.states == [(Rung.LONG_POLL, True)]
        watched.fire()
        await watched.until(lambda: watched.told)
        assert watched.news == PERSON
        assert watched.events.active_kinds == {K.PERSON}
        watched.fire(False)
        await watched.until(lambda: len(watched.told) == 2)
        assert watched.news == BOTH
        assert not watched.events.active_kinds
        assert watched.told[0].time is not None


async def test_present_states_are_told_once() -> None:
    async with watching(OnvifOptions()) as watched:
        await watched.until(lambda: len(watched.told) == 2)
        assert watched.news == [(K.MOTION, False)] * 2
        assert {event.operation for event in watched.told} == {"Initialized"}


async def test_camera_is_asked_for_little() -> None:
    async with watching(quiet()) as watched:
        await watched.waiting()
        assert watched.calls("CreatePullPointSubscription") == 1
        assert watched.calls("SetSynchronizationPoint") == 1
        assert watched.calls("GetEventProperties") == 0
        assert watched.calls("PullMessages") <= 3


async def test_declared_topics_are_asked_for_once() -> None:
    async with watching(OnvifOptions()) as watched:
        for _ in range(2):
            topics = await watched.events.declare()
            assert {topic.path for topic in topics} == {
                "RuleEngine/CellMotionDetector/Motion",
                "VideoSource/MotionAlarm",
            }
        assert watched.events.declared_kinds == {K.MOTION}
        assert watched.calls("GetEventProperties") == 1


@pytest.mark.parametrize("name", FIRMWARES)
async def test_every_login_gets_events(name: str) -> None:
    options = OnvifOptions(
        logins=FIRMWARES[name].logins,
        fault_status=FIRMWARES[name].fault_status,
        public_actions=FIRMWARES[name].public_actions,
        digest_qop=FIRMWARES[name].digest_qop,
        digest_algorithm=FIRMWARES[name].digest_algorithm,
        topics=(),
    )
    async with watching(options) as watched:
        await sees_a_person(watched)


@pytest.mark.parametrize("skew", [-3600.0, 3600.0])
async def test_skewed_clock_does_no_harm(skew: float) -> None:
    state = CameraState(name="x", username="admin", clock_skew=skew)
    async with watching(quiet(FIRMWARES_WSSE), state) as watched:
        await sees_a_person(watched)


FIRMWARES_WSSE = EventHabits(lease_forms=frozenset({"date"}))
FLAWS = {
    "date only": quiet(EventHabits(lease_forms=frozenset({"date"}))),
    "no time": quiet(EventHabits(lease_forms=frozenset({"none"}))),
    "filter wanted": quiet(EventHabits(needs_filter=True)),
    "no synchronisation": quiet(EventHabits(synchronises=False)),
    "impossible lease": quiet(EventHabits(tells_lease=False)),
    "answers at once": quiet(EventHabits(holds_pulls=False)),
    "holds for ever": quiet(EventHabits(holds_for=3600.0)),
    "closes empty pulls": quiet(EventHabits(closes_empty_pulls=True), max_pull=SHORT),
    "rubbish at first": quiet(EventHabits(rubbish_pulls=3)),
    "rubbish for long": quiet(EventHabits(rubbish_pulls=9)),
    "other port": quiet(EventHabits(other_port=True)),
    "wrong port": quiet(EventHabits(subscription_port=1)),
    "by reference": quiet(subscription_by_reference=True),
    "every event twice": quiet(EventHabits(repeats=2)),
    "lease of seconds": quiet(EventHabits(max_lease=5, pulls_renew=True)),
    "no capabilities": quiet(services=False),
}


@pytest.mark.parametrize("name", FLAWS)
async def test_flawed_firmware_gets_its_events_through(name: str) -> None:
    async with watching(FLAWS[name], started=False) as watched:
        await watched.healthy()
        await sees_a_person(watched)


@pytest.mark.parametrize("wrong_port", [80, None])
async def test_wrong_addresses_lead_to_the_configured_host(
    wrong_port: int | None,
) -> None:
    state = CameraState(name="x", username="admin", wrong_xaddrs=True)
    async with watching(quiet(wrong_port=wrong_port), state) as watched:
        await sees_a_person(watched)


async def test_lease_is_renewed_before_it_ends() -> None:
    async with watching(quiet()) as watched:
        await watched.waiting()
        watched.time.now += 470
        watched.fire()
        await watched.until(lambda: watched.told)
        assert watched.calls("Renew") == 0
        watched.time.now += 15
        watched.fire(False)
        await watched.until(lambda: watched.calls("Renew") == 1)
        await sees_a_person(watched)
        assert watched.calls("CreatePullPointSubscription") == 1


async def test_camera_that_cannot_renew_is_subscribed_to_again() -> None:
    options = quiet(EventHabits(renews=False))
    async with watching(options) as watched:
        await watched.waiting()
        watched.time.now += 598
        watched.fire()
        await watched.until(lambda: watched.calls("CreatePullPointSubscription") == 2)
        # The old one is ended, so that leases do not pile up.
        assert watched.calls("Unsubscribe") == 1
        watched.fire(False)
        await watched.until(lambda: len(watched.told) == 2)
        assert watched.news == BOTH
        assert watched.asker.device.events.subscriptions == 1


async def test_lost_lease_is_noticed_at_once_and_states_are_not_told_again() -> None:
    async with watching(OnvifOptions()) as watched:
        await watched.until(lambda: len(watched.told) == 2)
        for turn in (2, 3):
            watched.asker.device.events.expire()
            await watched.until(
                lambda turn=turn: watched.calls("CreatePullPointSubscription") == turn  # type: ignore[misc] # bound at once
            )
            await watched.waiting()
            await sees_a_person(watched)
        assert len(watched.told) == 6
        assert watched.states == [(Rung.LONG_POLL, True)]
        assert watched.events.diagnostics().counters["lost"] == 2


async def test_event_that_began_before_the_lease_was_lost_ends() -> None:
    async with watching(quiet()) as watched:
        watched.fire()
        await watched.until(lambda: watched.told)
        watched.asker.device.events.expire()
        await watched.until(lambda: watched.calls("CreatePullPointSubscription") == 2)
        watched.fire(False)
        await watched.until(lambda: len(watched.told) == 2)
        assert watched.news == BOTH


async def test_reboot_is_survived() -> None:
    async with watching(quiet()) as watched:
        await watched.waiting()
        await watched.asker.device.stop()
        await watched.healthy(False)
        for _ in range(20):
            await watched.time.advance(1)
            await asyncio.sleep(0.005)
        await watched.asker.device.start()
        back = watched.time.now
        await watched.healthy()
        assert watched.time.now - back <= 10
        await sees_a_person(watched)
        assert watched.states == [
            (Rung.LONG_POLL, True),
            (Rung.NONE, False),
            (Rung.LONG_POLL, True),
        ]


async def test_nudge_ends_the_wait_for_a_camera_that_is_back() -> None:
    async with watching(quiet()) as watched:
        await watched.waiting()
        watched.events.nudge()
        await watched.until(lambda: watched.calls("CreatePullPointSubscription") == 2)
        await sees_a_person(watched)


async def test_camera_without_events_is_left_alone() -> None:
    for options in (
        OnvifOptions(events=False),
        OnvifOptions(event_habits=EventHabits(pull_points=False)),
    ):
        async with watching(options, started=False) as watched:
            await watched.until(lambda w=watched: w.events.error is not None)  # type: ignore[misc] # bound at once
            asked = sum(watched.asker.device.calls.values())
            await watched.time.advance(500)
            assert sum(watched.asker.device.calls.values()) == asked
            assert watched.events.rung is Rung.NONE
            assert not watched.events.healthy


async def test_full_camera_is_asked_again_later() -> None:
    async with watching(quiet(max_subscriptions=0), started=False) as watched:
        await watched.until(lambda: isinstance(watched.events.error, OnvifFaultError))
        asked = watched.calls("CreatePullPointSubscription")
        await watched.time.advance(20)
        await watched.until(
            lambda: watched.calls("CreatePullPointSubscription") > asked
        )
        assert not watched.events.healthy


async def test_wrong_password_is_not_tried_over_and_over() -> None:
    async with watching(quiet(), password="wrong", started=False) as watched:
        await watched.until(lambda: isinstance(watched.events.error, OnvifAuthError))
        wrong = watched.asker.device.wrong_logins
        await watched.time.advance(25)
        assert watched.asker.device.wrong_logins == wrong
        assert not watched.events.healthy


async def test_closing_ends_the_subscription() -> None:
    async with watching(quiet()) as watched:
        await watched.waiting()
        device = watched.asker.device
        assert device.events.subscriptions == 1
        await watched.events.close()
        assert device.events.subscriptions == 0
        assert watched.states[-1] == (Rung.NONE, False)


async def test_camera_that_answers_at_once_does_not_keep_us_busy() -> None:
    async with watching(quiet(EventHabits(holds_pulls=False))) as watched:
        await watched.until(lambda: watched.events.rung is Rung.POLL)
        before, began = watched.calls("PullMessages"), watched.time.now
        for _ in range(40):
            await watched.time.advance(0.25)
            await asyncio.sleep(0.005)
        passed = watched.time.now - began
        assert watched.calls("PullMessages") - before <= passed + 1
