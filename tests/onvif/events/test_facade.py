"""What the facade tells, ends by itself, and keeps for diagnostics."""

import pytest

from custom_components.hearthcam.onvif.events import EventKind, Rung, WatchdogSettings
from tests.simulator.onvif_options import OnvifOptions

from .running import BOTH, LINE, MOTION, PEOPLE, quiet, sees_a_person, watching

pytestmark = pytest.mark.usefixtures("socket_enabled")

K = EventKind


async def test_moment_has_an_end() -> None:
    async with watching(quiet(), watchdog=WatchdogSettings(moment=5.0)) as watched:
        watched.asker.state.fire_event(LINE, {"ObjectId": "7"})
        await watched.until(lambda: watched.told)
        assert watched.news == [(K.LINE_CROSSING, None)]
        await watched.time.advance(6)
        await watched.until(lambda: len(watched.told) == 2)
        assert watched.news[1] == (K.LINE_CROSSING, False)


async def test_crossing_before_the_subscription_is_no_news() -> None:
    async with watching(quiet()) as watched:
        watched.asker.state.fire_event(LINE, {"ObjectId": "7"}, operation="Initialized")
        await sees_a_person(watched)
        assert watched.news == BOTH


async def test_motion_that_sticks_is_ended_and_stays_ended() -> None:
    async with watching(quiet(), watchdog=WatchdogSettings(sticky=60.0)) as watched:
        watched.fire(topic=MOTION)
        await watched.until(lambda: watched.told)
        await watched.time.advance(50)
        watched.fire(topic=MOTION)
        await watched.until(lambda: watched.events._hub.tracker.duplicates)
        # That was a renewal.
        await watched.time.advance(50)
        assert len(watched.told) == 1
        await watched.time.advance(20)
        await watched.until(lambda: len(watched.told) == 2)
        assert watched.news == [(K.MOTION, True), (K.MOTION, False)]
        # A new subscription tells the state that sticks: no news.
        watched.events.nudge()
        await watched.until(lambda: watched.calls("CreatePullPointSubscription") == 2)
        watched.asker.state.fire_event(
            MOTION, {"State": "true"}, operation="Initialized"
        )
        await sees_a_person(watched)
        assert watched.news[2:] == BOTH
        assert watched.events.diagnostics().counters["ended_by_watchdog"] == 1


async def test_unknown_topics_are_kept_for_diagnostics(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    async with watching(quiet()) as watched:
        for _ in range(2):
            watched.asker.state.fire_event("tnsx:Strange/Thing", {"Colour": "secret"})
        await sees_a_person(watched)
        (unknown,) = watched.events.diagnostics().unknown
        assert unknown.topic == "Strange/Thing"
        assert unknown.names == ("VideoSourceConfigurationToken", "Colour")
        assert unknown.count == 2
    logged = [r for r in caplog.records if "not understood" in r.getMessage()]
    assert len(logged) == 1
    assert "secret" not in caplog.text


async def test_diagnostics_tell_no_secret() -> None:
    async with watching(OnvifOptions()) as watched:
        await watched.events.declare()
        await watched.until(lambda: len(watched.told) == 2)
        await sees_a_person(watched)
        found = watched.events.diagnostics()
        assert (found.rung, found.healthy, found.error) == (Rung.LONG_POLL, True, None)
        assert found.last[-1].kind is K.PERSON
        assert found.counters["created"] == 1
        assert found.kinds["person"] == 2
        text = repr(found)
        for secret in ("127.0.0.1", "admin", str(watched.asker.state.onvif_port)):
            assert secret not in text


async def test_other_channels_of_a_recorder_are_ignored() -> None:
    async with watching(quiet(), ignored_sources=frozenset({"ch2"})) as watched:
        watched.asker.state.fire_event(
            PEOPLE, {"State": "true"}, {"VideoSourceConfigurationToken": "ch2"}
        )
        await sees_a_person(watched)
        assert watched.news == BOTH


async def test_failing_listener_does_not_end_events(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with watching(quiet()) as watched:
        told = watched.events._hub._on_event

        def fail(event: object) -> None:
            raise LookupError

        watched.events._hub._on_event = fail
        watched.fire()
        await watched.until(lambda: "listener failed" in caplog.text)
        watched.events._hub._on_event = told
        watched.fire(False)
        await watched.until(lambda: watched.told)
        assert watched.news == [(K.PERSON, False)]


async def test_running_twice_is_refused() -> None:
    async with watching(quiet()) as watched:
        with pytest.raises(RuntimeError):
            await watched.events.run()
