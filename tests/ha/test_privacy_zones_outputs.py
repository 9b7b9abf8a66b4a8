"""What Home Assistant shows of a camera with privacy zones, and what it drops."""

import asyncio
from dataclasses import replace
from http import HTTPStatus
import logging
from pathlib import Path
from typing import Any, override
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.hearthcam import camera_pictures
from custom_components.hearthcam.const import CONF_PRIVACY_MODE
from custom_components.hearthcam.diagnostics import async_get_config_entry_diagnostics
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    ClipFailed,
    LostCause,
    Means,
    MotionStarted,
    Output,
    OutputState,
    PrivacyState,
)
from custom_components.hearthcam.privacy_zones import marks_of
from homeassistant.components.camera import Camera, async_get_image
from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.components.camera.webrtc import (
    CameraWebRTCProvider,
    async_register_webrtc_provider,
)
from homeassistant.components.diagnostics import REDACTED
from homeassistant.components.stream import Stream
from homeassistant.components.stream.core import Segment
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.dt import utcnow

from .conftest import CameraHarness, make_camera_entry, wait_for
from .test_entities import CAMERA, IMAGE, state_of, write_clip
from .test_privacy_zones import (
    BED,
    WINDOW,
    add_zone,
    issue,
    privacy_zone,
    runtime,
    told,
)

SENSOR = "sensor.front_door_privacy_zones"
STARTED = MotionStarted("front_door", "EVENT00001", 1_700_000_000.0, 0.8)


@pytest.fixture
def camera_entry() -> MockConfigEntry:
    """Return the entry of a camera with a privacy zone."""
    return make_camera_entry(zones=[privacy_zone()])


def entity(camera: CameraHarness) -> Camera:
    """Return the camera's entity."""
    found = camera.hass.data[DATA_COMPONENT].get_entity(CAMERA)
    assert found is not None
    return found


def stream_of(camera: CameraHarness) -> Stream | None:
    """Return what Home Assistant plays."""
    return entity(camera).stream


async def kept(
    camera: CameraHarness,
    means: Means = Means.ENGINE,
    cause: BlockCause | None = None,
    *,
    mask: frozenset[str] | None = None,
    **outputs: Means,
) -> None:
    """Have the engine say how outputs are kept, and wait until it is known."""
    marks = marks_of(runtime(camera).privacy_now) if mask is None else mask
    states = []
    for output in Output:
        how = outputs.get(output, means)
        why = cause if how is Means.BLOCKED else None
        states.append(OutputState(output, how, why))
    report = PrivacyState("front_door", tuple(states), mask=tuple(sorted(marks)))
    await camera.emit(report)
    await wait_for(lambda: runtime(camera).state.privacy == report)
    await camera.hass.async_block_till_done()


async def picture(camera: CameraHarness) -> bytes | None:
    """Return a still as others get it."""
    try:
        return (await async_get_image(camera.hass, CAMERA)).content
    except HomeAssistantError:
        return None


