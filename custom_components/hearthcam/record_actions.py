"""Recording when asked to, and joining what was recorded."""

import asyncio
from pathlib import Path
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import CONF_FILENAME
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from .action_targets import async_called_cameras
from .clip_actions import ATTR_END, ATTR_START, seconds_of
from .clip_answers import (
    async_action_answers,
    async_open_library,
    library_failed,
    local_time,
)
from .const import DOMAIN
from .device import HearthcamCamera
from .engine.protocol import ClipPart
from .library.index import Library
from .library.models import Clip, HiddenError, LibraryError
from .past_gate import async_can_paint, async_leaks, async_past_of, async_rules_of
from .privacy_mode import camera_shut
from .privacy_result import async_check_store
from .save_actions import (
    ATTR_OVERWRITE,
    async_one_camera,
    async_video_target,
    save_failed,
)
from .saving import SaveError, put_in_place, run_apart, temporary
from .system import async_get_system

ATTR_DURATION: Final = "duration"
ATTR_PRE_ROLL: Final = "pre_roll"
ATTR_WAIT: Final = "wait"

EXPORT_FOLDER: Final = "hearthcam_exports"
"""Below the media folder, beside that of the clips: nothing in it is ever deleted."""
_LATE: Final = 60.0
"""Seconds that a clip may take to be finished."""
_SHORT: Final = 2.0
"""Seconds by which a clip may end early: one group of pictures."""
_ATTEMPTS: Final = 5
"""To join clips whose files come and go meanwhile."""
_ERRORS: Final = {
    "mask_failed": "export_mask_failed",
    "mixed_streams": "export_mixed_streams",
    "nothing_recorded": "export_nothing_recorded",
}


async def async_record(call: ServiceCall) -> ServiceResponse:
    """Record cameras now; with ``wait``, return when the clips are there."""
    hass, data = call.hass, call.data
    targets = await async_called_cameras(call, POLICY_CONTROL)
    loaded = async_get_system(hass).cameras
    cameras: dict[str, HearthcamCamera] = {}
    for entity_id, camera_id in targets.items():
        camera = loaded.get(camera_id)
        if camera is not None and camera.shut:
            raise camera_shut(camera.config.name)
        if camera is None or not camera.online:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="camera_offline",
                translation_placeholders={"entity": entity_id},
            )
        cameras[entity_id] = camera
    answers = await asyncio.gather(
        *(
            _async_record(
                camera,
                data[ATTR_DURATION],
                data.get(ATTR_PRE_ROLL),
                wait=data[ATTR_WAIT],
            )
            for camera in cameras.values()
        )
    )
    return dict(zip(cameras, answers, strict=True))


async def async_export(call: ServiceCall) -> ServiceResponse:
    """Join what is recorded of one camera in a span of time, without encoding."""
    hass, data = call.hass, call.data
    entity_id, camera_id = await async_one_camera(call)
    library = async_open_library(hass)
    start = seconds_of(data[ATTR_START], 0.0)
    end = seconds_of(data.get(ATTR_END), dt_util.utcnow().timestamp())
    if not start < end:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="export_end_first"
        )
    rules = async_rules_of(hass, camera_id)
    parts = await _async_parts(hass, library, camera_id, start, end)
    overwrite = data[ATTR_OVERWRITE]
    if (path := data.get(CONF_FILENAME)) is None:
        target = await _async_default_target(hass, camera_id, start, end)
        overwrite = True
    else:
        target = await async_video_target(hass, path, overwrite=overwrite)
    part = temporary(target)
    try:
        for _ in range(_ATTEMPTS):
            zones = async_past_of(hass, camera_id, _marks_in(parts))
            trust = async_check_store(hass).trust(camera_id)
            exported = await async_get_system(hass).supervisor.async_export(
                parts, start, end, str(part), privacy=zones
            )
            known, rules = (parts, rules), async_rules_of(hass, camera_id)
            is_hidden = not rules.past_marks <= known[1].past_marks or (
                async_leaks(hass, camera_id)
                or trust.doubts != async_check_store(hass).trust(camera_id).doubts
            )
            if not is_hidden and exported.error != "storage":
                break
            # Retention, a move from the spool, or a new zone may have been quicker.
            await run_apart(lambda: part.unlink(missing_ok=True))
            parts = await _async_parts(hass, library, camera_id, start, end)
            if (parts, rules) == known:
                break
        if is_hidden:
            raise library_failed(HiddenError("a zone was drawn meanwhile"))
        if exported.error is not None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=_ERRORS.get(exported.error, "export_storage"),
            )
        await run_apart(lambda: put_in_place(part, target, overwrite=overwrite))
    except (OSError, SaveError) as err:
        raise save_failed(err, str(target)) from err
    finally:
        await run_apart(lambda: part.unlink(missing_ok=True))
    answer: JsonObjectType = {
        "path": str(target),
        "media_content_id": async_media_id(hass, target),
        "start": local_time(exported.start),
        "end": local_time(exported.end),
        "size": exported.size,
    }
    return {entity_id: answer}


