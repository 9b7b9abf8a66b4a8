"""Pan, tilt and zoom (PTZ service 2.0)."""

from dataclasses import dataclass
import math
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from ..device import OnvifCamera
from ..errors import OnvifFaultError, OnvifResponseError
from ..qualified import SCHEMA
from ..services import PTZ
from ..xmltree import find, find_all, signed, text_of
from .ranges import Range, read_range, written

MAX_PRESETS = 512
MAX_NODES = 16
MAX_AUXILIARY = 64


@dataclass(frozen=True, slots=True)
class Plane:
    """The ranges of one kind of movement; None where there is no such."""

    pan: Range | None = None
    tilt: Range | None = None
    zoom: Range | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be moved this way."""
        return not (self.pan or self.tilt or self.zoom)


@dataclass(frozen=True, slots=True)
class PtzNode:
    """What a PTZ node declares, which is not always true.

    Attributes:
        continuous: moves until stopped; relative: by a distance; absolute: to a place.
        max_presets: 0 when it has none, or does not tell.
        auxiliary: commands such as ``tt:Wiper|On``.
    """

    token: str
    continuous: Plane = Plane()
    relative: Plane = Plane()
    absolute: Plane = Plane()
    max_presets: int = 0
    has_home: bool = False
    auxiliary: tuple[str, ...] = ()

    @property
    def can_move(self) -> bool:
        """Whether anything can be moved at all.

        Fixed cameras have been seen to declare a node without a space.
        """
        planes = (self.continuous, self.relative, self.absolute)
        return not all(plane.is_empty for plane in planes)


@dataclass(frozen=True, slots=True)
class Preset:
    """A stored position."""

    token: str
    name: str


@dataclass(frozen=True, slots=True)
class PtzStatus:
    """Where the camera looks, in its own units; None where it does not tell."""

    pan: float | None = None
    tilt: float | None = None
    zoom: float | None = None
    is_moving: bool | None = None


def read_nodes(message: Element) -> tuple[PtzNode, ...]:
    """Return the nodes of a GetNodesResponse."""
    nodes = []
    for element in find_all(message, "PTZNode")[:MAX_NODES]:
        spaces = find(element, "SupportedPTZSpaces")
        presets = signed(text_of(element, "MaximumNumberOfPresets", limit=16)) or 0
        nodes.append(
            PtzNode(
                token=element.get("token", "").strip()[:256],
                continuous=_plane(spaces, "Continuous{}VelocitySpace"),
                relative=_plane(spaces, "Relative{}TranslationSpace"),
                absolute=_plane(spaces, "Absolute{}PositionSpace"),
                max_presets=int(max(presets, 0)),
                has_home=_is_true(text_of(element, "HomeSupported")),
                auxiliary=read_auxiliary(element),
            )
        )
    return tuple(nodes)


def read_auxiliary(element: Element) -> tuple[str, ...]:
    """Return the auxiliary commands that an element lists, one or several a child."""
    words: dict[str, None] = {}
    for child in find_all(element, "AuxiliaryCommands"):
        for word in (child.text or "")[:4096].split():
            if len(word) <= 64 and len(words) < MAX_AUXILIARY:
                words[word] = None
    return tuple(words)


def read_presets(message: Element) -> tuple[Preset, ...]:
    """Return the presets of a GetPresetsResponse that have a token, each once."""
    presets: dict[str, Preset] = {}
    for element in find_all(message, "Preset")[:MAX_PRESETS]:
        token = element.get("token", "").strip()
        if 0 < len(token) <= 256:
            name = text_of(element, "Name") or token
            presets.setdefault(token, Preset(token, name))
    return tuple(presets.values())


def read_status(message: Element) -> PtzStatus:
    """Return the status of a GetStatusResponse."""
    status = find(message, "PTZStatus")
    position = find(status, "Position")
    pan_tilt, zoom = find(position, "PanTilt"), find(position, "Zoom")
    moves = {
        (text_of(status, "MoveStatus", name) or "").upper()
        for name in ("PanTilt", "Zoom")
    }
    return PtzStatus(
        pan=signed(pan_tilt.get("x")) if pan_tilt is not None else None,
        tilt=signed(pan_tilt.get("y")) if pan_tilt is not None else None,
        zoom=signed(zoom.get("x")) if zoom is not None else None,
        is_moving=True if "MOVING" in moves else False if "IDLE" in moves else None,
    )


class Ptz:
    """Moves one camera; every method raises `OnvifError` or `NotLocalError`.

    Movements are given from -1 (left, down, out) to 1 and brought into the ranges
    that the node declares.
    """

    def __init__(self, camera: OnvifCamera, profile: str, node: PtzNode) -> None:
        """Take the token of the profile that moves, and its node."""
        self._camera = camera
        self._profile = f"<ProfileToken>{escape(profile)}</ProfileToken>"
        self._node = node

    async def move(
        self,
        pan: float = 0.0,
        tilt: float = 0.0,
        zoom: float = 0.0,
        *,
        timeout: float | None = None,
    ) -> None:
        """Move until `stop`, or for some seconds where the camera keeps to them."""
        velocity = _vector("Velocity", self._node.continuous, pan, tilt, zoom)
        limit = f"<Timeout>PT{math.ceil(timeout)}S</Timeout>" if timeout else ""
        try:
            await self._command("ContinuousMove", velocity + limit)
        except OnvifFaultError:
            if not limit:
                raise
            # Timeouts out of the camera's range are a fault on some; we stop it.
            await self._command("ContinuousMove", velocity)

    async def move_by(
        self, pan: float = 0.0, tilt: float = 0.0, zoom: float = 0.0
    ) -> None:
        """Move by a part of the whole range."""
        await self._command(
            "RelativeMove", _vector("Translation", self._node.relative, pan, tilt, zoom)
        )

    async def move_to(
        self,
        pan: float | None = None,
        tilt: float | None = None,
        zoom: float | None = None,
    ) -> None:
        """Move to a place; pan and tilt go together (ONVIF PTZ 5.3.1)."""
        await self._command(
            "AbsoluteMove", _vector("Position", self._node.absolute, pan, tilt, zoom)
        )

    async def stop(self) -> None:
        """Stop every movement."""
        try:
            await self._command("Stop", "<PanTilt>true</PanTilt><Zoom>true</Zoom>")
        except OnvifFaultError:
            # Some refuse to stop a zoom that they do not have.
            await self._command("Stop", "<PanTilt>true</PanTilt>")

    async def status(self) -> PtzStatus:
        """Return where the camera looks."""
        return read_status(await self._camera.call(PTZ, "GetStatus", self._profile))

    async def presets(self) -> tuple[Preset, ...]:
        """Return the stored positions."""
        return read_presets(await self._camera.call(PTZ, "GetPresets", self._profile))

    async def goto_preset(self, token: str) -> None:
        """Go to a stored position."""
        await self._command("GotoPreset", f"<PresetToken>{escape(token)}</PresetToken>")

    async def set_preset(self, name: str, token: str | None = None) -> str:
        """Store the present position, over an old one when its token is given.

        Returns its token.
        """
        body = f"{self._profile}<PresetName>{escape(name)}</PresetName>"
        if token is not None:
            body += f"<PresetToken>{escape(token)}</PresetToken>"
        message = await self._camera.call(PTZ, "SetPreset", body)
        found = text_of(message, "PresetToken") or token
        if found is None:
            raise OnvifResponseError("The camera gave no token")
        return found

    async def remove_preset(self, token: str) -> None:
        """Forget a stored position."""
        await self._command(
            "RemovePreset", f"<PresetToken>{escape(token)}</PresetToken>"
        )

    async def goto_home(self) -> None:
        """Go to the home position."""
        await self._command("GotoHomePosition")

    async def set_home(self) -> None:
        """Make the present position the home position."""
        await self._command("SetHomePosition")

    async def _command(self, operation: str, body: str = "") -> None:
        await self._camera.call(PTZ, operation, self._profile + body, lenient=True)


def _plane(spaces: Element | None, name: str) -> Plane:
    pan_tilt = find(spaces, name.format("PanTilt"))
    return Plane(
        pan=read_range(pan_tilt, "XRange"),
        tilt=read_range(pan_tilt, "YRange"),
        zoom=read_range(find(spaces, name.format("Zoom")), "XRange"),
    )


def _vector(
    name: str,
    plane: Plane,
    pan: float | None,
    tilt: float | None,
    zoom: float | None,
) -> str:
    """Return a vector in the camera's units.

    A part that the camera cannot move is left out: some refuse the whole then.
    """
    parts = ""
    if plane.pan and plane.tilt and (pan is not None or tilt is not None):
        x, y = plane.pan.scale(pan or 0.0), plane.tilt.scale(tilt or 0.0)
        parts += f'<PanTilt xmlns="{SCHEMA}" x="{written(x)}" y="{written(y)}"/>'
    if plane.zoom and zoom is not None:
        x = plane.zoom.scale(zoom)
        parts += f'<Zoom xmlns="{SCHEMA}" x="{written(x)}"/>'
    return f"<{name}>{parts}</{name}>"


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in ("true", "1")
