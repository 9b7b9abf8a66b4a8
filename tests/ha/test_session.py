"""The ONVIF session of a loaded camera, against a simulated one over real sockets."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
import time
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.camera_errors import CameraError
from custom_components.hearthcam.const import (
    CONF_MAC,
    CONF_MAIN_PROFILE,
    CONF_ONVIF_PORT,
    CONF_ONVIF_SKIP,
    CONF_SERIAL,
    DOMAIN,
)
from custom_components.hearthcam.device import HearthcamCamera
from custom_components.hearthcam.engine.protocol import StreamStatus
from custom_components.hearthcam.onvif.control import CameraCapabilities
from custom_components.hearthcam.onvif.events import CameraEvent, EventKind
from custom_components.hearthcam.session import (
    CameraSession,
    SessionTiming,
    SessionTopic,
)
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_USERNAME,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import HomeAssistant
from tests.simulator.onvif_asker import PASSWORD, USERNAME, Asker, running
from tests.simulator.onvif_options import OnvifOptions, Topic
from tests.simulator.state import CameraState

from .conftest import CameraHarness, FakeEngineControl, make_camera_entry, wait_for

HOST = "127.0.0.1"
PEOPLE = "tns1:RuleEngine/MyRuleDetector/PeopleDetect"
PERSON = Topic(path=PEOPLE)
QUIET = OnvifOptions(topics=(PERSON,), initial_states=False)
FULL = replace(
    QUIET,
    ptz=True,
    imaging=True,
    relays=1,
    inputs=1,
    device_io=True,
    auxiliary=("tt:WhiteLight|On", "tt:WhiteLight|Off"),
)
QUICK = SessionTiming(
    first=0.05, most=0.1, refused=0.05, refused_long=0.1, look=0.1, clock=0.3
)


@pytest.fixture(autouse=True)
def quick() -> Generator[None]:
    """Let sessions look often."""
    with patch("custom_components.hearthcam.session.TIMING", QUICK):
        yield


@dataclass
class Loaded:
    """A camera that is loaded, and the simulated one behind it."""

    hass: HomeAssistant
    entry: MockConfigEntry
    asker: Asker
    engine: FakeEngineControl

    @property
    def camera(self) -> HearthcamCamera:
        """The camera as entities see it."""
        camera: HearthcamCamera = self.entry.runtime_data
        return camera

    @property
    def session(self) -> CameraSession:
        """Its session."""
        assert self.camera.session is not None
        return self.camera.session

    def fire(self, active: bool = True, number: int = 1) -> None:
        """Let the camera report a person."""
        self.asker.state.fire_event(
            PEOPLE, {"State": str(active).lower(), "ObjectId": str(number)}
        )

    async def listening(self) -> None:
        """Wait until the camera's events are had."""
        await wait_for(lambda: self.session.has_events and self.session.reachable)

    def saw(self) -> list[dict[str, Any]]:
        """Return what the engine was told."""
        return self.engine.commands("CameraSaw")


def entry_of(state: CameraState, **data: Any) -> MockConfigEntry:
    """Return the entry of a simulated camera."""
    return make_camera_entry(
        data={
            CONF_HOST: HOST,
            CONF_ONVIF_PORT: state.onvif_port,
            CONF_USERNAME: USERNAME,
            CONF_PASSWORD: PASSWORD,
            CONF_MAIN_PROFILE: "main",
            CONF_MAC: state.mac,
            CONF_SERIAL: state.serial,
        }
        | data
    )


type Load = Callable[..., Any]


@pytest.fixture
def load(home: HomeAssistant, fake_engine_used: FakeEngineControl) -> Load:
    """Return what loads a simulated camera."""

    @asynccontextmanager
    async def loaded(
        options: OnvifOptions = QUIET, skew: float = 0.0, **data: Any
    ) -> AsyncGenerator[Loaded]:
        async with running(options) as asker:
            asker.state.clock_skew = skew
            entry = entry_of(asker.state, **data)
            entry.add_to_hass(home)
            assert await home.config_entries.async_setup(entry.entry_id)
            try:
                yield Loaded(home, entry, asker, fake_engine_used)
            finally:
                if entry.state is ConfigEntryState.LOADED:
                    assert await home.config_entries.async_unload(entry.entry_id)

    return loaded


async def test_session_tells_what_the_camera_has_and_declares(load: Load) -> None:
    async with load(FULL) as loaded:
        session = loaded.session
        known: list[int] = []
        session.subscribe(lambda: known.append(1), SessionTopic.CAPABILITIES)
        await loaded.listening()
        assert known
        assert session.capabilities.ptz is not None
        assert [relay.token for relay in session.capabilities.relays] == ["relay0"]
        assert session.declared == {EventKind.PERSON}
        assert session.description.model == loaded.asker.state.model
        assert [profile.token for profile in session.profiles] == ["main", "sub"]
        assert session.clock_offset == pytest.approx(0.0, abs=1.5)
        assert session.error is None
        calls = loaded.asker.device.calls
        assert (calls["GetNodes"], calls["GetProfiles"]) == (1, 1)


