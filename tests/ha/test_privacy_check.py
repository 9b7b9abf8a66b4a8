"""The self-test: all that a real camera's clients get, looked at."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import PropertyMock, patch

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.hearthcam.const import (
    CONF_DETECTION,
    CONF_MAIN_URL,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_SUB_URL,
    DOMAIN,
)
from custom_components.hearthcam.device import HearthcamCamera
from custom_components.hearthcam.engine.parts import KEY_HEADER, Point
from custom_components.hearthcam.engine.protocol import BlockCause, Inspected
from custom_components.hearthcam.library.models import HiddenError
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.playback_views import MEDIA_URL
from custom_components.hearthcam.privacy_check import (
    PrivacyChecks,
    async_privacy_checks,
)
from custom_components.hearthcam.privacy_fetch import Fetcher
from custom_components.hearthcam.privacy_result import (
    CheckResult,
    CheckStore,
    Outcome,
    OutputCheck,
)
from custom_components.hearthcam.privacy_trial import DATA_KEYS
from custom_components.hearthcam.views import clip_url, thumbnail_url
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
from tests.simulator import CameraOptions, SimulatedCamera, small_source

from .conftest import PASSWORD, make_camera_entry, wait_for
from .test_entities import state_of
from .test_privacy_zones import privacy_zone

SENSOR = "sensor.front_door_privacy_check"
BUTTON = "button.front_door_check_privacy_zones"
WINDOW = [[0.2, 0.2], [0.7, 0.2], [0.7, 0.8], [0.2, 0.8]]
ELSEWHERE = (
    *(Point(0.8, 0.1), Point(0.98, 0.1), Point(0.98, 0.9)),
    Point(0.8, 0.9),
)
OUTPUTS = {
    *("still", "live", "clip", "playback", "thumbnail", "preview", "picture"),
    "export",
}


@pytest.fixture
async def camera(
    home: HomeAssistant, socket_enabled: None, hass_client: ClientSessionGenerator
) -> AsyncGenerator[HearthcamCamera]:
    """Return a camera with a privacy zone; Home Assistant's HTTP server runs."""
    options = CameraOptions(main=small_source(), username="admin", password=PASSWORD)
    async with SimulatedCamera(options) as simulator:
        entry = make_camera_entry(
            data={
                CONF_MAIN_URL: simulator.rtsp_url("main"),
                CONF_SUB_URL: None,
                CONF_USERNAME: "admin",
                CONF_PASSWORD: PASSWORD,
            },
            options={CONF_DETECTION: False, CONF_PRE_ROLL: 1.0, CONF_POST_ROLL: 1.0},
            zones=[privacy_zone(polygon=WINDOW)],
        )
        entry.add_to_hass(home)
        assert await home.config_entries.async_setup(entry.entry_id)
        await home.async_block_till_done()
        assert await async_setup_component(home, "websocket_api", {})
        client = await hass_client()
        base = str(client.make_url("")).rstrip("/")
        with patch.object(Fetcher, "base_url", PropertyMock(return_value=base)):
            found: HearthcamCamera = entry.runtime_data
            await wait_for(lambda: found.online, 30)
            yield found
        for loaded in home.config_entries.async_loaded_entries(DOMAIN):
            await home.config_entries.async_unload(loaded.entry_id)


def files(media: Path) -> Iterator[Path]:
    """Return what the library holds of clips, pictures and previews."""
    for suffix in ("mp4", "jpg", "webp"):
        yield from media.rglob(f"*.{suffix}")


class Others:
    """Who asks for whatever there is while a camera that leaked is tested."""

    def __init__(
        self, hass: HomeAssistant, camera: HearthcamCamera, client: TestClient[Any, Any]
    ) -> None:
        """Begin with nothing asked for."""
        self.hass = hass
        self.camera = camera
        self.client = client
        self.inspect = camera.system.supervisor.async_inspect
        self.refused: list[int] = []
        self.blocked: set[BlockCause | None] = set()

    async def while_asked(self, path: str, polygons: object) -> Inspected:
        """Ask while the test looks at one of its outputs."""
        camera, engine = self.camera, self.camera.system.supervisor
        self.blocked.add(camera.blocked)
        state = self.hass.states.get("camera.front_door")
        assert state is not None
        assert state.state == "unavailable"
        assert camera.live_url is None
        paths = ["/api/camera_proxy/camera.front_door"]
        library = camera.system.library
        assert library is not None
        for clip in await library.clips(camera.camera_id):
            paths += [
                *(clip_url(clip.clip_id), thumbnail_url(clip.clip_id)),
                *(preview_url(clip.clip_id), picture_url(clip.clip_id)),
                MEDIA_URL.format(clip_id=clip.clip_id),
            ]
        for wrong in ({}, {KEY_HEADER: "A" * 43}):
            for one in paths:
                async with self.client.get(one, headers=wrong) as response:
                    self.refused.append(response.status)
            session = async_get_clientsession(self.hass)
            for one in ("live/front_door.ts", "still/front_door.jpg"):
                url = engine.url(one)
                assert url is not None
                async with session.get(url, headers=wrong) as response:
                    self.refused.append(response.status)
        return await self.inspect(path, polygons)  # type: ignore[arg-type]  # as given


async def press(hass: HomeAssistant) -> None:
    """Have the zones checked."""
    await hass.services.async_call(
        "button", "press", {"entity_id": BUTTON}, blocking=True
    )


