"""Hearthcam: local cameras, recorded and watched by Home Assistant itself."""

from contextlib import suppress
import logging
import os
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .camera_watch import CameraWatch
from .const import (
    CAMERA_PLATFORMS,
    CONF_CAMERA_ID,
    DATA_SYSTEM,
    DOMAIN,
    LIBRARY_FOLDER,
    SYSTEM_IDENTIFIER,
    SYSTEM_PLATFORMS,
)
from .device import HearthcamCamera
from .devices import async_system_device, is_system_entry, system_device
from .discovery import async_start_discovery
from .exceptions import EngineError, LibraryUnavailableError
from .models import (
    CameraConfig,
    HearthcamCameraConfigEntry,
    HearthcamConfigEntry,
    HearthcamSystemConfigEntry,
    HearthcamSystemRuntime,
)
from .panel import async_serve_panel, async_show_panel
from .privacy_check import async_privacy_checks
from .services import async_register_actions
from .system import HearthcamSystem, async_get_system
from .views import async_register_views
from .websocket_api import async_register_commands
from .websocket_clips import async_register_clip_commands
from .websocket_privacy import async_register_privacy_commands
from .zones import zone_identifier

_LOGGER = logging.getLogger(__package__)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what exists once, whatever cameras there are."""
    async_get_system(hass)
    async_register_views(hass)
    async_register_commands(hass)
    async_register_clip_commands(hass)
    async_register_privacy_commands(hass)
    async_register_actions(hass)
    await async_serve_panel(hass)
    async_start_discovery(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: HearthcamConfigEntry) -> bool:
    """Set up a camera or the system."""
    system = async_get_system(hass)
    try:
        await system.async_acquire()
    except (EngineError, LibraryUnavailableError) as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key=err.translation_key
        ) from err
    try:
        if is_system_entry(entry):
            await _async_setup_system(hass, entry, system)
        else:
            await _async_setup_camera(hass, entry, system)
    except BaseException:
        await system.async_release()
        raise
    entry.async_on_unload(await async_show_panel(hass))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: HearthcamConfigEntry) -> bool:
    """Unload a camera or the system; the last one ends the engine."""
    is_system = is_system_entry(entry)
    platforms = SYSTEM_PLATFORMS if is_system else CAMERA_PLATFORMS
    if not await hass.config_entries.async_unload_platforms(entry, platforms):
        return False
    if isinstance(camera := entry.runtime_data, HearthcamCamera):
        await camera.async_unload()
    await async_get_system(hass).async_release()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: HearthcamConfigEntry) -> None:
    """With the last camera goes the system and its index; the clips stay."""
    if is_system_entry(entry):
        return
    if camera_id := entry.data.get(CONF_CAMERA_ID):
        system = async_get_system(hass)
        await system.ledger.async_forget(camera_id)
        system.checks.put(camera_id, None)
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if any(not is_system_entry(other) for other in entries):
        return
    for other in entries:
        await hass.config_entries.async_remove(other.entry_id)
    await async_get_system(hass).arming.async_forget()
    if DATA_SYSTEM in hass.data and hass.data[DATA_SYSTEM].library is not None:
        return
    index = Path(hass.config.path(LIBRARY_FOLDER))
    await hass.async_add_executor_job(_remove_index, index)


async def async_migrate_entry(hass: HomeAssistant, entry: HearthcamConfigEntry) -> bool:
    """Refuse entries of a newer version; there is no older one."""
    return entry.version == 1


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: HearthcamConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Let devices be removed that are not those of the system, a camera or a zone."""
    if is_system_entry(entry):
        return SYSTEM_IDENTIFIER not in device.identifiers
    camera_id = CameraConfig.from_entry(entry).camera_id
    current = {(DOMAIN, camera_id)}
    current |= {zone_identifier(camera_id, zone_id) for zone_id in entry.subentries}
    return current.isdisjoint(device.identifiers)


async def _async_setup_system(
    hass: HomeAssistant, entry: HearthcamConfigEntry, system: HearthcamSystem
) -> None:
    device = system_device(hass, entry)
    entry.runtime_data = HearthcamSystemRuntime(system, device.id)
    entry.async_on_unload(entry.add_update_listener(_async_system_updated))
    await hass.config_entries.async_forward_entry_setups(entry, SYSTEM_PLATFORMS)


async def _async_setup_camera(
    hass: HomeAssistant, entry: HearthcamConfigEntry, system: HearthcamSystem
) -> None:
    try:
        config = CameraConfig.from_entry(entry)
    except (KeyError, ValueError) as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="entry_invalid"
        ) from err
    parent = await async_system_device(hass, system)
    camera = HearthcamCamera(hass, entry, system, config, parent.id)
    entry.runtime_data = camera
    await camera.async_setup()
    entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
    entry.async_on_unload(CameraWatch(hass, camera).start())
    entry.async_on_unload(async_privacy_checks(hass).start(camera))
    try:
        await hass.config_entries.async_forward_entry_setups(entry, CAMERA_PLATFORMS)
    except BaseException:
        await camera.async_unload()
        raise


async def _async_entry_updated(
    hass: HomeAssistant, entry: HearthcamCameraConfigEntry
) -> None:
    """Apply what the user changed while everything goes on."""
    entry.runtime_data.async_entry_updated()


async def _async_system_updated(
    hass: HomeAssistant, entry: HearthcamSystemConfigEntry
) -> None:
    """Apply the options while everything goes on."""
    await entry.runtime_data.system.async_options_changed()


def _remove_index(folder: Path) -> None:
    """Delete the database; clips that are still spooled stay. Blocks."""
    for file in folder.glob("library.db*"):
        with suppress(OSError):
            file.unlink()
    for path, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            Path(path).rmdir()
