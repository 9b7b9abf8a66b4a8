"""What a camera says of itself by ONVIF, as a maintainer needs it.

Tokens, names, addresses and whatever else may identify are left out: profiles are
told apart by their order, sources and encoders by numbers.
"""

from dataclasses import asdict
from typing import Any

from homeassistant.core import HomeAssistant

from .camera_watch import DATA_WATCHES
from .const import CONF_MAIN_PROFILE, CONF_ONVIF_PATH, CONF_SUB_PROFILE
from .device import HearthcamCamera
from .onvif import MediaProfile
from .onvif.control import CameraCapabilities, Range
from .onvif.control.ptz import Plane
from .onvif.events import EventDiagnostics
from .onvif.masks import MaskOptions
from .onvif_address import DEFAULT_PATH, OnvifAddress
from .session import CameraSession


def onvif_diagnostics(hass: HomeAssistant, camera: HearthcamCamera) -> dict[str, Any]:
    """Return it; empty for a camera without ONVIF."""
    watch = hass.data.get(DATA_WATCHES, {}).get(camera.entry.entry_id)
    found: dict[str, Any] = {
        "lasting_findings": [
            {"hurt": one.hurt, "stream": one.profile, "value": one.value}
            for one in (watch.findings if watch else ())
        ]
    }
    if (session := camera.session) is None:
        return found
    return {**found, "onvif": _session(camera, session)}


def _session(camera: HearthcamCamera, session: CameraSession) -> dict[str, Any]:
    data = camera.entry.data
    address = OnvifAddress.of_data(data)
    about = session.description
    login = None
    if session.capabilities is not None:
        login = session.control.camera.auth
    return {
        "reachable": session.reachable,
        "error": session.error,
        "login": login,
        "tls": address.tls,
        "pinned": address.certificate is not None,
        "usual_path": data.get(CONF_ONVIF_PATH, DEFAULT_PATH) == DEFAULT_PATH,
        "clock_offset": _rounded(session.clock_offset),
        "told": (
            {
                "manufacturer": about.manufacturer,
                "model": about.model,
                "firmware": about.firmware,
                "hardware": about.hardware,
                "mac": about.mac is not None,
                "serial": about.serial is not None,
                "endpoint": about.epr is not None,
            }
            if about
            else None
        ),
        "profiles": _profiles(
            session.profiles, data.get(CONF_MAIN_PROFILE), data.get(CONF_SUB_PROFILE)
        ),
        "capabilities": (
            _capabilities(session.capabilities) if session.capabilities else None
        ),
        "expected_events": sorted(session.declared),
        "rung": session.rung,
        "events": _events(session.event_diagnostics),
    }


def _profiles(
    profiles: tuple[MediaProfile, ...], main: str | None, sub: str | None
) -> list[dict[str, Any]]:
    """Return the profiles as the camera declares them."""
    sources, encoders = _Numbers(), _Numbers()
    used = {main: "main", sub: "sub"}
    return [
        {
            "used_as": used.get(one.token),
            "codec": one.codec,
            "width": one.width,
            "height": one.height,
            "fps": one.fps,
            "bitrate": one.bitrate,
            "gop": one.gop,
            "audio_codec": one.audio_codec,
            "source": sources.of(one.source),
            "encoder": encoders.of(one.encoder),
            "moves": one.ptz_node is not None,
            "analytics": one.analytics is not None,
        }
        for one in profiles
    ]


class _Numbers:
    """Stands numbers in for tokens."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def of(self, token: str | None) -> int | None:
        if token is None:
            return None
        return self._known.setdefault(token, len(self._known) + 1)


def _capabilities(found: CameraCapabilities) -> dict[str, Any]:
    ptz = found.ptz
    return {
        "services": sorted(found.services),
        "ptz": (
            {
                "moves_a_profile": found.ptz_profile is not None,
                "continuous": _plane(ptz.continuous),
                "relative": _plane(ptz.relative),
                "absolute": _plane(ptz.absolute),
                "max_presets": ptz.max_presets,
                "home": ptz.has_home,
            }
            if ptz
            else None
        ),
        "pictures": [
            {
                "key": one.key,
                "range": _range(one.range),
                "choices": list(one.choices),
                "value": one.value,
            }
            for one in found.pictures
        ],
        "relays": [
            {
                "monostable": one.is_monostable,
                "delay": one.delay,
                "open_when_idle": one.is_open_when_idle,
            }
            for one in found.relays
        ],
        "inputs": [{"open_when_idle": one.is_open_when_idle} for one in found.inputs],
        "auxiliaries": [
            {
                "kind": one.kind,
                "states": [state for state, _ in one.states],
                "by_ptz": one.by_ptz,
            }
            for one in found.auxiliaries
        ],
        "analytics": found.analytics is not None,
        "masks": _masks(found.masks) if found.masks else None,
        "unread": list(found.unread),
        "broke_at": found.broke_at,
    }


def _masks(found: MaskOptions) -> dict[str, Any]:
    return {
        "most": found.most,
        "points": found.points,
        "types": list(found.types),
        "rectangles_only": found.rectangles_only,
        "colours": found.has_colours,
        "black": found.black is not None,
        "one_colour": found.one_colour,
    }


def _plane(plane: Plane) -> dict[str, Any]:
    return {
        "pan": _range(plane.pan),
        "tilt": _range(plane.tilt),
        "zoom": _range(plane.zoom),
    }


def _range(found: Range | None) -> list[float] | None:
    return [found.minimum, found.maximum] if found else None


def _events(found: EventDiagnostics | None) -> dict[str, Any] | None:
    """Return how events are had; the values that the camera sent are not in it."""
    if found is None:
        return None
    return {
        **asdict(found),
        "last": [
            {**asdict(one), "time": one.time.isoformat() if one.time else None}
            for one in found.last
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
