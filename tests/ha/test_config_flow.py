"""The config flow as a whole: the search, the system entry, secrets, texts."""

import asyncio
from dataclasses import replace
import json
import logging
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.protocol import StreamError, Transport
from custom_components.hearthcam.flow_answers import read_address
from custom_components.hearthcam.onvif import DiscoveredCamera
from custom_components.hearthcam.stream_advice import Hurt
from homeassistant.config_entries import SOURCE_SYSTEM, SOURCE_USER
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESSED,
    FlowResultType,
)
from tests.simulator.onvif_server import OnvifDevice
from tests.simulator.state import CameraState

from .flow_parts import (
    EPR,
    GOOD_SUB,
    PACKAGE,
    PASSWORD,
    SUB_INFO,
    USERNAME,
    TriedStreams,
    answer,
    begin,
    camera_state,
    choices,
    choose,
    found_camera,
    host_answer,
    onvif_entry,
    rtsp_entry,
    shown,
)

pytest_plugins = ["tests.ha.flow_fixtures"]
pytestmark = pytest.mark.usefixtures("no_setup")


async def test_search_can_be_repeated(
    hass: HomeAssistant,
    search_answers: list[DiscoveredCamera],
    tried_streams: TriedStreams,
) -> None:
    """A camera that was switched on meanwhile is found."""
    result = await begin(hass)
    assert list(choices(result, "camera")) == [
        "enter_host",
        "enter_rtsp",
        "enter_picture",
        "search_again",
    ]
    search_answers.append(found_camera(camera_state(onvif_port=80)))
    result = await answer(hass, result, {"camera": "search_again"})

    assert EPR in choices(result, "camera")


async def test_camera_that_answers_late_appears_in_the_list_that_is_open(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """What was found is shown at once, while the search goes on."""
    first = found_camera(camera_state(onvif_port=80))
    late = replace(first, epr="urn:uuid:2", name="Gate", host="10.0.0.9")
    goes_on = asyncio.Event()

    async def discover(_: object, __: float, on_found: Any) -> list[DiscoveredCamera]:
        on_found(first)
        await goes_on.wait()
        on_found(late)
        return [first, late]

    changed = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)
    with (
        patch(f"{PACKAGE}.discovery.discover", discover),
        patch(f"{PACKAGE}.flow_search.GATHER_SECONDS", 0.01),
    ):
        result = await begin(hass)
        assert list(choices(result, "camera"))[0] == EPR
        assert "urn:uuid:2" not in choices(result, "camera")
        await hass.async_block_till_done()
        changed.clear()
        goes_on.set()
        await hass.async_block_till_done(wait_background_tasks=True)
    # That is what has the frontend ask for the form again.
    assert [event.data["flow_id"] for event in changed] == [result["flow_id"]]
    result = await hass.config_entries.flow.async_configure(result["flow_id"])
    assert list(choices(result, "camera"))[:2] == [EPR, "urn:uuid:2"]


async def test_search_ends_with_its_dialog(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """Closed while it goes on."""
    ended = asyncio.Event()

    async def discover(*_: object) -> list[DiscoveredCamera]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    with patch(f"{PACKAGE}.discovery.discover", discover):
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        await asyncio.sleep(0)
        hass.config_entries.flow.async_abort(result["flow_id"])
        async with asyncio.timeout(5):
            await ended.wait()


@pytest.mark.parametrize(
    ("host", "port", "tls", "meant"),
    [
        ("10.0.0.5", 80, False, ("10.0.0.5", 80, False)),
        (" Cam.Local ", 8000, False, ("cam.local", 8000, False)),
        ("[fd00::5]", 80, False, ("fd00::5", 80, False)),
        ("10.0.0.5", 80, True, ("10.0.0.5", 443, True)),
        ("10.0.0.5", 8443, True, ("10.0.0.5", 8443, True)),
        ("https://10.0.0.5/doc/page", 80, False, ("10.0.0.5", 443, True)),
        ("https://[fd00::5]:8443", 80, False, ("fd00::5", 8443, True)),
        ("http://10.0.0.5:8080/", 80, False, ("10.0.0.5", 8080, False)),
        ("http://", 80, False, ("http://", 80, False)),
    ],
)
def test_host_is_understood_as_people_paste_it(
    host: str, port: int, tls: bool, meant: tuple[str, int, bool]
) -> None:
    address = read_address({"host": host, "onvif_port": port, "onvif_tls": tls})
    assert (address.host, address.port, address.tls) == meant


async def test_search_that_fails_leaves_the_ways_by_hand(
    hass: HomeAssistant, tried_streams: TriedStreams
) -> None:
    """No network interface is no reason for no flow."""
    with patch(f"{PACKAGE}.discovery.discover", side_effect=RuntimeError):
        result = await begin(hass)

    assert result["step_id"] == "pick"


async def test_system_entry_is_made_once(hass: HomeAssistant) -> None:
    """By the first camera, not by hand: the user flow makes cameras."""
    for expected in (FlowResultType.CREATE_ENTRY, FlowResultType.ABORT):
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_SYSTEM}
        )
        assert result["type"] is expected
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.unique_id == "system"
    assert entry.title == "Hearthcam"
    assert entry.data == {"entry_type": "system"}


