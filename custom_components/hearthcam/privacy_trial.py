"""Tests of cameras that leaked: who may see such a camera, and nobody else.

A camera stays blocked while it is tested again. The test brings a key in its requests,
to Home Assistant as well as to the engine; it is made for this test, and goes with it.
"""

from collections.abc import Generator
from contextlib import contextmanager
import secrets

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import current_request
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .engine.parts import KEY_HEADER
from .engine_requests import EngineRequests
from .privacy.secret import is_secret

DATA_KEYS: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_privacy_trials")


@contextmanager
def trial(
    hass: HomeAssistant, engine: EngineRequests, camera_id: str
) -> Generator[str]:
    """Make a key to a camera that leaked, good for as long as this lasts."""
    keys = hass.data.setdefault(DATA_KEYS, {})
    keys[camera_id] = key = secrets.token_urlsafe(32)
    try:
        engine.let_in(camera_id, key)
        yield key
    finally:
        del keys[camera_id]
        engine.let_in(camera_id, None)


@callback
def async_is_tried(hass: HomeAssistant, camera_id: str) -> bool:
    """Tell whether a camera that leaked is being tested again."""
    return camera_id in hass.data.get(DATA_KEYS, {})


@callback
def async_key_of_request(hass: HomeAssistant, camera_id: str) -> str | None:
    """Return the key where the request that is being answered brings the right one."""
    key, request = hass.data.get(DATA_KEYS, {}).get(camera_id), current_request.get()
    if key is None or request is None:
        return None
    return key if is_secret(request.headers.get(KEY_HEADER), key) else None
