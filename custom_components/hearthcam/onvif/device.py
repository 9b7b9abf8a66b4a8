"""One camera by ONVIF: who it is, its profiles, where its streams are."""

from collections.abc import Callable
import time
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import aiohttp

from ..privacy.local_only import AsyncResolver, async_checked_host
from .addresses import http_url, service_path, stream_url
from .auth import AuthScheme, Credentials
from .client import DEVICE, SoapClient
from .errors import OnvifAuthError, OnvifResponseError
from .identity import clean_epr, clean_serial, interface_mac
from .media import parse_profiles
from .models import CameraDescription, MediaProfile
from .transport import Endpoint, Tls
from .xmltree import find, find_all, text_of

DEVICE_PATH = "/onvif/device_service"
MEDIA1 = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
# Names in GetCapabilities of what GetServices calls by namespace.
_CAPABILITIES = {
    "Media": MEDIA1,
    "Events": "http://www.onvif.org/ver10/events/wsdl",
    "PTZ": "http://www.onvif.org/ver20/ptz/wsdl",
    "Imaging": "http://www.onvif.org/ver20/imaging/wsdl",
    "Analytics": "http://www.onvif.org/ver20/analytics/wsdl",
}


class OnvifCamera:
    """A camera at a host; every method raises `OnvifError` or `NotLocalError`.

    Nothing is contacted before the first call, nothing is polled, and there is
    nothing to close: the session is the caller's.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = 80,
        username: str | None = None,
        password: str | None = None,
        *,
        path: str = DEVICE_PATH,
        tls: bool = False,
        certificate: Tls = True,
        epr: str | None = None,
        auth: AuthScheme | None = None,
        timeout: float = 10.0,
        resolver: AsyncResolver | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set up.

        Args:
            session: not one that trusts the environment's proxies (ValueError).
            host: name or address literal, IPv6 without brackets.
            username: None or empty for a camera without an ONVIF login.
            path: of the device service, as discovery told it.
            certificate: True to verify, a Fingerprint to pin, False to take any.
            epr: endpoint reference as discovery told it.
            auth: the login that was negotiated before, see `auth`.
            timeout: seconds for one request.
            resolver: called like ``loop.getaddrinfo``.
            clock: seconds of the epoch.
        """
        self._host = host.strip().removeprefix("[").removesuffix("]")
        self._path = service_path(f"http://host{path}") or DEVICE_PATH
        self._epr = clean_epr(epr)
        self._resolver = resolver
        self._client = SoapClient(
            session,
            Endpoint(self._host, port, tls, certificate, timeout),
            Credentials(username, password or "") if username else None,
            device_path=self._path,
            scheme=auth,
            resolver=resolver,
            clock=clock,
        )
        self._services: dict[str, str] | None = None
        self._media: dict[str, str] = {}

    @property
    def auth(self) -> AuthScheme | None:
        """The login that the camera accepted, None before the first call with one."""
        return self._client.scheme

    @property
    def clock_offset(self) -> float | None:
        """Seconds to add to our clock to get the camera's, as last measured."""
        return self._client.clock_offset

    async def describe(self) -> CameraDescription:
        """Return who the camera is.

        Three calls; a fourth only for a camera without MAC and serial whose
        endpoint reference is not known from discovery.
        """
        offset = await self._client.measure_clock()
        about = await self._tried("GetDeviceInformation")
        try:
            interfaces = await self._tried("GetNetworkInterfaces")
        except OnvifAuthError:
            # The login worked above or was not asked for: this user may not see it.
            interfaces = None
        mac = None
        if interfaces is not None:
            address = await async_checked_host(self._host, self._resolver)
            mac = interface_mac(interfaces, address)
        serial = clean_serial(text_of(about, "SerialNumber"))
        if not (mac or serial or self._epr):
            self._epr = clean_epr(text_of(await self._endpoint_reference(), "GUID"))
        return CameraDescription(
            manufacturer=text_of(about, "Manufacturer"),
            model=text_of(about, "Model"),
            firmware=text_of(about, "FirmwareVersion"),
            hardware=text_of(about, "HardwareId"),
            serial=serial,
            mac=mac,
            epr=self._epr,
            clock_offset=offset,
        )

    async def profiles(self) -> list[MediaProfile]:
        """Return the media profiles, of Media 2 where the camera has it.

        Media 1 cannot tell H.265.
        """
        services = await self.services()
        if MEDIA2 in services:
            try:
                found = await self._profiles_of(MEDIA2, "<Type>All</Type>")
            except OnvifResponseError:
                found = []
            if any(profile.codec for profile in found):
                return found
        return await self._profiles_of(MEDIA1)

    async def stream_uri(self, token: str) -> str:
        """Return the RTSP URL of a profile at the configured host, without login."""
        if self._media.get(token) == MEDIA2:
            body = (
                f"<Protocol>RTSP</Protocol><ProfileToken>{escape(token)}</ProfileToken>"
            )
            message = await self._media_call(MEDIA2, "GetStreamUri", body)
        else:
            body = (
                f'<StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
                f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport>'
                f"</StreamSetup><ProfileToken>{escape(token)}</ProfileToken>"
            )
            message = await self._media_call(MEDIA1, "GetStreamUri", body)
        return stream_url(_uri(message), self._host)

    async def snapshot_uri(self, token: str) -> str | None:
        """Return the URL of a profile's still picture at the configured host.

        None when the camera has none. It may ask for HTTP Digest or Basic even where
        the services take WS-UsernameToken.
        """
        namespace = self._media.get(token, MEDIA1)
        body = f"<ProfileToken>{escape(token)}</ProfileToken>"
        try:
            message = await self._media_call(namespace, "GetSnapshotUri", body)
            endpoint = self._client.endpoint
            return http_url(_uri(message), self._host, endpoint.port, tls=endpoint.tls)
        except OnvifResponseError:
            return None

    async def services(self) -> dict[str, str]:
        """Return the paths of the camera's services by namespace, asked for once.

        Empty when the camera tells neither by GetServices nor by GetCapabilities;
        such cameras serve everything at one path.
        """
        if self._services is None:
            services = _services_of(
                await self._tried(
                    "GetServices", "<IncludeCapability>false</IncludeCapability>"
                )
            )
            if not services:
                services = _capabilities_of(
                    await self._tried("GetCapabilities", "<Category>All</Category>")
                )
            self._services = services
        return self._services

    async def _profiles_of(self, namespace: str, body: str = "") -> list[MediaProfile]:
        """Return the profiles of one Media version and remember whose they are."""
        message = await self._media_call(namespace, "GetProfiles", body)
        profiles = parse_profiles(message)
        self._media.update(dict.fromkeys((p.token for p in profiles), namespace))
        return profiles

    async def _media_call(self, namespace: str, operation: str, body: str) -> Element:
        path = (await self.services()).get(namespace, self._path)
        return await self._client.call(path, namespace, operation, body)

    async def _tried(self, operation: str, body: str = "") -> Element | None:
        """Call the device service; None where the camera answers nonsense or no."""
        try:
            return await self._client.call(self._path, DEVICE, operation, body)
        except OnvifResponseError:
            return None

    async def _endpoint_reference(self) -> Element | None:
        try:
            return await self._tried("GetEndpointReference")
        except OnvifAuthError:
            return None


def _uri(message: Element) -> str | None:
    """Return the URI of a response of Media 1 (in MediaUri) or Media 2."""
    uri = text_of(message, "MediaUri", "Uri", limit=2048)
    return uri or text_of(message, "Uri", limit=2048)


def _services_of(message: Element | None) -> dict[str, str]:
    """Return the paths of a GetServicesResponse."""
    services: dict[str, str] = {}
    for service in find_all(message, "Service"):
        namespace = text_of(service, "Namespace")
        path = service_path(text_of(service, "XAddr", limit=2048))
        if namespace and path:
            services.setdefault(namespace.rstrip("/"), path)
    return services


def _capabilities_of(message: Element | None) -> dict[str, str]:
    """Return the paths of a GetCapabilitiesResponse."""
    capabilities = find(message, "Capabilities")
    services: dict[str, str] = {}
    for name, namespace in _CAPABILITIES.items():
        if path := service_path(text_of(capabilities, name, "XAddr", limit=2048)):
            services[namespace] = path
    return services
