"""The entries in the device registry: the system's, and below it the cameras'."""

from typing import Any

from homeassistant.config_entries import SOURCE_SYSTEM, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import (
    CONF_ENTRY_TYPE,
    DOMAIN,
    ENTRY_TYPE_SYSTEM,
    MANUFACTURER,
    SYSTEM_IDENTIFIER,
)
from .models import CameraConfig
from .system import HearthcamSystem


def is_system_entry(entry: ConfigEntry[Any]) -> bool:
    """Tell the system's entry from those of cameras."""
    return bool(entry.data.get(CONF_ENTRY_TYPE) == ENTRY_TYPE_SYSTEM)


async def async_system_device(
    hass: HomeAssistant, system: HearthcamSystem
) -> dr.DeviceEntry:
    """Return the system's device, its entry made by the first camera.

    The entry may be set up after the cameras, or be disabled: its device is made
    here all the same, so that every camera can name it as what it is reached by.
    """
    async with system.entry_lock:
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if is_system_entry(entry):
                return system_device(hass, entry)
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_SYSTEM}
        )
        return system_device(hass, result["result"])


@callback
def system_device(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dr.DeviceEntry:
    """Return the device of the system's entry."""
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={SYSTEM_IDENTIFIER},
        entry_type=dr.DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        name=MANUFACTURER,
    )


def camera_device_info(config: CameraConfig, system_device_id: str) -> dr.DeviceInfo:
    """Return what the registry shall hold of a camera."""
    info = dr.DeviceInfo(
        identifiers={(DOMAIN, config.camera_id)},
        name=config.name,
        manufacturer=config.manufacturer or MANUFACTURER,
        model=config.model,
        serial_number=config.serial,
        sw_version=config.firmware,
        via_device_id=system_device_id,
    )
    if config.mac:
        info["connections"] = {(dr.CONNECTION_NETWORK_MAC, dr.format_mac(config.mac))}
    if config.host:
        host = f"[{config.host}]" if ":" in config.host else config.host
        info["configuration_url"] = f"http://{host}"
    return info
