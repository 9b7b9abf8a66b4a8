"""What the panel can ask for, and who may ask."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.hearthcam.const import (
    CONF_ENTRY_TYPE,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
    MAX_PRIVACY_ZONES,
    MAX_ZONES,
    SUBENTRY_ZONE,
)
from custom_components.hearthcam.detector_watch import RENEWAL
from custom_components.hearthcam.engine.protocol import Box, DetectorView
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .conftest import CameraHarness, make_camera_entry, wait_for

TRIANGLE = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]
ZONE = {"name": "Gate", "kind": "motion", "polygon": TRIANGLE}
VIEW = DetectorView(
    *("front_door", 1_700_000_000.5, 16, 2, "AAEAgA=="),
    *((Box(0.25, 0.5, 0.125, 0.25),), "full", True),
)


@pytest.fixture
async def client(
    camera: CameraHarness, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """Return an administrator's connection."""
    return await hass_ws_client(camera.hass)


async def ask(
    client: MockHAClientWebSocket, kind: str, entry: ConfigEntry[Any], /, **more: Any
) -> dict[str, Any]:
    """Send a command about an entry and return the answer."""
    await client.send_json_auto_id(
        {"type": f"hearthcam/{kind}", "entry_id": entry.entry_id, **more}
    )
    message: dict[str, Any] = await client.receive_json()
    return message


def watching(camera: CameraHarness) -> list[bool]:
    """Return how often the engine was asked to show a detector, and to stop."""
    return [command["enabled"] for command in camera.engine.commands("WatchDetector")]


async def test_zone_is_saved_listed_changed_and_deleted(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    saved = await ask(client, "zones/save", camera.entry, **ZONE)
    assert saved["success"]
    zone_id = saved["result"]["zone_id"]
    listed = await ask(client, "zones/list", camera.entry)
    expected = {
        "zone_id": zone_id,
        **ZONE,
        "sensitivity": 50,
        "min_size": 0.0,
        "min_duration": 0.0,
        "enabled": True,
    }
    assert listed["result"] == {
        "zones": [expected],
        "sensitivity": 50,
        "most": MAX_ZONES,
        "most_privacy": MAX_PRIVACY_ZONES,
    }
    await camera.hass.async_block_till_done()
    assert camera.hass.states.get("binary_sensor.front_door_gate_motion")
    changed = {
        "name": "Fence",
        "kind": "ignore",
        "polygon": [[0, 0], [1, 0], [1, 1]],
        "sensitivity": 30,
        "min_size": 0.2,
        "min_duration": 1.5,
        "enabled": False,
    }
    saved = await ask(client, "zones/save", camera.entry, zone_id=zone_id, **changed)
    assert saved["result"] == {"zone_id": zone_id}
    listed = await ask(client, "zones/list", camera.entry)
    assert listed["result"]["zones"] == [{"zone_id": zone_id, **changed}]
    deleted = await ask(client, "zones/delete", camera.entry, zone_id=zone_id)
    assert deleted["success"]
    await camera.hass.async_block_till_done()
    assert camera.entry.get_subentries_of_type(SUBENTRY_ZONE) == []
    # None, the new one, none as it was switched off; of its end nobody needs to hear.
    await wait_for(lambda: len(camera.engine.commands("SetZones")) == 3)
    told = [command["zones"] for command in camera.engine.commands("SetZones")]
    assert [len(zones) for zones in told] == [0, 1, 0]


@pytest.mark.parametrize(
    ("polygon", "code"),
    [
        ([], "polygon_too_few_points"),
        ([[0, 0], [1, 1]], "polygon_too_few_points"),
        ([[n / 100, n % 2] for n in range(33)], "polygon_too_many_points"),
        ([[0, 0], [1.01, 0], [1, 1]], "polygon_outside"),
        ([[0, 0], [0, 0], [1, 0], [1, 1]], "polygon_repeated_point"),
        ([[0, 0], [1, 1], [1, 0], [0, 1]], "polygon_crosses_itself"),
        ([[0, 0], [0.5, 0.5], [1, 1]], "polygon_empty"),
        ([["nan", 0], [1, 0], [1, 1]], "polygon_not_a_number"),
    ],
)
async def test_each_fault_of_a_polygon_has_its_code_and_text(
    camera: CameraHarness,
    client: MockHAClientWebSocket,
    caplog: pytest.LogCaptureFixture,
    polygon: list[Any],
    code: str,
) -> None:
    zone = ZONE | {"polygon": polygon}
    answer = await ask(client, "zones/save", camera.entry, **zone)
    assert not answer["success"]
    assert answer["error"]["code"] == code
    assert answer["error"]["translation_key"] == code
    assert answer["error"]["translation_domain"] == DOMAIN
    assert " " in answer["error"]["message"]
    assert camera.entry.get_subentries_of_type(SUBENTRY_ZONE) == []
    assert "ERROR" not in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"kind": "secret"},
        {"kind": "privacy", "modes": ["armed_vacation"]},
        {"polygon": "0,0"},
        {"polygon": [[0, 0, 0]]},
        {"polygon": [[0, 0]] * 1001},
        {"sensitivity": 0},
        {"sensitivity": 101},
        {"min_size": 1.1},
        {"min_duration": -1},
        {"enabled": "perhaps"},
        {"colour": "red"},
    ],
)
async def test_what_is_no_zone_is_refused(
    camera: CameraHarness, client: MockHAClientWebSocket, wrong: dict[str, Any]
) -> None:
    answer = await ask(client, "zones/save", camera.entry, **(ZONE | wrong))
    assert answer["error"]["code"] == "invalid_format"
    assert camera.entry.get_subentries_of_type(SUBENTRY_ZONE) == []