async def test_every_output_is_looked_at_and_black(
    home: HomeAssistant, camera: HearthcamCamera, tmp_path: Path
) -> None:
    assert state_of(home, SENSOR).state == "unknown"

    await press(home)

    state = state_of(home, SENSOR)
    assert state.state == "passed"
    assert {name for name in OUTPUTS if state.attributes.get(name) == "black"} == (
        OUTPUTS
    )
    result = camera.privacy_check
    assert result is not None
    assert all(check.frames > 0 for check in result.outputs)
    live = next(check for check in result.outputs if check.output == "live")
    assert live.frames > 10
    # What was recorded for it is gone, and nobody was told of it.
    assert not [path for path in files(tmp_path / "media") if path.suffix == ".mp4"]
    assert state_of(home, "event.front_door_motion").state == "unknown"


async def test_leak_blocks_the_camera_until_a_check_has_passed(
    home: HomeAssistant,
    camera: HearthcamCamera,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The check is led to look beside the zone, where the picture is."""
    inspect = camera.system.supervisor.async_inspect

    async def beside(path: str, _polygons: object) -> Inspected:
        return await inspect(path, (ELSEWHERE,))

    with patch.object(camera.system.supervisor, "async_inspect", beside):
        await press(home)

    assert state_of(home, SENSOR).state == "leaked"
    assert state_of(home, SENSOR).attributes["live"] == "leaked"
    assert camera.blocked is BlockCause.LEAKED
    assert camera.live_url is None
    assert await camera.async_still() is None
    # Nobody knows in which clips it shows.
    with pytest.raises(HiddenError):
        camera.system.storage.library.check_shown(camera.camera_id, ())  # type: ignore[union-attr]  # it is open
    issue = f"privacy_blocked_{camera.entry.entry_id}"
    assert ir.async_get(home).async_get_issue(DOMAIN, issue) is not None
    kept = CheckStore(home)
    await home.async_block_till_done()
    await kept.async_load()
    known = kept.get(camera.camera_id)
    assert known is not None
    assert known.outcome is Outcome.LEAKED

    # A test that cannot look at everything frees nobody.
    gone = CheckResult(2.0, (OutputCheck("live", error="no_answer"),))
    with (
        patch.object(PrivacyChecks, "_async_test", return_value=gone),
        pytest.raises(HomeAssistantError) as raised,
    ):
        await press(home)
    assert raised.value.translation_key == "privacy_check_incomplete"
    assert camera.blocked is BlockCause.LEAKED
    assert state_of(home, SENSOR).state == "leaked"

    client = await hass_ws_client(home)
    await client.send_json_auto_id({"type": "hearthcam/privacy"})
    (told,) = (await client.receive_json())["result"]["cameras"]
    assert told["outputs"]["live"] == {"state": "blocked", "cause": "leaked"}
    assert told["check"]["outcome"] == "leaked"
    others = Others(home, camera, await hass_client())
    with patch.object(camera.system.supervisor, "async_inspect", others.while_asked):
        await client.send_json_auto_id(
            {"type": "hearthcam/privacy/check", "camera_id": camera.camera_id}
        )
        answer = await client.receive_json()

    # Only the test was let in.
    assert len(others.refused) > 20
    assert {answer for answer in others.refused if answer < 500} == set()
    assert others.blocked == {BlockCause.LEAKED}
    assert not home.data[DATA_KEYS]
    assert answer["result"]["outcome"] == "passed"
    assert camera.engine_config.blocked is None
    await wait_for(lambda: camera.live_url is not None)
    assert ir.async_get(home).async_get_issue(DOMAIN, issue) is None


async def test_camera_without_zones_has_nothing_to_check(
    home: HomeAssistant, fake_engine_used: object
) -> None:
    entry = make_camera_entry()
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    with pytest.raises(HomeAssistantError) as raised:
        await async_privacy_checks(home).async_check(entry.runtime_data)
    assert raised.value.translation_key == "privacy_nothing_to_check"
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)


async def test_camera_that_leaked_shows_nothing_after_a_restart(
    home: HomeAssistant, fake_engine_used: object, hass_storage: dict[str, object]
) -> None:
    leaked = CheckResult(1.0, (OutputCheck("live", 3, leaked=9, brightest=200),))
    hass_storage["hearthcam.privacy_checks"] = {
        "version": 1,
        "data": {"front_door": leaked.as_data, "other": {"time": "?"}},
    }
    entry: MockConfigEntry = make_camera_entry(zones=[privacy_zone()])
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    camera = entry.runtime_data
    assert camera.engine_config.blocked is BlockCause.LEAKED
    assert state_of(home, SENSOR).state == "leaked"
    # Where it cannot be read whether a camera leaked, it did.
    damaged = camera.system.checks.get("other")
    assert damaged is not None
    assert damaged.outcome is Outcome.LEAKED
    assert camera.system.checks.get("third") is None
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)


@pytest.mark.parametrize(
    ("checks", "outcome"),
    [
        ((), Outcome.INCOMPLETE),
        ((OutputCheck("live", 5),), Outcome.PASSED),
        ((OutputCheck("live", 5), OutputCheck("clip", error="x")), Outcome.INCOMPLETE),
        (
            (OutputCheck("live", error="x"), OutputCheck("clip", 5, leaked=1)),
            Outcome.LEAKED,
        ),
    ],
)
def test_outcome_is_that_of_the_worst_output(
    checks: tuple[OutputCheck, ...], outcome: Outcome
) -> None:
    result = CheckResult(5.0, checks)
    assert result.outcome is outcome
    assert CheckResult.from_data(result.as_data) == result
