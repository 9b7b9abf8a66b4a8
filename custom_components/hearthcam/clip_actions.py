"""Finding, protecting and deleting clips, for actions and commands."""

from collections.abc import Sequence
from datetime import datetime
import math
from typing import Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from .action_targets import async_called_cameras, async_check_control, async_user
from .clip_answers import (
    async_action_answers,
    async_open_library,
    async_search,
    async_zone_ids,
    library_failed,
)
from .const import DOMAIN
from .library.index import Library
from .library.models import Clip, ClipQuery, LibraryError, ProtectedError
from .system import async_get_system

ATTR_CLIP_ID: Final = "clip_id"
ATTR_END: Final = "end"
ATTR_FORCE: Final = "force"
ATTR_KIND: Final = "kind"
ATTR_LIMIT: Final = "limit"
ATTR_OFFSET: Final = "offset"
ATTR_PROTECTED: Final = "protected"
ATTR_START: Final = "start"
ATTR_ZONE: Final = "zone"


def seconds_of(moment: datetime | None, otherwise: float) -> float:
    """Return a time that was given as s of the epoch; without a zone it is local."""
    return otherwise if moment is None else dt_util.as_utc(moment).timestamp()


async def async_list_clips(call: ServiceCall) -> ServiceResponse:
    """Return the newest clips of some cameras or of all that the user may see."""
    data = call.data
    cameras = None
    if ATTR_ENTITY_ID in data:
        cameras = (await async_called_cameras(call, POLICY_READ)).values()
    query = ClipQuery(
        kinds=tuple(data[ATTR_KIND]),
        zones=async_zone_ids(call.hass, data[ATTR_ZONE]),
        start=seconds_of(data.get(ATTR_START), 0.0),
        end=seconds_of(data.get(ATTR_END), math.inf),
        protected=data.get(ATTR_PROTECTED),
        limit=data[ATTR_LIMIT],
        offset=data[ATTR_OFFSET],
    )
    user = await async_user(call.hass, call.context)
    clips, more = await async_search(call.hass, user, cameras, query)
    return {"clips": [*async_action_answers(call.hass, clips)], "more": more}


async def async_protect(call: ServiceCall) -> ServiceResponse:
    """Keep clips from being deleted, or no longer."""
    data = call.data
    await async_protect_clips(
        call.hass, call.context, data[ATTR_CLIP_ID], protected=data[ATTR_PROTECTED]
    )
    return {ATTR_CLIP_ID: data[ATTR_CLIP_ID], ATTR_PROTECTED: data[ATTR_PROTECTED]}


async def async_delete(call: ServiceCall) -> ServiceResponse:
    """Delete clips."""
    data = call.data
    await async_delete_clips(
        call.hass, call.context, data[ATTR_CLIP_ID], force=data[ATTR_FORCE]
    )
    return {ATTR_CLIP_ID: data[ATTR_CLIP_ID]}


async def async_protect_clips(
    hass: HomeAssistant, context: Context, clip_ids: Sequence[str], *, protected: bool
) -> None:
    """Protect clips of cameras that the caller may control; raises HomeAssistantError."""
    library = async_open_library(hass)
    for clip in await _async_controlled(hass, context, library, clip_ids):
        try:
            await library.protect(clip.clip_id, protected)
        except LibraryError as err:
            raise library_failed(err) from err


async def async_delete_clips(
    hass: HomeAssistant, context: Context, clip_ids: Sequence[str], *, force: bool
) -> None:
    """Delete clips of cameras that the caller may control; raises HomeAssistantError.

    Protected ones only with ``force``; where one of them is among the clips, none is
    deleted.
    """
    library = async_open_library(hass)
    clips = await _async_controlled(hass, context, library, clip_ids)
    for clip in clips:
        if clip.protected and not force:
            raise _protected(clip)
    try:
        for clip in clips:
            try:
                await library.remove(clip.clip_id, force=force)
            except ProtectedError as err:
                raise _protected(clip) from err
            except LibraryError as err:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="clip_not_deleted",
                    translation_placeholders={"clip_id": clip.clip_id},
                ) from err
    finally:
        await async_get_system(hass).storage.async_changed()


async def _async_controlled(
    hass: HomeAssistant, context: Context, library: Library, clip_ids: Sequence[str]
) -> list[Clip]:
    clips = []
    for clip_id in dict.fromkeys(clip_ids):
        try:
            clip = await library.get(clip_id)
        except LibraryError as err:
            raise library_failed(err) from err
        if clip is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="clip_not_found",
                translation_placeholders={"clip_id": clip_id},
            )
        await async_check_control(hass, context, clip.camera_id)
        clips.append(clip)
    return clips


def _protected(clip: Clip) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="clip_protected",
        translation_placeholders={"clip_id": clip.clip_id},
    )
