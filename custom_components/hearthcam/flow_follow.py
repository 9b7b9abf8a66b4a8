"""Cameras that moved: followed to their new address once they proved who they are."""

import asyncio
from dataclasses import replace
import logging
from typing import Any, Final

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import CONF_MAIN_URL, CONF_ONVIF_PORT, CONF_SUB_URL, DOMAIN
from .flow_identity import Identity
from .onvif import OnvifAuthError, OnvifError
from .onvif_address import OnvifAddress, async_onvif_camera
from .privacy.local_only import NotLocalError, is_local
from .privacy_mode import async_is_shut
from .rtsp_url import with_host
from .session import ANOTHER

_LOGGER = logging.getLogger(__package__)

ATTEMPTS: Final = (0.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds before each look: a camera that starts gets its address first."""

DATA_FOLLOWING: HassKey[dict[str, tuple[OnvifAddress, asyncio.Task[None]]]] = HassKey(
    f"{DOMAIN}_following"
)


@callback
def async_follow_camera(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    address: OnvifAddress,
    *,
    is_sure: bool = False,
) -> None:
    """Look whether a configured camera is at an address, and let it be found there.

    An announcement is no proof: the camera is asked who it is, in the background,
    before the entry changes. ``is_sure`` is for evidence of its MAC, which stands
    where the camera refuses the stored login. A camera whose pictures arrive is left
    alone: many have two addresses (cable and radio). So is one that privacy mode has
    closed: it is looked for when it is open.
    """
    stored = entry.data
    if (
        entry.source == SOURCE_IGNORE
        or CONF_ONVIF_PORT not in stored
        or is_connected(entry)
        or async_is_shut(hass, entry)
        or not is_local(address.host)
    ):
        return
    known = OnvifAddress.of_data(stored)
    if known.tls:
        # HTTPS is never given up because of what anybody announces.
        address = replace(known, host=address.host)
    if address == known:
        return
    following = hass.data.setdefault(DATA_FOLLOWING, {})
    if entry.entry_id in following:
        other, task = following[entry.entry_id]
        if other == address:
            return
        task.cancel()
    # Not a task of the entry: that would end at each attempt to set it up.
    task = hass.async_create_background_task(
        _async_follow(hass, entry, address, is_sure=is_sure), "hearthcam follow"
    )
    following[entry.entry_id] = (address, task)

    @callback
    def ended(task: asyncio.Task[None]) -> None:
        if following.get(entry.entry_id) == (address, task):
            del following[entry.entry_id]

    task.add_done_callback(ended)


async def _async_follow(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    address: OnvifAddress,
    *,
    is_sure: bool,
) -> None:
    for delay in ATTEMPTS:
        await asyncio.sleep(delay)
        if is_connected(entry) or async_is_shut(hass, entry):
            return
        same = await _async_is_there(hass, entry, address, is_sure=is_sure)
        if hass.config_entries.async_get_entry(entry.entry_id) is not entry:
            return
        if same:
            async_move_camera(hass, entry, address)
        if same is not None:
            return


async def _async_is_there(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    address: OnvifAddress,
    *,
    is_sure: bool,
) -> bool | None:
    """Tell whether the entry's camera answers there; None: nothing answers yet."""
    data = entry.data
    camera = async_onvif_camera(
        hass, address, data.get(CONF_USERNAME), data.get(CONF_PASSWORD)
    )
    try:
        about = await camera.describe()
    except OnvifAuthError:
        # Asked once only: cameras lock an account after a few wrong passwords.
        return is_sure
    except OnvifError:
        return None
    except NotLocalError:
        return False
    identity = Identity(about.mac, about.serial, about.epr)
    return identity.is_of(entry) if identity.known else is_sure


@callback
def async_move_camera(
    hass: HomeAssistant, entry: ConfigEntry[Any], address: OnvifAddress
) -> bool:
    """Let a camera that is known to be at an address be found there.

    Tells whether anything changed.
    """
    if (
        entry.source == SOURCE_IGNORE
        or CONF_ONVIF_PORT not in entry.data
        or is_connected(entry)
    ):
        return False
    updates = address.as_data()
    for key in (CONF_MAIN_URL, CONF_SUB_URL):
        if url := entry.data.get(key):
            updates[key] = with_host(url, address.host)
    if not hass.config_entries.async_update_entry(entry, data=entry.data | updates):
        return False
    _LOGGER.info("%s has another address now", entry.title)
    # A loaded entry hears of it by its update listener.
    if not entry.update_listeners and entry.state in (
        ConfigEntryState.LOADED,
        ConfigEntryState.SETUP_RETRY,
    ):
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


@callback
def is_connected(entry: ConfigEntry[Any]) -> bool:
    """Tell whether pictures of the camera arrive right now, and not of another one."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    camera = entry.runtime_data
    is_another = camera.session is not None and camera.session.error == ANOTHER
    return bool(camera.online) and not is_another
