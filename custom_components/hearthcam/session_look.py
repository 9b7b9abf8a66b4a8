"""What a camera has and may report, asked for once."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
import logging
from typing import Final

from .camera_control import CameraControl
from .onvif import (
    MediaProfile,
    OnvifAuthError,
    OnvifCamera,
    OnvifError,
    OnvifResponseError,
)
from .onvif.control import CameraCapabilities, read_capabilities
from .onvif.events import CameraEvents, DeclaredTopic
from .privacy.local_only import NotLocalError

_LOGGER = logging.getLogger(__package__)

FAULTS: Final = (OnvifError, NotLocalError)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a camera has; ``is_whole`` unless it broke off while it was asked."""

    control: CameraControl
    profiles: tuple[MediaProfile, ...] = ()
    is_whole: bool = False

    @property
    def capabilities(self) -> CameraCapabilities:
        """What there is to control."""
        return self.control.capabilities

    def other_channels(self, main: str | None) -> frozenset[str]:
        """Return the tokens by which a recorder names what is not our camera.

        ``main`` is the token of our profile.
        """
        source = next((p.source for p in self.profiles if p.token == main), None)
        ours: set[str | None] = {None}
        others: set[str | None] = set()
        for profile in self.profiles:
            tokens = ours if profile.source == source else others
            tokens |= {profile.source, profile.source_configuration}
        if source is None:
            return frozenset()
        return frozenset(token for token in others - ours if token is not None)


async def async_look(
    camera: OnvifCamera, main: str | None, skip: Collection[str] = ()
) -> Looked:
    """Ask a camera what it has, but for what is in ``skip``; never raises."""
    profiles: tuple[MediaProfile, ...] = ()
    try:
        with suppress(OnvifAuthError, OnvifResponseError):
            profiles = tuple(await camera.profiles())
        found = await read_capabilities(camera, profiles, main, skip=skip)
    except FAULTS as error:
        _LOGGER.debug("What a camera has is not known: %s", type(error).__name__)
        return Looked(CameraControl(camera), profiles)
    control = CameraControl(camera, found)
    if found.relays:
        # So that it is known which of two services switches them.
        with suppress(*FAULTS):
            await control.io.relays()
    return Looked(control, profiles, is_whole=found.broke_at is None)


async def async_topics(camera: OnvifCamera) -> tuple[DeclaredTopic, ...] | None:
    """Ask what the camera may report; None where it was not asked after all."""
    with suppress(*FAULTS):
        return await CameraEvents(camera, _nobody, _nobody).declare()
    return None


def _nobody(*_: object) -> None:
    """Take what nobody waits for."""
