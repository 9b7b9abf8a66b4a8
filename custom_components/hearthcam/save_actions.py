"""Saving clips where the user wants to have them, as files of their own.

`save_video` replaces a file of that name, as Blink's action does: automations write
the latest clip to one place again and again. It does so in one step, takes nothing
for a name but a video's, and writes neither through links nor into the library.
"""

from datetime import datetime
import logging
import math
from pathlib import Path
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import CONF_FILE_PATH, CONF_FILENAME
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from .action_targets import async_called_cameras
from .clip_actions import ATTR_CLIP_ID
from .clip_answers import async_action_answers, async_open_library, library_failed
from .const import DOMAIN, LIBRARY_FOLDER
from .library.index import Library
from .library.models import Clip, ClipQuery, HiddenError, LibraryError
from .saving import (
    SaveError,
    copy_video,
    folder_target,
    put_in_place,
    run_apart,
    temporary,
    video_target,
)
from .system import async_get_system

_LOGGER = logging.getLogger(__package__)

ATTR_HOURS: Final = "hours"
ATTR_OVERWRITE: Final = "overwrite"

_PAGE: Final = 200
_HOUR: Final = 3600.0


async def async_save_video(call: ServiceCall) -> ServiceResponse:
    """Save the latest clip of one camera, or one that is named."""
    entity_id, camera_id = await async_one_camera(call)
    data, hass = call.data, call.hass
    library = async_open_library(hass)
    path, overwrite = data[CONF_FILENAME], data[ATTR_OVERWRITE]
    target = await async_video_target(hass, path, overwrite=overwrite)
    clip = await _async_wanted(library, camera_id, data.get(ATTR_CLIP_ID))
    if (source := await _async_file(library, clip)) is None:
        raise _clip_not_found(clip.clip_id)
    try:
        await _async_save(library, clip, source, target, overwrite=overwrite)
    except (OSError, SaveError) as err:
        raise save_failed(err, path) from err
    (answer,) = async_action_answers(hass, [clip])
    return {entity_id: answer | {"path": str(target)}}


async def async_save_recent_clips(call: ServiceCall) -> ServiceResponse:
    """Save the clips of the last hours to a folder, each once."""
    cameras = await async_called_cameras(call, POLICY_CONTROL)
    data, hass = call.data, call.hass
    library = async_open_library(hass)
    path = data[CONF_FILE_PATH]
    own = library_folders(hass)
    try:
        folder = await run_apart(
            lambda: folder_target(path, hass.config.is_allowed_path, own)
        )
    except (OSError, SaveError) as err:
        raise save_failed(err, path) from err
    start = dt_util.utcnow().timestamp() - data[ATTR_HOURS] * _HOUR
    response: JsonObjectType = {}
    for entity_id, camera_id in cameras.items():
        saved: list[JsonValueType] = []
        present = missing = hidden = 0
        for clip in await _async_since(library, camera_id, start):
            target = folder / saved_name(clip)
            try:
                library.check_shown(clip.camera_id, clip.mask)
            except HiddenError:
                # The next time, for it becomes black in a while.
                hidden += 1
                continue
            if (source := await _async_file(library, clip)) is None:
                missing += 1
                continue
            try:
                await _async_save(library, clip, source, target, overwrite=False)
            except SaveError:
                # It is there from the last time.
                present += 1
            except FileNotFoundError:
                # Retention was quicker.
                missing += 1
            except OSError as err:
                raise save_failed(err, path) from err
            else:
                saved.append(str(target))
        response[entity_id] = {
            "saved": saved,
            "present": present,
            "missing": missing,
            "hidden": hidden,
        }
    return response


def saved_name(clip: Clip) -> str:
    """Return a file name that tells camera and local time, and is no other clip's."""
    local = datetime.fromtimestamp(clip.start, dt_util.get_default_time_zone())
    return f"{clip.camera_id}_{local:%Y-%m-%d_%H-%M-%S}_{clip.clip_id[-8:]}.mp4"


async def async_one_camera(call: ServiceCall) -> tuple[str, str]:
    """Return the entity and camera id of an action on one camera."""
    cameras = await async_called_cameras(call, POLICY_CONTROL)
    if len(cameras) != 1:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="one_camera_only"
        )
    return next(iter(cameras.items()))


async def async_video_target(
    hass: HomeAssistant, path: str, *, overwrite: bool
) -> Path:
    """Return where to write a video that the user names; raises ServiceValidationError."""
    own = library_folders(hass)
    try:
        return await run_apart(
            lambda: video_target(
                path, hass.config.is_allowed_path, own, overwrite=overwrite
            )
        )
    except (OSError, SaveError) as err:
        raise save_failed(err, path) from err


@callback
def library_folders(hass: HomeAssistant) -> tuple[Path, ...]:
    """Return the folders into which only Hearthcam writes."""
    return (
        async_get_system(hass).storage.root,
        Path(hass.config.path(LIBRARY_FOLDER)),
        *(Path(media) / LIBRARY_FOLDER for media in hass.config.media_dirs.values()),
    )


def save_failed(err: OSError | SaveError, path: str) -> HomeAssistantError:
    """Return what the user is told."""
    if isinstance(err, SaveError):
        return ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=err.key,
            translation_placeholders={"path": path},
        )
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="save_failed",
        translation_placeholders={"path": path, "reason": err.strerror or "?"},
    )


async def _async_wanted(library: Library, camera_id: str, clip_id: str | None) -> Clip:
    try:
        if clip_id is None:
            clip = await library.latest(camera_id)
        else:
            clip = await library.get(clip_id)
    except LibraryError as err:
        raise library_failed(err) from err
    if clip_id is not None and (clip is None or clip.camera_id != camera_id):
        raise _clip_not_found(clip_id)
    if clip is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_clip"
        )
    return clip


async def _async_since(library: Library, camera_id: str, start: float) -> list[Clip]:
    clips: list[Clip] = []
    end = math.inf
    try:
        while page := await library.search(
            ClipQuery((camera_id,), start=start, end=end, limit=_PAGE)
        ):
            clips += page
            # Not by number: clips come and go meanwhile.
            end = page[-1].start
    except LibraryError as err:
        raise library_failed(err) from err
    # Oldest first: what retention would take next is saved first.
    return clips[::-1]


async def _async_file(library: Library, clip: Clip) -> Path | None:
    try:
        return await library.file_of(clip)
    except LibraryError as err:
        raise library_failed(err) from err


async def _async_save(
    library: Library, clip: Clip, source: Path, target: Path, *, overwrite: bool
) -> None:
    """Save a clip; raises OSError, SaveError, and HomeAssistantError if it is hidden."""
    part = temporary(target)
    try:
        await run_apart(lambda: copy_video(source, part))
        # A privacy zone may have been drawn since it was looked up.
        library.check_shown(clip.camera_id, clip.mask)
        await run_apart(lambda: put_in_place(part, target, overwrite=overwrite))
    except LibraryError as err:
        raise library_failed(err) from err
    finally:
        await run_apart(lambda: part.unlink(missing_ok=True))


def _clip_not_found(clip_id: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="clip_not_found",
        translation_placeholders={"clip_id": clip_id},
    )
