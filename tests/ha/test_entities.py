"""What the entities show and do."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
import time
from typing import Any

import pytest

from custom_components.hearthcam.const import CONF_DETECTION, DOMAIN
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    ClipClosed,
    ClipFailed,
    ClipOpened,
    LostCause,
    MotionEnded,
    MotionStarted,
    StreamError,
    StreamStatus,
)
from homeassistant.components.camera import async_get_image, async_get_stream_source
from homeassistant.components.camera.const import DATA_COMPONENT as CAMERA_COMPONENT
from homeassistant.components.image import async_get_image as async_get_last_image
from homeassistant.components.stream import redact_credentials
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from .conftest import CameraHarness, wait_for
from .fake_engine import JPEG

CAMERA = "camera.front_door"
MOTION = "binary_sensor.front_door_motion"
CONNECTION = "binary_sensor.front_door_connection"
EVENT = "event.front_door_motion"
IMAGE = "image.front_door_last_motion"
SENSITIVITY = "number.front_door_sensitivity"
SWITCH = "switch.front_door_detection"
ARMED = "switch.front_door_armed"
RECORD = "button.front_door_record"
SELECTS = [
    f"select.front_door_{key}"
    for key in (
        *("when_armed_away", "when_armed_home", "when_armed_night"),
        "when_disarmed",
    )
]
FRAME_RATE = "sensor.front_door_frame_rate"
LAST_MOTION = "sensor.front_door_last_motion"

# Of today: what is older than the days that clips are kept is deleted at once.
START = float(int(time.time()) - 3600)
BEGUN = datetime.fromtimestamp(START, UTC)
_FIRST = datetime.fromtimestamp(START - 5, UTC)
STARTED = MotionStarted("front_door", "EVENT00001", START, 0.8123456)
ENDED = MotionEnded("front_door", "EVENT00001", START, START + 4.2, 0.9, 0.85)
CLIP_ID = "CLIP0000000001"
RELATIVE = f"front_door/{_FIRST:%Y-%m-%d}/{_FIRST:%H-%M-%S}_{CLIP_ID}.mp4"
THUMBNAIL = f"front_door/{_FIRST:%Y-%m-%d}/.thumbs/{_FIRST:%H-%M-%S}_{CLIP_ID}.jpg"


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    """Return a state that must be there."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state


def stats(fps: float = 14.9, viewers: int = 0) -> CameraStats:
    """Return figures."""
    return CameraStats(
        "front_door", fps, 4000.4, 2.0, 8.0, 4_000_000, "rest", 0.5, viewers
    )


def write_clip(root: Path) -> ClipClosed:
    """Put a clip on disk as the engine does, and return its report."""
    clip, thumbnail = root / RELATIVE, root / THUMBNAIL
    thumbnail.parent.mkdir(parents=True)
    clip.write_bytes(b"clip")
    thumbnail.write_bytes(b"thumbnail")
    return ClipClosed(
        camera_id="front_door",
        clip_id=CLIP_ID,
        event_id="EVENT00001",
        path=str(clip),
        thumbnail=str(thumbnail),
        start=START - 5,
        end=START + 14.2,
        event_start=START,
        size=4,
        codec="h264",
        width=1920,
        height=1080,
        has_audio=False,
        score=0.85,
    )


async def test_entities_follow_the_stream(
    camera: CameraHarness, caplog: pytest.LogCaptureFixture
) -> None:
    hass = camera.hass
    await camera.stream(StreamStatus.OFFLINE, StreamError.TIMEOUT)
    for entity_id in (CAMERA, MOTION, FRAME_RATE):
        assert state_of(hass, entity_id).state == "unavailable", entity_id
    assert state_of(hass, CONNECTION).state == "off"
    assert state_of(hass, SWITCH).state == "on"
    await camera.stream(StreamStatus.CONNECTING)
    await camera.stream(StreamStatus.OFFLINE, StreamError.TIMEOUT)
    await camera.stream()
    assert state_of(hass, CAMERA).state == "idle"
    assert state_of(hass, MOTION).state == "off"
    assert state_of(hass, CONNECTION).state == "on"
    assert caplog.text.count("is unavailable: timeout") == 1
    assert caplog.text.count("of Front door is back") == 1


