"""Clips as actions and commands tell of them."""

from collections.abc import Iterable

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from .action_targets import async_readable
from .const import DOMAIN, SUBENTRY_ZONE
from .library.index import Library
from .library.models import Clip, ClipQuery, HiddenError, LibraryError
from .system import async_camera_names, async_get_library
from .views import clip_url, thumbnail_url


@callback
def async_open_library(hass: HomeAssistant) -> Library:
    """Return the library; raises HomeAssistantError while it is not open."""
    if (library := async_get_library(hass)) is None:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="media_library_closed"
        )
    return library


def library_failed(error: LibraryError) -> HomeAssistantError:
    """Return what is raised when the library cannot answer, or must not."""
    hidden = isinstance(error, HiddenError)
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="clip_hidden" if hidden else "media_library_failed",
    )


def clip_answer(clip: Clip, camera_name: str | None) -> JsonObjectType:
    """Return what is told of a clip: times in s of the epoch, URLs relative."""
    return {
        "clip_id": clip.clip_id,
        "camera_id": clip.camera_id,
        "camera": camera_name or clip.camera_id,
        "event_id": clip.event_id,
        "kind": clip.kind,
        "start": clip.start,
        "end": clip.end,
        "duration": round(clip.end - clip.start, 1),
        "score": round(clip.score, 3),
        "zones": list(clip.zones),
        "size": clip.size,
        "codec": clip.codec,
        "width": clip.width,
        "height": clip.height,
        "has_audio": clip.has_audio,
        "protected": clip.protected,
        "recovered": clip.recovered,
        "clip": clip_url(clip.clip_id),
        "thumbnail": thumbnail_url(clip.clip_id) if clip.thumbnail else None,
        "media_content_id": f"media-source://{DOMAIN}/clip/{clip.clip_id}",
    }


def local_time(seconds: float) -> str:
    """Return a time of the epoch in ISO form, in the local zone."""
    return dt_util.as_local(dt_util.utc_from_timestamp(seconds)).isoformat()


async def async_search(
    hass: HomeAssistant,
    user: User | None,
    cameras: Iterable[str] | None,
    query: ClipQuery,
) -> tuple[list[Clip], bool]:
    """Return those clips that the user may see, and whether there are more.

    ``cameras`` are ids, None means all; raises HomeAssistantError.
    """
    camera_ids = async_readable(hass, user, POLICY_READ, cameras)
    if camera_ids is not None and not camera_ids:
        return [], False
    library = async_open_library(hass)
    wanted = ClipQuery(
        camera_ids=camera_ids or (),
        kinds=query.kinds,
        zones=query.zones,
        start=query.start,
        end=query.end,
        protected=query.protected,
        # One more tells whether there is another page.
        limit=query.limit + 1,
        offset=query.offset,
    )
    try:
        clips = await library.search(wanted)
    except LibraryError as err:
        raise library_failed(err) from err
    return clips[: query.limit], len(clips) > query.limit


@callback
def async_answers(hass: HomeAssistant, clips: Iterable[Clip]) -> list[JsonObjectType]:
    """Return what commands tell of clips."""
    names = async_camera_names(hass)
    return [clip_answer(clip, names.get(clip.camera_id)) for clip in clips]


@callback
def async_action_answers(
    hass: HomeAssistant, clips: Iterable[Clip]
) -> list[JsonObjectType]:
    """Return what actions tell of clips: the same, with times as templates like them."""
    names = async_camera_names(hass)
    return [
        clip_answer(clip, names.get(clip.camera_id))
        | {"start": local_time(clip.start), "end": local_time(clip.end)}
        for clip in clips
    ]


@callback
def async_zone_ids(hass: HomeAssistant, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of zones that are named, or given, in any letters' case.

    A name that no zone has is taken for the id of one that is gone.
    """
    named: dict[str, list[str]] = {}
    for entry in hass.config_entries.async_entries(DOMAIN):
        for zone in entry.get_subentries_of_type(SUBENTRY_ZONE):
            named.setdefault(zone.title.casefold(), []).append(zone.subentry_id)
    return tuple(
        zone_id for zone in wanted for zone_id in named.get(zone.casefold(), [zone])
    )
