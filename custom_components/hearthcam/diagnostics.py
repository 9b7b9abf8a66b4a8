"""What a maintainer needs to know of a camera or of the system, and nobody else."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .const import (
    CONF_CAMERA_ID,
    CONF_EPR,
    CONF_MAC,
    CONF_MAIN_URL,
    CONF_SERIAL,
    CONF_SUB_URL,
)
from .device import HearthcamCamera
from .models import HearthcamConfigEntry
from .system import HearthcamSystem

# The id is a slug of the camera's name, which often names a place or a person;
# so do paths and events' ids, which is why neither appears below, and zones' names.
TO_REDACT = {
    CONF_CAMERA_ID,
    CONF_EPR,
    CONF_HOST,
    CONF_MAC,
    CONF_MAIN_URL,
    CONF_PASSWORD,
    CONF_SERIAL,
    CONF_SUB_URL,
    CONF_USERNAME,
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: HearthcamConfigEntry
) -> dict[str, Any]:
    """Return the entry without what identifies, and its state."""
    runtime = entry.runtime_data
    if isinstance(runtime, HearthcamCamera):
        state, system = _camera(runtime), runtime.system
    else:
        state, system = {}, runtime.system
    return {
        "entry": {
            "data": async_redact_data(entry.data, TO_REDACT),
            "options": dict(entry.options),
            "version": f"{entry.version}.{entry.minor_version}",
        },
        **state,
        "system": _system(system),
    }


def _camera(camera: HearthcamCamera) -> dict[str, Any]:
    state = camera.state
    return {
        "online": camera.online,
        "streams": {
            profile.value: async_redact_data(asdict(stream), TO_REDACT)
            for profile, stream in state.streams.items()
        },
        "stats": (
            async_redact_data(asdict(state.stats), TO_REDACT) if state.stats else None
        ),
        "motion": state.motion is not None,
        "sensitivity": camera.config.sensitivity,
        "zones": [
            {
                **zone.as_data,
                "name": REDACTED,
                "motion": zone.zone_id in state.moving_zones,
            }
            for zone in camera.zones.values()
        ],
        "explained_light": {
            "counted": dict(state.lights),
            "last": (
                {"time": state.last_light.time, "cause": state.last_light.cause}
                if state.last_light
                else None
            ),
            "sources": camera.system.light_watch.count(camera.camera_id),
        },
        "last_motion": state.last_motion.isoformat() if state.last_motion else None,
        "recording": bool(state.recording),
        "clips_failed": state.clips_failed,
        "lost_seconds": round(state.lost_seconds, 1),
    }


def _system(system: HearthcamSystem) -> dict[str, Any]:
    status = asdict(system.supervisor.status)
    status.pop("pid")
    return {
        "engine": {
            "running": system.supervisor.running,
            **status,
            "stats": asdict(system.engine_stats) if system.engine_stats else None,
        },
        "cameras": len(system.cameras),
        "library": asdict(system.totals) if system.totals else None,
    }