async def test_names_classes_and_categories(camera: CameraHarness) -> None:
    hass = camera.hass
    await camera.stream()
    assert state_of(hass, CAMERA).name == "Front door"
    assert state_of(hass, MOTION).name == "Front door Motion"
    assert state_of(hass, MOTION).attributes["device_class"] == "motion"
    assert state_of(hass, EVENT).attributes["device_class"] == "motion"
    registry = er.async_get(hass)
    entries = er.async_entries_for_config_entry(registry, camera.entry.entry_id)
    categories = {
        entry.entity_id: entry.entity_category
        for entry in entries
        if not entry.disabled
    }
    assert categories == {
        CAMERA: None,
        MOTION: None,
        CONNECTION: "diagnostic",
        EVENT: None,
        IMAGE: None,
        SENSITIVITY: "config",
        SWITCH: "config",
        ARMED: None,
        RECORD: None,
        **dict.fromkeys(SELECTS, "config"),
        FRAME_RATE: "diagnostic",
        LAST_MOTION: "diagnostic",
        "event.front_door_recording_gap": "diagnostic",
        "sensor.front_door_recording_coverage_24_h": "diagnostic",
        "button.front_door_check_privacy_zones": "diagnostic",
        "sensor.front_door_privacy_check": "diagnostic",
        "sensor.front_door_privacy_zones": "diagnostic",
        "sensor.front_door_privacy_mode_reason": "diagnostic",
        "switch.front_door_privacy_mode": None,
    }
    assert {entry.entity_id for entry in entries if entry.disabled} == {
        "sensor.front_door_analysis",
        "sensor.front_door_analysis_load",
        "sensor.front_door_bitrate",
    }
    assert all(entry.unique_id.startswith("front_door_") for entry in entries)


