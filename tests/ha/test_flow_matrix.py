"""Adding a camera that misbehaves, by sockets, to live pictures and events."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import time
from typing import Any
from unittest.mock import patch

import av
import pytest
import pytest_socket

from custom_components.hearthcam import camera_health
from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.device import HearthcamCamera
from custom_components.hearthcam.discovery import async_start_discovery
from custom_components.hearthcam.onvif import AnnouncementListener
from custom_components.hearthcam.onvif.events import EventKind
from custom_components.hearthcam.session import CameraSession
from homeassistant.components.camera import async_get_stream_source
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.conftest import LOOPBACK
from tests.simulator import CameraOptions, SimulatedCamera, small_source
from tests.simulator.onvif_options import Login, OnvifOptions
from tests.simulator.scene import Scene

from .conftest import wait_for
from .flow_parts import PASSWORD, USERNAME, answer, choose, proposal

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("search_answers", "quick_measuring")

EMPTY = Scene(8.0)
"""Nobody moves: what is told of motion is the camera's word."""
BACK_SECONDS = 10.0
"""In which a camera is back once it answers again after a reboot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a camera misbehaves, and what follows."""

    options: OnvifOptions = field(default_factory=OnvifOptions)
    rtsp_login: str = "digest"
    before: Callable[[SimulatedCamera], None] = lambda _: None
    has_events: bool = True
    answer: dict[str, Any] = field(default_factory=dict)


def logins(*ways: Login) -> OnvifOptions:
    """Return a firmware that takes these logins only."""
    return OnvifOptions(logins=frozenset(ways))


HABITS = {
    "none": Habit(),
    "wrong XAddrs": Habit(before=lambda camera: camera.control.wrong_xaddrs()),
    "clock an hour ahead": Habit(
        options=logins(Login.WSSE),
        before=lambda camera: camera.control.skew_clock(3600.0),
    ),
    "clock an hour behind": Habit(
        options=logins(Login.WSSE),
        before=lambda camera: camera.control.skew_clock(-3600.0),
    ),
    "digest only": Habit(options=logins(Login.DIGEST)),
    "WSSE only": Habit(options=logins(Login.WSSE)),
    "basic only": Habit(options=logins(Login.BASIC), rtsp_login="basic"),
    "no event service": Habit(options=OnvifOptions(events=False), has_events=False),
    "HTTPS, signed by itself": Habit(
        options=OnvifOptions(tls=True), answer={"onvif_tls": True}
    ),
}


@pytest.fixture
def quick_measuring() -> Generator[None]:
    """Look at each stream for a moment only."""
    with patch("custom_components.hearthcam.flow_measure.MEASURE_SECONDS", 1.0):
        yield


@pytest.fixture(autouse=True)
async def all_unloaded(hass: HomeAssistant) -> AsyncGenerator[None]:
    """End what a test added."""
    yield
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


@asynccontextmanager
async def simulated(
    habit: Habit, name: str = "Front door", **changed: Any
) -> AsyncGenerator[SimulatedCamera]:
    """Run a camera with two streams and a habit."""
    options = CameraOptions(
        name=name,
        main=small_source(scene=EMPTY).with_size(640, 360),
        sub=small_source(scene=EMPTY),
        username=USERNAME,
        password=PASSWORD,
        scheme=habit.rtsp_login,
        onvif=True,
        onvif_options=habit.options,
        **changed,
    )
    async with SimulatedCamera(options) as camera:
        habit.before(camera)
        yield camera


