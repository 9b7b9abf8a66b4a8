"""Whether it is the camera of an entry that answers at its address."""

from collections.abc import Mapping
from typing import Any

from .const import CONF_MAC, CONF_SERIAL
from .onvif import CameraDescription


def is_another_camera(about: CameraDescription, data: Mapping[str, Any]) -> bool:
    """Tell whether a description is surely not that of an entry's camera.

    A camera may change from cable to radio, and thereby its MAC, but not its serial;
    and two cameras may have the same serial, but not the same MAC.
    """
    pairs = ((about.mac, data.get(CONF_MAC)), (about.serial, data.get(CONF_SERIAL)))
    known = [(told, stored) for told, stored in pairs if told and stored]
    return bool(known) and all(told != stored for told, stored in known)
