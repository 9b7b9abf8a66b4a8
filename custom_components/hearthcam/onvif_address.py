"""Where the ONVIF device service of a camera is, and the camera that is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .const import (
    CONF_ONVIF_CERTIFICATE,
    CONF_ONVIF_PATH,
    CONF_ONVIF_PORT,
    CONF_ONVIF_TLS,
)
from .onvif import OnvifCamera, Trust

DEFAULT_PATH: Final = "/onvif/device_service"


@dataclass(frozen=True, slots=True)
class OnvifAddress:
    """Host (IPv6 without brackets), TCP port, path, and whether it is HTTPS.

    ``certificate`` is the SHA-256 of the only certificate that is accepted there.
    """

    host: str
    port: int
    path: str = DEFAULT_PATH
    tls: bool = False
    certificate: str | None = None

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it from an entry's data."""
        return cls(
            host=data[CONF_HOST],
            port=data[CONF_ONVIF_PORT],
            path=data.get(CONF_ONVIF_PATH, DEFAULT_PATH),
            tls=data.get(CONF_ONVIF_TLS, False),
            certificate=data.get(CONF_ONVIF_CERTIFICATE),
        )

    def as_data(self) -> dict[str, Any]:
        """Return it as an entry's data holds it."""
        return {
            CONF_HOST: self.host,
            CONF_ONVIF_PORT: self.port,
            CONF_ONVIF_PATH: self.path,
            CONF_ONVIF_TLS: self.tls,
            CONF_ONVIF_CERTIFICATE: self.certificate,
        }

    @property
    def trust(self) -> Trust:
        """Which certificate is accepted: the pinned one, else any.

        Cameras sign their certificates themselves: no authority vouches for one.
        """
        return self.certificate or not self.tls


@callback
def async_onvif_camera(
    hass: HomeAssistant,
    address: OnvifAddress,
    username: str | None,
    password: str | None,
    *,
    epr: str | None = None,
) -> OnvifCamera:
    """Return the camera at an address; nothing is contacted yet.

    ``epr`` is its endpoint where discovery told it.
    """
    return OnvifCamera(
        async_get_clientsession(hass),
        address.host,
        address.port,
        username,
        password,
        path=address.path,
        tls=address.tls,
        certificate=address.trust,
        epr=epr,
    )


@callback
def async_camera_of_data(hass: HomeAssistant, data: Mapping[str, Any]) -> OnvifCamera:
    """Return the ONVIF camera of an entry's data, which has its port."""
    return async_onvif_camera(
        hass,
        OnvifAddress.of_data(data),
        data.get(CONF_USERNAME),
        data.get(CONF_PASSWORD),
    )
