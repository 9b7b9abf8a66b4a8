"""The actions that move cameras: by direction, to presets, home."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError

from .action_targets import async_called_cameras
from .camera_errors import CameraError
from .const import DOMAIN
from .onvif_side import OnvifSide
from .presets import named
from .system import async_get_system

ATTR_COMMAND: Final = "command"
ATTR_DURATION: Final = "duration"
ATTR_PAN: Final = "pan"
ATTR_PRESET: Final = "preset"
ATTR_SET: Final = "set"
ATTR_SPEED: Final = "speed"
ATTR_TILT: Final = "tilt"
ATTR_ZOOM: Final = "zoom"


class PresetCommand(StrEnum):
    """What is done with a preset."""

    GOTO = "goto"
    SET = "set"
    REMOVE = "remove"


async def async_ptz_move(call: ServiceCall) -> None:
    """Move cameras for a while."""
    data = call.data
    speed = data[ATTR_SPEED]
    pan, tilt, zoom = (data[key] * speed for key in (ATTR_PAN, ATTR_TILT, ATTR_ZOOM))
    if not (pan or tilt or zoom):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="ptz_no_direction"
        )
    await _async_each(
        call,
        lambda onvif: onvif.mover.async_move(pan, tilt, zoom, data[ATTR_DURATION]),
    )


async def async_ptz_home(call: ServiceCall) -> None:
    """Go home, or make the present position the home one."""

    async def home(onvif: OnvifSide) -> None:
        if call.data[ATTR_SET]:
            await onvif.session.async_do(onvif.mover.ptz.set_home())
        else:
            await onvif.mover.async_home()

    await _async_each(call, home)


async def async_ptz_preset(call: ServiceCall) -> None:
    """Go to, store or forget a preset by its name."""
    name, command = call.data[ATTR_PRESET], call.data[ATTR_COMMAND]

    async def preset(onvif: OnvifSide) -> None:
        ptz, do = onvif.mover.ptz, onvif.session.async_do
        # Asked for now: it may just have been made at the camera itself.
        token = named(await do(ptz.presets())).get(name)
        if command == PresetCommand.SET:
            await do(ptz.set_preset(name, token))
        elif token is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="preset_not_found",
                translation_placeholders={
                    "name": onvif.session.entry.title,
                    "preset": name,
                },
            )
        elif command == PresetCommand.REMOVE:
            await do(ptz.remove_preset(token))
        else:
            await onvif.mover.async_goto(token)
        await onvif.readings.async_refresh()

    await _async_each(call, preset)


async def _async_each(
    call: ServiceCall, act: Callable[[OnvifSide], Awaitable[None]]
) -> None:
    """Do something with all cameras of an action at once; raises the first failure."""
    targets = await async_called_cameras(call, POLICY_CONTROL)
    loaded = async_get_system(call.hass).cameras
    sides: list[OnvifSide] = []
    for entity_id, camera_id in targets.items():
        camera = loaded.get(camera_id)
        if camera is None or camera.onvif is None:
            raise CameraError("camera_cannot_move", entity_id)
        sides.append(camera.onvif)
    answers = await asyncio.gather(
        *(act(side) for side in sides), return_exceptions=True
    )
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
