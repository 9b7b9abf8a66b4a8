"""What the panel is told of privacy, and a self-test as it goes on."""

from collections.abc import AsyncGenerator
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.hearthcam.engine.parts import Point
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.privacy_result import CheckResult, OutputCheck
from custom_components.hearthcam.privacy_run import CheckRun

from .conftest import CameraHarness
from .test_privacy_zones import (
    WINDOW,
    add_zone,
    camera_entry,  # noqa: F401 - pytest finds it by name
    runtime,
    switch,
)
from .test_privacy_zones_outputs import kept

LOOKED_AT = (OutputCheck("still", 1), OutputCheck("live", 90))
MARK = mark_of(tuple(Point(*point) for point in WINDOW))


@pytest.fixture
async def client(
    camera: CameraHarness, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """Return an administrator's connection."""
    return await hass_ws_client(camera.hass)


async def ask(
    client: MockHAClientWebSocket, kind: str, /, **more: Any
) -> dict[str, Any]:
    """Send a command and return the answer."""
    await client.send_json_auto_id({"type": f"hearthcam/{kind}", **more})
    message: dict[str, Any] = await client.receive_json()
    return message


async def told(client: MockHAClientWebSocket) -> dict[str, Any]:
    """Return what is told of the one camera."""
    (camera,) = (await ask(client, "privacy"))["result"]["cameras"]
    found: dict[str, Any] = camera
    return found


async def two_outputs(_run: CheckRun) -> AsyncGenerator[OutputCheck]:
    """Look at two outputs."""
    for check in LOOKED_AT:
        yield check


async def test_camera_is_told_of_with_its_entities(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    await camera.stream()
    await kept(camera)
    await camera.state("sensor.front_door_privacy_zones", "masked_by_hearthcam")
    found = await told(client)
    assert found["entry_id"] == camera.entry.entry_id
    assert (found["camera_id"], found["name"]) == ("front_door", "Front door")
    assert (found["loaded"], found["online"], found["shut"]) == (True, True, False)
    assert (found["zones"], found["hidden"]) == (1, 0)
    assert found["outputs"]["still"] == {"state": "masked_by_hearthcam", "cause": None}
    assert found["check"] is None
    entities = found["entities"]
    assert set(entities) == {"camera", "zones", "check", "hidden"}
    for entity_id in entities.values():
        assert camera.hass.states.get(entity_id) is not None, entity_id


async def test_camera_that_is_not_loaded_is_told_of_too(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    await camera.hass.config_entries.async_unload(camera.entry.entry_id)
    found = await told(client)
    assert (found["loaded"], found["online"], found["zones"]) == (False, False, 0)
    assert found["outputs"]["live"] == {"state": None, "cause": None}


async def test_test_of_other_zones_is_outdated(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    runtime(camera).privacy_checked(CheckResult(1.0, LOOKED_AT, (MARK,)))
    assert (await told(client))["outdated"] is False
    add_zone(camera, polygon=[[0.5, 0.5], [0.9, 0.5], [0.9, 0.9]])
    await camera.hass.async_block_till_done()
    found = await told(client)
    assert found["check"]["outcome"] == "passed"
    assert found["outdated"] is True


async def test_each_output_is_told_of_once_it_was_looked_at(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    with patch.object(CheckRun, "checks", two_outputs):
        answer = await ask(client, "privacy/check/subscribe", camera_id="front_door")
        assert answer["success"]
        events = [(await client.receive_json())["event"] for _ in range(3)]
    assert [event["output"]["output"] for event in events[:2]] == ["still", "live"]
    assert events[1]["output"]["frames"] == 90
    assert events[2]["result"]["outcome"] == "passed"
    assert events[2]["result"]["marks"] == [MARK]
    assert (await told(client))["check"] == events[2]["result"]


async def test_error_of_a_test_is_told_with_its_text(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    await switch(camera, "turn_off")
    answer = await ask(client, "privacy/check/subscribe", camera_id="front_door")
    assert answer["success"]
    error = (await client.receive_json())["event"]["error"]
    assert error["code"] == error["translation_key"] == "privacy_nothing_to_check"
    assert " " in error["message"]


@pytest.mark.parametrize("kind", ["privacy/check", "privacy/check/subscribe"])
async def test_camera_that_is_not_there_cannot_be_tested(
    camera: CameraHarness, client: MockHAClientWebSocket, kind: str
) -> None:
    answer = await ask(client, kind, camera_id="garden")
    assert answer["error"]["translation_key"] == "camera_not_found"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("privacy", {}),
        ("privacy/check", {"camera_id": "front_door"}),
        ("privacy/check/subscribe", {"camera_id": "front_door"}),
    ],
)
async def test_only_administrators_may_ask_about_privacy(
    camera: CameraHarness,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    kind: str,
    more: dict[str, Any],
) -> None:
    client = await hass_ws_client(camera.hass, hass_read_only_access_token)
    assert (await ask(client, kind, **more))["error"]["code"] == "unauthorized"


async def test_zone_that_cannot_be_read_is_listed_without_a_shape(
    camera: CameraHarness, client: MockHAClientWebSocket
) -> None:
    zone_id = add_zone(camera, polygon="damaged")
    listed = await ask(client, "zones/list", entry_id=camera.entry.entry_id)
    (damaged,) = (
        zone for zone in listed["result"]["zones"] if zone["zone_id"] == zone_id
    )
    assert damaged["unreadable"] is True
    assert damaged["kind"] == "privacy"
    assert "polygon" not in damaged
    redrawn = {"name": "Bed", "kind": "privacy", "polygon": WINDOW}
    saved = await ask(
        client,
        "zones/save",
        entry_id=camera.entry.entry_id,
        zone_id=zone_id,
        **redrawn,
    )
    assert saved["result"] == {"zone_id": zone_id}