@dataclass(frozen=True, slots=True)
class Added:
    """A camera that was added by the flow."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]

    @property
    def camera(self) -> HearthcamCamera:
        """What the entry runs."""
        found = self.entry.runtime_data
        assert isinstance(found, HearthcamCamera)
        return found

    @property
    def session(self) -> CameraSession:
        """Its ONVIF side."""
        assert self.camera.session is not None
        return self.camera.session

    async def is_well(self, *, has_events: bool = True) -> None:
        """Wait until pictures come, the camera answers, and would tell of events."""
        await wait_for(lambda: self.camera.online, 30)
        await wait_for(lambda: self.session.reachable, 30)
        if has_events:
            await wait_for(lambda: self.session.has_events, 30)

    async def shows_live(self) -> None:
        """Take some of the live stream, as Home Assistant does."""
        source = await async_get_stream_source(self.hass, f"camera.{self._slug}")
        assert source is not None
        assert await asyncio.to_thread(_packets_of, source) == 10

    async def tells_of_motion(self, camera: SimulatedCamera) -> None:
        """Have the camera tell of motion, and wait until its sensor is on and off."""
        for active, state in ((True, "on"), (False, "off")):
            camera.control.fire_event(data={"IsMotion": str(active).lower()})
            await self.sensor(state)
            assert self.session.active(EventKind.MOTION) is active

    async def sensor(self, expected: str) -> None:
        """Wait for the state of the motion sensor."""
        entity_id = f"binary_sensor.{self._slug}_motion"

        def is_it() -> bool:
            state = self.hass.states.get(entity_id)
            return state is not None and state.state == expected

        await wait_for(is_it, 30)

    @property
    def _slug(self) -> str:
        return str(self.entry.data["camera_id"])


def _packets_of(source: str) -> int:
    with av.open(source, timeout=30) as container:
        return sum(1 for _ in zip(range(10), container.demux(video=0), strict=False))


async def add(
    hass: HomeAssistant,
    camera: SimulatedCamera,
    name: str = "Front door",
    **more: Any,
) -> Added:
    """Add a camera by its host, as the flow proposes, and wait for its entry."""
    result = await choose(hass, "enter_host")
    typed = {
        "host": camera.options.host,
        "onvif_port": camera.state.onvif_port,
        "username": USERNAME,
        "password": PASSWORD,
    }
    result = await answer(hass, result, typed | more)
    if result.get("step_id") == "certificate":
        result = await answer(hass, result, {"pin": True})
    assert result.get("step_id") == "profiles", result
    proposed = proposal(result)
    assert proposed["main_profile"] == "main"
    assert proposed["sub_profile"] == "sub"
    result = await answer(hass, result, proposed | {CONF_NAME: name})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return Added(hass, entry)


@pytest.mark.parametrize("name", HABITS)
async def test_camera_is_added_shown_live_and_its_events_arrive(
    home: HomeAssistant, socket_enabled: None, name: str
) -> None:
    habit = HABITS[name]
    if habit.options.tls:
        # In debug mode asyncio tells of a client that only looks at the certificate
        # as an error of the server, which is the simulated camera's.
        asyncio.get_running_loop().set_debug(False)
    async with simulated(habit) as camera:
        added = await add(home, camera, **habit.answer)
        measured = added.entry.data["measured"]
        assert measured["main"]["fps"] == pytest.approx(10.0, abs=3.0)
        assert measured["main"]["gop"] == pytest.approx(1.0, abs=0.3)
        assert added.entry.data["main_url"].startswith("rtsp://127.0.0.1:")
        await added.is_well(has_events=habit.has_events)
        await added.shows_live()
        if habit.options.tls:
            assert added.entry.data["onvif_certificate"]
        if habit.has_events:
            await added.tells_of_motion(camera)
        else:
            assert added.session.rung == "none"
            await added.sensor("off")
        assert camera.onvif is not None
        # A login may be tried the wrong way, never with the wrong password.
        assert camera.onvif.wrong_logins <= 3
        await home.config_entries.async_unload(added.entry.entry_id)


async def test_events_go_on_when_the_camera_forgets_its_subscriptions(
    home: HomeAssistant, socket_enabled: None
) -> None:
    async with simulated(Habit()) as camera:
        added = await add(home, camera)
        await added.is_well()
        assert camera.onvif is not None
        made = camera.onvif.calls["CreatePullPointSubscription"]
        camera.control.lose_leases()
        await wait_for(
            lambda: (
                camera.onvif is not None
                and camera.onvif.calls["CreatePullPointSubscription"] > made
                and added.session.has_events
            ),
            30,
        )
        await added.tells_of_motion(camera)
        await home.config_entries.async_unload(added.entry.entry_id)


async def test_camera_that_rebooted_is_back_within_ten_seconds(
    home: HomeAssistant, socket_enabled: None
) -> None:
    async with simulated(Habit()) as camera:
        added = await add(home, camera)
        await added.is_well()
        # For so long that the attempts are as rare as they get.
        reboot = camera.control.reboot(9.0)
        await wait_for(lambda: not (added.camera.online or added.session.has_events))
        await reboot
        answers = time.monotonic()
        await added.is_well()
        took = time.monotonic() - answers
        assert took <= BACK_SECONDS, f"back after {took:.1f} s"
        await added.tells_of_motion(camera)
        await added.shows_live()
        await home.config_entries.async_unload(added.entry.entry_id)


async def test_two_cameras_with_the_same_serial_are_two_cameras(
    home: HomeAssistant, socket_enabled: None
) -> None:
    """Neither tells its MAC: only their endpoints differ."""
    habit = Habit(options=OnvifOptions(network_interfaces=False))
    async with (
        simulated(habit, "Front door", serial="00000000A1") as front,
        simulated(habit, "Garden", serial="00000000A1") as garden,
    ):
        first = await add(home, front)
        second = await add(home, garden, "Garden")
        assert first.entry.unique_id != second.entry.unique_id
        await first.is_well()
        await second.is_well()
        garden.control.fire_event(data={"IsMotion": "true"})
        await second.sensor("on")
        await first.sensor("off")
        for added in (first, second):
            await home.config_entries.async_unload(added.entry.entry_id)


HELLO = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:n="http://www.onvif.org/ver10/network/wsdl"><s:Header>
<a:MessageID>urn:uuid:0a6dc791-2be6-4991-9af1-454778a1917a</a:MessageID>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</a:Action>
</s:Header><s:Body><d:Hello><a:EndpointReference><a:Address>{endpoint}</a:Address>
</a:EndpointReference><d:Types>n:NetworkVideoTransmitter</d:Types>
<d:XAddrs>http://192.168.1.88:{port}/onvif/device_service</d:XAddrs>
<d:MetadataVersion>1</d:MetadataVersion></d:Hello></s:Body></s:Envelope>"""


