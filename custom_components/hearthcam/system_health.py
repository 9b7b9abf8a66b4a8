"""What System information shows of Hearthcam."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.dt import as_local, utc_from_timestamp

from .storage_problems import gigabytes
from .system import async_get_system


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register what is asked."""
    register.async_register_info(async_info, "/config/integrations")


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return it; nothing is counted or looked at for it."""
    system = async_get_system(hass)
    storage, status = system.storage, system.supervisor.status
    info: dict[str, Any] = {
        "engine": f"PyAV {status.av_version}" if system.supervisor.running else False,
        "cameras": len(system.cameras),
        "place": storage.place.value,
    }
    sessions = [one.session for one in system.cameras.values() if one.session]
    if sessions:
        reachable = sum(session.reachable for session in sessions)
        info["onvif"] = f"{reachable} / {len(sessions)}"
        info["events"] = f"{sum(s.has_events for s in sessions)} / {len(sessions)}"
    if (figures := storage.figures) is not None:
        info |= {
            "clips": figures.count,
            "clips_size": gigabytes(figures.size),
            "spooled_clips": figures.spooled,
        }
        if figures.oldest is not None:
            oldest = as_local(utc_from_timestamp(figures.oldest))
            info["oldest_clip"] = oldest.date().isoformat()
    if (view := storage.view) is not None and view.total:
        info["free_space"] = gigabytes(view.free)
    return info
