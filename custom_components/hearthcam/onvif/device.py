"""One camera by ONVIF: who it is, its profiles, where its streams are."""

from collections.abc import Callable
from dataclasses import replace
import time
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import aiohttp

from ..privacy.local_only import AsyncResolver, async_checked_host
from .addresses import service_path, stream_url
from .auth import AuthScheme, Credentials
from .client import SoapClient
from .download import Downloader
from .errors import (
    OnvifAuthError,
    OnvifConnectionError,
    OnvifError,
    OnvifFaultError,
    OnvifHttpError,
    OnvifResponseError,
)
from .identity import clean_epr, clean_serial, interface_mac
from .media import parse_profiles
from .models import CameraDescription, MediaProfile
from .services import (
    DEVICE,
    DEVICE_PATH,
    MEDIA1,
    MEDIA2,
    ServicePlaces,
    read_capabilities,
    read_services,
)
from .soap import Answer, Request
from .tls import Trust
from .transport import Endpoint, Transport
from .uris import read_uri, still_urls, stream_body
from .xmltree import text_of

# HTTP statuses of a path where no service is.
_ELSEWHERE = frozenset({404, 405, 410, 501})


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
        certificate: Trust = True,
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
            certificate: True to verify, a SHA-256 to pin, False to take any.
            epr: endpoint reference as discovery told it.
            auth: the login that was negotiated before, see `auth`.
            timeout: seconds for one request.
            resolver: called like ``loop.getaddrinfo``.
            clock: seconds of the epoch.
        """
        self._host = host.strip().removeprefix("[").removesuffix("]")
        device_path = service_path(f"http://host{path}") or DEVICE_PATH
        self._places = ServicePlaces(device_path, port, tls=tls)
        self._epr = clean_epr(epr)
        self._resolver = resolver
        endpoint = Endpoint(self._host, port, tls, certificate, timeout)
        credentials = Credentials(username, password or "") if username else None
        transport = Transport(session, endpoint, resolver)
        self._downloader = Downloader(transport, credentials)
        self._client = SoapClient(
            transport,
            credentials,
            device_path=device_path,
            scheme=auth,
            clock=clock,
        )
        self._asked_for_services = False
        self._media: dict[str, str] = {}

    @property
    def endpoint(self) -> Endpoint:
        """Where the camera is."""
        return self._client.endpoint

    @property
    def auth(self) -> AuthScheme | None:
        """The login that the camera accepted, None before the first call with one."""
        return self._client.scheme

    @property
    def clock_offset(self) -> float | None:
        """Seconds to add to our clock to get the camera's, as last measured."""
        return self._client.clock_offset

    async def measure_clock(self) -> float | None:
        """Ask for the camera's time, without login, and return `clock_offset`."""
        return await self._client.measure_clock()

    async def describe(self) -> CameraDescription:
        """Return who the camera is.

        Three calls; a fourth only for a camera without MAC whose endpoint reference
        is not known from discovery.
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
        if not (mac or self._epr):
            # Also beside a serial: two cameras may have the same one.
            self._epr = clean_epr(text_of(await self._endpoint_reference(), "GUID"))
        return CameraDescription(
            manufacturer=text_of(about, "Manufacturer"),
            model=text_of(about, "Model"),
            firmware=text_of(about, "FirmwareVersion"),
            hardware=text_of(about, "HardwareId"),
            serial=clean_serial(text_of(about, "SerialNumber")),
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
        namespace = self._media.get(token, MEDIA1)
        body = stream_body(token, is_media2=namespace == MEDIA2)
        message = await self.call(namespace, "GetStreamUri", body)
        return stream_url(read_uri(message), self._host)

    async def snapshot_uri(self, token: str) -> str | None:
        """Return the URL of a profile's still picture at the configured host and port.

        None when the camera has none.
        """
        found = await self.snapshot_uris(token)
        return found[-1] if found else None

    async def snapshot_uris(self, token: str) -> tuple[str, ...]:
        """Return where a profile's still picture may be, the likeliest first."""
        namespace = self._media.get(token, MEDIA1)
        body = f"<ProfileToken>{escape(token)}</ProfileToken>"
        try:
            message = await self.call(namespace, "GetSnapshotUri", body)
            return still_urls(read_uri(message), self._host, self._client.endpoint)
        except OnvifResponseError:
            return ()

    async def picture(self, url: str) -> bytes:
        """Return the JPEG at one of `snapshot_uris`."""
        return await self._downloader.picture(url)

    async def services(self) -> dict[str, str]:
        """Return the paths of the camera's services by namespace, asked for once.

        Empty when the camera tells neither by GetServices nor by GetCapabilities;
        such cameras serve everything at one path.
        """
        if not self._asked_for_services:
            services = read_services(
                await self._tried(
                    "GetServices", "<IncludeCapability>false</IncludeCapability>"
                )
            )
            if not services:
                services = read_capabilities(
                    await self._tried("GetCapabilities", "<Category>All</Category>")
                )
            self._places.learn(services)
            self._asked_for_services = True
        return self._places.told

    async def call(
        self,
        namespace: str,
        operation: str,
        body: str = "",
        *,
        lenient: bool = False,
        timeout: float | None = None,
    ) -> Element:
        """Call an operation of a service and return the element of its response.

        ``body`` is XML inside of the operation's element, whose default namespace it
        inherits; ``lenient`` takes any answer but a fault, for commands.
        """
        request = Request("", namespace, operation, body, "", None, timeout, lenient)
        return (await self.exchange(request)).message

    async def exchange(self, request: Request, *, service: str | None = None) -> Answer:
        """Send a request to where its service is; path and port are set here.

        ``service`` is another one than that of the request's namespace. Where nothing answers at the told place, the usual ones are tried; the one
        that answers is remembered.
        """
        namespace = service or request.namespace
        if namespace != DEVICE:
            await self.services()
        failure: OnvifError | None = None
        for place in self._places.candidates(namespace):
            placed = replace(request, path=place.path, port=place.port)
            try:
                answer = await self._client.exchange(placed)
            except OnvifHttpError as error:
                if error.status not in _ELSEWHERE:
                    raise
                failure = failure or error
                continue
            except OnvifConnectionError as error:
                if place.port is None:
                    raise
                failure = failure or error
                continue
            except OnvifFaultError, OnvifAuthError:
                # That is an answer too.
                self._places.prove(namespace, place)
                raise
            self._places.prove(namespace, place)
            if namespace == DEVICE:
                self._client.device_path = place.path
            return answer
        raise failure or OnvifResponseError("The camera has no such service")

    def client(self) -> SoapClient:
        """Return a client of its own for calls that take long, see `twin`."""
        return self._client.twin()

    async def _profiles_of(self, namespace: str, body: str = "") -> list[MediaProfile]:
        """Return the profiles of one Media version and remember whose they are."""
        message = await self.call(namespace, "GetProfiles", body)
        profiles = parse_profiles(message)
        self._media.update(dict.fromkeys((p.token for p in profiles), namespace))
        return profiles

    async def _tried(self, operation: str, body: str = "") -> Element | None:
        """Call the device service; None where the camera answers nonsense or no."""
        try:
            return await self.call(DEVICE, operation, body)
        except OnvifResponseError:
            return None

    async def _endpoint_reference(self) -> Element | None:
        try:
            return await self._tried("GetEndpointReference")
        except OnvifAuthError:
            return None
