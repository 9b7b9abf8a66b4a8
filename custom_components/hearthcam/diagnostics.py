"""What a maintainer needs to know of a camera or of the system, and nobody else."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .camera_diagnostics import onvif_diagnostics
from .const import (
    CONF_ABILITIES,
    CONF_AT_HOME,
    CONF_CAMERA_ID,
    CONF_EPR,
    CONF_INCIDENT,
    CONF_MAC,
    CONF_MAIN_PROFILE,
    CONF_MAIN_URL,
    CONF_ONVIF_CERTIFICATE,
    CONF_ONVIF_MASKS,
    CONF_ONVIF_PATH,
    CONF_PRESENCE,
    CONF_PRESENCE_IDS,
    CONF_PRIVACY_PRESET,
    CONF_RECORD_ZONES,
    CONF_SERIAL,
    CONF_SUB_PROFILE,
    CONF_SUB_URL,
)
from .device import HearthcamCamera
from .engine.protocol import Output
from .models import HearthcamConfigEntry
from .scrub import Scrubber
from .storage import Storage
from .storage_options import CONF_KEEP_DAYS_CAMERAS, CONF_MEDIA_FOLDER
from .system import HearthcamSystem

# The id is a slug of the camera's name, which often names a place or a person;
# so do paths and events' ids, which is why neither appears below, and zones' names.
TO_REDACT = {
    CONF_ABILITIES,
    CONF_AT_HOME,
    CONF_ONVIF_MASKS,
    CONF_CAMERA_ID,
    CONF_EPR,
    CONF_HOST,
    CONF_INCIDENT,
    CONF_KEEP_DAYS_CAMERAS,
    CONF_MAC,
    CONF_MAIN_PROFILE,
    CONF_MAIN_URL,
    CONF_MEDIA_FOLDER,
    CONF_ONVIF_CERTIFICATE,
    CONF_ONVIF_PATH,
    CONF_PASSWORD,
    CONF_PRESENCE,
    CONF_PRESENCE_IDS,
    CONF_PRIVACY_PRESET,
    CONF_RECORD_ZONES,
    CONF_SERIAL,
    CONF_SUB_PROFILE,
    CONF_SUB_URL,
    CONF_USERNAME,
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: HearthcamConfigEntry
) -> dict[str, Any]:
    """Return the entry without what identifies, and its state."""
    runtime = entry.runtime_data
    if isinstance(runtime, HearthcamCamera):
        state = {**_camera(runtime), **onvif_diagnostics(hass, runtime)}
        system = runtime.system
    else:
        state, system = {}, runtime.system
    found = {
        "entry": {
            "data": async_redact_data(entry.data, TO_REDACT),
            "options": async_redact_data(entry.options, TO_REDACT),
            "version": f"{entry.version}.{entry.minor_version}",
        },
        **state,
        "system": _system(system),
    }
    scrubbed: dict[str, Any] = _scrubber(entry).scrub(found)
    return scrubbed


def _scrubber(entry: HearthcamConfigEntry) -> Scrubber:
    """Return what takes out what a camera may have put where nobody expects it."""
    secrets = [
        entry.data.get(key)
        for key in (
            *(CONF_HOST, CONF_PASSWORD, CONF_MAC, CONF_SERIAL, CONF_EPR),
            *(CONF_ONVIF_CERTIFICATE, CONF_MAIN_URL, CONF_SUB_URL),
        )
    ]
    runtime = entry.runtime_data
    if isinstance(runtime, HearthcamCamera) and runtime.session is not None:
        if (about := runtime.session.description) is not None:
            secrets += [about.mac, about.serial, about.epr]
    words = (entry.data.get(CONF_USERNAME), entry.data.get(CONF_CAMERA_ID), entry.title)
    return Scrubber(secrets, words if CONF_CAMERA_ID in entry.data else ())


def _camera(camera: HearthcamCamera) -> dict[str, Any]:
    state = camera.state
    totals = camera.system.ledger.totals(camera.camera_id)
    return {
        "online": camera.online,
        "streams": {
            profile.value: async_redact_data(asdict(stream), TO_REDACT)
            for profile, stream in state.streams.items()
        },
        "stats": (
            async_redact_data(asdict(state.stats), TO_REDACT) if state.stats else None
        ),
        "policy": camera.policy,
        "mode": camera.mode,
        "reported_classes": sorted(camera.reported),
        "motion": state.motion is not None,
        "sensitivity": camera.config.sensitivity,
        "privacy": {
            "zones": len(camera.privacy_rules.zones),
            "unreadable": len(camera.privacy_rules.unreadable),
            "now": len(camera.privacy_now),
            "at_source": len(state.privacy.at_source) if state.privacy else 0,
            "outputs": {
                output: {
                    "kept": camera.demand.kept(state.privacy, output),
                    "cause": camera.demand.cause(state.privacy, output),
                }
                for output in Output
            },
            "cuts": camera.cuts,
        },
        "zones": [
            {
                **zone.as_data,
                "name": REDACTED,
                "motion": zone.zone_id in state.moving_zones,
            }
            for zone in camera.zones.values()
            if not zone.is_privacy
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
        "coverage": asdict(totals) if totals else None,
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
        "arming": system.arming.mode,
        "cameras": len(system.cameras),
        **_storage(system.storage),
    }


def _storage(storage: Storage) -> dict[str, Any]:
    """Return how clips are kept; neither folders nor cameras are named."""
    options = storage.options
    return {
        "library": asdict(storage.figures) if storage.figures else None,
        "storage": {
            "place": storage.place,
            "states": [
                {"place": state.place, "cause": state.cause, "needed": state.needed}
                for state in storage.states.values()
            ],
            "media": asdict(storage.view) if storage.view else None,
            "spool_limit": storage.spool_limit,
            "problems": sorted(storage.problems),
            "last_pass": asdict(storage.last_pass) if storage.last_pass else None,
            "options": {
                "days": options.days,
                "days_continuous": options.days_continuous,
                "kinds": dict(options.kinds),
                "cameras": sorted(options.cameras.values()),
                "max_size": options.max_size,
                "min_free": options.min_free,
                "sync": options.sync,
            },
        },
    }
