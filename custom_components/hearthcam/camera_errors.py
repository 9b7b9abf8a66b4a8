"""A camera's refusals and silences, as Home Assistant tells them."""

from collections.abc import Coroutine
from typing import Any

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .onvif import (
    OnvifAuthError,
    OnvifCertificateError,
    OnvifConnectionError,
    OnvifError,
    OnvifTimeoutError,
)
from .privacy.local_only import NotLocalError


class CameraError(HomeAssistantError):
    """A camera cannot do what was asked; ``key`` names the translated text."""

    def __init__(self, key: str, name: str) -> None:
        """Remember which text, and the camera's name."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": name},
        )


def error_key(error: OnvifError | NotLocalError) -> str:
    """Return the key of the text that tells of an error."""
    match error:
        case NotLocalError():
            return "camera_not_local"
        case OnvifAuthError():
            return "camera_login_refused"
        case OnvifCertificateError():
            return "camera_certificate_changed"
        case OnvifTimeoutError():
            return "camera_timeout"
        case OnvifConnectionError():
            return "camera_unreachable"
        case _:
            return "camera_refused"


async def async_translated[T](call: Coroutine[Any, Any, T], name: str) -> T:
    """Return what a call to a camera returns; raises CameraError."""
    try:
        return await call
    except (OnvifError, NotLocalError) as error:
        raise CameraError(error_key(error), name) from error