async def test_events_reach_entities_and_the_engine_by_our_clock(load: Load) -> None:
    """The camera's clock is an hour ahead."""
    async with load(skew=3600.0) as loaded:
        session = loaded.session
        told: list[CameraEvent] = []
        changes: list[int] = []
        session.subscribe_events(told.append)
        session.subscribe(lambda: changes.append(1), SessionTopic.EVENTS)
        await loaded.listening()
        began = time.time()
        loaded.fire()
        await wait_for(lambda: session.active(EventKind.PERSON))
        assert not session.active(EventKind.PERSON, "elsewhere")
        assert session.last(EventKind.PERSON) is not None
        assert session.last(EventKind.VEHICLE) is None
        loaded.fire(False)
        await wait_for(lambda: not session.active(EventKind.PERSON))
        # The first word may be that nobody was there.
        assert [(e.kind, e.active) for e in told][-2:] == [
            (EventKind.PERSON, True),
            (EventKind.PERSON, False),
        ]
        assert len(changes) == len(told)
        await wait_for(lambda: len(loaded.saw()) == 2)
        first, last = loaded.saw()
        assert (first["camera_id"], first["kind"]) == ("front_door", "person")
        assert (first["active"], last["active"]) == (True, False)
        assert first["time"] == pytest.approx(began, abs=2.5)
        assert {last.kind for last in session.topics} == {EventKind.PERSON}


async def test_class_that_was_not_declared_is_known_once_it_came(load: Load) -> None:
    async with load() as loaded:
        await loaded.listening()
        known: list[int] = []
        loaded.session.subscribe(lambda: known.append(1), SessionTopic.CAPABILITIES)
        loaded.asker.state.fire_event(
            "tns1:RuleEngine/MyRuleDetector/VehicleDetect", {"State": "true"}
        )
        await wait_for(lambda: known)
        assert loaded.session.declared == {EventKind.PERSON, EventKind.VEHICLE}


async def test_reboot_is_survived(load: Load) -> None:
    async with load() as loaded:
        session = loaded.session
        await loaded.listening()
        loaded.fire()
        await wait_for(lambda: session.active(EventKind.PERSON))
        states: list[bool] = []
        session.subscribe(lambda: states.append(session.reachable))
        await loaded.asker.device.stop(reserve=True)
        await wait_for(lambda: not session.reachable)
        assert session.error == "camera_unreachable"
        # The engine does not wait for an end that nobody will tell of.
        await wait_for(lambda: loaded.saw()[-1]["active"] is False)
        loaded.asker.state.firmware = "2.0"
        await loaded.asker.device.start()
        back = time.monotonic()
        await loaded.listening()
        assert time.monotonic() - back < 10.0
        await wait_for(lambda: session.description.firmware == "2.0")
        told: list[CameraEvent] = []
        session.subscribe_events(told.append)
        loaded.fire(False, number=2)
        await wait_for(lambda: told)


