"""Cameras that announce themselves, that are found, and that move."""

from collections.abc import Callable, Generator
from datetime import timedelta
import ipaddress
from types import SimpleNamespace
from typing import Any, override
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.discovery import (
    MAX_CARDS,
    async_search,
    async_start_discovery,
)
from custom_components.hearthcam.found_cameras import MAX_FOUND, MAX_TEXT, FoundCamera
from custom_components.hearthcam.onvif import AnnouncementListener, DiscoveredCamera
from custom_components.hearthcam.onvif_address import async_onvif_camera
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.state import CameraState

from .conftest import wait_for
from .flow_parts import (
    EPR,
    MAC,
    PACKAGE,
    PASSWORD,
    USERNAME,
    TriedStreams,
    camera_state,
    configure,
    found_camera,
    host_answer,
    onvif_entry,
    proposal,
    rtsp_entry,
)

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("no_setup")

MOVED = "10.0.0.77"
OLD = "127.0.0.9"
NEW = "127.0.0.1"
"""Where the simulated camera really is."""


@pytest.fixture(autouse=True)
def quick_proof() -> Generator[None]:
    """Look for a camera that moved at once, and a second time."""
    with patch(f"{PACKAGE}.flow_follow.ATTEMPTS", (0.0, 0.05)):
        yield


@pytest.fixture(autouse=True)
def sources() -> Generator[None]:
    """Give Home Assistant one network interface."""
    with patch(
        "homeassistant.components.network.async_get_enabled_source_ips",
        return_value=[ipaddress.ip_address("10.0.0.1")],
    ):
        yield


async def announce(
    hass: HomeAssistant, state: CameraState | None = None, **changed: Any
) -> ConfigFlowResult:
    """Start the flow of a camera that answered to WS-Discovery."""
    found = FoundCamera.from_answer(
        found_camera(state or camera_state(onvif_port=80), **changed)
    )
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_INTEGRATION_DISCOVERY},
        data=found.as_dict(),
    )


