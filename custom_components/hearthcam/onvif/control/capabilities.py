"""What a camera can do, asked for once and with few calls.

Some cameras restart on a capability call (Home Assistant issue 91678): each is made
once when the camera is set up, none is repeated. Flags are not believed: what counts
is what the services list.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ..device import OnvifCamera
from ..errors import (
    OnvifAuthError,
    OnvifConnectionError,
    OnvifFaultError,
    OnvifResponseError,
)
from ..masks import MaskOptions, Masks
from ..models import MediaProfile
from ..services import ANALYTICS, DEVICE, DEVICE_IO, EVENTS, IMAGING, MEDIA2, PTZ
from ..xmltree import find
from .auxiliary import Auxiliary, read_auxiliaries
from .imaging import Imaging, PictureSetting
from .io import DeviceIo, DigitalInput, Relay
from .ptz import PtzNode, read_nodes


@dataclass(frozen=True, slots=True)
class CameraCapabilities:
    """What there is to control on one camera; empty where there is nothing.

    Attributes:
        services: namespaces that the camera told.
        ptz: the node that moves `ptz_profile`.
        ptz_profile: token of the profile to move.
        source: token of the video source that `pictures` are of.
        analytics: token of its analytics configuration, None without the service.
        masks: what masks it takes, None where it knows none.
        unread: names of what could not be read, for diagnostics.
        broke_at: name of what was asked for when the camera went silent.
    """

    services: frozenset[str] = frozenset()
    ptz: PtzNode | None = None
    ptz_profile: str | None = None
    source: str | None = None
    pictures: tuple[PictureSetting, ...] = ()
    relays: tuple[Relay, ...] = ()
    inputs: tuple[DigitalInput, ...] = ()
    auxiliaries: tuple[Auxiliary, ...] = ()
    analytics: str | None = None
    masks: MaskOptions | None = None
    unread: tuple[str, ...] = ()
    broke_at: str | None = None

    @property
    def has_media2(self) -> bool:
        """Whether encoders are set by Media 2."""
        return MEDIA2 in self.services

    @property
    def declares_events(self) -> bool:
        """Whether the camera tells of an event service; it may lie both ways."""
        return EVENTS in self.services


async def read_capabilities(
    camera: OnvifCamera,
    profiles: Iterable[MediaProfile],
    main: str | None = None,
    *,
    skip: Collection[str] = (),
) -> CameraCapabilities:
    """Ask a camera what it can do: at most eight calls beside the services'.

    ``main`` is the token of the profile whose source the settings are of, else the
    first. What the camera refuses or answers wrongly is not there. Where it breaks
    off, nothing more is asked (``broke_at``); the next time that name may be in
    ``skip``. Raises only where not even its services can be asked for.
    """
    known = list(profiles)
    chosen = next((p for p in known if p.token == main), known[0] if known else None)
    services = frozenset(await camera.services())
    reader = _Reader(skip)
    io = DeviceIo(camera)
    nodes: tuple[PtzNode, ...] = ()
    if PTZ in services:
        message = await reader.tried("ptz", lambda: camera.call(PTZ, "GetNodes"))
        nodes = read_nodes(message) if message is not None else ()
    moving = _moving(known, chosen, nodes)
    source = chosen.source if chosen else None
    pictures: tuple[PictureSetting, ...] | None = None
    if IMAGING in services and source:
        pictures = await reader.tried("imaging", Imaging(camera, source).settings)
    relays = await reader.tried("relays", io.relays)
    inputs: tuple[DigitalInput, ...] | None = None
    if DEVICE_IO in services:
        inputs = await reader.tried("inputs", io.inputs)
    about = await reader.tried(
        "auxiliary", lambda: camera.call(DEVICE, "GetServiceCapabilities")
    )
    masks: MaskOptions | None = None
    if MEDIA2 in services and chosen and (used := chosen.source_configuration):
        masks = await reader.tried("masks", lambda: _mask_options(camera, used))
    node = moving[1] if moving else None
    return CameraCapabilities(
        services=services,
        ptz=node,
        ptz_profile=moving[0] if moving else None,
        source=source,
        pictures=pictures or (),
        relays=relays or (),
        inputs=inputs or (),
        auxiliaries=_auxiliaries(about, node),
        analytics=chosen.analytics if chosen and ANALYTICS in services else None,
        masks=masks,
        unread=tuple(reader.unread),
        broke_at=reader.broke_at,
    )


class _Reader:
    """Notes what could not be read."""

    def __init__(self, skip: Collection[str]) -> None:
        self._skip = skip
        self.unread: list[str] = []
        self.broke_at: str | None = None

    async def tried[T](self, name: str, ask: Callable[[], Awaitable[T]]) -> T | None:
        """Return what comes of a call, None where the camera refuses it."""
        if self.broke_at is None and name not in self._skip:
            try:
                return await ask()
            except OnvifResponseError, OnvifAuthError:
                pass
            except OnvifConnectionError:
                self.broke_at = name
        self.unread.append(name)
        return None


async def _mask_options(camera: OnvifCamera, used: str) -> MaskOptions | None:
    """Return what masks there may be for a video source configuration.

    Most cameras know none; that is no failure.
    """
    try:
        return await Masks(camera, used).options()
    except OnvifFaultError:
        return None


def _moving(
    profiles: list[MediaProfile],
    chosen: MediaProfile | None,
    nodes: tuple[PtzNode, ...],
) -> tuple[str, PtzNode] | None:
    """Return the profile that moves the chosen source, and its node.

    Some firmware moves without any profile having a PTZ configuration: the chosen
    one is taken then, if there is one node and one source only.
    """
    useful = [node for node in nodes if node.can_move or node.max_presets]
    if not useful or chosen is None:
        return None
    same = [p for p in profiles if p.source == chosen.source]
    for profile in [chosen, *same]:
        if profile.ptz_node is None:
            continue
        node = next((n for n in useful if n.token == profile.ptz_node), None)
        if node is None and len(useful) == 1:
            node = useful[0]
        if node is not None:
            return profile.token, node
    if len(useful) == 1 and len({p.source for p in profiles}) == 1:
        return chosen.token, useful[0]
    return None


def _auxiliaries(about: Element | None, node: PtzNode | None) -> tuple[Auxiliary, ...]:
    """Return what can be switched, of the device service and of the PTZ node."""
    misc = find(about, "Capabilities", "Misc")
    words = (misc.get("AuxiliaryCommands") or "") if misc is not None else ""
    device = read_auxiliaries(
        [word for word in words[:4096].split()[:64] if len(word) <= 64], by_ptz=False
    )
    names = {auxiliary.name for auxiliary in device}
    by_ptz = read_auxiliaries(node.auxiliary, by_ptz=True) if node is not None else ()
    return (*device, *(a for a in by_ptz if a.name not in names))