async def test_setup_and_unload_never_wait_for_a_camera(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    """It takes connections, and answers nothing."""
    connected = asyncio.Event()
    ended: list[asyncio.StreamWriter] = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(writer)
        connected.set()

    server = await asyncio.start_server(silent, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    entry = make_camera_entry(data={CONF_HOST: HOST, CONF_ONVIF_PORT: port})
    entry.add_to_hass(home)
    async with asyncio.timeout(8):
        assert await home.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await connected.wait()
    session = entry.runtime_data.session
    assert (session.reachable, session.rung, session.capabilities) == (
        *(False, "none", None),
    )
    with pytest.raises(CameraError):
        assert session.control
    async with asyncio.timeout(8):
        assert await home.config_entries.async_unload(entry.entry_id)
    for writer in ended:
        writer.close()
    server.close()


async def test_unloading_gives_the_lease_back(load: Load) -> None:
    async with load() as loaded:
        await loaded.listening()
        assert loaded.asker.device.events.subscriptions
        await loaded.hass.config_entries.async_unload(loaded.entry.entry_id)
        assert loaded.asker.device.events.subscriptions == 0


async def test_stop_of_home_assistant_gives_the_lease_back(load: Load) -> None:
    async with load() as loaded:
        await loaded.listening()
        loaded.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await wait_for(lambda: not loaded.asker.device.events.subscriptions)


async def test_refused_login_asks_the_user_in_the_end_and_a_new_one_is_used_at_once(
    load: Load,
) -> None:
    async with load(**{CONF_PASSWORD: "wrong"}) as loaded:
        flows = loaded.hass.config_entries.flow

        def asked() -> list[Any]:
            return [
                flow
                for flow in flows.async_progress_by_handler(DOMAIN)
                if flow["context"]["source"] == SOURCE_REAUTH
            ]

        await wait_for(asked)
        session = loaded.session
        assert session.error == "camera_login_refused"
        loaded.hass.config_entries.async_update_entry(
            loaded.entry, data={**loaded.entry.data, CONF_PASSWORD: PASSWORD}
        )
        await loaded.listening()
        # Without a reload.
        assert loaded.session is session
        assert session.error is None
        for flow in asked():
            flows.async_abort(flow["flow_id"])


async def test_another_camera_at_the_address_is_left_alone(load: Load) -> None:
    async with load(**{CONF_MAC: "02:aa:aa:aa:aa:aa", CONF_SERIAL: "OTHER"}) as loaded:
        await wait_for(lambda: loaded.session.error == "camera_is_another")
        assert not loaded.session.reachable
        assert loaded.asker.device.calls["CreatePullPointSubscription"] == 0
        with pytest.raises(CameraError) as raised:
            assert loaded.session.control
        assert raised.value.translation_key == "camera_is_another"


async def test_controls_work_and_their_errors_are_translated(load: Load) -> None:
    async with load(FULL) as loaded:
        session = loaded.session
        await loaded.listening()
        await session.async_do(session.control.ptz.move(0.5, timeout=1.0))
        await session.async_do(session.control.ptz.stop())
        (lamp,) = session.capabilities.auxiliaries
        await session.async_do(session.control.auxiliary(lamp, "on"))
        with pytest.raises(CameraError) as raised:
            await session.async_do(session.control.io.switch("none", active=True))
        assert raised.value.translation_key == "camera_refused"
        assert raised.value.translation_placeholders == {"name": "Front door"}
        await loaded.asker.device.stop(reserve=True)
        with pytest.raises(CameraError) as raised:
            await session.async_do(session.control.reboot())
        assert raised.value.translation_key == "camera_unreachable"
        await loaded.asker.device.start()


async def test_what_a_camera_breaks_off_at_is_asked_twice_and_never_again(
    load: Load,
) -> None:
    asked: list[frozenset[str]] = []

    async def read(
        camera: Any, profiles: Any, main: Any, *, skip: frozenset[str]
    ) -> CameraCapabilities:
        asked.append(skip)
        return CameraCapabilities(broke_at=None if "imaging" in skip else "imaging")

    with patch("custom_components.hearthcam.session_look.read_capabilities", read):
        async with load() as loaded:
            await loaded.listening()
            assert asked == [set(), set(), {"imaging"}]
            entry = loaded.entry
            await loaded.hass.config_entries.async_reload(entry.entry_id)
            await loaded.listening()
            assert asked[3:] == [{"imaging"}]


async def test_silence_that_comes_once_keeps_nothing_from_being_asked(
    load: Load,
) -> None:
    silence = ["relays"]

    async def read(*_: Any, skip: frozenset[str]) -> CameraCapabilities:
        assert not skip
        return CameraCapabilities(broke_at=silence.pop() if silence else None)

    with patch("custom_components.hearthcam.session_look.read_capabilities", read):
        async with load() as loaded:
            await loaded.listening()
            assert loaded.session.capabilities.broke_at is None
            assert CONF_ONVIF_SKIP not in loaded.entry.data


async def test_relays_are_switched_at_the_service_that_knows_them(load: Load) -> None:
    async with load(replace(FULL, relays_at_device=False)) as loaded:
        session = loaded.session
        await loaded.listening()
        await session.async_do(session.control.io.switch("relay0", active=True))
        assert loaded.asker.device.calls["SetRelayOutputState"] == 1


async def test_camera_without_events_is_reachable_all_the_same(load: Load) -> None:
    async with load(replace(QUIET, events=False)) as loaded:
        session = loaded.session
        await wait_for(lambda: session.capabilities is not None)
        assert (session.reachable, session.rung, session.has_events) == (
            *(True, "none", False),
        )
        await loaded.asker.device.stop(reserve=True)
        await wait_for(lambda: not session.reachable)
        await loaded.asker.device.start()
        await wait_for(lambda: session.reachable)


async def test_events_are_pushed_to_a_local_port_where_the_camera_can(
    load: Load,
) -> None:
    async with load() as loaded:
        await loaded.listening()
        await wait_for(lambda: loaded.asker.device.calls["Subscribe"])
        number = 0
        while loaded.session.rung != "push":
            number += 1
            loaded.fire(bool(number % 2), number)
            await asyncio.sleep(0.05)
            assert number < 200


async def test_picture_that_comes_back_wakes_the_session(
    load: Load,
) -> None:
    slow = replace(QUICK, first=600.0, most=600.0)
    with patch("custom_components.hearthcam.session.TIMING", slow):
        async with load() as loaded:
            await loaded.listening()
            await loaded.asker.device.stop(reserve=True)
            await wait_for(lambda: not loaded.session.reachable)
            await loaded.asker.device.start()
            harness = CameraHarness(loaded.hass, loaded.entry, loaded.engine)
            await harness.stream(StreamStatus.ONLINE)
            await loaded.listening()


async def test_camera_without_onvif_has_no_session(camera: CameraHarness) -> None:
    assert camera.entry.runtime_data.session is None