async def lease(hass: HomeAssistant, mac: str, ip: str) -> ConfigFlowResult:
    """Start the flow of a registered device that got an address."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(ip=ip, hostname="camera", macaddress=mac),
    )


def flows(hass: HomeAssistant) -> list[str]:
    """Return the names on the discovery cards."""
    return [
        flow["context"]["title_placeholders"]["name"]
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    ]


# --- the card -----------------------------------------------------------------


async def test_discovered_camera_is_added_from_its_card(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
) -> None:
    """The login, then name and streams."""
    state, _ = onvif_device
    result = await announce(hass, state)
    assert result["step_id"] == "discovery_confirm"
    assert flows(hass) == ["Front door · Simulator (127.0.0.1)"]

    flow_id = result["flow_id"]
    login = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
    result = await configure(hass, flow_id, login | {CONF_PASSWORD: "wrong"})
    assert result["step_id"] == "discovery_confirm"
    assert result["errors"] == {"password": "invalid_auth"}
    result = await configure(hass, flow_id, login)
    assert result["step_id"] == "profiles"
    result = await configure(hass, flow_id, proposal(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Front door"
    assert result["result"].unique_id == MAC
    assert result["data"]["epr"] == EPR
    assert flows(hass) == []


async def test_camera_has_one_card(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """Even when it announces itself again and elsewhere."""
    await announce(hass)
    result = await announce(hass, host="10.0.0.9")

    assert result["reason"] == "already_in_progress"


async def test_ignored_camera_stays_ignored(hass: HomeAssistant) -> None:
    """Until the user wants it."""
    result = await announce(hass)
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": EPR, "title": "Front door"},
    )
    assert flows(hass) == []

    result = await announce(hass, host="10.0.0.9")
    assert result["reason"] == "already_configured"


async def test_camera_that_was_ignored_before_it_was_added_is_followed(
    hass: HomeAssistant, onvif_device: tuple[CameraState, OnvifDevice]
) -> None:
    """The ignored card knew its endpoint only and stays."""
    state, _ = onvif_device
    MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=EPR).add_to_hass(
        hass
    )
    entry = onvif_entry(state, host=OLD)
    entry.add_to_hass(hass)
    await announce(hass, state)
    await settle(hass)

    assert entry.data[CONF_HOST] == NEW


@pytest.mark.parametrize("chosen", [EPR, "enter_host"])
async def test_camera_that_is_added_by_hand_loses_its_card(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    chosen: str,
) -> None:
    """Though the card knew its endpoint only and the entry has its MAC."""
    state, _ = onvif_device
    await announce(hass, state)
    search_answers.append(found_camera(state))
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    flow_id = result["flow_id"]
    await configure(hass, flow_id)
    await configure(hass, flow_id, {"camera": chosen})
    login = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
    result = await configure(
        hass, flow_id, login if chosen == EPR else host_answer(state)
    )
    result = await configure(hass, flow_id, proposal(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert flows(hass) == []


@pytest.mark.parametrize("host", ["8.8.8.8", "2001:4860:4860::8888", "0.0.0.0"])
async def test_camera_that_announces_a_public_address_is_ignored(
    hass: HomeAssistant, host: str
) -> None:
    """Whoever sent that wants Home Assistant to talk to the outside."""
    onvif_entry().add_to_hass(hass)
    result = await announce(hass, host=host)

    assert result["reason"] == "not_local"
    assert hass.config_entries.async_entries(DOMAIN)[0].data[CONF_HOST] == "10.0.0.6"


# --- cameras that moved -------------------------------------------------------


@pytest.mark.parametrize("source", ["discovery", "mac in scopes", "dhcp", "hello"])
async def test_configured_camera_is_followed_to_its_new_address(
    hass: HomeAssistant,
    no_setup: AsyncMock,
    onvif_device: tuple[CameraState, OnvifDevice],
    source: str,
) -> None:
    """Host and stream addresses change, paths and login stay."""
    state, _ = onvif_device
    entry = onvif_entry(
        state,
        host=OLD,
        main_url=f"rtsp://{OLD}:8554/main",
        sub_url=f"rtsp://{OLD}:8554/sub",
        epr=None if source == "mac in scopes" else EPR,
    )
    entry.add_to_hass(hass)
    entry.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    if source == "dhcp":
        result = await lease(hass, MAC.replace(":", ""), NEW)
        assert result["reason"] == "already_configured"
    elif source == "hello":
        hello, stop = await listening(hass)
        hello(found_camera(state))
    else:
        mac = MAC if source == "mac in scopes" else None
        result = await announce(hass, state, mac=mac)
        assert result["reason"] == "already_configured"
    await settle(hass)

    assert entry.data[CONF_HOST] == NEW
    assert entry.data["main_url"] == f"rtsp://{NEW}:8554/main"
    assert entry.data["sub_url"] == f"rtsp://{NEW}:8554/sub"
    assert entry.data["onvif_port"] == state.onvif_port
    assert entry.data[CONF_PASSWORD] == PASSWORD
    # It is tried at once, not when the back-off is over.
    assert len(no_setup.mock_calls) == 1
    assert flows(hass) == []
    if source == "hello":
        stop()


async def test_camera_that_is_not_ready_yet_is_looked_for_again(
    hass: HomeAssistant, onvif_device: tuple[CameraState, OnvifDevice]
) -> None:
    """A camera that starts has its address before it has a web server."""
    state, device = onvif_device
    await device.stop()
    entry = onvif_entry(state, host=OLD)
    entry.add_to_hass(hass)
    with (
        patch(f"{PACKAGE}.flow_follow.ATTEMPTS", (0.0, *(0.05,) * 600)),
        patch(
            f"{PACKAGE}.flow_follow.async_onvif_camera", wraps=async_onvif_camera
        ) as looked,
    ):
        await lease(hass, MAC.replace(":", ""), NEW)
        await wait_for(lambda: looked.call_count > 1)
        assert entry.data[CONF_HOST] == OLD
        await device.start()
        await settle(hass)

    assert entry.data[CONF_HOST] == NEW


@pytest.mark.parametrize("who", ["other mac", "nobody", "other password"])
async def test_announcement_that_is_not_proven_moves_no_camera(
    hass: HomeAssistant, onvif_device: tuple[CameraState, OnvifDevice], who: str
) -> None:
    """Another camera with the same endpoint got the address, or somebody lies."""
    state, device = onvif_device
    entry = onvif_entry(state, host=OLD)
    entry.add_to_hass(hass)
    match who:
        case "other mac":
            state.mac = "02:00:00:00:00:77"
        case "nobody":
            await device.stop()
        case _:
            state.password = "changed"
    await announce(hass, state)
    await settle(hass)

    assert entry.data[CONF_HOST] == OLD


async def test_lease_of_the_cameras_mac_counts_where_its_password_changed_too(
    hass: HomeAssistant, onvif_device: tuple[CameraState, OnvifDevice]
) -> None:
    """Else nobody would be asked for the new one."""
    state, _ = onvif_device
    state.password = "changed"
    entry = onvif_entry(state, host=OLD)
    entry.add_to_hass(hass)
    await lease(hass, MAC.replace(":", ""), NEW)
    await settle(hass)

    assert entry.data[CONF_HOST] == NEW


async def test_shared_endpoint_moves_no_camera_and_gets_cards_of_its_own(
    hass: HomeAssistant, onvif_device: tuple[CameraState, OnvifDevice]
) -> None:
    """The cards know the addresses, the entries never do."""
    state, _ = onvif_device
    entry = onvif_entry(state, host=OLD)
    entry.add_to_hass(hass)
    known = await announce(hass, state, host=OLD, shares_epr=True)
    assert known["reason"] == "already_configured"
    for host in (NEW, "127.0.0.7"):
        result = await announce(hass, state, host=host, shares_epr=True)
        assert result["step_id"] == "discovery_confirm"
    await settle(hass)

    assert entry.data[CONF_HOST] == OLD
    assert len(flows(hass)) == 2


async def test_https_is_not_given_up_for_an_announcement(
    hass: HomeAssistant, onvif_device: tuple[CameraState, OnvifDevice]
) -> None:
    """Else anybody could ask for the login in the clear."""
    state, _ = onvif_device
    entry = onvif_entry(state, host=OLD, onvif_tls=True, onvif_certificate="0" * 64)
    entry.add_to_hass(hass)
    await announce(hass, state)
    await settle(hass)

    assert entry.data[CONF_HOST] == OLD
    assert entry.data["onvif_tls"] is True


@pytest.mark.parametrize("online", [True, False])
async def test_camera_that_answers_at_its_address_is_left_there(
    hass: HomeAssistant, onvif_device: tuple[CameraState, OnvifDevice], online: bool
) -> None:
    """It has a second address, or somebody only claims to be it."""
    state, _ = onvif_device
    entry = onvif_entry(state, host=OLD)
    entry.add_to_hass(hass)
    entry.mock_state(hass, ConfigEntryState.LOADED)
    entry.runtime_data = SimpleNamespace(online=online, session=None, shut=False)
    listener = AsyncMock()
    entry.add_update_listener(listener)
    await announce(hass, state)
    await lease(hass, MAC.replace(":", ""), NEW)
    await settle(hass)

    assert entry.data[CONF_HOST] == (OLD if online else NEW)
    assert listener.await_count == (0 if online else 1)
    assert entry.state is ConfigEntryState.LOADED


async def test_camera_entered_by_hand_is_known_by_its_address_at_first(
    hass: HomeAssistant,
) -> None:
    """Its endpoint is learnt, so that it is found again when it moves."""
    entry = onvif_entry(epr=None)
    entry.add_to_hass(hass)
    result = await announce(hass, host="10.0.0.6")

    assert result["reason"] == "already_configured"
    assert entry.data["epr"] == EPR


async def test_other_camera_at_the_address_of_a_configured_one_gets_its_card(
    hass: HomeAssistant,
) -> None:
    """Its MAC tells that it is not the one that was entered by hand."""
    onvif_entry(epr=None).add_to_hass(hass)
    result = await announce(hass, host="10.0.0.6", mac="02:00:00:00:00:77")

    assert result["step_id"] == "discovery_confirm"


async def test_lease_of_an_unknown_device_is_no_camera(hass: HomeAssistant) -> None:
    """Nor is that of a camera without ONVIF, which has no known MAC."""
    entry = rtsp_entry()
    entry.add_to_hass(hass)
    result = await lease(hass, "aabbccddeeff", MOVED)

    assert result["reason"] == "no_devices_found"
    assert entry.data[CONF_HOST] == "10.0.0.5"


async def test_lease_of_a_public_address_is_not_followed(hass: HomeAssistant) -> None:
    """No camera is contacted there."""
    entry = onvif_entry()
    entry.add_to_hass(hass)
    await lease(hass, MAC.replace(":", ""), "8.8.8.8")

    assert entry.data[CONF_HOST] == "10.0.0.6"


# --- the search ---------------------------------------------------------------


async def test_network_is_searched_at_start_and_every_15_minutes(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    search_answers: list[DiscoveredCamera],
) -> None:
    """Every camera that answers gets its card."""
    hass.set_state(CoreState.not_running)
    stop = async_start_discovery(hass)
    search_answers.append(found_camera(camera_state(onvif_port=80)))
    await settle(hass)
    assert flows(hass) == []

    hass.set_state(CoreState.starting)
    await hass.async_start()
    await settle(hass)
    assert flows(hass) == ["Front door · Simulator (127.0.0.1)"]

    search_answers.append(
        found_camera(
            camera_state(onvif_port=80), epr="urn:uuid:2", name="Gate", host="10.0.0.9"
        )
    )
    freezer.tick(timedelta(minutes=15))
    async_fire_time_changed(hass)
    await settle(hass)
    assert sorted(flows(hass)) == [
        "Front door · Simulator (127.0.0.1)",
        "Gate · Simulator (10.0.0.9)",
    ]
    stop()


async def settle(hass: HomeAssistant) -> None:
    """Let background tasks end too."""
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_answer_without_any_identity_gets_no_card_but_can_be_picked(
    hass: HomeAssistant, search_answers: list[DiscoveredCamera]
) -> None:
    """It could neither be ignored nor be told apart."""
    search_answers.append(found_camera(camera_state(onvif_port=80), epr=None))
    stop = async_start_discovery(hass)
    await settle(hass)

    assert flows(hass) == []
    assert [camera.address.host for camera in await async_search(hass)] == ["127.0.0.1"]
    stop()


async def test_camera_that_misses_a_search_is_still_offered(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    search_answers: list[DiscoveredCamera],
) -> None:
    """For 20 minutes; its latest address counts."""
    search_answers.append(found_camera(camera_state(onvif_port=80)))
    await async_search(hass)
    search_answers[0] = found_camera(camera_state(onvif_port=80), host=MOVED)
    await async_search(hass)
    search_answers.clear()
    freezer.tick(timedelta(minutes=19))
    assert [camera.address.host for camera in await async_search(hass)] == [MOVED]

    freezer.tick(timedelta(minutes=2))
    assert await async_search(hass) == []


async def test_cameras_that_share_an_endpoint_are_offered_each(
    hass: HomeAssistant, search_answers: list[DiscoveredCamera]
) -> None:
    """And none of them as what the endpoint alone would name."""
    camera = found_camera(camera_state(onvif_port=80), shares_epr=True)
    search_answers.extend(
        found_camera(camera_state(onvif_port=80), host=host, shares_epr=True)
        for host in ("10.0.0.8", "10.0.0.9")
    )
    found = await async_search(hass)
    assert [one.key for one in found] == [
        f"{camera.epr} 10.0.0.8",
        f"{camera.epr} 10.0.0.9",
    ]
    assert {one.identity.unique_id for one in found} == {None}


async def test_flood_of_answers_is_bounded_and_their_texts_are_cut(
    hass: HomeAssistant, search_answers: list[DiscoveredCamera]
) -> None:
    """Anybody on the network may answer."""
    search_answers.extend(
        DiscoveredCamera(
            epr=f"urn:uuid:{number}",
            host="10.0.0.9",
            port=80,
            path="/",
            name="evil\n\u202e" + "x" * 10_000,
        )
        for number in range(MAX_FOUND + 50)
    )
    found = await async_search(hass)

    assert len(found) == MAX_FOUND
    name = found[0].name
    assert name is not None
    assert name.startswith("evilx")
    assert len(name) == MAX_TEXT


async def listening(
    hass: HomeAssistant,
) -> tuple[Callable[[DiscoveredCamera], None], Callable[[], None]]:
    """Start the discovery; return what is called for a Hello, and what ends it."""
    heard: list[Callable[[DiscoveredCamera], None]] = []

    class Listener(AnnouncementListener):
        def __init__(self, on_hello: Any, on_bye: Any) -> None:
            super().__init__(on_hello, on_bye)
            heard.append(on_hello)

        @override
        async def start(self, sources: Any) -> int:
            return len(sources)

    with (
        patch(f"{PACKAGE}.discovery.AnnouncementListener", Listener),
        patch(f"{PACKAGE}.discovery.discover", return_value=[]),
    ):
        stop = async_start_discovery(hass)
        await settle(hass)
    return heard[0], stop


async def test_camera_that_says_hello_gets_its_card_at_once(
    hass: HomeAssistant,
) -> None:
    """And so many at a time: anybody may say so."""
    hello, stop = await listening(hass)
    hello(found_camera(camera_state(onvif_port=80)))
    await settle(hass)
    assert flows(hass) == ["Front door · Simulator (127.0.0.1)"]

    hello(found_camera(camera_state(onvif_port=80), host="8.8.8.8", epr="urn:uuid:8"))
    for number in range(MAX_CARDS + 20):
        hello(found_camera(camera_state(onvif_port=80), epr=f"urn:uuid:1{number}"))
        await hass.async_block_till_done()
    assert len(flows(hass)) == MAX_CARDS
    stop()


async def test_announcements_are_heard_on_the_interfaces_of_now(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    search_answers: list[DiscoveredCamera],
) -> None:
    """A network that comes later is listened to, too."""
    with (
        patch(f"{PACKAGE}.discovery.AnnouncementListener.start", return_value=1) as at,
        patch(f"{PACKAGE}.discovery.AnnouncementListener.stop") as stopped,
    ):
        stop = async_start_discovery(hass)
        await settle(hass)
        both = [ipaddress.ip_address(one) for one in ("10.0.0.1", "10.1.0.1")]
        for sources in (both[:1], both):
            with patch(
                "homeassistant.components.network.async_get_enabled_source_ips",
                return_value=sources,
            ):
                freezer.tick(timedelta(minutes=15))
                async_fire_time_changed(hass)
                await settle(hass)
        assert [call.args[0] for call in at.call_args_list] == [both[:1], both]
        assert len(stopped.mock_calls) == 1
        stop()
        await settle(hass)
        assert len(stopped.mock_calls) == 2


async def test_search_probes_from_every_enabled_address(hass: HomeAssistant) -> None:
    """Cameras are often on a network of their own."""
    with patch(f"{PACKAGE}.discovery.discover", return_value=[]) as discover:
        await async_search(hass)

    assert discover.call_args.args[0] == [ipaddress.ip_address("10.0.0.1")]