async def test_system_entry_has_nothing_to_reconfigure(hass: HomeAssistant) -> None:
    """Home Assistant offers it for every entry of an integration."""
    entry = MockConfigEntry(
        domain=DOMAIN, unique_id="system", data={"entry_type": "system"}
    )
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)

    assert result["reason"] == "nothing_to_reconfigure"


async def test_login_is_in_no_log_title_or_placeholder(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At the most talkative log level, with failures on the way."""
    caplog.set_level(logging.DEBUG)
    state, _ = onvif_device
    secret = "s3cr3t"
    state.password = secret
    tried_streams.errors["/main"] = StreamError.TIMEOUT
    by_url = await choose(hass, "enter_rtsp")
    by_url = await answer(
        hass,
        by_url,
        {CONF_NAME: "Gate", "main_url": f"rtsp://admin:{secret}@10.0.0.9/main"},
    )
    assert by_url["errors"]
    result = await choose(hass, "enter_host")
    result = await answer(hass, result, host_answer(state, password=secret))
    chosen = {CONF_NAME: "Front", "main_profile": "main", "sub_profile": "none"}
    result = await answer(hass, result, chosen)
    assert result["errors"]
    assert secret not in str(result["description_placeholders"])
    tried_streams.errors.clear()
    result = await answer(hass, result, chosen)

    assert secret not in result["title"]
    assert secret not in result["data"]["main_url"]
    assert secret not in caplog.text


def test_every_step_error_and_abort_has_its_text() -> None:
    """As hassfest and the frontend look them up."""
    folder = Path(__file__).parents[2] / "custom_components" / DOMAIN
    names = [*folder.glob("flow_*.py"), folder / "config_flow.py"]
    source = "\n".join(path.read_text() for path in names)
    texts = json.loads((folder / "translations" / "en.json").read_text())
    config, selector = texts["config"], texts["selector"]

    # Steps without a form of their own.
    hidden = {"user", "search", "look", "measure", "fix_apply", "fix_h264", "system"}
    hidden |= {"reauth", "reconfigure", "integration_discovery", "dhcp"}
    steps = set(re.findall(r"def async_step_(\w+)", source)) - hidden
    assert steps == set(config["step"])
    assert set(re.findall(r'progress_action="(\w+)"', source)) == set(
        config["progress"]
    )
    aborts = set(re.findall(r'(?:async_abort\(\s*reason=|AbortFlow\()"(\w+)"', source))
    # What `_abort_if_unique_id_mismatch` says when nothing else is asked for.
    assert aborts | {"unique_id_mismatch"} == set(config["abort"])
    errors = {error.value for error in StreamError}
    errors |= set(re.findall(r'^[A-Z_]+ = "(no_\w+)"', source, re.MULTILINE))
    errors |= {"certificate_changed", "invalid_picture_url", "nothing_to_fix"}
    assert errors == set(config["error"])
    assert set(selector["transport"]["options"]) == {one.value for one in Transport}
    for name, step in config["step"].items():
        if name == "fix":
            chosen = {"fix_apply", "fix_h264", "profiles", "reconfigure_profiles"}
            assert set(step["menu_options"]) == chosen
        else:
            assert set(step.get("data", {})) == set(step.get("data_description", {}))
    for error in StreamError:
        assert f"measured_error_{error}" in texts["common"]
    for hurt in set(Hurt) - {Hurt.CLOCK}:
        assert f"hurt_{hurt}" in texts["common"]
    used = "".join((folder / f"stream_{name}.py").read_text() for name in ("report",))
    for key in re.findall(r'word\("(\w+)"', used + source):
        assert key in texts["common"], key


async def test_every_field_of_a_form_has_its_text(
    hass: HomeAssistant,
    onvif_device: tuple[CameraState, OnvifDevice],
    tried_streams: TriedStreams,
    search_answers: list[DiscoveredCamera],
) -> None:
    """A field without one shows its key."""
    state, _ = onvif_device
    search_answers.append(found_camera(state))
    forms = [await begin(hass)]
    tried_streams.seen["/sub"] = (SUB_INFO, replace(GOOD_SUB, fps=30.0))
    for choice in ("enter_rtsp", "enter_picture", "enter_host", EPR):
        forms.append(await choose(hass, choice))  # noqa: PERF401 - one after the other
    login = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
    forms.append(await answer(hass, forms[-1], login))
    entry = onvif_entry(state)
    entry.add_to_hass(hass)
    forms.append(await entry.start_reauth_flow(hass))
    forms.append(await entry.start_reconfigure_flow(hass))
    changed = host_answer(state) | {"transport": "tcp"}
    forms.append(await answer(hass, forms[-1], changed))
    other = rtsp_entry()
    other.add_to_hass(hass)
    forms.append(await other.start_reconfigure_flow(hass))
    hass.config_entries.async_update_entry(
        other, data={**other.data, "main_url": "http://10.0.0.5/still.jpg"}
    )
    forms.append(await other.start_reconfigure_flow(hass))

    texts = json.loads(
        (
            Path(__file__).parents[2]
            / "custom_components"
            / DOMAIN
            / "translations"
            / "en.json"
        ).read_text()
    )["config"]["step"]
    for form in forms:
        step = texts[form["step_id"]]
        assert set(shown(form)) == set(step["data"])
        wanted = set(re.findall(r"{(\w+)}", step["description"]))
        assert wanted == set(form["description_placeholders"] or {})
    elsewhere = {"discovery_confirm", "certificate", "checked", "fix"}
    assert {form["step_id"] for form in forms} == set(texts) - elsewhere
