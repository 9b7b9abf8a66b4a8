"""The panel searches, protects and deletes clips of the cameras that a user may see."""

from datetime import datetime
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.system import async_get_system
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .media_fixtures import (
    BERLIN,
    MediaHarness,
    media_fixture,  # noqa: F401 - pytest finds it by name
)

MORNING = datetime(2026, 11, 22, 8, tzinfo=BERLIN)


@pytest.fixture
async def clips(hass: HomeAssistant, media: MediaHarness) -> list[Clip]:
    """Return clips of a camera that has an entity, and of one that is gone."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert isinstance(entry, MockConfigEntry)
    er.async_get(hass).async_get_or_create(
        "camera",
        DOMAIN,
        "front_door_camera",
        object_id_base="front_door",
        config_entry=entry,
    )
    return [
        await media.clip(1, MORNING),
        await media.clip(2, MORNING.replace(hour=9), kind="person", zones=("GATE",)),
        await media.clip(3, MORNING.replace(hour=10), camera_id="gone"),
    ]


async def ask(client: MockHAClientWebSocket, kind: str, **more: Any) -> dict[str, Any]:
    """Send a command and return the answer."""
    await client.send_json_auto_id({"type": f"hearthcam/{kind}", **more})
    message: dict[str, Any] = await client.receive_json()
    return message


def found(answer: dict[str, Any]) -> list[str]:
    """Return the ids of the clips in an answer."""
    return [clip["clip_id"] for clip in answer["result"]["clips"]]


async def test_clips_are_searched(
    hass: HomeAssistant, clips: list[Clip], hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    ids = [clip.clip_id for clip in clips]
    answer = await ask(client, "clips")
    assert found(answer) == ids[::-1]
    assert answer["result"]["more"] is False
    assert answer["result"]["clips"][1] == {
        "clip_id": ids[1],
        "camera_id": "front_door",
        "camera": 'Tür "vorn"\n',
        "event_id": clips[1].event_id,
        "kind": "person",
        "start": clips[1].start,
        "end": clips[1].end,
        "duration": 18.2,
        "score": 0.5,
        "zones": ["GATE"],
        "size": clips[1].size,
        "codec": "h264",
        "width": 1920,
        "height": 1080,
        "has_audio": True,
        "protected": False,
        "recovered": False,
        "clip": f"/api/hearthcam/clip/{ids[1]}.mp4",
        "thumbnail": f"/api/hearthcam/thumbnail/{ids[1]}",
        "media_content_id": f"media-source://hearthcam/clip/{ids[1]}",
    }
    for wanted, expected in (
        ({"camera_ids": ["gone"]}, [ids[2]]),
        ({"camera_ids": []}, []),
        ({"kinds": ["person"]}, [ids[1]]),
        ({"zones": ["GATE", "X"]}, [ids[1]]),
        ({"start": clips[1].start}, [ids[2], ids[1]]),
        ({"end": clips[1].start}, [ids[0]]),
        ({"protected": True}, []),
        ({"limit": 1, "offset": 1}, [ids[1]]),
    ):
        assert found(await ask(client, "clips", **wanted)) == expected, wanted
    assert (await ask(client, "clips", limit=2))["result"]["more"] is True
    for malformed in ({"limit": 0}, {"offset": 2**63}, {"start": "x"}, {"kinds": "x"}):
        answer = await ask(client, "clips", **malformed)
        assert answer["error"]["code"] == "invalid_format", malformed


async def test_users_find_the_clips_of_cameras_that_they_may_see(
    hass: HomeAssistant,
    clips: list[Clip],
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: Any,
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    ids = [clip.clip_id for clip in clips]
    assert found(await ask(client, "clips")) == ids[1::-1]
    assert found(await ask(client, "clips", camera_ids=["gone"])) == []
    for kind in ("clip/protect", "clip/delete"):
        answer = await ask(client, kind, clip_ids=[ids[0]])
        assert answer["error"]["code"] == "unauthorized"
    hass_read_only_user.mock_policy({})
    assert found(await ask(client, "clips")) == []
    assert await async_get_system(hass).storage.library.get(ids[0]) == clips[0]  # type: ignore[union-attr]  # it is open


async def test_clips_are_protected_and_deleted(
    hass: HomeAssistant, clips: list[Clip], hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    ids = [clip.clip_id for clip in clips]
    assert (await ask(client, "clip/protect", clip_ids=ids[:2]))["success"]
    assert found(await ask(client, "clips", protected=True)) == ids[1::-1]
    answer = await ask(client, "clip/delete", clip_ids=ids)
    assert answer["error"]["code"] == "clip_protected"
    assert ids[0] in answer["error"]["message"]
    assert (await ask(client, "clip/protect", clip_ids=ids[:1], protected=False))[
        "success"
    ]
    assert (await ask(client, "clip/delete", clip_ids=ids[::2]))["success"]
    assert (await ask(client, "clip/delete", clip_ids=ids[1:2], force=True))["success"]
    assert found(await ask(client, "clips")) == []
    answer = await ask(client, "clip/delete", clip_ids=ids[:1])
    assert answer["error"]["code"] == "clip_not_found"


async def test_a_library_that_is_closed_says_so(
    hass: HomeAssistant, clips: list[Clip], hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    library = async_get_system(hass).storage.library
    async_get_system(hass).storage.library = None
    answer = await ask(client, "clips")
    assert answer["error"]["code"] == "media_library_closed"
    assert library is not None
    async_get_system(hass).storage.library = library
    await library.close()
    answer = await ask(client, "clips")
    assert answer["error"]["code"] == "media_library_failed"