async def test_number_of_zones_is_limited_here_too(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    ignored = ZONE | {"kind": "ignore"}
    for _ in range(MAX_ZONES):
        assert (await ask(client, "zones/save", camera.entry, **ignored))["success"]
    answer = await ask(client, "zones/save", camera.entry, **ignored)
    assert answer["error"]["code"] == "too_many_zones"
    assert str(MAX_ZONES) in answer["error"]["message"]


async def test_cameras_and_zones_that_are_not_there(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    (system,) = (
        entry
        for entry in camera.hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_ENTRY_TYPE] == ENTRY_TYPE_SYSTEM
    )
    other = make_camera_entry("other")
    for entry in (system, other):
        for kind in ("zones/list", "detector/subscribe"):
            answer = await ask(client, kind, entry)
            assert answer["error"]["code"] == "camera_not_found", kind
    for kind, more in (("zones/delete", {}), ("zones/save", ZONE)):
        answer = await ask(client, kind, camera.entry, zone_id="GONE", **more)
        assert answer["error"]["code"] == "zone_not_found"
    assert watching(camera) == []


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("detector/subscribe", {}),
        ("zones/list", {}),
        ("zones/save", ZONE),
        ("zones/delete", {"zone_id": "X"}),
    ],
)
async def test_only_administrators_may_ask(
    camera: CameraHarness,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    kind: str,
    more: dict[str, Any],
) -> None:
    client = await hass_ws_client(camera.hass, hass_read_only_access_token)
    answer = await ask(client, kind, camera.entry, **more)
    assert answer["error"]["code"] == "unauthorized"
    assert watching(camera) == []


async def test_view_of_the_detector_is_sent_while_somebody_watches(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    answer = await ask(client, "detector/subscribe", camera.entry)
    assert answer["success"]
    await wait_for(lambda: watching(camera) == [True])
    await camera.emit(VIEW)
    message = await client.receive_json()
    assert message["id"] == answer["id"]
    assert message["event"] == {
        "time": 1_700_000_000.5,
        "columns": 16,
        "rows": 2,
        "cells": "AAEAgA==",
        "boxes": [[0.25, 0.5, 0.125, 0.25]],
        "rung": "full",
        "moving": True,
    }
    second = await ask(client, "detector/subscribe", camera.entry)
    for message_id in (answer["id"], second["id"]):
        assert watching(camera) == [True]
        await client.send_json_auto_id(
            {"type": "unsubscribe_events", "subscription": message_id}
        )
        assert (await client.receive_json())["success"]
    await wait_for(lambda: watching(camera) == [True, False])
    await camera.emit(VIEW)
    # Nothing but the answer comes now.
    assert (await ask(client, "zones/list", camera.entry))["success"]


async def test_watching_ends_with_the_connection(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    assert (await ask(client, "detector/subscribe", camera.entry))["success"]
    await client.close()
    await wait_for(lambda: watching(camera) == [True, False])


async def test_engine_is_asked_again_before_it_stops_by_itself(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    assert (await ask(client, "detector/subscribe", camera.entry))["success"]
    later = dt_util.utcnow() + RENEWAL + timedelta(seconds=1)
    async_fire_time_changed(camera.hass, later)
    await wait_for(lambda: watching(camera) == [True, True])


async def test_watching_outlives_engine_and_reload(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    answer = await ask(client, "detector/subscribe", camera.entry)
    system = camera.entry.runtime_data.system
    system.supervisor._process.kill("silent")
    await wait_for(lambda: not system.supervisor.running)
    await wait_for(lambda: watching(camera) == [True, True])
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    await wait_for(lambda: watching(camera) == [True, True, True])
    kinds = [message["type"] for message in camera.engine.commands()]
    assert kinds[::-1].index("WatchDetector") < kinds[::-1].index("ConfigureCamera")
    await camera.emit(VIEW)
    message = await client.receive_json()
    assert message["id"] == answer["id"]
    assert message["event"]["moving"] is True


async def test_views_of_other_cameras_are_not_sent(
    camera: CameraHarness, client: MockHAClientWebSocket, home: HomeAssistant
) -> None:
    answer = await ask(client, "detector/subscribe", camera.entry)
    await camera.emit(
        DetectorView("garden", 1.0, 8, 1, "AA==", (), "rest", False), VIEW
    )
    message = await client.receive_json()
    assert message["id"] == answer["id"]
    assert message["event"]["time"] == VIEW.time