async def test_stills_and_the_live_stream_come_from_the_engine(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    await camera.stream()
    image = await async_get_image(hass, CAMERA, width=640)
    assert image.content.startswith(JPEG)
    assert b"/still/front_door.jpg?" in image.content
    assert image.content.endswith(b"&width=640")
    source = await async_get_stream_source(hass, CAMERA)
    assert source == camera.url("live/front_door.ts")
    assert source.startswith("http://127.0.0.1:")


async def test_source_is_known_before_the_stream_and_a_still_is_not(
    camera: CameraHarness,
) -> None:
    """Home Assistant asks for the source once, perhaps before the camera is online."""
    runtime = camera.entry.runtime_data
    assert runtime.live_url == camera.url("live/front_door.ts")
    assert await runtime.async_still() is None
    await camera.stream()
    assert await runtime.async_still()
    await camera.stream(StreamStatus.OFFLINE, StreamError.ENDED)
    assert await runtime.async_still() is None


async def test_token_is_masked_where_home_assistant_logs_the_stream(
    camera: CameraHarness,
) -> None:
    """Its stream component logs every source, by its own rules of masking."""
    source = camera.url("live/front_door.ts")
    token = source.partition("auth=")[2]
    assert len(token) >= 16
    assert token not in redact_credentials(source)


async def test_live_view_goes_on_as_soon_as_the_stream_is_back(
    camera: CameraHarness,
) -> None:
    entity = camera.hass.data[CAMERA_COMPONENT].get_entity(CAMERA)
    assert entity is not None
    await camera.stream()
    waiting = await entity.async_create_stream()
    assert waiting is not None
    waiting.add_provider("hls")
    # What Home Assistant's stream is after its source ended: waiting, 10 s or more.
    waiting._async_update_state(False)
    await camera.stream(StreamStatus.OFFLINE, StreamError.ENDED)
    await camera.state(CAMERA, "unavailable")
    assert waiting.outputs()
    address = state_of(camera.hass, CAMERA).attributes.get("entity_picture")
    await camera.stream()
    # Whoever asks again gets another one at once, and pages ask for pictures again.
    await wait_for(lambda: not waiting.outputs())
    assert await entity.async_create_stream() is not waiting
    assert state_of(camera.hass, CAMERA).attributes["entity_picture"] != address


async def test_recording_and_watching_show_in_the_camera_state(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    await camera.emit(stats(viewers=1))
    await camera.state(CAMERA, "streaming")
    await camera.emit(ClipOpened("front_door", CLIP_ID, "EVENT00001", START))
    await camera.state(CAMERA, "recording")
    await camera.emit(
        stats(), ClipFailed("front_door", CLIP_ID, "E", LostCause.STORAGE_ERROR)
    )
    await camera.state(CAMERA, "idle")


async def test_motion_turns_the_sensor_on_and_off_and_is_told_as_events(
    camera: CameraHarness,
) -> None:
    hass = camera.hass
    await camera.stream()
    await camera.emit(STARTED)
    await camera.state(MOTION, "on")
    event = state_of(hass, EVENT)
    assert event.attributes["event_type"] == "motion_started"
    assert event.attributes["event_id"] == "EVENT00001"
    assert event.attributes["score"] == 0.812
    assert state_of(hass, LAST_MOTION).state == BEGUN.isoformat()
    await camera.emit(ENDED)
    await camera.state(MOTION, "off")
    event = state_of(hass, EVENT)
    assert event.attributes["event_type"] == "motion_ended"
    assert event.attributes["duration"] == 4.2


async def test_motion_does_not_stick_when_the_engine_dies(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    await camera.emit(STARTED)
    await camera.state(MOTION, "on")
    system = camera.entry.runtime_data.system
    system.supervisor._process.kill("silent")
    await camera.state(MOTION, "unavailable")
    await wait_for(lambda: system.supervisor.running)
    await camera.stream()
    await camera.state(MOTION, "off")


async def test_clip_is_told_only_when_it_is_in_the_library(
    camera: CameraHarness, tmp_path: Path
) -> None:
    hass = camera.hass
    await camera.stream()
    library = camera.entry.runtime_data.system.library
    known_when_told: list[Any] = []

    def told(event: str, attributes: dict[str, Any]) -> None:
        known_when_told.append(
            hass.async_create_task(library.get(attributes["clip_id"]))
        )

    camera.entry.runtime_data.subscribe_events(told)
    await camera.emit(write_clip(tmp_path / "media/hearthcam"))
    await wait_for(lambda: known_when_told)
    clip = await known_when_told[0]
    assert clip.path == RELATIVE
    assert clip.thumbnail == THUMBNAIL
    event = state_of(hass, EVENT)
    assert event.attributes["event_type"] == "clip_recorded"
    assert event.attributes["clip_id"] == CLIP_ID
    assert event.attributes["clip"] == f"/api/hearthcam/clip/{CLIP_ID}.mp4"
    assert event.attributes["thumbnail"] == f"/api/hearthcam/thumbnail/{CLIP_ID}"
    assert event.attributes["duration"] == 19.2
    await camera.state("sensor.hearthcam_clips", "1")
    await camera.state("sensor.hearthcam_storage_used", "4e-09")


async def test_clip_outside_the_media_folder_is_refused(
    camera: CameraHarness, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await camera.stream()
    await camera.emit(write_clip(tmp_path / "elsewhere"))
    await wait_for(lambda: "could not be indexed" in caplog.text)
    assert await camera.entry.runtime_data.system.library.get(CLIP_ID) is None
    assert state_of(camera.hass, EVENT).state == "unknown"


async def test_picture_of_the_motion_is_taken_when_it_begins(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    assert state_of(camera.hass, IMAGE).state == "unknown"
    await camera.emit(STARTED)
    await camera.state(IMAGE, BEGUN.isoformat())
    image = await async_get_last_image(camera.hass, IMAGE)
    assert image.content_type == "image/jpeg"
    assert b"fresh=1" in image.content


async def test_thumbnail_is_the_picture_when_there_is_no_other(
    camera: CameraHarness, tmp_path: Path
) -> None:
    await camera.emit(write_clip(tmp_path / "media/hearthcam"))
    await camera.state(IMAGE, BEGUN.isoformat())
    image = await async_get_last_image(camera.hass, IMAGE)
    assert image.content == b"thumbnail"


async def test_picture_and_time_of_the_last_motion_survive_a_restart(
    camera: CameraHarness, tmp_path: Path
) -> None:
    await camera.emit(write_clip(tmp_path / "media/hearthcam"))
    await camera.state("sensor.hearthcam_clips", "1")
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    await camera.state(LAST_MOTION, BEGUN.isoformat())
    image = await async_get_last_image(camera.hass, IMAGE)
    assert image.content == b"thumbnail"


@pytest.mark.parametrize("kind", ["continuous", "incident", "manual"])
async def test_what_is_recorded_without_a_motion_is_no_last_motion(
    camera: CameraHarness, tmp_path: Path, kind: str
) -> None:
    """Neither now nor after a restart."""
    clip = replace(write_clip(tmp_path / "media/hearthcam"), kind=kind)
    await camera.emit(clip)
    await camera.state("sensor.hearthcam_clips", "1")
    # Who waits for clips is not told every five minutes that nothing happened.
    told = state_of(camera.hass, EVENT).attributes.get("kind")
    assert told == (None if kind == "continuous" else kind)
    await camera.stream()
    assert state_of(camera.hass, LAST_MOTION).state == "unknown"
    assert state_of(camera.hass, IMAGE).state == "unknown"
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    await camera.stream()
    assert state_of(camera.hass, LAST_MOTION).state == "unknown"
    assert state_of(camera.hass, IMAGE).state == "unknown"


async def test_motion_that_was_not_recorded_is_remembered(
    camera: CameraHarness,
) -> None:
    await camera.emit(STARTED, ENDED)
    await camera.state(LAST_MOTION, BEGUN.isoformat())
    library = camera.entry.runtime_data.system.library
    while await library.event(STARTED.event_id) is None:
        await asyncio.sleep(0.01)
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    await camera.state(LAST_MOTION, BEGUN.isoformat())


async def test_detection_is_switched_and_remembered(camera: CameraHarness) -> None:
    hass = camera.hass
    await camera.stream()
    await hass.services.async_call(
        "switch", "turn_off", {"entity_id": SWITCH}, blocking=True
    )
    await wait_for(lambda: camera.engine.commands("SetMode"))
    assert camera.engine.commands("SetMode")[-1]["mode"] == "off"
    assert state_of(hass, SWITCH).state == "off"
    assert "motion_detection" not in state_of(hass, CAMERA).attributes
    assert camera.entry.options[CONF_DETECTION] is False
    assert await hass.config_entries.async_reload(camera.entry.entry_id)
    await wait_for(lambda: len(camera.engine.commands("ConfigureCamera")) == 2)
    assert camera.engine.commands("ConfigureCamera")[-1]["mode"] == "off"
    await camera.stream()
    assert state_of(hass, SWITCH).state == "off"
    await hass.services.async_call(
        "camera", "enable_motion_detection", {"entity_id": CAMERA}, blocking=True
    )
    await wait_for(lambda: len(camera.engine.commands("SetMode")) == 2)
    assert camera.engine.commands("SetMode")[-1]["mode"] == "record"
    assert state_of(hass, SWITCH).state == "on"
    await hass.services.async_call(
        "camera", "disable_motion_detection", {"entity_id": CAMERA}, blocking=True
    )
    assert state_of(hass, SWITCH).state == "off"
    assert len(camera.engine.commands("ConfigureCamera")) == 2


async def test_figures_are_shown(camera: CameraHarness) -> None:
    await camera.stream()
    assert state_of(camera.hass, FRAME_RATE).state == "unknown"
    await camera.emit(stats())
    await camera.state(FRAME_RATE, "15")


async def test_state_and_load_of_the_analysis_are_shown(camera: CameraHarness) -> None:
    registry = er.async_get(camera.hass)
    for key in ("analysis", "analysis_load"):
        registry.async_update_entity(f"sensor.front_door_{key}", disabled_by=None)
    assert await camera.hass.config_entries.async_reload(camera.entry.entry_id)
    await camera.stream()
    await camera.emit(replace(stats(), rung="watch", analysis_ms=4.26))
    await camera.state("sensor.front_door_analysis", "watch")
    load = state_of(camera.hass, "sensor.front_door_analysis_load")
    assert load.state == "4.3"
    assert load.attributes["unit_of_measurement"] == "ms/s"
    await camera.emit(replace(stats(), rung="of another version"))
    await camera.state("sensor.front_door_analysis", "unknown")


async def test_refused_login_asks_for_the_new_one_once(camera: CameraHarness) -> None:
    hass = camera.hass
    for _ in range(2):
        await camera.stream(StreamStatus.OFFLINE, StreamError.INVALID_AUTH)
        await camera.stream(StreamStatus.CONNECTING)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == camera.entry.entry_id


async def test_every_entity_has_a_name_and_an_icon_or_a_class(
    camera: CameraHarness,
) -> None:
    await camera.stream()
    hass = camera.hass
    for state in hass.states.async_all():
        assert state.name, state.entity_id
        assert "None" not in state.name
