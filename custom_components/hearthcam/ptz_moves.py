"""Moving a camera for a while, or a step: the last wish counts."""

import asyncio
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback

from .camera_errors import CameraError
from .onvif.control import Ptz
from .onvif.control.ptz import Plane
from .session_view import SessionView

STEP: Final = 0.4
"""Part of the range that a second at full speed is, where only steps are possible."""


class PtzMover:
    """Movements of one camera; every method raises CameraError, translated."""

    def __init__(self, session: SessionView, moved: CALLBACK_TYPE) -> None:
        """Prepare; ``moved`` is called when it leaves or reaches a preset."""
        self._session = session
        self._moved = moved
        self._turn = 0
        self.preset: str | None = None
        """Token of the preset that it was sent to, None when it moved since."""

    @property
    def ptz(self) -> Ptz:
        """What moves the camera now."""
        if (ptz := self._session.control.ptz) is None:
            raise CameraError("camera_cannot_move", self._session.entry.title)
        return ptz

    async def async_move(
        self, pan: float, tilt: float, zoom: float, seconds: float
    ) -> None:
        """Move with speeds from -1 (left, down, out) to 1, and stop.

        A camera that knows steps only goes one of about that length. Another
        movement that begins meanwhile is not stopped by the end of this one.
        """
        ptz, do = self.ptz, self._session.async_do
        node = self._session.control.capabilities.ptz
        if not _moves(node.continuous if node else None, pan, tilt, zoom):
            if not _moves(node.relative if node else None, pan, tilt, zoom):
                raise CameraError("camera_cannot_move", self._session.entry.title)
            self._begin()
            part = min(STEP * seconds, 1.0)
            await do(ptz.move_by(pan * part, tilt * part, zoom * part))
            return
        turn = self._begin()
        # The limit stops it where we cannot: Home Assistant may end meanwhile.
        await do(ptz.move(pan, tilt, zoom, timeout=seconds))
        try:
            await asyncio.sleep(seconds)
        finally:
            if turn == self._turn:
                await do(ptz.stop())

    async def async_home(self) -> None:
        """Go to the home position."""
        ptz = self.ptz
        self._begin()
        await self._session.async_do(ptz.goto_home())

    async def async_goto(self, token: str) -> None:
        """Go to a preset."""
        ptz = self.ptz
        turn = self._begin()
        await self._session.async_do(ptz.goto_preset(token))
        if turn == self._turn:
            self.note(token)

    @callback
    def _begin(self) -> int:
        self.note(None)
        self._turn += 1
        return self._turn

    @callback
    def note(self, preset: str | None) -> None:
        """Note which preset it was sent to; None: it moves elsewhere."""
        if preset != self.preset:
            self.preset = preset
            self._moved()


def _moves(plane: Plane | None, pan: float, tilt: float, zoom: float) -> bool:
    """Tell whether a plane has all that shall move."""
    if plane is None:
        return False
    if (pan or tilt) and not (plane.pan and plane.tilt):
        return False
    return not zoom or plane.zoom is not None