async def test_nothing_is_shown_before_the_engine_vouches_for_it(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    assert state_of(camera.hass, CAMERA).state == "unavailable"
    assert state_of(camera.hass, SENSOR).state == "unknown"
    assert await entity(camera).stream_source() is None
    assert await entity(camera).async_create_stream() is None
    assert await runtime(camera).async_still() is None
    # Neither does another mask prove anything, nor that there is none.
    await kept(camera, mask=frozenset({"0" * 12}))
    assert state_of(camera.hass, CAMERA).state == "unavailable"
    await kept(camera, Means.NONE)
    assert state_of(camera.hass, CAMERA).state == "unavailable"
    assert state_of(camera.hass, SENSOR).state == "unknown"
    await kept(camera)
    assert state_of(camera.hass, CAMERA).state == "idle"
    assert state_of(camera.hass, SENSOR).state == "masked_by_hearthcam"
    assert await entity(camera).stream_source() == camera.url("live/front_door.ts")
    assert await picture(camera)


async def test_engine_that_comes_back_has_to_vouch_again(camera: CameraHarness) -> None:
    await camera.stream()
    await kept(camera)
    process = camera.system.supervisor._process
    assert process is not None
    process.kill("silent")  # type: ignore[arg-type]  # any reason will do
    await wait_for(lambda: not camera.system.supervisor.running)
    assert state_of(camera.hass, SENSOR).state == "unavailable"
    await wait_for(lambda: camera.system.supervisor.running)
    await camera.stream()
    assert state_of(camera.hass, CAMERA).state == "unavailable"
    assert state_of(camera.hass, SENSOR).state == "unknown"
    await kept(camera)
    assert state_of(camera.hass, CAMERA).state == "idle"


async def test_camera_without_a_zone_needs_nobody_to_vouch(
    camera: CameraHarness,
) -> None:
    camera.hass.config_entries.async_remove_subentry(camera.entry, "WINDOW")
    await camera.stream()
    assert state_of(camera.hass, CAMERA).state == "idle"
    assert state_of(camera.hass, SENSOR).state == "none"
    assert await entity(camera).stream_source()


async def test_added_zone_ends_what_home_assistant_holds(
    camera: CameraHarness, hass_client: ClientSessionGenerator
) -> None:
    await camera.stream()
    await kept(camera)
    camera_entity = entity(camera)
    stream = await camera_entity.async_create_stream()
    assert stream is not None
    stream.dynamic_stream_settings.preload_stream = True
    output = stream.add_provider("hls")
    output.get_segments().append(Segment(1, b"init", 1, utcnow(), []))
    url = stream.endpoint_url("hls")
    client = await hass_client()
    address = state_of(camera.hass, CAMERA).attributes["entity_picture"]
    # Somebody waits for more of it, and is not to wait until that is over.
    output.stream_settings.hls_part_timeout = 60
    playlist = url.replace("master_playlist", "playlist")
    with patch.object(type(stream), "start"):
        waiting = [
            asyncio.create_task(client.get(f"{playlist}?_HLS_msn={number}&_HLS_part=0"))
            for number in (1, 2)
        ]
        await wait_for(lambda: output._part_event._waiters and output._event._waiters)

    add_zone(camera, polygon=BED)
    # At once, and not only once the engine has said something.
    assert stream_of(camera) is None
    assert stream.access_token is None
    assert not stream.outputs()
    assert not any(held.init or held.parts for held in output.get_segments())
    for answer in await asyncio.gather(*waiting):
        assert answer.status == HTTPStatus.NOT_FOUND
    assert (await client.get(url)).status == HTTPStatus.NOT_FOUND
    assert state_of(camera.hass, CAMERA).state == "unavailable"
    assert await camera_entity.async_create_stream() is None
    await camera.hass.async_block_till_done()
    assert await picture(camera) is None

    with patch.object(type(stream), "start") as start:
        await kept(camera)
        await wait_for(lambda: stream_of(camera) is not None)
        await camera.hass.async_block_till_done()
    assert stream_of(camera) is not stream
    # Only what was preloaded before is again.
    assert start.call_count == 1
    assert state_of(camera.hass, CAMERA).state == "idle"
    # Open pages do not go on with the picture that they have.
    assert state_of(camera.hass, CAMERA).attributes["entity_picture"] != address
    await camera_entity.async_will_remove_from_hass()
    assert stream_of(camera) is None


async def test_stream_ends_with_its_camera(camera: CameraHarness) -> None:
    await camera.stream()
    await kept(camera)
    stream = await entity(camera).async_create_stream()
    assert stream is not None
    stream.add_provider("hls")
    stream.endpoint_url("hls")
    assert await camera.hass.config_entries.async_unload(camera.entry.entry_id)
    assert stream.access_token is None
    assert not stream.outputs()


async def test_less_to_hide_begins_a_stream_anew(camera: CameraHarness) -> None:
    """The engine ends it as well: it would complain, and try again after 10 s."""
    await camera.stream()
    await kept(camera)
    stream = await entity(camera).async_create_stream()
    assert stream is not None
    stream.add_provider("hls")
    camera.hass.config_entries.async_remove_subentry(camera.entry, "WINDOW")
    assert stream_of(camera) is None
    assert not stream.outputs()
    await told(camera, {})
    assert runtime(camera).cuts == 0
    # What the engine said of before is not what it does now.
    assert await entity(camera).async_create_stream() is None
    await kept(camera, Means.NONE)
    assert await entity(camera).async_create_stream() is not stream
    assert state_of(camera.hass, CAMERA).state == "idle"


class Provider(CameraWebRTCProvider):
    """Stands for go2rtc: it takes the source from the entity by itself."""

    domain = "somebody"

    def __init__(self) -> None:
        """Serve nobody yet."""
        self.told: list[str] = []

    @override
    def async_is_supported(self, stream_source: str) -> bool:
        """Take everything."""
        return True

    @override
    async def async_handle_async_webrtc_offer(self, *_: Any) -> None:
        """Never asked."""

    @override
    async def async_on_webrtc_candidate(self, *_: Any) -> None:
        """Never asked."""

    @override
    async def async_register_camera(self, camera: Camera) -> None:
        """Note it."""
        self.told.append("come")

    @override
    async def async_unregister_camera(self, camera: Camera) -> None:
        """Note it."""
        self.told.append("leave")


async def test_who_takes_the_source_leaves_and_comes_back(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    provider = Provider()
    async_register_webrtc_provider(camera.hass, provider)
    await camera.hass.async_block_till_done()
    assert provider.told == []
    await kept(camera)
    assert provider.told == ["come"]
    assert entity(camera).webrtc_provider is provider
    add_zone(camera, polygon=BED)
    await camera.hass.async_block_till_done()
    assert provider.told == ["come", "leave"]
    assert entity(camera).webrtc_provider is None
    await kept(camera)
    assert provider.told == ["come", "leave", "come"]


async def test_source_without_a_zone_outlives_the_engine(
    camera: CameraHarness,
) -> None:
    """Whoever plays it waits for the next engine at the same address."""
    camera.hass.config_entries.async_remove_subentry(camera.entry, "WINDOW")
    await camera.stream()
    provider = Provider()
    async_register_webrtc_provider(camera.hass, provider)
    await camera.hass.async_block_till_done()
    source = await entity(camera).stream_source()
    process = camera.system.supervisor._process
    assert process is not None
    process.kill("silent")  # type: ignore[arg-type]  # any reason will do
    await wait_for(lambda: not camera.system.supervisor.running)
    assert await entity(camera).stream_source() == source
    await wait_for(lambda: camera.system.supervisor.running)
    await camera.hass.async_block_till_done()
    assert provider.told == ["come"]


async def test_picture_of_the_last_motion_is_dropped(camera: CameraHarness) -> None:
    await camera.stream()
    await kept(camera)
    await camera.emit(STARTED)
    await wait_for(lambda: runtime(camera).state.picture_time)
    assert await runtime(camera).async_last_picture()
    await camera.hass.async_block_till_done()
    before = state_of(camera.hass, IMAGE).state
    add_zone(camera, polygon=BED)
    await camera.hass.async_block_till_done()
    assert await runtime(camera).async_last_picture() is None
    # Who keeps it by its time asks again.
    assert state_of(camera.hass, IMAGE).state > before


async def test_thumbnail_of_before_is_shown_once_it_is_black(
    camera: CameraHarness, tmp_path: Path
) -> None:
    marks = tuple(runtime(camera).past_marks)
    assert marks
    report = write_clip(tmp_path / "media/hearthcam")
    await camera.emit(replace(report, mask=marks))
    await wait_for(lambda: runtime(camera).state.last_clip)
    assert await runtime(camera).async_last_picture() == b"thumbnail"
    add_zone(camera, polygon=BED)
    assert await runtime(camera).async_last_picture() is None
    library = camera.system.library
    assert library is not None
    done = (*marks, *(runtime(camera).past_marks.difference(marks)))
    await library.blacked_out(report.clip_id, done, 4, "h264", (640, 360))
    assert await runtime(camera).async_last_picture() == b"thumbnail"


async def test_still_that_was_asked_for_before_is_not_shown_after(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    await kept(camera)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def slow(*_: Any, **__: Any) -> bytes:
        asked.set()
        await answered.wait()
        return b"with the bed"

    with patch.object(camera_pictures, "async_fetch_still", slow):
        still = asyncio.create_task(runtime(camera).async_still())
        await asked.wait()
        await camera.emit(STARTED)
        await wait_for(lambda: runtime(camera).state.motion)
        add_zone(camera, polygon=BED)
        await kept(camera)
        answered.set()
        assert await still is None
        assert await runtime(camera).async_still() == b"with the bed"
    await camera.hass.async_block_till_done()
    assert runtime(camera).state.picture_time is None


@pytest.mark.parametrize("cause", [*BlockCause, None])
async def test_what_is_blocked_is_not_shown_and_a_repair_says_why(
    camera: CameraHarness, cause: BlockCause | None
) -> None:
    await camera.stream()
    await kept(camera)
    stream = await entity(camera).async_create_stream()
    assert stream is not None
    await kept(camera, Means.BLOCKED, cause)
    told_cause = cause or BlockCause.MASK_FAILED
    assert state_of(camera.hass, CAMERA).state == "unavailable"
    assert entity(camera).stream is None
    assert await picture(camera) is None
    sensor = state_of(camera.hass, SENSOR)
    assert sensor.state == "blocked"
    assert sensor.attributes["live"] == sensor.attributes["clips"] == "blocked"
    assert sensor.attributes["stills_cause"] == told_cause
    found = issue(camera, "privacy_blocked")
    assert found is not None
    assert found.translation_key == f"privacy_{told_cause}"
    assert found.severity == "error"
    assert not found.is_fixable
    await kept(camera)
    assert issue(camera, "privacy_blocked") is None
    assert state_of(camera.hass, CAMERA).state == "idle"


async def test_each_output_has_its_own_state(camera: CameraHarness) -> None:
    await camera.stream()
    await kept(camera, Means.CAMERA)
    assert state_of(camera.hass, SENSOR).state == "masked_by_camera"
    await kept(camera, Means.CAMERA, still=Means.ENGINE)
    assert state_of(camera.hass, SENSOR).state == "masked_by_hearthcam"
    await kept(camera, Means.ENGINE, BlockCause.NO_ENCODER, clips=Means.BLOCKED)
    sensor = state_of(camera.hass, SENSOR)
    assert sensor.state == "blocked"
    shown = {
        key: sensor.attributes[key]
        for key in ("live", "live_cause", "stills", "clips", "clips_cause")
    }
    assert shown == {
        "live": "masked_by_hearthcam",
        "live_cause": None,
        "stills": "masked_by_hearthcam",
        "clips": "blocked",
        "clips_cause": "no_encoder",
    }
    assert state_of(camera.hass, CAMERA).state == "idle"
    assert issue(camera, "privacy_blocked")


async def test_what_cannot_be_masked_is_logged_once_and_not_with_every_clip(
    camera: CameraHarness, caplog: pytest.LogCaptureFixture
) -> None:
    def complaints() -> int:
        return sum(record.levelno >= logging.WARNING for record in caplog.records)

    await camera.stream()
    await kept(camera, Means.ENGINE, BlockCause.NO_ENCODER, clips=Means.BLOCKED)
    caplog.clear()
    failed = runtime(camera).state.clips_failed
    for number in range(3):
        event = f"EVENT0000{number}"
        report = ClipFailed("front_door", event, event, LostCause.NO_ENCODER)
        await camera.emit(report)
    await wait_for(lambda: runtime(camera).state.clips_failed == failed + 3)
    assert not complaints()
    await camera.emit(replace(report, cause=LostCause.STORAGE_ERROR))
    await wait_for(lambda: runtime(camera).state.clips_failed == failed + 4)
    assert complaints() == 1


async def test_repair_goes_with_the_engine_that_needed_it(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    await kept(camera, Means.BLOCKED, BlockCause.MASK_FAILED)
    assert issue(camera, "privacy_blocked")
    process = camera.system.supervisor._process
    assert process is not None
    process.kill("silent")  # type: ignore[arg-type]  # any reason will do
    await wait_for(lambda: issue(camera, "privacy_blocked") is None)


async def test_closed_shutter_is_shown_though_no_picture_arrives(
    camera: CameraHarness,
) -> None:
    await kept(camera)
    runtime(camera).set_option(CONF_PRIVACY_MODE, True)
    assert state_of(camera.hass, CAMERA).state == "unavailable"
    await kept(camera, Means.SHUT)
    assert state_of(camera.hass, SENSOR).state == "shut"
    assert state_of(camera.hass, CAMERA).state == "idle"
    assert await picture(camera)


async def test_panel_is_told_of_privacy_zones_and_their_state(
    camera: CameraHarness, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(camera.hass)

    async def ask(command: str, **more: Any) -> Any:
        await client.send_json_auto_id(
            {"type": f"hearthcam/{command}", "entry_id": camera.entry.entry_id, **more}
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]

    bed = (
        await ask(
            "zones/save",
            name="Bed",
            kind="privacy",
            polygon=BED,
            modes=["disarmed"],
            past=False,
        )
    )["zone_id"]
    window, night = (await ask("zones/list"))["zones"]
    assert window["state"] == {"live": None, "still": None, "clips": None}
    assert night == {
        "zone_id": bed,
        "name": "Bed",
        "kind": "privacy",
        "polygon": BED,
        "modes": ["disarmed"],
        "past": False,
        "enabled": True,
        "state": {"live": "off", "still": "off", "clips": "off"},
    }
    await kept(camera, Means.CAMERA, still=Means.BLOCKED)
    window, _ = (await ask("zones/list"))["zones"]
    assert window["polygon"] == WINDOW
    assert window["state"] == {
        "live": "masked_by_hearthcam",
        "still": "blocked",
        "clips": "masked_by_hearthcam",
    }
    report = runtime(camera).state.privacy
    assert report is not None
    await camera.emit(
        PrivacyState("front_door", report.outputs, ("WINDOW",), report.mask)
    )
    await wait_for(lambda: runtime(camera).state.privacy != report)
    window, _ = (await ask("zones/list"))["zones"]
    assert window["state"]["live"] == "masked_by_camera"


async def test_diagnostics_count_the_zones_and_draw_none(
    camera: CameraHarness, hass_client: ClientSessionGenerator
) -> None:
    add_zone(camera, kind="secret")
    await kept(camera)
    found = await async_get_config_entry_diagnostics(camera.hass, camera.entry)
    assert REDACTED not in str(found["privacy"])
    assert found["zones"] == []
    assert found["privacy"] == {
        "zones": 1,
        "unreadable": 1,
        "now": 2,
        "at_source": 0,
        "outputs": {
            output: {"kept": "masked_by_hearthcam", "cause": None} for output in Output
        },
        "cuts": 1,
    }
