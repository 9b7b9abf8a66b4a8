"""Whether there is light where privacy zones are, so that a black zone proves something.

What is looked at is the picture as the camera sends it. It stays here: only whether it
is dark is told.
"""

import logging
from typing import Final, Protocol

import av

from .masking.inside import pixels_of, seen_in
from .packet import Packet, VideoParameters
from .polygon import polygon_area
from .protocol import Expose, Exposed
from .stills import latest_frame

_LOGGER = logging.getLogger(__name__)

_ENOUGH: Final = 0.01
"""Share of a zone in which a test would see something if it were not black."""


class Newest(Protocol):
    """Has the newest pictures of a camera."""

    def newest(self) -> tuple[VideoParameters, list[Packet]] | None:
        """Return what came since the last keyframe, None where there is none."""


def expose(command: Expose, newest: Newest | None) -> Exposed:
    """Carry out a command; blocks while decoding a picture."""
    found = newest.newest() if newest is not None and command.polygons else None
    if found is None:
        return Exposed(command.request_id, dark=bool(command.polygons))
    try:
        frame = latest_frame(*found, fresh=False)
    except av.FFmpegError, ValueError:
        frame = None
    if frame is None:
        return Exposed(command.request_id, dark=True)
    pixels = pixels_of(frame)
    height, width = pixels.shape[:2]
    for polygon in command.polygons:
        wanted = _ENOUGH * polygon_area(polygon) * height * width
        if seen_in(pixels, (polygon,)).leaked <= wanted:
            _LOGGER.debug("It is dark where a privacy zone is")
            return Exposed(command.request_id, dark=True)
    return Exposed(command.request_id, dark=False)