@callback
def async_media_id(hass: HomeAssistant, file: Path) -> str | None:
    """Return the id under which "My media" has a file; None elsewhere."""
    for name, media in hass.config.media_dirs.items():
        if file.is_relative_to(media):
            relative = file.relative_to(media).as_posix()
            return f"media-source://media_source/{name}/{relative}"
    return None


async def _async_record(
    camera: HearthcamCamera, seconds: float, pre_roll: float | None, *, wait: bool
) -> JsonValueType:
    library = async_open_library(camera.hass)
    finished = asyncio.Event()

    # Not the event of a recorded clip, which a camera that records all the time
    # does not fire.
    unsubscribe = camera.system.storage.subscribe(finished.set)
    try:
        # By the clock that the clips have.
        begun = camera.system.ledger.now
        event_id = camera.record_now(seconds, pre_roll)
        if not wait:
            return {"event_id": event_id}
        # A motion may make the clip longer, up to its greatest length; and what is
        # recorded all the time ends with its piece.
        config = camera.engine_config
        longest = config.segment if config.continuous else config.max_clip
        limit = seconds + longest + _LATE
        async with asyncio.timeout(limit):
            while True:
                await finished.wait()
                finished.clear()
                clips = await library.span(camera.camera_id, begun, begun + seconds)
                if clips and clips[-1].end >= begun + seconds - _SHORT:
                    answers = async_action_answers(camera.hass, clips)
                    return {"event_id": event_id, "clips": [*answers]}
    except TimeoutError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="record_unfinished"
        ) from err
    except LibraryError as err:
        raise library_failed(err) from err
    finally:
        unsubscribe()


async def _async_parts(
    hass: HomeAssistant, library: Library, camera_id: str, start: float, end: float
) -> list[ClipPart]:
    try:
        parts = [
            ClipPart(str(file), clip.start, clip.end, clip.mask)
            for clip in await library.span(camera_id, start, end)
            if (file := await _async_file(hass, library, clip)) is not None
        ]
    except LibraryError as err:
        raise library_failed(err) from err
    if not parts:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="export_nothing_recorded"
        )
    return parts


async def _async_default_target(
    hass: HomeAssistant, camera_id: str, start: float, end: float
) -> Path:
    folder = async_get_system(hass).storage.root.parent / EXPORT_FOLDER
    first, last = (
        dt_util.as_local(dt_util.utc_from_timestamp(moment)) for moment in (start, end)
    )
    name = f"{camera_id}_{first:%Y-%m-%d_%H-%M-%S}_{last:%Y-%m-%d_%H-%M-%S}.mp4"
    try:
        await run_apart(lambda: folder.mkdir(exist_ok=True))
    except OSError as err:
        raise save_failed(err, str(folder)) from err
    return folder / name


async def _async_file(hass: HomeAssistant, library: Library, clip: Clip) -> Path | None:
    """Return a clip's file, also where the engine is to black out something in it."""
    if async_can_paint(hass, clip.camera_id, clip.mask):
        return await library.hidden_file_of(clip)
    return await library.file_of(clip)


def _marks_in(parts: list[ClipPart]) -> set[str]:
    return {mark for part in parts for mark in part.mask}
