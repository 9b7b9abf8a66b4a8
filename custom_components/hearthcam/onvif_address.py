"""Where the ONVIF device service of a camera is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from homeassistant.const import CONF_HOST

from .const import CONF_ONVIF_PATH, CONF_ONVIF_PORT, CONF_ONVIF_TLS

DEFAULT_PATH: Final = "/onvif/device_service"


@dataclass(frozen=True, slots=True)
class OnvifAddress:
    """Host (IPv6 without brackets), TCP port, path, and whether it is HTTPS."""

    host: str
    port: int
    path: str = DEFAULT_PATH
    tls: bool = False

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it from an entry's data."""
        return cls(
            host=data[CONF_HOST],
            port=data[CONF_ONVIF_PORT],
            path=data.get(CONF_ONVIF_PATH, DEFAULT_PATH),
            tls=data.get(CONF_ONVIF_TLS, False),
        )

    def as_data(self) -> dict[str, Any]:
        """Return it as an entry's data holds it."""
        return {
            CONF_HOST: self.host,
            CONF_ONVIF_PORT: self.port,
            CONF_ONVIF_PATH: self.path,
            CONF_ONVIF_TLS: self.tls,
        }
