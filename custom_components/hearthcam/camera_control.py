"""All that can be asked of one camera, made for what it has."""

from typing import Final

from .onvif import OnvifCamera
from .onvif.control import (
    Auxiliary,
    CameraCapabilities,
    DeviceIo,
    Encoders,
    Imaging,
    Ptz,
    Timekeeping,
    reboot,
    send_auxiliary,
)

NOTHING: Final = CameraCapabilities()


class CameraControl:
    """The controls of one camera; every method raises `OnvifError` or `NotLocalError`.

    Attributes:
        camera: for what there is no object here.
        capabilities: what the rest is made of.
        ptz: None for a camera that does not move.
        imaging: None without a video source that can be set.
        io: relays; inputs come as events only.
        encoders: of all profiles, by their token.
        timekeeping: the camera's clock.
    """

    def __init__(
        self, camera: OnvifCamera, capabilities: CameraCapabilities = NOTHING
    ) -> None:
        """Nothing is asked yet."""
        self.camera = camera
        self.capabilities = capabilities
        self.ptz: Ptz | None = None
        if capabilities.ptz is not None and capabilities.ptz_profile is not None:
            self.ptz = Ptz(camera, capabilities.ptz_profile, capabilities.ptz)
        self.imaging: Imaging | None = None
        if capabilities.pictures and capabilities.source is not None:
            self.imaging = Imaging(camera, capabilities.source)
        self.io = DeviceIo(camera)
        self.encoders = Encoders(camera)
        self.timekeeping = Timekeeping(camera)

    async def auxiliary(self, auxiliary: Auxiliary, state: str) -> None:
        """Switch a lamp, siren or wiper to a state of `Auxiliary.states`."""
        await send_auxiliary(
            self.camera, auxiliary, state, self.capabilities.ptz_profile
        )

    async def reboot(self) -> None:
        """Restart the camera."""
        await reboot(self.camera)