async def test_camera_that_got_another_address_is_followed_once_it_says_hello(
    home: HomeAssistant, socket_enabled: None
) -> None:
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    listeners: list[AnnouncementListener] = []

    async def start(listener: AnnouncementListener, _: Any) -> int:
        listeners.append(listener)
        return 1

    async with simulated(Habit()) as camera:
        added = await add(home, camera)
        await added.is_well()
        state = camera.state
        endpoint, ports = state.endpoint, (state.rtsp_port, state.onvif_port)
        # In the entry is what the flow learnt, which was added by its host.
        assert added.entry.data["host"] == "127.0.0.1"
    home.config_entries.async_update_entry(
        added.entry, data={**added.entry.data, "epr": endpoint}
    )
    await wait_for(lambda: not added.camera.online)
    async with simulated(
        Habit(),
        host="127.0.0.2",
        mac=state.mac,
        serial=state.serial,
        rtsp_port=ports[0],
        onvif_port=ports[1],
    ) as camera:
        with patch.object(AnnouncementListener, "start", start):
            stop = async_start_discovery(home)
            await wait_for(lambda: listeners)
            datagram = HELLO.format(endpoint=endpoint, port=ports[1]).encode()
            listeners[0]._heard(datagram, "127.0.0.2")
            await wait_for(lambda: added.entry.data["host"] == "127.0.0.2", 30)
            stop()
        assert added.entry.data["main_url"] == f"rtsp://127.0.0.2:{ports[0]}/main"
        await added.is_well()
        await added.tells_of_motion(camera)
        await home.config_entries.async_unload(added.entry.entry_id)


async def test_keyframes_that_became_rare_again_are_a_repair_that_cures_the_camera(
    home: HomeAssistant, socket_enabled: None
) -> None:
    """As after an update of the camera that forgets what it was set to."""
    assert await async_setup_component(home, "repairs", {})
    manager = repairs_flow_manager(home)
    assert manager is not None
    with patch.object(camera_health, "LASTING", 0.0):
        async with simulated(Habit()) as camera:
            added = await add(home, camera)
            await added.is_well()
            await wait_for(lambda: added.session.capabilities, 30)
            issues = ir.async_get(home).issues
            await camera.control.long_gop()
            await wait_for(lambda: issue_of(issues), 60)
            key = issue_of(issues)
            assert key is not None
            form = await manager.async_init(DOMAIN, data={"issue_id": key})
            assert form.get("step_id") == "confirm", form
            assert camera.onvif is not None
            assert not camera.onvif.calls["SetVideoEncoderConfiguration"]
            result = await manager.async_configure(form["flow_id"], {})
            assert result["type"] is FlowResultType.CREATE_ENTRY, result
            assert added.entry.data["fixed"]["main"]["gop"] == pytest.approx(2.0)
            stats = added.camera.state.stats
            assert stats is not None
            assert 0.0 < stats.gop <= 4.0
            assert issue_of(issues) is None
            await home.config_entries.async_unload(added.entry.entry_id)


def issue_of(issues: Mapping[tuple[str, str], object]) -> str | None:
    """Return the id of the Repair about a camera's streams."""
    return next((key for _, key in issues if key.startswith("camera_streams_")), None)
