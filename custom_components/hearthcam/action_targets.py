"""Which cameras an action or command is about, and whether the user may."""

from collections.abc import Iterable

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.camera.const import DOMAIN as CAMERA_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import Context, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .const import DOMAIN

_UNIQUE_SUFFIX = "_camera"


@callback
def async_camera_entities(hass: HomeAssistant) -> dict[str, str]:
    """Return the camera entity of every camera by the camera's id.

    From the registry, so that cameras count whose device is away or disabled: their
    clips are there.
    """
    return {
        entry.unique_id.removesuffix(_UNIQUE_SUFFIX): entry.entity_id
        for entry in er.async_get(hass).entities.values()
        if entry.platform == DOMAIN and entry.domain == CAMERA_DOMAIN
    }


@callback
def async_camera_entity(registry: er.EntityRegistry, camera_id: str) -> str | None:
    """Return the camera entity of one camera; None where there is none (any more)."""
    return registry.async_get_entity_id(
        CAMERA_DOMAIN, DOMAIN, f"{camera_id}{_UNIQUE_SUFFIX}"
    )


async def async_user(hass: HomeAssistant, context: Context) -> User | None:
    """Return who calls; None for Home Assistant itself, which may do everything."""
    if context.user_id is None:
        return None
    if (user := await hass.auth.async_get_user(context.user_id)) is None:
        raise UnknownUser(context=context)
    return user


def may(user: User | None, entity_id: str | None, policy: str) -> bool:
    """Tell whether the user may read or control a camera by its entity.

    Of a camera without an entity (it was removed, its clips stay) only
    administrators may have something.
    """
    if user is None or user.is_admin:
        return True
    return entity_id is not None and user.permissions.check_entity(entity_id, policy)


@callback
def async_readable(
    hass: HomeAssistant, user: User | None, policy: str, wanted: Iterable[str] | None
) -> tuple[str, ...] | None:
    """Return the ids of the cameras among ``wanted`` that the user may see.

    None stands for all cameras there ever were, and is returned only to who may see
    all of them.
    """
    entities = async_camera_entities(hass)
    if wanted is None:
        if user is None or user.is_admin:
            return None
        wanted = entities
    return tuple(
        camera_id for camera_id in wanted if may(user, entities.get(camera_id), policy)
    )


async def async_called_cameras(call: ServiceCall, policy: str) -> dict[str, str]:
    """Return the cameras that an action targets: camera ids by their entity's id.

    Raises ServiceValidationError for what is no camera of ours, Unauthorized.
    """
    hass, context = call.hass, call.context
    user = await async_user(hass, context)
    ours = {
        entity_id: camera_id
        for camera_id, entity_id in async_camera_entities(hass).items()
    }
    if call.data.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL:
        return {
            entity_id: camera_id
            for entity_id, camera_id in ours.items()
            if may(user, entity_id, policy)
        }
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(call.data))
    for entity_id in selected.referenced - ours.keys():
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_a_camera",
            translation_placeholders={"entity": entity_id},
        )
    chosen = (selected.referenced | selected.indirectly_referenced) & ours.keys()
    for entity_id in chosen:
        if not may(user, entity_id, policy):
            raise Unauthorized(context=context, entity_id=entity_id, permission=policy)
    if not chosen:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_camera_chosen"
        )
    return {entity_id: ours[entity_id] for entity_id in sorted(chosen)}


async def async_check_control(
    hass: HomeAssistant, context: Context, camera_id: str
) -> None:
    """Raise Unauthorized unless the caller may control the camera."""
    user = await async_user(hass, context)
    entity_id = async_camera_entities(hass).get(camera_id)
    if not may(user, entity_id, POLICY_CONTROL):
        raise Unauthorized(
            context=context, entity_id=entity_id, permission=POLICY_CONTROL
        )
